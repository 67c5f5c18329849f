"""An engineer's answer that a guard holds moves nothing: what it makes of the case waits, until he or the operator
lets it go."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import cast

import pytest

from mailgate import drops, pipeline
from mailgate.cases.case import Status
from mailgate.cases.events import EngineerReplied
from mailgate.explaining.telling import tell
from mailgate.mail.message import Authentication
from world import World, mail

BOB = "bob@engineers.test"
SECRET = "They forgot to pay the last three invoices, so take your time."


@pytest.fixture
def world() -> Iterator[World]:
    with World(engineers=(BOB,)) as made:
        made.receive(mail())
        answer(made, to_bob(made)[0], f"/note\n{SECRET}")
        yield made


def answer(world: World, letter: EmailMessage, words: str, found: Authentication = Authentication.PASS) -> int:
    world.clock.time += timedelta(seconds=1)
    own = f"<{sum(world.sums().values())}@engineers.test>"
    data = mail(f"Re: {letter['Subject']}", words, by=BOB, message_id=own, in_reply_to=letter["Message-ID"])
    return world.receive(data, sender=BOB, authentication=found)


def to_bob(world: World) -> list[EmailMessage]:
    return [letter for letter in world.letters if BOB in str(letter["To"])]


def text_of(letter: EmailMessage, form: str = "plain") -> str:
    body = letter.get_body((form,))
    assert body is not None
    return " ".join(cast("str", body.get_content()).split())


def status(world: World) -> str:
    return str(world.case(str(world.cases[0]["number"]))["status"])


def at_the_customers(world: World) -> int:
    world.deliver()
    return sum(b"three invoices" in message for _, to, message in world.relay.sent if to == "ann@customer.test")


@pytest.mark.parametrize("command", ["/close", "/resolve", "/wait 3"])
def test_while_the_words_wait_the_case_stays_as_it_is_and_he_is_told(world: World, command: str) -> None:
    before = status(world)
    inbound = answer(world, to_bob(world)[0], f"{command}\n/priority high\n\n{SECRET}")
    case = world.case(str(world.cases[0]["number"]))
    assert (case["status"], case["priority"]) == (before, 2)
    told = text_of(to_bob(world)[-1])
    assert f"Not carried out: {command}; the case stays as it is until then." in told
    assert "This was done: /priority high" in told
    assert at_the_customers(world) == 0
    lines = list(tell(world.inbox(inbound)["trace"]))
    assert f"  {command.split(maxsplit=1)[0]}: waits with the words beside it" in lines
    assert "  /priority: carried out" in lines


def test_what_the_operator_releases_moves_the_case_as_an_answer_does(world: World) -> None:
    answer(world, to_bob(world)[0], f"/resolve\n\n{SECRET}")
    drops.release_letters(world.house, "guard", "operator")
    assert (status(world), at_the_customers(world)) == ("waiting", 1)


@pytest.mark.parametrize(("words", "becomes"), [("/release", "waiting"), ("/release\n/resolve", "resolved")])
def test_he_releases_it_by_an_answer_to_the_letter_that_told_him(world: World, words: str, becomes: str) -> None:
    answer(world, to_bob(world)[0], SECRET)
    told = to_bob(world)[-1]
    assert "/release" in text_of(told)
    assert at_the_customers(world) == 0
    answer(world, told, words)
    assert (status(world), at_the_customers(world)) == (becomes, 1)
    answer(world, told, "/release")
    assert at_the_customers(world) == 1
    assert "must still be held" in text_of(to_bob(world)[-1])


def test_only_that_answer_leaves_and_only_by_his_authentic_word(world: World) -> None:
    answer(world, to_bob(world)[0], SECRET)
    first = to_bob(world)[-1]
    answer(world, to_bob(world)[0], f"Once more: {SECRET}")
    answer(world, first, "/release", Authentication.UNVERIFIED)
    answer(world, to_bob(world)[0], "/release")
    assert at_the_customers(world) == 0
    answer(world, first, "/release")
    assert at_the_customers(world) == 1


def test_a_letter_about_words_alone_speaks_of_no_commands_that_he_gave(world: World) -> None:
    answer(world, to_bob(world)[0], SECRET)
    for form in ("plain", "html"):
        assert "You gave commands" not in text_of(to_bob(world)[-1], form)
    assert "your answer" in to_bob(world)[-1]["Subject"]
    answer(world, to_bob(world)[0], "/close", Authentication.UNVERIFIED)
    assert "You gave commands" in text_of(to_bob(world)[-1])


def test_the_list_of_commands_keeps_its_columns_in_html(world: World) -> None:
    answer(world, to_bob(world)[0], SECRET)
    for letter in (to_bob(world)[0], to_bob(world)[-1]):
        html = letter.get_body(("html",))
        assert html is not None
        table = cast("str", html.get_content()).partition("<pre")[2].partition("</pre>")[0]
        assert "\n/resolve            call it" in table


def test_a_status_beside_an_answer_from_a_file_waits_with_it(world: World) -> None:
    number, before = str(world.cases[0]["number"]), status(world)
    pipeline.act(world.house, number, EngineerReplied(BOB, SECRET, Status.RESOLVED))
    assert status(world) == before
    assert any(line["text"] == "status not set, as the reply waits: resolved" for line in world.case(number)["history"])


def test_the_trace_calls_an_engineer_one(world: World) -> None:
    inbound = answer(world, to_bob(world)[0], "Is it on?")
    lines = [line for line in tell(world.inbox(inbound)["trace"]) if "the writer is" in line]
    assert len(lines) == 1
    assert lines[0].endswith("the writer is engineer")
