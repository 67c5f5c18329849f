"""Who works on what: rows are claimed under a lease, so that a process that dies gives them back by dying.

A holder is "node/pid/boot". Law 6 lives here as far as it is about rows: when a holder was lost, the mails it held are
claimed one at a time from then on, and only being lost with such a single mail counts as that mail's own failure. Such
a mail waits out the lease, so that one that kills whoever reads it leaves the others time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import structlog
from sqlalchemy import (
    ColumnElement,
    Connection,
    Result,
    Table,
    and_,
    bindparam,
    case,
    false,
    literal_column,
    or_,
    select,
    true,
    update,
)

from mailgate.mail.message import RawMail
from mailgate.store.among import among
from mailgate.store.db import insert, lock_numbers
from mailgate.store.lease import FAR, FREE, free, letter_out_of_reach, out_of_reach, until
from mailgate.store.mail_rows import envelope_of
from mailgate.store.marks import shelve
from mailgate.store.raw import Reading, find_all
from mailgate.store.rows import Outgoing, outgoing_of
from mailgate.store.tables import cases, inbound, outbox, role

# One batch, of which up to three are under way. A single mail may be larger, and is then not read into memory.
_BATCH_BYTES = 1024 * 1024

# Spelled as in the partial indexes (tables.py).
_WAITING = inbound.c.state == literal_column("'waiting'")
_QUEUED = outbox.c.state == literal_column("'queued'")

# The statements are made once: making one takes SQLAlchemy longer than SQLite takes to run it.
_now, _far = bindparam("now", type_=inbound.c.due_at.type), bindparam("far", type_=inbound.c.due_at.type)
_due = (
    select(inbound.c.id, inbound.c.size, inbound.c.singly)
    .where(_WAITING, or_(inbound.c.due_at <= _now, inbound.c.due_at > _far))
    .where(inbound.c.lease_until.is_(None))
    .order_by(inbound.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_lease_these = update(inbound).where(among(inbound.c.id, "ids")).returning(*inbound.c)
_ended = select(inbound.c.id).where(
    inbound.c.lease_until.is_not(None), or_(inbound.c.lease_until <= _now, inbound.c.lease_until > _far)
)
_still_held = select(inbound.c.id).where(
    among(inbound.c.id, "ids"), _WAITING, inbound.c.leased_by == bindparam("holder")
)

_BRING_BACK = "Bring them back from a backup, then replay it."

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ClaimedMail:
    """A mail that is ours until the lease ends. `attempts` are those that failed for this mail alone; `released_by` is
    the person who let it in although a check held it, "" where there is none."""

    id: int
    raw: RawMail
    attempts: int
    released_by: str


def claim_inbound(
    connection: Connection, holder: str, limit: int, now: datetime, lease: timedelta, later: Reading | None = None
) -> list[ClaimedMail]:
    """The next waiting mails that are due, lowest id first; fewer than `limit` where they are large. Big contents are
    read when they are needed, by `later`, and without it within this transaction.

    One that a lost holder left behind comes alone, and is no later for it than one batch.
    """
    leased = {"leased_by": holder, "lease_until": until(now, lease)}
    _void(connection, holder, now)
    while ids := _next(connection, limit, now):
        if claimed := _read(connection, connection.execute(_lease_these, {"ids": ids, **leased}), now, later):
            return claimed
    return []


def claim_one(
    connection: Connection, inbound_id: int, holder: str, now: datetime, lease: timedelta, later: Reading | None = None
) -> ClaimedMail | None:
    """One given mail, due or not; None where it does not wait, somebody else holds it, or its bytes are gone."""
    this = and_(inbound.c.id == inbound_id, _WAITING, free(inbound, now))
    leased = {"leased_by": holder, "lease_until": until(now, lease)}
    rows = connection.execute(update(inbound).where(this).values(leased).returning(*inbound.c))
    claimed = _read(connection, rows, now, later)
    return claimed[0] if claimed else None


def claim_outbox(connection: Connection, holder: str, limit: int, now: datetime, lease: timedelta) -> list[Outgoing]:
    """The next letters that are due: new ones, then those that were put off, longest due first."""
    # A clock that was put back would else keep them waiting for as long. (By itself, for the index's sake.)
    connection.execute(update(outbox).where(_QUEUED, letter_out_of_reach(outbox.c.due_at, now)).values(due_at=now))
    # As a CTE: PostgreSQL may run a bare subquery with a LIMIT more than once, and then claims more than that.
    due = (
        select(outbox.c.id)
        .where(_QUEUED, outbox.c.due_at <= now, free(outbox, now))
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
    return [outgoing_of(row) for row in rows]


def claim_due(connection: Connection, limit: int, now: datetime) -> list[str]:
    """The numbers of cases for which time has something, longest due first; ours until the end of the transaction."""
    due = (
        select(cases.c.number)
        .where(cases.c.next_due_at <= now)
        .order_by(cases.c.next_due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(connection.execute(due).scalars())


def renew(
    connection: Connection,
    table: Literal["inbound", "outbox"],
    ids: Sequence[int],
    holder: str,
    now: datetime,
    lease: timedelta,
    *,
    wait: bool = True,
) -> frozenset[int]:
    """Holds the claimed rows longer; gives those that are still the holder's. The others are lost to it.

    Without `wait`, rows that another transaction is at work on are the holder's as far as can be seen, and left alone.
    """
    rows = _table(table)
    ours = and_(rows.c.id.in_(ids), rows.c.leased_by == holder, rows.c.lease_until.is_not(None))
    longer = update(rows).values(lease_until=until(now, lease))
    if wait:
        return frozenset(connection.execute(longer.where(ours).returning(rows.c.id)).scalars())
    held = frozenset(connection.execute(select(rows.c.id).where(ours)).scalars())
    unlocked = select(rows.c.id).where(ours).with_for_update(skip_locked=True)
    connection.execute(longer.where(rows.c.id.in_(unlocked)))
    return held


def still_held(connection: Connection, ids: Sequence[int], holder: str) -> frozenset[int]:
    """Those of these mails that are the holder's still, as far as can be seen: no row is locked, so that leases can be
    renewed meanwhile. Whether they were to the end, the write itself asks (`keep.py`)."""
    return frozenset(connection.execute(_still_held, {"ids": ids, "holder": holder}).scalars())


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
            freed += _abandon(connection, inbound.c.leased_by.in_(dead), blameless=false())
        else:
            freed += connection.execute(update(outbox).where(outbox.c.leased_by.in_(dead)).values(FREE)).rowcount
    roles = connection.execute(
        select(role.c.holder).where(role.c.holder.startswith(f"{node}/", autoescape=True)).distinct()
    )
    dead = [holder for holder in roles.scalars().all() if not is_alive(holder)]
    freed += connection.execute(
        update(role).where(role.c.holder.in_(dead)).values(holder=None, lease_until=None)
    ).rowcount
    return freed


def hold_role(connection: Connection, name: str, holder: str, now: datetime, lease: timedelta) -> bool:
    """Takes or keeps a role that one process at a time may have, until the lease ends; False where another has it."""
    statement = insert(connection.dialect.name, role)
    taken = connection.execute(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": statement.excluded.holder, "lease_until": statement.excluded.lease_until},
            where=or_(role.c.holder == holder, free(role, now)),
        ).returning(role.c.name),
        {"name": name, "holder": holder, "lease_until": until(now, lease)},
    )
    return taken.first() is not None


def leave_role(connection: Connection, name: str, holder: str) -> None:
    """Gives a role back, so that the next need not wait for the lease to end."""
    connection.execute(
        update(role).where(role.c.name == name, role.c.holder == holder).values(holder=None, lease_until=None)
    )


def trouble_of(connection: Connection, name: str) -> datetime | None:
    """Since when the operator has known of a role's trouble; None while there is none."""
    return connection.execute(select(role.c.troubled_since).where(role.c.name == name)).scalar()


