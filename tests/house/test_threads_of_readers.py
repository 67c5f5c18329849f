"""A conversation is one thread in each reader's mail program, and shows him no other reader's Message-ID: it holds that
one's reply token."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest

import forwarding
from mailgate import pipeline
from mailgate.cases.case import Status
from mailgate.cases.events import EngineerActed, EngineerReplied
from mailgate.mail.message import Authentication
from mailgate.simulate.record import letter_of
from mailgate.store.tables import outbox
from world import World, mail

ANN, BOB, CARL = "ann@customer.test", "bob@engineers.test", "carl@customer.test"


@pytest.fixture
def world() -> Iterator[World]:
    """Carl takes part, and had no mail of Ann's."""
    with World(engineers=(BOB,)) as made:
        made.receive(mail())
        pipeline.act(made.house, number(made), EngineerActed(BOB, join=(CARL,)))
        yield made


def number(world: World) -> str:
    return str(world.cases[0]["number"])


def turn(world: World) -> None:
    world.clock.time += timedelta(minutes=5)
    world.deliver()


def bob_answers(world: World, words: str) -> None:
    turn(world)
    notice = next(one for one in world.letters if BOB in one["To"])
    data = mail(
        "Re: x",
        words,
        by=BOB,
        message_id=f"<{sum(world.sums().values())}@laptop.test>",
        in_reply_to=notice["Message-ID"],
    )
    world.receive(data, sender=BOB, authentication=Authentication.PASS)
    turn(world)


def ann_answers(world: World, words: str) -> None:
    """To support alone: of what she writes Carl gets nothing."""
    last = had(world, ANN)[-1]
    own = f"<a{sum(world.sums().values())}@customer.test>"
    refs = f"{last['References']} {last['Message-ID']}"
    world.receive(mail("Re: x", words, message_id=own, in_reply_to=last["Message-ID"], references=refs))


def had(world: World, reader: str) -> list[EmailMessage]:
    """What our relay took for him, oldest first."""
    return [letter_of(message) for _, recipient, message in world.relay.sent if recipient == reader]


def refers_to(letter: EmailMessage) -> set[str]:
    return {*str(letter["References"] or "").split(), *str(letter["In-Reply-To"] or "").split()}


def threads(letters: list[EmailMessage]) -> list[set[str]]:
    """As a mail program makes them of what it has, by References alone: a mail that it does not have ties nothing."""
    known = {letter["Message-ID"] for letter in letters}
    found: list[set[str]] = []
    for letter in letters:
        one = {letter["Message-ID"], *(refers_to(letter) & known)}
        near = [thread for thread in found if thread & one]
        found = [*(thread for thread in found if not thread & one), one.union(*near)]
    return found


def converse(world: World) -> None:
    for words in ("Is it plugged in?", "Is the lamp on?", "Then turn it off."):
        bob_answers(world, words)
        ann_answers(world, f"Yes, to: {words}")


def test_three_turns_are_one_thread_for_each_reader(world: World) -> None:
    converse(world)
    bob_answers(world, "It is mended.")
    for reader, letters in ((ANN, had(world, ANN)), (CARL, had(world, CARL))):
        assert len(letters) >= 4
        assert len(threads(letters)) == 1, reader


def test_no_copy_holds_the_message_id_of_another_readers_letter(world: World) -> None:
    converse(world)
    bob_answers(world, "It is mended.")
    pipeline.act(world.house, number(world), EngineerReplied(BOB, "And it stays so."))
    turn(world)
    own = {reader: {letter["Message-ID"] for letter in had(world, reader)} for reader in (ANN, CARL, BOB)}
    for reader in (ANN, CARL):
        others = set[str]().union(*(own[other] for other in own if other != reader))
        for letter in had(world, reader):
            assert not refers_to(letter) & others
            assert "laptop.test" not in letter.as_string()


def test_a_copy_refers_to_the_opening_mail_the_readers_last_letter_and_the_last_mail(world: World) -> None:
    converse(world)
    bob_answers(world, "It is mended.")
    *_, before, last = had(world, CARL)
    mails = [one for one in last["References"].split() if "customer.test" in one]
    assert last["References"].split() == ["<1@customer.test>", before["Message-ID"], mails[-1]]
    assert last["In-Reply-To"] == mails[-1] != "<1@customer.test>"


def test_an_answer_from_a_file_is_in_the_same_thread(world: World) -> None:
    bob_answers(world, "Is it plugged in?")
    pipeline.act(world.house, number(world), EngineerReplied(BOB, "And is it on?", Status.WAITING))
    turn(world)
    assert len(had(world, CARL)) == 2
    assert len(threads(had(world, CARL))) == 1


def test_a_letter_that_never_left_is_referred_to_by_none(world: World) -> None:
    bob_answers(world, "/note\nThey forgot to pay the last three invoices.")
    bob_answers(world, "They forgot to pay the last three invoices.")
    with world.store.read() as connection:
        held = {one.message_id for one in connection.execute(outbox.select().where(outbox.c.state == "held"))}
    assert len(held) == 2
    bob_answers(world, "Is it plugged in?")
    bob_answers(world, "Is the lamp on?")
    assert len(had(world, CARL)) == 2
    assert not any(refers_to(letter) & held for letter in (*had(world, ANN), *had(world, CARL)))


def test_the_mail_by_which_an_engineer_passed_it_on_is_referred_to_by_none() -> None:
    with World(engineers=(forwarding.BOB,), domain="example.test") as world:
        forwarding.forwards(world)
        for words in ("Is it plugged in?", "Is the lamp on?"):
            notice = next(one for one in forwarding.to(world, forwarding.BOB) if "a new case" in one["Subject"])
            forwarding.answer(world, notice, words)
        copies = [one for one in forwarding.to(world, forwarding.ANN) if "Is " in forwarding.text_of(one)]
        assert len(copies) == 2
        assert not any("forward_gmail_en" in one.as_string() for one in copies)
        assert copies[0]["Message-ID"] in refers_to(copies[1])
