"""Where nothing arrives, as a person at the command line sees it and ends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bounces import report
from commands import Gate
from mailgate.mail.message import Authentication
from mailgate.store import facts
from world import World, mail


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    gate = Gate(tmp_path)
    gate.out("db", "upgrade")
    return gate


def a_bounce(world: World, by: str, name: str) -> None:
    world.receive(mail(by=by, message_id=f"<{name}@customer.test>"))
    world.deliver()
    with world.store.read() as connection:
        letter = facts.show_outbox(connection, facts.list_outbox(connection)[0]["id"])
    world.receive(report(letter), to=letter["envelope_from"], sender="")


def test_dead_addresses_are_listed_and_revived_by_hand(gate: Gate) -> None:
    assert gate.out("contact", "dead") == "No address is dead.\n"
    with gate.world() as world:
        a_bounce(world, "Ann@Customer.test", "1")
    (row,) = gate.json("contact", "dead")
    assert (row["address"], row["letter"]) == ("ann@customer.test", 1)
    assert row["why"] == "the address does not exist (5.1.1); the server said: 550 5.1.1 no such user"
    assert "ann@customer.test" in gate.out("contact", "dead")
    assert gate.out("contact", "revive", "ANN@customer.test") == "written to again: ann@customer.test\n"
    assert gate.json("contact", "dead") == []
    told = gate.error("contact", "revive", "ann@customer.test", code=3)
    assert told == "ann@customer.test is no dead address; `mailgate contact dead` shows all"


def test_a_reply_says_whom_it_did_not_reach(gate: Gate) -> None:
    with gate.world() as made:
        world = World(made.store, engineers=("bob@engineers.test",))
        world.receive(mail())
        notice = world.letters[-1]
        reply = mail("Re: x", "Hm.", by="bob@engineers.test", message_id="<2@b.test>", in_reply_to=notice["Message-ID"])
        world.receive(reply, sender="bob@engineers.test", authentication=Authentication.PASS)
        with world.store.read() as connection:
            letter = facts.show_outbox(connection, facts.list_outbox(connection)[0]["id"])
        world.receive(report(letter, "5.2.2", said="no"), to=letter["envelope_from"], sender="")
    shown = gate.out("case", "show", "2611000001")
    assert "  not delivered to ann@customer.test: the mailbox is full (5.2.2); the server said: no\n" in shown


def test_a_letter_that_came_back_says_so_wherever_it_is_shown(gate: Gate) -> None:
    with gate.world() as world:
        a_bounce(world, "ann@customer.test", "1")
    row = gate.json("outbox", "show", "1")
    assert (row["state"], row["bounced_at"]) == ("sent", "2026-11-17T12:00:00+00:00")
    assert "2026-11-17 12:00:00" in gate.out("outbox", "list")
    card = gate.out("outbox", "show", "1")
    assert "Came back (UTC):" in card
    assert "the address does not exist (5.1.1)" in card
    shown = gate.out("case", "show", "2611000001")
    assert "letter 1: confirmation to ann@customer.test, sent, and came back 2026-11-17 12:00:00" in shown
    assert "delivery_failed" in shown
