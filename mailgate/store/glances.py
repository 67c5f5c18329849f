"""What people are shown of a case beyond its own row and history: its letters, and the mails behind its entries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from mailgate.store.found import family
from mailgate.store.lease import AT_ONCE
from mailgate.store.listings import history_of
from mailgate.store.tables import cases, inbound, outbox


def letters_of(connection: Connection, number: str) -> list[dict[str, Any]]:
    """The letters of a case, oldest first: `id`, `kind`, `to`, `state`, `bounced_at`."""
    columns = (outbox.c.id, outbox.c.kind, outbox.c.recipient.label("to"), outbox.c.state, outbox.c.bounced_at)
    ours = outbox.c.case_number.in_(family())
    rows = connection.execute(select(*columns).where(ours).order_by(outbox.c.id), {"number": number})
    return [dict(row) for row in rows.mappings()]


def letters_by_key(connection: Connection, keys: Sequence[str]) -> list[dict[str, Any]]:
    """What became of the letters of these keys, oldest first: JSON-ready, without their words."""
    names = ("id", "kind", "state", "held_for", "attempts")
    times = ("created_at", "due_at", "done_at", "bounced_at")
    columns = (outbox.c[name] for name in (*names, *times, "recipient", "error"))
    rows = connection.execute(select(*columns).where(outbox.c.key.in_(list(keys))).order_by(outbox.c.id)).mappings()
    return [
        {name: row[name] for name in names}
        | {name: row[name].isoformat() if row[name] else None for name in times}
        | {"to": row["recipient"], "error": row["error"]}
        | ({"due_at": None} if row["state"] != "queued" or row["due_at"] == AT_ONCE else {})
        for row in rows
    ]


def mails_behind(connection: Connection, number: str) -> list[int | None]:
    """For each entry of the case's history, in its order, the id of the mail that brought it."""
    return [row.inbound_id for row in connection.execute(history_of(number))]


def unclosed_by_owner(connection: Connection) -> dict[str, int]:
    """How many cases each engineer has that are not closed, by his address in lower case."""
    over = cases.c.status.in_(("new", "open", "waiting", "resolved"))  # by name: the index serves each of them
    by_owner = select(cases.c.owner, func.count()).where(over, cases.c.owner != "").group_by(cases.c.owner)
    return {row[0]: row[1] for row in connection.execute(by_owner)}


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
