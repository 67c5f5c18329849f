"""What people are shown beyond the keys that DESIGN fixes for the lists' JSON (`listings.py`): more to a glance."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from mailgate.store.found import family
from mailgate.store.listings import history_of, list_inbox, list_outbox
from mailgate.store.tables import cases, inbound, outbox


def glance_at_inbox(connection: Connection, limit: int | None, state: str | None) -> list[dict[str, Any]]:
    """`list_inbox` with `from` and `subject`, which are None until the mail was decided upon."""
    statement = select(inbound.c.from_key, inbound.c.subject).order_by(inbound.c.id.desc()).limit(limit)
    if state is not None:
        statement = statement.where(inbound.c.state == state)
    rows = zip(list_inbox(connection, limit, state), connection.execute(statement), strict=True)
    return [listed | {"from": seen.from_key, "subject": seen.subject} for listed, seen in rows]


def glance_at_outbox(connection: Connection, limit: int | None, state: str | None) -> list[dict[str, Any]]:
    """`list_outbox` with `bounced_at`: when the letter came back."""
    statement = select(outbox.c.bounced_at).order_by(outbox.c.id.desc()).limit(limit)
    if state is not None:
        statement = statement.where(outbox.c.state == state)
    rows = zip(list_outbox(connection, limit, state), connection.execute(statement).scalars(), strict=True)
    return [listed | {"bounced_at": at.isoformat() if at else None} for listed, at in rows]


def letters_of(connection: Connection, number: str) -> list[dict[str, Any]]:
    """The letters of a case, oldest first: `id`, `kind`, `to`, `state`, `bounced_at`."""
    columns = (outbox.c.id, outbox.c.kind, outbox.c.recipient.label("to"), outbox.c.state, outbox.c.bounced_at)
    ours = outbox.c.case_number.in_(family())
    rows = connection.execute(select(*columns).where(ours).order_by(outbox.c.id), {"number": number})
    return [dict(row) for row in rows.mappings()]


def mails_behind(connection: Connection, number: str) -> list[int | None]:
    """For each entry of the case's history, in its order, the id of the mail that brought it."""
    return [row.inbound_id for row in connection.execute(history_of(number))]


def mailboxes(connection: Connection) -> dict[str, tuple[int, int]]:
    """By each mailbox that anything here belongs to: how many cases, and how many mails that wait or were put aside."""
    opened = connection.execute(select(cases.c.mailbox, func.count()).group_by(cases.c.mailbox))
    found = {name: (count, 0) for name, count in opened}
    left = inbound.c.state.in_(("waiting", "held", "shelved"))
    for name, count in connection.execute(
        select(inbound.c.mailbox, func.count()).where(left).group_by(inbound.c.mailbox)
    ):
        found[name] = (found.get(name, (0, 0))[0], count)
    return found
