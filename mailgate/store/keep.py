"""The writes of the walk: a mail received, a decision kept. All in the transaction of the caller.

What happens to rows afterwards (tried again, shelved, sent) is in `marks.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, Update, bindparam, func, select, update
from sqlalchemy.sql.dml import ReturningInsert

from mailgate.cases.case import Decision, Outcome, Settled, Written
from mailgate.errors import Conflict
from mailgate.store.among import among
from mailgate.store.books import count_in
from mailgate.store.columns import Handle
from mailgate.store.db import insert, insert_new
from mailgate.store.mail_rows import Arrival, settled_row, waiting_row
from mailgate.store.marks import (
    drop_inbound,
    mark_failed,
    mark_sent,
    postpone,
    release_outbox,
    reopen_inbound,
    requeue_outbox,
    requeue_troubled,
    retry_inbound,
    retry_outbox,
    shelve,
)
from mailgate.store.minting import mint, organisation
from mailgate.store.moving import follow_merge, take
from mailgate.store.pictures import picture, picture_rows
from mailgate.store.raw import put_all
from mailgate.store.reach import keep_reach
from mailgate.store.revoke import revoke, take_leave
from mailgate.store.rows import (
    COPIES_COME_WITHIN,
    Kept,
    case_row,
    changed_case_row,
    done_row,
    entry_rows,
    outbox_row,
    participant_rows,
    thread_rows,
)
from mailgate.store.search_index import note_changed
from mailgate.store.tables import cases, entry, inbound, outbox, participant, thread_id

__all__ = [
    "Arrival",
    "Kept",
    "Receipt",
    "drop_inbound",
    "enqueue",
    "keep",
    "keep_many",
    "mark_failed",
    "mark_sent",
    "mint",
    "organisation",
    "postpone",
    "receive",
    "reopen_inbound",
    "requeue_outbox",
    "requeue_troubled",
    "retry_inbound",
    "retry_outbox",
    "shelve",
]


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where an arrival stands; `duplicate` where it had come before. `commit` is the number that a counter gives to the
    commit which holds it, for the log."""

    inbound_id: int
    duplicate: bool
    commit: int = field(default=0, compare=False)


def receive(connection: Connection, arrivals: Sequence[Arrival], commit: int = 0) -> list[Receipt]:
    """Keeps bytes and envelopes; gives a receipt for each, in their order. A mail that came before is counted only.
    `commit` is put on the receipts.

    A mail without Message-ID is the same as one before for as long as copies of a mail are looked for, and no longer.
    """
    if not arrivals:
        return []
    names = _put_new(connection, arrivals)
    times = Counter(arrival.identity for arrival in arrivals)
    # One row for each identity: PostgreSQL refuses to touch a row twice in one statement.
    rows = {
        arrival.identity: waiting_row(arrival, name, times[arrival.identity])
        for arrival, name in reversed(list(zip(arrivals, names, strict=True)))
    }
    result = connection.execute(_receive(connection.dialect.name), list(reversed(rows.values())))
    found = {identity: (number, seen) for identity, number, seen in result}
    receipts, met = [], set[str]()
    for arrival in arrivals:
        number, seen = found[arrival.identity]
        receipts.append(Receipt(number, seen > times[arrival.identity] or arrival.identity in met, commit))
        met.add(arrival.identity)
    came = [one.raw.envelope for one, receipt in zip(arrivals, receipts, strict=True) if not receipt.duplicate]
    count_in(connection, [(envelope.received_at, envelope.door) for envelope in came])
    return receipts


def _put_new(connection: Connection, arrivals: Sequence[Arrival]) -> list[str]:
    """Keeps the bytes of those that did not come before; gives each arrival's name for its bytes, or its first copy's.

    A second copy differs in its Received fields at the least, so its bytes would be kept, and belong to nothing.
    """
    first = {arrival.identity: arrival for arrival in reversed(arrivals)}
    known = {row.identity: row for row in connection.execute(_known, {"identities": sorted(first)})}
    old = sorted(one for one, row in known.items() if _is_another(first[one], row.received_at))
    if old:
        _retire(connection, [(known[one].id, one) for one in old])
    names: dict[str, str] = {one: row.sha256 for one, row in known.items() if one not in old}
    fresh = {one: arrival.laid or arrival.raw.data for one, arrival in first.items() if one not in names}
    names |= zip(fresh, put_all(connection, list(fresh.values())), strict=True)
    return [names[arrival.identity] for arrival in arrivals]


def _is_another(arrival: Arrival, received_at: datetime) -> bool:
    """Where no Message-ID says so, the same words are the same mail for a while only: forms are filled in again.

    The row's own Message-ID is not asked: it may be erased, and its mail, fetched once more, would be let in anew.
    """
    return arrival.message_id is None and arrival.raw.envelope.received_at - received_at > COPIES_COME_WITHIN


def _retire(connection: Connection, rows: Sequence[tuple[int, str]]) -> None:
    """Frees identities for those who come now. Of two who do it at once one finds nothing left to do, and then the
    other's new row."""
    for number, identity in rows:
        connection.execute(_rename, {"this": number, "was": identity, "becomes": f"{identity}/{number}"})


