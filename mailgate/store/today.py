"""What the desk sees first in the morning: how many cases, mails and letters want somebody, and which are next.

Everything is found by an index and counted up to `MOST`: a million cases cost what a thousand do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, func, literal_column, select, text, tuple_

from mailgate.cases.case import Status
from mailgate.errors import NotFound
from mailgate.store import breakers
from mailgate.store.tables import HELD, NOT_CLOSED, ON_A_RUNG, cases, inbound, outbox

MOST = 1_000  # counted one further: "1,000+"
SOON = 10
_MINE = 200
_LOOKED_AT = 10_000

_UNCLOSED = tuple(one.value for one in Status if one is not Status.CLOSED)
_SHOWN = ("number", "subject", "status", "priority", "rung", "owner", "owed_at", "policy", "contact_address")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """How many cases there are of each sort that are not closed; all but `statuses` of those that want somebody."""

    statuses: dict[str, int]
    overdue: int
    soon: int
    unowned: int
    mine: int
    priorities: dict[int, int]
    rungs: dict[int, int]


@dataclass(frozen=True, slots=True)
class PostFigures:
    """Mails that wait or were put aside, letters that did not leave, breakers that are open and since when."""

    waiting: int
    held: dict[str, int]
    shelved: int
    queued: int
    put_off: int
    failed: int
    letters_held: int
    breakers: dict[str, datetime]


def case_figures(connection: Connection, owner: str, now: datetime, soon: datetime) -> CaseFigures:
    """`owner` is the key of whoever asks; `soon` is how far ahead he looks."""
    statuses = {one: _many(connection, cases, cases.c.status == one) for one in _UNCLOSED}
    return CaseFigures(
        statuses,
        overdue=_many(connection, cases, cases.c.owed_at <= now),
        soon=_many(connection, cases, cases.c.owed_at > now, cases.c.owed_at <= soon),
        unowned=_owned(connection, ""),
        mine=_owned(connection, owner),
        priorities=_by(connection, cases.c.priority, NOT_CLOSED),
        rungs=_by(connection, cases.c.rung, ON_A_RUNG),
    )


def post_figures(connection: Connection) -> PostFigures:
    queued = select(outbox.c.id, outbox.c.attempts).where(outbox.c.state == _word("queued")).limit(_LOOKED_AT)
    tried = queued.subquery()
    put_off = select(func.count()).select_from(tried).where(tried.c.attempts > 0)
    return PostFigures(
        waiting=_many(connection, inbound, inbound.c.state == _word("waiting")),
        held=_by(connection, inbound.c.reason, HELD),
        shelved=_many(connection, inbound, inbound.c.state == _word("shelved")),
        queued=_many(connection, outbox, outbox.c.state == _word("queued")),
        put_off=min(connection.execute(put_off).scalar_one(), MOST + 1),
        failed=_many(connection, outbox, outbox.c.state == _word("failed")),
        letters_held=_many(connection, outbox, outbox.c.state == _word("held")),
        breakers=breakers.open_since(connection),
    )


def next_owed(connection: Connection, limit: int = SOON, after: tuple[datetime, str] | None = None) -> list[Row]:
    """The cases to which something is owed, what was missed for longest first; `after` is the last of the page before,
    by its moment and number."""
    page = select(*(cases.c[name] for name in _SHOWN)).where(cases.c.owed_at.is_not(None))
    if after is not None:
        at, number = after
        page = page.where((cases.c.owed_at > at) | ((cases.c.owed_at == at) & (cases.c.number > number)))
        page = page.where(cases.c.owed_at >= at)  # by itself, for the index's sake
    rows = connection.execute(page.order_by(cases.c.owed_at, cases.c.number).limit(limit)).mappings()
    return [dict(row) for row in rows]


def mine_next(connection: Connection, owner: str, limit: int = SOON) -> list[Row]:
    """The same of those cases that he has; of very many the newest are looked at."""
    mine = select(*(cases.c[name] for name in _SHOWN)).where(cases.c.owner == owner)
    mine = mine.where(cases.c.status.in_(_UNCLOSED)).order_by(cases.c.opened_at.desc()).limit(_MINE)
    rows = [dict(row) for row in connection.execute(mine).mappings() if row["owed_at"] is not None]
    return sorted(rows, key=lambda row: (row["owed_at"], row["number"]))[:limit]


def on_rung(connection: Connection, rung: int, limit: int, after: str | None = None) -> list[Row]:
    """The cases on that rung that are not closed, newest first. NotFound for a page after no case."""
    page = select(*(cases.c[name] for name in _SHOWN), cases.c.opened_at).where(text(ON_A_RUNG), cases.c.rung == rung)
    if after is not None:
        opened_at = connection.execute(select(cases.c.opened_at).where(cases.c.number == after)).scalar()
        if opened_at is None:
            raise NotFound(f"case {after}: there is no such number to go on after")
        page = page.where(tuple_(cases.c.opened_at, cases.c.number) < tuple_(opened_at, after))
    rows = connection.execute(page.order_by(cases.c.opened_at.desc(), cases.c.number.desc()).limit(limit)).mappings()
    return [dict(row) for row in rows]


def _owned(connection: Connection, owner: str) -> int:
    found = (_many(connection, cases, cases.c.owner == owner, cases.c.status == status) for status in _UNCLOSED)
    return min(sum(found), MOST + 1)


def _by(connection: Connection, column: Column[Any], where: str) -> dict[Any, int]:
    """How many rows there are of each value: from value to value along the partial index of that condition."""
    found: dict[Any, int] = {}
    here = text(where)
    last = connection.execute(select(func.min(column)).where(here)).scalar()
    while last is not None:
        found[last] = _many(connection, column.table, column == last, here)
        # What is beyond stands first: SQLite begins there.
        last = connection.execute(select(func.min(column)).where(column > last, here)).scalar()
    return found


def _many(connection: Connection, table: Table, *where: Any) -> int:
    some = select(literal_column("1")).select_from(table).where(*where).limit(MOST + 1).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def _word(state: str) -> ColumnElement[Any]:
    # A partial index serves no condition whose value is learned only later.
    return literal_column(f"'{state}'")
