"""Makes mail for the benches: N different files, small (plain and alternative, 2–20 KB) or of a desk's mixed sizes."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from pathlib import Path

WORDS = (
    "server invoice printer login account password reset order number please thanks attached error screen customer "
    "shipment delivery refund meeting schedule update install version laptop network urgent waiting reply größe café"
).split()


def lines(chance: random.Random, size: int) -> list[str]:
    made: list[str] = []
    while sum(map(len, made)) < size:
        made.append(" ".join(chance.choices(WORDS, k=10)))
    return made


def head(chance: random.Random, number: int, subject: str) -> list[str]:
    author = f"user{number % 2000}@example.net"
    return [
        f"Received: from relay.example.net ([192.0.2.1]) by mx.example.com with ESMTPS id {chance.getrandbits(40):X};",
        "\tTue, 17 Nov 2026 10:00:11 +0000",
        f"From: User N{number} <{author}>",
        "To: support@bench.example",
        f"Subject: {subject} {number}",
        "Date: Tue, 17 Nov 2026 10:00:11 +0000",
        f"Message-ID: <{number}.{chance.getrandbits(64):x}@mx.example.net>",
        "MIME-Version: 1.0",
    ]


def plain(chance: random.Random, number: int) -> bytes:
    body = lines(chance, chance.randrange(1_000, 3_000))
    fields = ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
    return "\r\n".join([*head(chance, number, "help needed"), *fields, "", *body, ""]).encode()


def alternative(chance: random.Random, number: int) -> bytes:
    body = lines(chance, chance.randrange(2_000, 6_000))
    quote = [f"> {line}" for line in lines(chance, 1_000)]
    html = "".join(f'<p style="font-family:Arial">{line}</p>\r\n' for line in body)
    part = f"=_{chance.getrandbits(48):x}"
    return "\r\n".join(
        [
            *head(chance, number, "Re: printer problem"),
            f'Content-Type: multipart/alternative; boundary="{part}"',
            "",
            f"--{part}",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 8bit",
            "",
            *body,
            "",
            "On Tue, 17 Nov 2026 at 09:00, Support <support@bench.example> wrote:",
            *quote,
            f"--{part}",
            "Content-Type: text/html; charset=utf-8",
            "Content-Transfer-Encoding: 8bit",
            "",
            f"<html><body>{html}</body></html>",
            f"--{part}--",
            "",
        ]
    ).encode()


def attached(chance: random.Random, number: int, size: int) -> bytes:
    part = f"=_{chance.getrandbits(48):x}"
    data = base64.b64encode(chance.randbytes(size * 3 // 4)).decode()
    return "\r\n".join(
        [
            *head(chance, number, "scan attached"),
            f'Content-Type: multipart/mixed; boundary="{part}"',
            "",
            f"--{part}",
            "Content-Type: text/plain; charset=utf-8",
            "",
            *lines(chance, 1_500),
            f"--{part}",
            f'Content-Type: application/pdf; name="scan{number}.pdf"',
            f'Content-Disposition: attachment; filename="scan{number}.pdf"',
            "Content-Transfer-Encoding: base64",
            "",
            *(data[place : place + 76] for place in range(0, len(data), 76)),
            f"--{part}--",
            "",
        ]
    ).encode()


def made(kind: str, count: int, seed: str = "") -> Iterator[bytes]:
    """Other mails for each seed."""
    chance = random.Random(f"{kind} {count}{seed}")
    for number in range(count):
        place = number % 20
        if kind == "big" or (kind == "mixed" and place == 19):
            yield attached(chance, number, 5_000_000)
        elif kind == "mixed" and place in {5, 12}:
            yield attached(chance, number, chance.randrange(200_000, 1_000_000))
        elif place % 10 < 3:
            yield plain(chance, number)
        else:
            yield alternative(chance, number)


def write(folder: Path, kind: str, count: int) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for number, data in enumerate(made(kind, count)):
        files.append(folder / f"{number:05}.eml")
        files[-1].write_bytes(data)
    return files
