"""What an engineer's mail holds beside new words is no answer: our own letter, a signature, nothing at all."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from typing import cast

import pytest

from mailgate.mail.message import Authentication
from world import World, mail

BOB = "bob@engineers.test"


@pytest.fixture
def world() -> Iterator[World]:
    with World(engineers=(BOB,)) as made:
        made.receive(mail())
        yield made


def answered(world: World, words: str) -> list[EmailMessage]:
    """The letters that bob's answer brings."""
    notice = world.letters[1]
    data = mail("Re: x", words, by=BOB, message_id="<2@engineers.test>", in_reply_to=notice["Message-ID"])
    world.receive(data, sender=BOB, authentication=Authentication.PASS)
    return world.letters[2:]


def notice_of(world: World) -> str:
    body = world.letters[1].get_body(("plain",))
    assert body is not None
    return cast("str", body.get_content())


@pytest.mark.parametrize("form", ["{}", "{}\n\nPull the plug.", "{quoted}"])
def test_our_letter_never_goes_out_where_his_words_cannot_be_told_from_it(world: World, form: str) -> None:
    notice = notice_of(world)
    quoted = "\n".join(f"> {line}" for line in notice.splitlines())
    (told,) = answered(world, form.format(notice, quoted=quoted))
    assert told["To"] == BOB
    text = told.get_body(("plain",))
    assert text is not None
    assert "not sent" in text.get_content()
    assert world.cases[0]["status"] == "new"


@pytest.mark.parametrize("words", ["", "-- \nBob, 999-0100", "--\nBob, 999-0100", "\n____\nBob, bob@engineers.test"])
def test_a_signature_alone_is_no_answer(world: World, words: str) -> None:
    assert answered(world, words) == []
    assert world.cases[0]["status"] == "new"
    assert world.case(str(world.cases[0]["number"]))["history"][-1]["kind"] == "note"


@pytest.mark.parametrize("rule", ["-- ", "--"])
def test_a_command_with_a_signature_sends_nothing(world: World, rule: str) -> None:
    assert answered(world, f"/resolve\n\n{rule}\nBob, 999-0100") == []
    assert world.cases[0]["status"] == "resolved"
