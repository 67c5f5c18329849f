"""A sender that stood still while its leases ended stops what it was sending: another may have sent it since."""

from __future__ import annotations

import asyncio
from contextlib import closing
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from kept import open_case
from mailgate.outbox import deliver
from mailgate.outbox.breaker import Breaker
from mailgate.outbox.deliver import Sender
from mailgate.settings import BreakerSettings
from mailgate.store import claims, facts
from mailgate.store.db import Store, open_store
from mailgate.store.lease import MAX_LEASE
from mailgate.store.rows import Outgoing
from moments import NOON

SHORT = timedelta(milliseconds=200)


class Slow:
    """A relay with one connection; the first letter takes as long as it likes, the others wait for it."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.cut: list[int] = []
        self.go_on = asyncio.Event()

    async def send(self, outbox_id: int, _envelope_from: str, _recipient: str, _message: bytes) -> None:
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.cut.append(outbox_id)
            raise
        self.taken.append(outbox_id)

    async def close(self) -> None:
        """Nothing is open."""


class Still:
    def now(self) -> datetime:
        return NOON


def sender_of(store: Store, relay: Slow) -> Sender:
    def nobody(_connection: Connection, _outgoing: Outgoing, *_: object) -> None:
        """No case waits for these letters."""

    unbroken = Breaker(BreakerSettings(), lambda _connection, _trip, _now: None)
    return Sender(store, relay, Still(), "slow/1/a", nobody, nobody, unbroken)


def states(store: Store) -> list[str]:
    with store.read() as connection:
        return [row["state"] for row in facts.list_outbox(connection)]


def test_letters_whose_lease_ended_while_they_waited_for_the_relay_are_not_sent(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "LEASE", SHORT)
    relay = Slow()
    with closing(open_store(postgres_url)) as store:
        with store.write() as connection:
            for number in range(3):
                open_case(connection, str(number))
        sender = sender_of(store, relay)

        async def play() -> None:
            sending = asyncio.create_task(sender.run())
            while len(relay.cut) < 3:  # noqa: ASYNC110 - nobody tells of it
                await asyncio.sleep(0.01)
            relay.go_on.set()
            await sender.stop()
            await sending

        asyncio.run(asyncio.wait_for(play(), 60))
        assert (relay.taken, states(store)) == ([], ["queued"] * 3), "nothing was written down of them"
        with store.write() as connection:
            another = claims.claim_outbox(connection, "other/2/b", 9, NOON + MAX_LEASE, MAX_LEASE)
        assert len(another) == 3


def test_a_lease_that_is_renewed_cuts_nothing_off(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliver, "LEASE", MAX_LEASE)
    monkeypatch.setattr(deliver, "RENEW_SECONDS", 0.02)
    relay = Slow()
    with closing(open_store(postgres_url)) as store:
        with store.write() as connection:
            open_case(connection)
        sender = sender_of(store, relay)

        async def play() -> float:
            sending = asyncio.create_task(sender.run())
            while not sender._ends:  # noqa: ASYNC110 - nobody tells of it
                await asyncio.sleep(0.01)
            (end,) = sender._ends.values()
            first = end.when()
            while end.when() == first:  # noqa: ASYNC110 - nobody tells of it
                await asyncio.sleep(0.01)
            relay.go_on.set()
            while states(store) != ["sent"]:  # noqa: ASYNC110 - nobody tells of it
                await asyncio.sleep(0.01)
            await sender.stop()
            await sending
            return (end.when() or 0.0) - (first or 0.0)

        assert asyncio.run(asyncio.wait_for(play(), 60)) > 0
        assert (relay.taken, relay.cut) == ([1], [])