def set_trouble(connection: Connection, name: str, since: datetime | None) -> None:
    connection.execute(update(role).where(role.c.name == name).values(troubled_since=since))


def lock_mails(connection: Connection, keys: Sequence[str]) -> None:
    """Keeps others from working on mails with one of these keys until the end of the transaction."""
    lock_numbers(
        connection,
        [int.from_bytes(hashlib.sha256(key.encode("utf-8", "replace")).digest()[:8], signed=True) for key in keys],
    )


def _next(connection: Connection, limit: int, now: datetime) -> list[int]:
    """The ids of the next batch, kept from others until the end of the transaction."""
    due = connection.execute(_due, {"now": now, "far": now + FAR, "limit": limit})
    ids: list[int] = []
    size = 0
    for row in due.all():
        if row.singly and not ids:
            return [row.id]
        if row.singly:
            continue  # it will be the first of the next batch, and so all of it
        size += row.size
        if size > _BATCH_BYTES and ids:
            break
        ids.append(row.id)
    return ids


def _read(connection: Connection, leased: Result[Any], now: datetime, later: Reading | None) -> list[ClaimedMail]:
    """Those that are leased now, lowest id first. A mail whose bytes are gone is put aside: nobody can walk it."""
    rows = sorted((dict(row) for row in leased.mappings()), key=lambda row: int(row["id"]))
    contents = find_all(connection, [row["sha256"] for row in rows], later)
    claimed = []
    for row in rows:
        data = contents.get(row["sha256"])
        if data is None:
            why = f"The bytes of this mail ({row['sha256']}) are not in the store. {_BRING_BACK}"
            shelve(connection, row["id"], why, now, reason="raw_missing")
            log.error("mail shelved", inbound=row["id"], error="raw_missing")
            continue
        claimed.append(
            ClaimedMail(row["id"], RawMail(data, envelope_of(row)), row["attempts"], row["released_by"] or "")
        )
    return claimed


def _void(connection: Connection, holder: str, now: datetime) -> None:
    """Frees the mails whose leases have ended. That of the claiming process itself ran out while it lived, and one that
    no lease reaches to was written by a clock that has been put back: neither tells anything about the mail."""
    if connection.execute(_ended, {"now": now, "far": now + FAR}).first() is None:
        return
    lease_until = inbound.c.lease_until
    _abandon(connection, lease_until <= now, blameless=inbound.c.leased_by == holder)
    _abandon(connection, out_of_reach(lease_until, now), blameless=true())


def _abandon(connection: Connection, lost: ColumnElement[bool], *, blameless: ColumnElement[bool]) -> int:
    """The holder is gone. Nobody knows which mail of its batch it was, unless there was only one."""
    guilty = and_(inbound.c.singly, ~blameless)
    # Who has a row locked works on it, whatever its lease says. No state is asked for: only what waits is leased, and
    # by the state SQLite would go through all that waits, not the few that are leased.
    rows = select(inbound.c.id).where(inbound.c.lease_until.is_not(None), lost)
    changes = {
        "attempts": inbound.c.attempts + case((guilty, 1), else_=0),
        "due_at": case((guilty, inbound.c.lease_until), else_=inbound.c.due_at),
        "singly": True,
    }
    return connection.execute(
        update(inbound).where(inbound.c.id.in_(rows.with_for_update(skip_locked=True))).values(FREE | changes)
    ).rowcount


def _table(name: Literal["inbound", "outbox"]) -> Table:
    return inbound if name == "inbound" else outbox
