"""How the store fares, for whoever watches the gate: ages and depths by indexes alone, never by going through a table.

A million mails that are done cost nothing here; what is counted is counted up to a bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, func, literal_column, select

from mailgate.store import marks
from mailgate.store.tables import inbound, outbox

MOST_COUNTED = 10_000

_PULSE, BOOKS = "pulse", "books"


@dataclass(frozen=True, slots=True)
class Vitals:
    """Since when the oldest mail waits and the oldest letter is queued (None: there is none), how many of each there
    are, each up to MOST_COUNTED, and when the books were gone through last, with what did not reconcile."""

    inbox_oldest: datetime | None
    outbox_oldest: datetime | None
    waiting: int
    held: int
    shelved: int
    letters_queued: int
    letters_held: int
    books_at: datetime | None
    books_faults: str


def look(connection: Connection) -> Vitals:
    at, _, faults = marks.progress(connection, BOOKS).partition(" ")
    return Vitals(
        inbox_oldest=_oldest(connection, inbound, inbound.c.received_at, "waiting"),
        outbox_oldest=_oldest(connection, outbox, outbox.c.queued_at, "queued"),
        waiting=_many(connection, inbound, "waiting"),
        held=_many(connection, inbound, "held"),
        shelved=_many(connection, inbound, "shelved"),
        letters_queued=_many(connection, outbox, "queued"),
        letters_held=_many(connection, outbox, "held"),
        books_at=datetime.fromisoformat(at) if at else None,
        books_faults=faults,
    )


def write_something(connection: Connection, now: datetime) -> None:
    """Whether the database takes writes: one small row, always the same."""
    marks.set_progress(connection, _PULSE, now.isoformat())


def _oldest(connection: Connection, table: Table, moment: ColumnElement[datetime], state: str) -> datetime | None:
    """The lowest id came first: by the index of state and id that is one look."""
    statement = select(moment).where(table.c.state == literal_column(f"'{state}'")).order_by(table.c.id).limit(1)
    found: datetime | None = connection.execute(statement).scalar()
    return found


def _many(connection: Connection, table: Table, state: str) -> int:
    some = select(table.c.id).where(table.c.state == literal_column(f"'{state}'")).limit(MOST_COUNTED).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())
