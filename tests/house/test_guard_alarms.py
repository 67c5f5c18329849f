"""The guard of notes: when it holds an answer, and that words which the customer knew before raise no alarm."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from mailgate.mail.message import Authentication
from world import World, mail

BOB = "bob@engineers.test"
ERROR = "Error 0x80070005: access denied while opening the spool folder of printer number seven"


@pytest.fixture
def world() -> Iterator[World]:
    with World(engineers=(BOB,)) as made:
        made.receive(mail(body=f"All day I see: {ERROR}"))
        yield made


def answer(world: World, words: str) -> None:
    world.clock.time += timedelta(seconds=1)
    notice, one = world.letters[1], sum(world.sums().values())
    data = mail("Re: x", words, by=BOB, message_id=f"<{one}@engineers.test>", in_reply_to=notice["Message-ID"])
    world.receive(data, sender=BOB, authentication=Authentication.PASS)


def held(world: World) -> bool:
    return any("held back" in line["text"] for line in world.case(str(world.cases[0]["number"]))["history"])


def test_what_the_customer_wrote_long_before_may_be_said_to_him(world: World) -> None:
    answer(world, f"/note\nHe says: {ERROR}")
    for number in range(6):
        answer(world, f"/note\nTried another thing, which is number {number}.")
    answer(world, f"You wrote: {ERROR}. Please restart it.")
    assert not held(world)


def test_what_was_answered_before_it_was_noted_may_be_said_again(world: World) -> None:
    words = "Please restart the machine, and then wait for ten whole minutes before you try again."
    answer(world, words)
    answer(world, f"/note\nI told him: {words}")
    answer(world, f"As I said: {words}")
    assert not held(world)


def test_an_answer_that_was_held_for_a_note_lets_no_other_through(world: World) -> None:
    words = "They forgot to pay the last three invoices, so take your time."
    answer(world, f"/note\n{words}")
    answer(world, words)
    answer(world, f"Once more: {words}")
    answer(world, f"/note\nAgain, then: {words}")
    answer(world, f"And again: {words}")
    world.deliver()
    assert held(world)
    assert not any(words.encode() in message for _, to, message in world.relay.sent if to == "ann@customer.test")


def test_who_wrote_a_held_answer_is_told_what_lets_it_go(world: World) -> None:
    answer(world, f"/note\n{(words := 'They forgot to pay the last three invoices, so take your time.')}")
    answer(world, words)
    told = str(world.letters[-1].get_body(("plain",)))
    assert "mailgate outbox release NUMBER" in told.replace("=\n", "")
    assert "You gave commands" not in told


@pytest.mark.parametrize("below", ["", "\n\nPlease try it."])
def test_the_reason_in_a_refused_escalation_stays_among_us_whatever_stands_below_it(world: World, below: str) -> None:
    words = "their boss never pays anything and shouts at all of us every single day"
    answer(world, f"/spam\n/escalate {words}{below}")
    answer(world, words)
    assert held(world)