def keep(
    connection: Connection,
    inbound_id: int | None,
    decision: Decision,
    letters: Sequence[Written],
    trace: Mapping[str, Any] | None,
    now: datetime,
    *,
    author: str | None = None,
    subject: str = "",
) -> None:
    """Keeps one decision, whole. Conflict: the case or the mail was changed meanwhile; nothing of this may be kept.

    `decision.case.version` is the version that was read; the row's becomes one more.
    """
    keep_many(connection, [Kept(decision, letters, inbound_id, trace, author, subject)], now)


def keep_many(connection: Connection, all_kept: Sequence[Kept], now: datetime) -> None:
    """`keep` for decisions that do not build on each other, with one statement for each table."""
    all_kept = [one for kept in all_kept for one in (kept, *kept.along)]
    on_cases = [(kept, kept.decision.case) for kept in all_kept if kept.decision.case is not None]
    _insert(connection, cases, [case_row(case) for kept, case in on_cases if kept.decision.opened])
    _change(connection, _change_case, [changed_case_row(case) for kept, case in on_cases if not kept.decision.opened])
    _insert_new(connection, participant, (row for _, case in on_cases for row in participant_rows(case)))
    note_changed(connection, [case.number for _, case in on_cases])
    for kept, case in on_cases:
        if case.merged_into is not None:
            follow_merge(connection, case.number, case.merged_into)
        if kept.decision.takes is not None:
            take(connection, case.number, kept.decision.takes)
        for key in kept.decision.left:
            take_leave(connection, case.number, key, now)
        if kept.decision.revoked is not None:
            revoke(connection, case.number, now, kept.decision.revoked or None)
    _insert(connection, entry, [row for kept, case in on_cases for row in entry_rows(kept, case)])
    _insert_new(connection, thread_id, (row for kept, case in on_cases for row in thread_rows(kept, case)))
    _insert_new(connection, picture, (row for kept, case in on_cases for row in picture_rows(case, kept.pictures)))
    # Only the key may be taken: a Message-ID or token given twice would be a letter lost, so that is an error.
    _insert_new(
        connection, outbox, (outbox_row(kept, letter, now) for kept in all_kept for letter in kept.letters), "key"
    )
    keep_reach(connection, all_kept, now)
    for kept in all_kept:
        for inbound_id, what in kept.decision.settles:
            settle(connection, inbound_id, what, kept.author or "", now)
        for letter in kept.decision.frees:
            release_outbox(connection, letter, now)
    done = [(kept, kept.inbound_id) for kept in all_kept if kept.inbound_id is not None]
    _change(connection, _finish_inbound, [done_row(kept, now) for kept, _ in done])
    found = [settled_row(this, kept.envelope) for kept, this in done if kept.envelope and kept.envelope.proof]
    _change(connection, _settle_inbound, found)


def settle(connection: Connection, inbound_id: int, what: Settled, by: str, now: datetime) -> None:
    """A held mail is let in, so that it is walked again, or dropped, by somebody's word."""
    if what is Settled.RELEASED:
        reopen_inbound(connection, inbound_id, now, released_by=by)
    else:
        drop_inbound(connection, inbound_id, by, now)


def enqueue(connection: Connection, letters: Sequence[Written], now: datetime) -> None:
    """Letters about no case and no mail; one whose key is taken was enqueued before."""
    kept = Kept(Decision(Outcome.FILED, "notice"))
    _insert_new(connection, outbox, (outbox_row(kept, letter, now) for letter in letters), "key")


# The statements are made once: making one takes SQLAlchemy longer than SQLite takes to run it.
_known = select(inbound.c.id, inbound.c.identity, inbound.c.sha256, inbound.c.received_at).where(
    among(inbound.c.identity, "identities")
)
_rename = (
    update(inbound)
    .where(inbound.c.id == bindparam("this"), inbound.c.identity == bindparam("was"))
    .values(identity=bindparam("becomes"))
)
_change_case = update(cases).where(cases.c.number == bindparam("this"), cases.c.version == bindparam("read_version"))
_as_said = func.coalesce(bindparam("holder", type_=Handle), inbound.c.leased_by)
_finish_inbound = (
    update(inbound)
    .where(inbound.c.id == bindparam("this"), inbound.c.state == "waiting")
    .where(inbound.c.leased_by.is_not_distinct_from(_as_said))
    .values(lease_until=None, leased_by=None, error=None)
)
_settle_inbound = update(inbound).where(inbound.c.id == bindparam("this"))


@cache
def _receive(dialect: str) -> ReturningInsert[str, int, int]:
    statement = insert(dialect, inbound)
    return statement.on_conflict_do_update(
        index_elements=["identity"], set_={"seen": inbound.c.seen + statement.excluded.seen}
    ).returning(inbound.c.identity, inbound.c.id, inbound.c.seen)


def _change(connection: Connection, statement: Update, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows and connection.execute(statement, _plain(rows)).rowcount != len(rows):
        which = ", ".join(str(row["this"]) for row in rows)
        raise Conflict(f"{statement.table.description} {which}: changed by somebody else meanwhile")


def _insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(insert(connection.dialect.name, table), _plain(rows))


def _insert_new(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]], *unique: str) -> None:
    """Rows whose key is taken are left as they are: the walk may have been here before."""
    listed = list(rows)
    if listed:
        connection.execute(insert_new(connection.dialect.name, table, *unique), _plain(listed))


def _plain(rows: Sequence[Mapping[str, Any]]) -> Any:
    """One row goes plainly: for a list, even of one, psycopg opens a pipeline."""
    return rows if len(rows) > 1 else rows[0]
