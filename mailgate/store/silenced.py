"""Who is answered no more at the moment, as far as rows tell: addresses whose windows are full, letters that were not
sent and why, machines whose mail is held.

Only the newest rows are looked at (`LOOKED_AT` of each sort), so a large table costs what a small one does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, case, func, select

from mailgate.cases.case import EntryKind
from mailgate.store.had import AUTOMATIC_LETTERS
from mailgate.store.tables import entry, inbound, outbox

LOOKED_AT = 5_000
_UNSENT = " not sent: "
# Held as a machine's own doing, not for what a person wrote.
_MACHINES = ("auto_generated", "auto_reply", "bounce", "bulk", "list", "loop")


@dataclass(frozen=True, slots=True)
class Written:
    """How many automatic letters one address had within the last hour and the last day."""

    address: str
    hour: int
    day: int


@dataclass(frozen=True, slots=True)
class Unsent:
    """A letter that was not sent: on which case, when, and what the case says of it."""

    case: str
    at: datetime
    said: str


@dataclass(frozen=True, slots=True)
class Machine:
    """Whose mail is held for that reason, how many of it, and when the last came."""

    address: str
    reason: str
    mails: int
    last: datetime


def held_letters(connection: Connection) -> dict[str, int]:
    """How many letters are held for each reason, of the newest that are."""
    newest = select(outbox.c.held_for).where(outbox.c.state == "held").order_by(outbox.c.id.desc()).limit(LOOKED_AT)
    held = newest.subquery()
    rows = connection.execute(select(held.c.held_for, func.count()).group_by(held.c.held_for))
    return {reason: count for reason, count in rows if reason}


def most_written(connection: Connection, hour: int, day: int, now: datetime) -> list[Written]:
    """Who had at least so many automatic letters in the last hour, or so many in the last day; the most first."""
    newest = select(outbox.c.recipient_key, outbox.c.kind, outbox.c.created_at).order_by(outbox.c.id.desc())
    lately = newest.limit(LOOKED_AT).subquery()
    since = now - timedelta(days=1)
    of_hour = func.count(case((lately.c.created_at > now - timedelta(hours=1), 1)))
    asked = (
        select(lately.c.recipient_key, of_hour.label("hour"), func.count().label("day"))
        .where(lately.c.created_at > since, lately.c.kind.in_(sorted(AUTOMATIC_LETTERS)))
        .group_by(lately.c.recipient_key)
        .having((of_hour >= hour) | (func.count() >= day))
        .order_by(of_hour.desc(), func.count().desc(), lately.c.recipient_key)
    )
    return [Written(row.recipient_key, row.hour, row.day) for row in connection.execute(asked)]


def unsent(connection: Connection, limit: int, since: datetime) -> list[Unsent]:
    """The newest letters that were not sent since then, for a window or for manners' sake."""
    columns = (entry.c.id, entry.c.case_number, entry.c.at, entry.c.kind, entry.c.actor, entry.c.text)
    newest = select(*columns).order_by(entry.c.id.desc()).limit(LOOKED_AT).subquery()
    ours = and_(newest.c.kind == EntryKind.NOTE, newest.c.actor == "mailgate", newest.c.at > since)
    asked = select(newest.c.case_number, newest.c.at, newest.c.text).where(ours, newest.c.text.contains(_UNSENT))
    rows = connection.execute(asked.order_by(newest.c.id.desc()).limit(limit))
    return [Unsent(row.case_number, row.at, row.text) for row in rows]


def machines(connection: Connection, limit: int, since: datetime) -> list[Machine]:
    """Whose mail was held since then as a machine's, the busiest first."""
    columns = (inbound.c.from_key, inbound.c.reason, inbound.c.received_at)
    held = select(*columns).where(inbound.c.state == "held").order_by(inbound.c.id.desc()).limit(LOOKED_AT).subquery()
    mails, last = func.count().label("mails"), func.max(held.c.received_at).label("last")
    asked = (
        select(held.c.from_key, held.c.reason, mails, last)
        .where(held.c.received_at > since, held.c.reason.in_(_MACHINES))
        .group_by(held.c.from_key, held.c.reason)
        .order_by(mails.desc(), held.c.from_key)
        .limit(limit)
    )
    return [Machine(row.from_key or "", row.reason, row.mails, row.last) for row in connection.execute(asked)]
