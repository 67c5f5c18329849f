"""When a row of the inbox or the outbox may be had: since when it is due, and how long it is somebody's.

Clocks step back. So what is new is due at a moment that lies behind every clock, and a moment further ahead than
anything here reaches was written by a clock that has been put back since: it counts for nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, or_

MAX_LEASE = timedelta(seconds=30)
# Of a mail or a letter: with the five seconds in which letters that came due are looked for, what a process had in hand
# that died is another's within 30 s.
LEASE = timedelta(seconds=24)
# How long a letter that was not taken waits at most until it is tried again.
LONGEST_PAUSE = timedelta(hours=4)
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
FREE: dict[str, Any] = {"lease_until": None, "leased_by": None}

# How far ahead a lease ends at most. Twice the longest: the clocks of two nodes differ by some seconds, and neither may
# take the other's leases for untrue.
FAR = 2 * MAX_LEASE


def until(now: datetime, lease: timedelta) -> datetime:
    if lease > MAX_LEASE:
        raise ValueError(f"a lease lasts at most {MAX_LEASE.total_seconds():.0f} s, not {lease.total_seconds():.0f}")
    return now + lease


def out_of_reach(moment: ColumnElement[datetime], now: datetime) -> ColumnElement[bool]:
    """True of a moment that no lease, and no pause of the inbox, reaches from now."""
    return moment > now + FAR


def held(table: Table, now: datetime) -> ColumnElement[bool]:
    """True of the rows that somebody is at work on."""
    return and_(table.c.lease_until > now, table.c.lease_until <= now + FAR)


def free(table: Table, now: datetime) -> ColumnElement[bool]:
    """True of all others."""
    lease = table.c.lease_until
    return or_(lease.is_(None), lease <= now, out_of_reach(lease, now))
