"""What scenarios about forwarded mail share: who is who, how Bob forwards a fixture, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any, cast

from mailgate.mail.message import Authentication
from world import ROOT, World, mail

ANN, BOB, CAROL = "ann@example.org", "bob@example.com", "carol@example.com"
SUPPORT = "support@example.test"


def forwards(
    world: World,
    name: str = "forward_gmail_en",
    *,
    comment: str | None = None,
    again: int = 1,
    authentication: Authentication = Authentication.PASS,
    replaced: Mapping[str, str] | None = None,
) -> int:
    """Bob forwards the fixture; `comment` stands where the fixture says "/assign me"."""
    data = (ROOT / "fixtures" / "mail" / f"{name}.eml").read_bytes()
    data = data.replace(f"<{name}@example.com>".encode(), f"<{name}{again}@example.com>".encode())
    if comment is not None:
        data = data.replace(b"/assign me", comment.encode())
    for old, new in (replaced or {}).items():
        data = data.replace(old.encode(), new.encode())
    return world.receive(data, to=SUPPORT, sender=BOB, authentication=authentication)


def direct(world: World, words: str = "It burns.", subject: str = "Printer", **more: str) -> int:
    more.setdefault("message_id", "<original@example.org>")
    return world.receive(mail(subject, words, by=f"Ann <{ANN}>", **more), to=SUPPORT, sender=ANN)


def case(world: World, at: int = 0) -> dict[str, Any]:
    return world.case(str(world.cases[at]["number"]))


def kinds(world: World, at: int = 0) -> list[tuple[str, str]]:
    return [(entry["kind"], entry["actor"]) for entry in case(world, at)["history"]]


def to(world: World, address: str) -> list[EmailMessage]:
    return [letter for letter in world.letters if address in str(letter["To"])]


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return cast("str", body.get_content())


def answer(world: World, letter: EmailMessage, words: str) -> int:
    reply = mail(
        f"Re: {letter['Subject']}",
        words,
        by=f"Bob <{BOB}>",
        message_id=f"<{len(world.letters)}.{len(words)}@example.com>",
        in_reply_to=letter["Message-ID"],
    )
    return world.receive(reply, to=SUPPORT, sender=BOB, authentication=Authentication.PASS)
