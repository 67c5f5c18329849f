"""Who works on what: rows are claimed under a lease, so that a process that dies gives them back by dying.

A holder is "node/pid/boot". Law 6 lives here as far as it is about rows: when a holder was lost, the mails it held are
claimed one at a time from then on, and only being lost with such a single mail counts as that mail's own failure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Integer, Table, cast, false, literal_column, or_, select, true, update

from mailgate.mail.message import RawMail
from mailgate.store.db import lock_numbers
from mailgate.store.lease import FREE, until
from mailgate.store.raw import get_all
from mailgate.store.rows import envelope_of
from mailgate.store.tables import inbound, outbox

# What one batch may hold in memory; a single mail may be larger.
_BATCH_BYTES = 8 * 1024 * 1024

# Spelled as in the partial indexes (tables.py).
_WAITING = inbound.c.state == literal_column("'waiting'")
_QUEUED = outbox.c.state == literal_column("'queued'")


@dataclass(frozen=True, slots=True)
class ClaimedMail:
    """A mail that is ours until the lease ends. `attempts` are those that failed for this mail alone; `released_by` is
    the person who let it in although a check held it, "" where there is none."""

    id: int
    raw: RawMail
    attempts: int
    released_by: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A letter that is ours to send until the lease ends. `created_at` is since when it is to be sent, `inbound` the
    mail that it answers."""

    id: int
    case: str | None
    key: str
    recipient: str
    envelope_from: str
    message_id: str
    message: bytes
    attempts: int
    created_at: datetime
    inbound: int | None = None


def claim_inbound(
    connection: Connection, holder: str, limit: int, now: datetime, lease: timedelta
) -> list[ClaimedMail]:
    """The next waiting mails that are due, lowest id first; fewer than `limit` where they are large.

    Those that a lost holder left behind come after all others, one by one.
    """
    _abandon(connection, inbound.c.lease_until <= now)
    rows = _claim_mails(connection, holder, limit, now, lease, inbound.c.singly == false())
    rows = rows or _claim_mails(connection, holder, 1, now, lease, inbound.c.singly == true())
    fitting, size = 0, 0
    for row in rows:
        size += row["size"]
        if size > _BATCH_BYTES and fitting:
            break
        fitting += 1
    if surplus := [row["id"] for row in rows[fitting:]]:
        connection.execute(update(inbound).where(inbound.c.id.in_(surplus)).values(FREE))
    return _claimed(connection, rows[:fitting])


def claim_one(
    connection: Connection, inbound_id: int, holder: str, now: datetime, lease: timedelta
) -> ClaimedMail | None:
    """One given mail, due or not; None where it does not wait, or somebody else holds it."""
    found = connection.execute(
        update(inbound)
        .where(inbound.c.id == inbound_id, _WAITING, or_(inbound.c.lease_until.is_(None), inbound.c.lease_until <= now))
        .values(leased_by=holder, lease_until=until(now, lease))
        .returning(*inbound.c)
    )
    claimed = _claimed(connection, [dict(row) for row in found.mappings()])
    return claimed[0] if claimed else None


def claim_outbox(connection: Connection, holder: str, limit: int, now: datetime, lease: timedelta) -> list[Outgoing]:
    """The next letters that are due, those longest due first."""
    due = (
        select(outbox.c.id)
        .where(_QUEUED, outbox.c.due_at <= now, or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now))
        .order_by(outbox.c.due_at, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    found = connection.execute(
        update(outbox)
        .where(outbox.c.id.in_(select(due.c.id)))
        .values(leased_by=holder, lease_until=until(now, lease))
        .returning(*outbox.c)
    )
    rows = sorted(found.mappings(), key=lambda row: (row["due_at"], row["id"]))
    return [
        Outgoing(
            id=row["id"],
            case=row["case_number"],
            key=row["key"],
            recipient=row["recipient"],
            envelope_from=row["envelope_from"],
            message_id=row["message_id"],
            message=bytes(row["message"]),
            attempts=row["attempts"],
            created_at=row["queued_at"],
            inbound=row["inbound_id"],
        )
        for row in rows
    ]


def renew(
    connection: Connection,
    table: Literal["inbound", "outbox"],
    ids: Sequence[int],
    holder: str,
    now: datetime,
    lease: timedelta,
) -> frozenset[int]:
    """Holds the claimed rows longer; gives those that are still the holder's. The others are lost to it."""
    rows = _table(table)
    found = connection.execute(
        update(rows)
        .where(rows.c.id.in_(ids), rows.c.leased_by == holder, rows.c.lease_until.is_not(None))
        .values(lease_until=until(now, lease))
        .returning(rows.c.id)
    )
    return frozenset(found.scalars())


def void_dead_leases(connection: Connection, node: str, is_alive: Callable[[str], bool]) -> int:
    """Frees what holders of this node held that are not alive any more; gives how many rows that were."""
    freed = 0
    for table in (inbound, outbox):
        ours = table.c.leased_by.startswith(f"{node}/", autoescape=True)
        holders = connection.execute(select(table.c.leased_by).where(table.c.lease_until.is_not(None), ours).distinct())
        dead = [holder for holder in holders.scalars().all() if not is_alive(holder)]
        if not dead:
            continue
        if table is inbound:
            freed += _abandon(connection, inbound.c.leased_by.in_(dead))
        else:
            freed += connection.execute(update(outbox).where(outbox.c.leased_by.in_(dead)).values(FREE)).rowcount
    return freed


def lock_mails(connection: Connection, keys: Sequence[str]) -> None:
    """Keeps others from working on mails with one of these keys until the end of the transaction."""
    lock_numbers(
        connection,
        [int.from_bytes(hashlib.sha256(key.encode("utf-8", "replace")).digest()[:8], signed=True) for key in keys],
    )


def _claim_mails(
    connection: Connection, holder: str, limit: int, now: datetime, lease: timedelta, which: ColumnElement[bool]
) -> list[dict[str, Any]]:
    # As a CTE: PostgreSQL may run a bare subquery with a LIMIT more than once, and then claims more than that.
    due = (
        select(inbound.c.id)
        .where(_WAITING, inbound.c.due_at <= now, inbound.c.lease_until.is_(None), which)
        .order_by(inbound.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    found = connection.execute(
        update(inbound)
        .where(inbound.c.id.in_(select(due.c.id)))
        .values(leased_by=holder, lease_until=until(now, lease))
        .returning(*inbound.c)
    )
    return sorted((dict(row) for row in found.mappings()), key=lambda row: int(row["id"]))


def _claimed(connection: Connection, rows: Sequence[dict[str, Any]]) -> list[ClaimedMail]:
    if not rows:
        return []
    contents = get_all(connection, [row["sha256"] for row in rows])
    return [
        ClaimedMail(
            row["id"], RawMail(contents[row["sha256"]], envelope_of(row)), row["attempts"], row["released_by"] or ""
        )
        for row in rows
    ]


def _abandon(connection: Connection, lost: ColumnElement[bool]) -> int:
    """The holder is gone. Nobody knows which mail of its batch it was, unless there was only one."""
    return connection.execute(
        update(inbound)
        .where(_WAITING, inbound.c.lease_until.is_not(None), lost)
        .values(FREE | {"attempts": inbound.c.attempts + cast(inbound.c.singly, Integer), "singly": True})
    ).rowcount


def _table(name: Literal["inbound", "outbox"]) -> Table:
    return inbound if name == "inbound" else outbox
