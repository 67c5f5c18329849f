"""How an engineer answers letters on the bench, and what letters say."""

from __future__ import annotations

from email.message import EmailMessage
from typing import cast

from mailgate.mail.message import Authentication
from world import World, mail

BOB = "bob@engineers.test"


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return cast("str", body.get_content())


def to(world: World, address: str) -> list[EmailMessage]:
    """The letters that show that address as their recipient, oldest first."""
    return [letter for letter in world.letters if address in str(letter["To"])]


def answer(
    world: World, letter: EmailMessage, words: str, *, by: str = BOB, process: bool = True, **fields: str
) -> int:
    """His authenticated answer to a letter that he had; gives its inbox id."""
    seen = sum(world.sums().values())
    reply = mail(
        f"Re: {letter['Subject']}",
        words,
        by=f"Bob <{by}>",
        message_id=f"<{seen + 100}@{by.partition('@')[2]}>",
        in_reply_to=letter["Message-ID"],
        **fields,
    )
    return world.receive(reply, sender=by, authentication=Authentication.PASS, process=process)
