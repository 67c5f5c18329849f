"""The stage: a whole house on a clock that is turned by hand, with a relay that only writes down.

Its tests play on it too (`tests/world.py`). It reads and writes as the daemon does, by the same steps of the walk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from mailgate import delivery, pipeline
from mailgate.cases.account import Directory
from mailgate.errors import MailgateError, RelayError
from mailgate.house import House
from mailgate.intake.accept import accept_now
from mailgate.mail.message import Authentication, Envelope, Mail, Ours, RawMail
from mailgate.operator import tell_of_trip
from mailgate.outages import announce
from mailgate.outbox.breaker import Breaker
from mailgate.outbox.deliver import Sender
from mailgate.outbox.render import Renderer
from mailgate.policy.outage import next_announcement
from mailgate.policy.policy import Policy
from mailgate.reading import read_mail
from mailgate.settings import Settings
from mailgate.store import claims, coming, keep, link_keys, marks
from mailgate.store.db import Store, upgrade
from mailgate.store.lease import LEASE
from mailgate.store.link_keys import LinkKeys

HOLDER = "stage/1/play"
_MOST_ROUNDS = 100  # at one moment; more would be for ever


class TurnedClock:
    """Stands still until it is turned."""

    def __init__(self, now: datetime) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time


class RecordingRelay:
    """Writes down what it is given. `refuse` maps a recipient to the error that he gets instead, `down` is one for
    all."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, bytes]] = []
        self.refuse: dict[str, RelayError] = {}
        self.down: RelayError | None = None

    async def send(self, outbox_id: int, envelope_from: str, recipient: str, message: bytes) -> None:  # noqa: ARG002 - Relay
        if error := self.down or self.refuse.get(recipient):
            raise error
        self.sent.append((envelope_from, recipient, message))

    async def close(self) -> None:
        """Nothing is open."""


class Stage:
    """One house. What comes in is walked, what is due is done: at the moment that the clock shows, and not before."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        policies: Mapping[str, Policy],
        renderer: Renderer,
        now: datetime,
        read: Callable[[RawMail, Ours], Mail] = read_mail,
        directory: Directory | None = None,
    ) -> None:
        self.clock, self.store, self.relay = TurnedClock(now), store, RecordingRelay()
        upgrade(store)
        with store.write() as connection:
            org = keep.organisation(connection)
            link_keys.ensure(connection, now)
        self.house = House(
            settings,
            policies,
            self.clock,
            store,
            renderer,
            read,
            HOLDER,
            org,
            LinkKeys(store),
            directory or Directory(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.store.close()

    def bring(
        self,
        data: bytes,
        recipients: Iterable[str],
        sender: str | None = None,
        authentication: Authentication = Authentication.UNKNOWN,
    ) -> int:
        """A mail comes in and waits; gives the id of its (last) inbox row. MailgateError for an address not ours."""
        owners: dict[str, list[str]] = {}
        for recipient in recipients:
            mailbox = self.house.settings.mailbox_of(recipient)
            if mailbox is None:
                raise MailgateError(f"{recipient} is no address of a mailbox here")
            owners.setdefault(mailbox.name, []).append(recipient)
        envelopes = [
            Envelope(name, sender, tuple(mine), "test", self.clock.now(), authentication=authentication)
            for name, mine in owners.items()
        ]
        return accept_now(self.store, data, envelopes)[-1].inbound_id

    def process(self) -> None:
        """Walk all that waits now."""
        while True:
            with self.store.write() as connection:
                batch = claims.claim_inbound(connection, HOLDER, 20, self.clock.now(), LEASE, self.store.read)
            if not batch:
                return
            pipeline.process(self.house, batch)

    def pass_time(self) -> None:
        """Take every step that is due now, and announce what is to be announced."""
        while pipeline.pass_time(self.house):
            continue
        while announce(self.house):
            continue

    def deliver(self) -> None:
        """Send all that is due now."""
        asyncio.run(self.sender().run_once())

    def sender(self) -> Sender:
        breaker = Breaker(
            self.house.settings.breaker, lambda connection, trip, now: tell_of_trip(self.house, connection, trip, now)
        )
        return Sender(self.store, self.relay, self.clock, HOLDER, self._failed, self._accepted, breaker)

    def settle(self) -> None:
        """Do all that is due at this moment."""
        self.process()
        self.pass_time()
        self.deliver()

    def go_to(self, moment: datetime) -> None:
        """Turn the clock on to `moment`, and stop at each before it at which something is due."""
        overdue = 0
        while (due := self._soonest()) is not None and due <= moment:
            overdue = overdue + 1 if due <= self.clock.time else 0
            if overdue > _MOST_ROUNDS:
                raise MailgateError(f"something is due at {due.isoformat()} and stays so: a fault of mailgate")
            self.clock.time = max(due, self.clock.time)
            self.settle()
        self.clock.time = max(moment, self.clock.time)

    def change_policy(self, policy: Policy) -> None:
        """From now on it is this one that has that name; its cases are looked at again, as after a reload."""
        self.house = replace(self.house, policies={**self.house.policies, policy.name: policy})
        with self.store.write() as connection:
            last: str | None = ""
            while last is not None:
                last = marks.look_at_cases_of(connection, policy.name, last, 1000, self.clock.now())

    def _soonest(self) -> datetime | None:
        with self.store.read() as connection:
            in_store = coming.soonest(connection)
        announced = (next_announcement(policy, self.clock.time) for policy in self.house.policies.values())
        return min((moment for moment in (in_store, *announced) if moment is not None), default=None)

    def _failed(self, connection: Any, outgoing: Any, why: str, now: datetime) -> None:
        delivery.delivery_failed(self.house, connection, outgoing, why, now)

    def _accepted(self, connection: Any, outgoing: Any, now: datetime) -> None:
        delivery.letter_accepted(self.house, connection, outgoing, now)
