"""When the store has something to do next, whoever does it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, literal_column, select

from mailgate.store.tables import cases, inbound, outbox

# Spelled as in the partial indexes (tables.py).
_MOMENTS = (
    select(func.min(cases.c.next_due_at)).where(cases.c.next_due_at.is_not(None)),
    select(func.min(outbox.c.due_at)).where(outbox.c.state == literal_column("'queued'")),
    select(func.min(inbound.c.due_at)).where(inbound.c.state == literal_column("'waiting'")),
)


def soonest(connection: Connection) -> datetime | None:
    """The soonest moment at which a case, a letter or a mail is due; it may have passed. None: nothing is to come."""
    found = (connection.execute(statement).scalar() for statement in _MOMENTS)
    return min((moment for moment in found if moment is not None), default=None)
