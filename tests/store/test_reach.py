"""Letters that came back and addresses where nothing arrives, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bounces import report
from kept import open_case
from mailgate.cases.case import Decision, Outcome
from mailgate.cases.lost import Lost
from mailgate.errors import NotFound
from mailgate.mail.message import Authentication
from mailgate.store import facts, reach
from mailgate.store.db import Store
from mailgate.store.keep import Kept, keep_many
from moments import NOON
from world import World, mail

LONG = f"{'ä' * 900}@customer.test"


def lost(number: int, address: str = "ann@customer.test", **more: bool) -> Kept:
    return Kept(Decision(Outcome.HELD, "bounce", lost=Lost(number, address, "no such user", nowhere=True, **more)))


def test_an_address_is_dead_from_its_first_letter_on_and_alive_by_a_word(store: Store) -> None:
    with store.write() as connection:
        open_case(connection, "1")
        keep_many(connection, [lost(1)], NOON)
        keep_many(connection, [lost(1), lost(1, "carl@customer.test")], NOON + timedelta(days=1))
        known = [(row["address"], row["since"][:10], row["letter"]) for row in reach.dead(connection)]
        assert known == [("ann@customer.test", "2026-11-17", 1), ("carl@customer.test", "2026-11-18", 1)]
        assert reach.dead_among(connection, ["ann@customer.test", "x@y.test"]) == {"ann@customer.test"}
        assert reach.dead_among(connection, []) == frozenset()
        keep_many(connection, [Kept(Decision(Outcome.HELD, "x", alive=("ann@customer.test", "x@y.test")))], NOON)
        reach.revive(connection, "carl@customer.test")
        assert reach.dead(connection) == []
        with pytest.raises(NotFound, match=r"carl@customer\.test is no dead address"):
            reach.revive(connection, "carl@customer.test")


def test_a_letter_that_came_back_says_so_and_keeps_what_was_said_first(store: Store) -> None:
    with store.write() as connection:
        open_case(connection, "1")
        keep_many(connection, [lost(1)], NOON)
        again = replace(lost(1).decision, lost=Lost(1, "ann@customer.test", "other words"))
        keep_many(connection, [Kept(again)], NOON + timedelta(days=1))
        shown = facts.show_outbox(connection, 1)
    assert (shown["bounced_at"], shown["error"]) == (NOON.isoformat(), "no such user")


def test_what_our_relay_refused_did_not_come_back(store: Store) -> None:
    with store.write() as connection:
        open_case(connection, "1")
        keep_many(connection, [lost(1, returned=False)], NOON)
        assert facts.show_outbox(connection, 1)["bounced_at"] is None
        assert len(reach.dead(connection)) == 1


def test_addresses_of_any_length_and_script_are_found_again(store: Store) -> None:
    with store.write() as connection:
        keep_many(connection, [lost(1, LONG), lost(2, "a\0nn@customer.test")], NOON)
        assert reach.dead_among(connection, [LONG, "a\0nn@customer.test"]) == {LONG, "a\0nn@customer.test"}
        reach.revive(connection, LONG)
        assert reach.dead_among(connection, [LONG]) == frozenset()


def test_the_whole_story_of_a_reply_that_bounced(store: Store) -> None:
    world = World(store, engineers=("bob@engineers.test",))
    world.receive(mail())
    notice = next(letter for letter in world.letters if letter["To"] == "bob@engineers.test")
    reply = mail("Re: x", "Hm.", by="bob@engineers.test", message_id="<2@b.test>", in_reply_to=notice["Message-ID"])
    world.receive(reply, sender="bob@engineers.test", authentication=Authentication.PASS)
    with store.read() as connection:
        letter = next(row for row in facts.list_outbox(connection) if row["kind"] == "reply")
        shown = facts.show_outbox(connection, letter["id"])
    world.receive(report(shown), to=shown["envelope_from"], sender="")
    with store.read() as connection:
        kinds = [row["kind"] for row in facts.list_outbox(connection)]
        assert [row["address"] for row in reach.dead(connection)] == ["ann@customer.test"]
    assert kinds[0] == "not_delivered"
    (entry,) = [one for one in world.case("2611000001")["history"] if one["kind"] == "reply"]
    assert [one["to"] for one in entry["not_delivered"]] == ["ann@customer.test"]
