"""Mails of `fixtures/matrix/*.txt`, many to a file, with what each is: `=== name | verdict`, then the mail as it comes.

What every mail has (To, Message-ID; a person's, its return path) is put in; line ends become CRLF.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mailgate.mail.message import Mail

_FOLDER = Path(__file__).parent.parent / "fixtures" / "matrix"
_ENTRY = re.compile(
    r"^=== (?P<name>[^|\n]+) \| (?P<expected>[^\n]+)\n(?P<mail>.*?)(?=^=== |\Z)", re.MULTILINE | re.DOTALL
)
_ADDRESS = re.compile(r"<([^<>\s]+@[^<>\s]+)>")
_LASTS = {True: "permanent", False: "temporary", None: "unsaid"}


@dataclass(frozen=True)
class Entry:
    name: str
    expected: str
    data: bytes


def entries(file: str) -> Iterator[Entry]:
    for number, found in enumerate(_ENTRY.finditer((_FOLDER / f"{file}.txt").read_text("utf-8"))):
        name, expected, mail = found.groups()
        mail = mail.rstrip("\n") + "\n"
        head = f"To: support@example.org\nMessage-ID: <{file}{number}@mx.example.com>\nMIME-Version: 1.0\n"
        if "\nContent-Type:" not in mail.partition("\n\n")[0]:
            head += "Content-Type: text/plain; charset=utf-8\n"
        if expected == "person" and "Return-Path:" not in mail:
            head = f"Return-Path: <{_ADDRESS.findall(mail)[0]}>\n{head}"
        yield Entry(name, expected, (head + mail).replace("\n", "\r\n").encode())


def verdict(mail: Mail) -> str:
    """`failed bob@example.com permanent <id of the original>`, `delayed bob@example.com`, a kind, or `person`."""
    report = mail.report
    if report is None:
        return mail.automatic.kind.value if mail.automatic else "person"
    who = ",".join(one.address for one in report.recipients)
    if not report.failed:
        return f"delayed {who}"
    lasts = "/".join(sorted({_LASTS[one.permanent] for one in report.recipients}))
    return " ".join(filter(None, ("failed", who, lasts, report.original_message_id)))
