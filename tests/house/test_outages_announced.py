"""Outages are announced to the contacts of accounts, once each, in batches; a confirmation during one says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from mailgate import outages
from mailgate.cases.account import Account, AccountContact, Directory
from mailgate.policy.duration import parse_duration
from mailgate.policy.service import Outage
from mailgate.store import accounts
from mailgate.store.db import Store
from world import World, mail

STARTS = datetime(2026, 11, 28, 12, tzinfo=UTC)
OUTAGE = Outage("2026-11-28 07:00", "2026-11-28 09:00", "No phones.", (parse_duration("3d"), parse_duration("1d")))
EXAMPLE = Account("Example Ltd")


def contact(name: str, account: str = "Example Ltd") -> AccountContact:
    return AccountContact(account, f"{name}@customer.test", name.title())


def make(store: Store | None = None, *contacts: AccountContact, known: tuple[Account, ...] = (EXAMPLE,)) -> World:
    world = World(store, now=STARTS - timedelta(days=4))
    policy = replace(world.policy, zone="America/New_York", outages=(OUTAGE,))
    world.house = replace(world.house, policies={policy.name: policy}, directory=Directory(known, contacts))
    return world


def announce(world: World, limit: int = 100) -> list[str]:
    """Who is told now, by as many ticks as it takes."""
    before = len(world.letters)
    while outages.announce(world.house, limit) == limit:
        continue
    return [str(letter["To"]) for letter in world.letters[before:]]


def test_each_contact_is_told_at_each_announced_moment_and_never_twice(store: Store) -> None:
    with make(store, contact("ann"), contact("bob")) as world:
        with store.write() as connection:
            accounts.put(connection, Account("Stored Ltd"))
            accounts.put_contact(connection, AccountContact("Stored Ltd", "cat@stored.test"))
        both = ["Ann <ann@customer.test>", "Bob <bob@customer.test>", "cat@stored.test"]
        assert announce(world) == []
        world.clock.time = STARTS - timedelta(days=3)
        assert (announce(world), announce(world)) == (both, [])
        world.clock.time = STARTS - timedelta(days=1)
        assert (announce(world), announce(world)) == (both, [])
        words = world.letters[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert "No phones." in words
        assert "2026-11-28 07:00 EST" in words
        assert world.letters[0]["Auto-Submitted"] == "auto-generated"
        assert world.letters[0]["Subject"] == "Support: No phones. (2026-11-28 07:00 – 09:00 EST)"
        world.deliver()
        assert len(world.relay.sent) == 6


def test_a_tick_writes_no_more_than_its_share_and_a_crash_between_them_repeats_none() -> None:
    with make(None, *(contact(f"n{number:02}") for number in range(25))) as world:
        world.clock.time = STARTS - timedelta(days=3)
        assert outages.announce(world.house, limit=10) == 10
        assert len(world.letters) == 10
        assert len(announce(world, limit=10)) == 15
        assert len({str(letter["To"]) for letter in world.letters}) == 25
        assert announce(world, limit=10) == []


def test_what_was_missed_for_the_whole_outage_is_not_told_afterwards() -> None:
    with make(None, contact("ann")) as world:
        world.clock.time = STARTS + timedelta(hours=2)
        assert announce(world) == []
        # ... and of two that were missed before it, the last alone is made up for.
        world.clock.time = STARTS + timedelta(minutes=5)
        assert announce(world) == ["Ann <ann@customer.test>"]


@pytest.mark.parametrize(
    "account",
    [replace(EXAMPLE, contract_until=date(2026, 11, 20)), replace(EXAMPLE, mailboxes=("elsewhere",))],
)
def test_former_customers_and_those_of_others_are_told_nothing(account: Account) -> None:
    with make(None, contact("ann"), known=(account,)) as world:
        world.clock.time = STARTS - timedelta(days=3)
        assert announce(world) == []


def test_nobody_reads_at_no_reply() -> None:
    with make(None, contact("no-reply"), contact("zoe")) as world:
        world.clock.time = STARTS - timedelta(days=3)
        assert announce(world) == ["Zoe <zoe@customer.test>"]


def test_a_contact_that_calls_himself_a_web_site_is_greeted_without_a_name() -> None:
    with make(None, replace(contact("ann"), name="win at https://evil.test")) as world:
        world.clock.time = STARTS - timedelta(days=3)
        assert announce(world) == ["ann@customer.test"]


def test_a_confirmation_during_an_outage_says_so_and_one_after_it_does_not() -> None:
    with make() as world:
        for number, at in enumerate((STARTS, STARTS + timedelta(hours=2))):
            world.clock.time = at
            world.receive(mail(message_id=f"<{number}@x.test>"))
        texts = [letter.get_body(("plain",)).get_content() for letter in world.letters]  # type: ignore[union-attr]
        assert ["No phones. (2026-11-28 07:00 – 09:00 EST)" in text for text in texts] == [True, False]
