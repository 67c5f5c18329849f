"""A command anywhere but at the top of what its writer newly wrote does nothing, and the trace says where it stood."""

from __future__ import annotations

import json
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from commands import Gate
from fixture_mail import FOLDER, read_bytes
from mailgate.cases.command_words import Word
from mailgate.cases.commands import Speaker, read_commands
from mailgate.cases.unheard import Place, Unheard, unheard
from mailgate.explaining.telling import tell
from mailgate.mail.message import Authentication
from world import World, mail

BOB = "bob@engineers.test"
PLACES = {
    "after_text": "below the words",
    "in_alternative_html": "in the html alone",
    "in_alternative_marked": "in the html alone",
    "in_attachment": "in an attachment",
    "in_attachment_alone": "in an attachment",
    "in_footer": "below the words",
    "in_forward_attached": "in a forwarded mail",
    "in_forward_html": "in a forwarded mail",
    "in_forward_inline": "in a forwarded mail",
    "in_forward_outlook": "in a forwarded mail",
    "in_hidden_html": "in the html alone",
    "in_html_attribute": "in the html alone",
    "in_html_comment": "in the html alone",
    "in_quote": "in quoted text",
    "in_quote_alone": "in quoted text",
    "in_quote_html": "in quoted text",
    "in_quote_outlook": "in a forwarded mail",
    "in_quote_wrapped": "in quoted text",
    "in_signature": "in a signature",
    "in_signature_alone": "in a signature",
    "in_subject": "in the subject",
}


@pytest.fixture
def world() -> Iterator[World]:
    with World(engineers=(BOB,)) as made:
        made.receive(mail())
        yield made


def notice(world: World) -> EmailMessage:
    return next(letter for letter in world.letters if BOB in letter["To"])


def as_answer(name: str, letter: EmailMessage) -> bytes:
    """The fixture as what Bob answers to that letter."""
    data = (FOLDER / f"command_{name}.eml").read_bytes()
    head, _, rest = data.partition(b"\nMIME-Version:")
    head = head.replace(b"Ann Example <ann@example.com>", f"Bob <{BOB}>".encode())
    return head + f"\nIn-Reply-To: {letter['Message-ID']}\nMIME-Version:".encode() + rest


def test_every_fixture_has_its_place() -> None:
    assert {f"command_{name}" for name in PLACES} == {
        path.stem for path in FOLDER.glob("command_*.eml") if "at_top" not in path.stem
    }


@pytest.mark.parametrize("name", PLACES)
def test_it_does_nothing_and_the_trace_says_where_it_stood(world: World, name: str) -> None:
    before = world.cases[0]
    inbound = world.receive(as_answer(name, notice(world)), sender=BOB, authentication=Authentication.PASS)
    row, after = world.inbox(inbound), world.cases[0]
    assert row["case"] == before["number"]
    assert after["status"] in {before["status"], "waiting"}, "his words may go out, no more"
    assert after["priority"] == before["priority"]
    commands = row["trace"]["commands"]
    assert (commands["heard"], commands["not_understood"], commands["carried_out"]) == ([], [], False)
    assert {"word": "close", "place": PLACES[name]} in commands["unheard"]
    assert f"  /close {PLACES[name]}: not heard" in list(tell(row["trace"]))
    assert "printer works" not in json.dumps(row["trace"])


@pytest.mark.parametrize(
    ("words", "authentication", "told"),
    [
        ("/assign me\n\nWe look.", Authentication.PASS, ["/assign: carried out"]),
        ("/assign me\n/clsoe now", Authentication.PASS, ["/assign: not carried out", "/clsoe: not understood"]),
        ("/assign Zoe", Authentication.PASS, ["/assign: not carried out"]),
        ("/assign me", Authentication.UNVERIFIED, ["/assign: not carried out"]),
    ],
)
def test_what_was_heard_is_told_with_what_became_of_it(
    world: World, words: str, authentication: Authentication, told: list[str]
) -> None:
    answer = mail("Re: x", words, by=BOB, message_id="<2@engineers.test>", in_reply_to=notice(world)["Message-ID"])
    row = world.inbox(world.receive(answer, sender=BOB, authentication=authentication))
    lines = [line.strip() for line in tell(row["trace"])]
    assert [line for line in lines if line.startswith("/")] == told
    allowed = authentication is Authentication.PASS
    assert ("May he give commands? yes" in lines) is allowed
    assert any(line.startswith("May he give commands? no: needs_authentication (") for line in lines) is not allowed


@pytest.mark.parametrize(("words", "told"), [("/close", "carried out"), ("/priority nonsense", "not carried out")])
def test_a_customers_words_are_told_too(world: World, words: str, told: str) -> None:
    confirmation = next(letter for letter in world.letters if "ann@customer.test" in letter["To"])
    answer = mail("Re: x", words, message_id="<2@customer.test>", in_reply_to=confirmation["Message-ID"])
    row = world.inbox(world.receive(answer))
    assert f"  {words.split(maxsplit=1)[0]}: {told}" in list(tell(row["trace"]))


def test_the_list_of_commands_in_a_quoted_letter_is_no_command_that_was_not_heard(world: World) -> None:
    body = notice(world).get_body(("plain",))
    assert body is not None
    quoted = "".join(f"> {line}\n" for line in str(body.get_content()).splitlines())
    answer = mail(
        "Re: x", f"We look.\n\nOn Monday the desk wrote:\n{quoted}", by=BOB,
        message_id="<2@engineers.test>", in_reply_to=notice(world)["Message-ID"],
    )  # fmt: skip
    row = world.inbox(world.receive(answer, sender=BOB, authentication=Authentication.PASS))
    assert row["trace"]["commands"]["unheard"] == []
    assert "What does it order?" not in list(tell(row["trace"]))


def test_a_hundred_thousand_of_them_are_told_as_a_few() -> None:
    words = "".join(f"/{word}\n> /{word}\n" for word in Word)
    data = f"From: bob@engineers.test\nSubject: x\n\nWe look.\n\n{words * 2500}".encode()
    read = read_bytes(data)
    found = unheard(read, data, read_commands(read.reply_text, Speaker.ENGINEER), Speaker.ENGINEER)
    assert len(found) == 20
    assert Unheard(Word.CLOSE, Place.BELOW) in found


def test_explain_tells_it(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    with gate.world() as world:
        world.receive(mail())
        confirmation = world.letters[0]
        answer = mail("Re: x", "/close", message_id="<2@customer.test>", in_reply_to=confirmation["Message-ID"])
        world.receive(answer)
    assert "What does it order?\n  /close: carried out\n\nWhat may its writer do?\n  May his word" in gate.out(
        "explain", "2", "--trace"
    )
