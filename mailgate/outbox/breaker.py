"""The circuit breaker: what would be more letters than an hour should have is held, not sent, and the operator is told.

It stands between the outbox and the sender, where every letter passes once, whatever made it (law 12). It opens when an
hour has had its letters, and closes when fewer than half as many are wanted; while it is open nothing passes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from mailgate import figures
from mailgate.cases.organisation import SHARED_DOMAINS
from mailgate.settings import BreakerSettings
from mailgate.store import breakers
from mailgate.store.rows import Outgoing

HOUR = timedelta(hours=1)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Trip:
    """A breaker that opened, or (`over`) has closed again. `to` is whose letters it counts, "" for everybody's; `held`
    are those that it holds now."""

    breaker: str
    to: str
    since: datetime
    hourly: int
    held: int
    over: bool = False


class Breaker:
    """`tell` writes to the operator, in the transaction that it is given."""

    def __init__(self, settings: BreakerSettings, tell: Callable[[Connection, Trip, datetime], None]) -> None:
        self._settings, self._tell = settings, tell

    def let_through(self, connection: Connection, claimed: Sequence[Outgoing], now: datetime) -> list[Outgoing]:
        """Of letters that were just claimed, those that may go out; the others are held from now on."""
        waiting = [one for one in claimed if not one.gated and not one.key.startswith("operator/")]
        if not waiting:
            return list(claimed)
        breakers.lock(connection)
        already = breakers.open_since(connection)
        rooms = {name: 0 if name in already else self._room(connection, name, now) for name in _all_of(waiting)}
        held: dict[str, list[int]] = {}
        passed: list[int] = []
        for one in waiting:
            mine = _of(one)
            shut = next((name for name in mine if not rooms[name]), None)
            if shut is None:
                passed.append(one.id)
            else:
                held.setdefault(shut, []).append(one.id)
            # What one holds comes to none behind it.
            for name in mine if shut is None else mine[: mine.index(shut) + 1]:
                rooms[name] = max(0, rooms[name] - 1)
        if passed:
            breakers.let_pass(connection, passed, now)
        for name, ids in held.items():
            to = f" to {whose(name)}" if whose(name) else ""
            why = f"more letters{to} than {limit_of(name, self._settings)} within an hour"
            figures.count("letters_held", len(ids), reason=breakers.reason_of(name))
            breakers.hold(connection, ids, breakers.reason_of(name), why, now)
            if name not in already:
                self._opened(connection, name, len(ids), now)
        stopped = {number for ids in held.values() for number in ids}
        return [one for one in claimed if one.id not in stopped]

    def look(self, connection: Connection, now: datetime) -> None:
        """Closes what has come to rest."""
        already = breakers.open_since(connection)
        figures.gauge("breakers_open", len(already))
        for name, since in already.items():
            limit = limit_of(name, self._settings)
            if breakers.wanted(connection, name, now - HOUR, limit // 2 + 1) > limit // 2 or not limit:
                continue
            breakers.reset(connection, name)
            held = breakers.held_by(connection, name)
            log.warning("breaker closed: letters go out again", to=whose(name) or "all", held=held)
            self._tell(connection, Trip(name, whose(name), since, limit, held, over=True), now)

    def _opened(self, connection: Connection, name: str, held: int, now: datetime) -> None:
        breakers.trip(connection, name, now)
        limit = limit_of(name, self._settings)
        log.error("breaker open: letters are held", to=whose(name) or "all", hourly=limit)
        self._tell(connection, Trip(name, whose(name), now, limit, held), now)

    def _room(self, connection: Connection, name: str, now: datetime) -> int:
        limit = limit_of(name, self._settings)
        return limit - breakers.wanted(connection, name, now - HOUR, limit) if limit else 0


def limit_of(name: str, settings: BreakerSettings) -> int:
    """How many letters an hour that breaker lets through."""
    if name == breakers.UNVERIFIED:
        return settings.unverified_hourly
    return settings.domain_hourly if breakers.domain_of(name) else settings.hourly


def whose(name: str) -> str:
    """Whose letters it counts, for people; "" for everybody's."""
    return "unverified senders" if name == breakers.UNVERIFIED else breakers.domain_of(name)


def _of(outgoing: Outgoing) -> tuple[str, ...]:
    """The breakers that a letter comes to, one after the other, the one for all last."""
    domain = outgoing.recipient.rpartition("@")[2].casefold()
    own = (breakers.breaker_of(domain),) if domain not in SHARED_DOMAINS else ()
    return (*((breakers.UNVERIFIED,) if outgoing.neutral else ()), *own, breakers.ALL)


def _all_of(letters: Sequence[Outgoing]) -> set[str]:
    return {name for one in letters for name in _of(one)}
