"""The desk's list of cases, page by page in both directions, at a price that does not grow with their number.

The newest stand first; of those that are wanted by when they are due, the soonest. What an index serves (status, owner,
contact, when it is due, the order) is found by it. What none serves (priority, mailbox, words of a subject) is looked
for among the next `WINDOW` cases only: the page says how far it looked, and the next one goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, select, true, tuple_

from mailgate.cases.case import Status
from mailgate.errors import NotFound
from mailgate.store.lists import CasesWanted, narrowing
from mailgate.store.tables import cases

WINDOW = 10_000
_LOOKED_UP = 4  # how much dearer a case is that lies elsewhere than the one before it in its index
_COLUMNS = (
    "number", "subject", "status", "priority", "provisional", "owner", "level", "rung", "mailbox", "contact_address",
    "opened_at", "updated_at", "next_due_at", "merged_into",
)  # fmt: skip

Key = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class Order:
    """By which moment a list goes, and whether the latest stands first."""

    by: str
    latest_first: bool

    @property
    def columns(self) -> tuple[Any, Any]:
        return cases.c[self.by], cases.c.number


_NEWEST, _SOONEST = Order("opened_at", latest_first=True), Order("next_due_at", latest_first=False)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: beside the case of that number, further down the list, or (`back`) up. `at` is the moment by
    which it stood there, where the list goes by one that moves."""

    number: str
    back: bool = False
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Walk:
    """A way along the list: in which order, and whether towards later moments."""

    order: Order
    up: bool


@dataclass(frozen=True, slots=True)
class CasesPage:
    """So many cases, the newest first. `newer` and `older` are the cursors of the pages beside it, None where there is
    none. `looked_to` is the number of the case at which looking ended before the page was full."""

    rows: tuple[RowMapping, ...]
    newer: Cursor | None
    older: Cursor | None
    looked_to: str | None = None


def page_of_cases(
    connection: Connection, wanted: CasesWanted, size: int, cursor: Cursor | None = None, window: int = WINDOW
) -> CasesPage:
    """NotFound for a cursor at no case."""
    back = cursor is not None and cursor.back
    order = _SOONEST if wanted.due is not None and wanted.contact is None else _NEWEST
    walk = _Walk(order, back if order.latest_first else not back)
    start = _key_at(connection, cursor, order) if cursor else None
    found: list[RowMapping] = []
    ends: list[Key] = []
    ways = list(_ways(wanted, order))
    window = max(1, window // (len(ways) if order is _NEWEST else _LOOKED_UP))
    for way in ways:
        page = _beside(select(*(cases.c[name] for name in _COLUMNS)).where(way), start, walk)
        page = page.where(*_besides(wanted, order))
        if _scans(wanted, order) and (end := _end_of_window(connection, way, start, window, walk)):
            ends.append(end)
            page = page.where(_not_beyond(end, walk))
        found += connection.execute(page.limit(size + 1)).mappings()
    rows = sorted(found, key=lambda row: _key(row, order), reverse=not walk.up)
    nearest = (min(ends) if walk.up else max(ends)) if ends else None
    if nearest is not None:  # beyond the nearest of the ends not all was looked at
        rows = [row for row in rows if (_key(row, order) <= nearest if walk.up else _key(row, order) >= nearest)]
    more, rows = len(rows) > size, rows[:size]
    looked_to = nearest[1] if nearest is not None and not more else None
    last = _key(rows[-1], order) if more else nearest
    onward = _cursor(last, order, back=back) if last is not None else None
    first = _key(rows[0], order) if rows else start
    behind = _cursor(first, order, back=not back) if cursor is not None and first is not None else None
    shown = tuple(reversed(rows)) if back else tuple(rows)
    return CasesPage(shown, onward if back else behind, behind if back else onward, looked_to)


def _ways(wanted: CasesWanted, order: Order) -> Iterable[ColumnElement[bool]]:
    """What is wanted of status and owner, in parts, each of which an index has in the order of the list."""
    if order is _SOONEST:
        return [cases.c.next_due_at.is_not(None) & (cases.c.next_due_at <= wanted.due)]
    if wanted.contact is not None:
        # His cases are found by their numbers. The columns are spelled so that no index of theirs is thought better:
        # one status may have a million cases, and SQLite knows no numbers.
        status, owner = cases.c.status.concat(""), cases.c.owner.concat("")
        his = [status.in_(wanted.statuses)] if wanted.statuses else []
        return [and_(true(), *his, *([owner == wanted.owner.casefold()] if wanted.owner is not None else []))]
    if wanted.owner is not None:
        statuses = wanted.statuses or tuple(one.value for one in Status)
        return [(cases.c.owner == wanted.owner.casefold()) & (cases.c.status == status) for status in statuses]
    return [cases.c.status == status for status in dict.fromkeys(wanted.statuses)] or [true()]


def _besides(wanted: CasesWanted, order: Order) -> Iterable[ColumnElement[bool]]:
    """What is wanted beside what the way says."""
    if order is not _SOONEST:
        return narrowing(replace(wanted, owner=None))
    # Spelled so that the index of when they are due is taken: one status, or owner, may have a million cases.
    status, owner = cases.c.status.concat(""), cases.c.owner.concat("")
    more: list[ColumnElement[bool]] = [status.in_(wanted.statuses)] if wanted.statuses else []
    more += [owner == wanted.owner.casefold()] if wanted.owner is not None else []
    return (*more, *narrowing(replace(wanted, owner=None, due=None)))


def _scans(wanted: CasesWanted, order: Order) -> bool:
    """Whether rows are to be looked at that may not be wanted; the cases of one contact are few enough."""
    narrow = (wanted.priorities, wanted.mailbox, wanted.subject, wanted.owed, wanted.rung)
    by_due = (wanted.due,) if order is not _SOONEST else (wanted.owner, wanted.statuses)
    return wanted.contact is None and any(one not in (None, ()) for one in (*narrow, *by_due))


def _end_of_window(
    connection: Connection, way: ColumnElement[bool], start: Key | None, window: int, walk: _Walk
) -> Key | None:
    """The last case of the window; None where fewer are left."""
    asked = _beside(select(*walk.order.columns).where(way), start, walk).offset(window - 1).limit(1)
    row = connection.execute(asked).first()
    return (row[0], row[1]) if row else None


def _beside(page: Select[Any], start: Key | None, walk: _Walk) -> Select[Any]:
    at, number = walk.order.columns
    page = page.order_by(*(one if walk.up else one.desc() for one in (at, number)))
    if start is None:
        return page
    return page.where(tuple_(at, number) > tuple_(*start) if walk.up else tuple_(at, number) < tuple_(*start))


def _not_beyond(end: Key, walk: _Walk) -> ColumnElement[bool]:
    here = tuple_(*walk.order.columns)
    return here <= tuple_(*end) if walk.up else here >= tuple_(*end)


def _key_at(connection: Connection, cursor: Cursor, order: Order) -> Key | None:
    """None: it stands nowhere in such a list any more, which begins anew."""
    if order is _SOONEST and cursor.at is not None:
        return cursor.at, cursor.number
    row = connection.execute(select(cases.c[order.by]).where(cases.c.number == cursor.number)).first()
    if row is None:
        raise NotFound(f"case {cursor.number}: there is no such number to go on after")
    return None if row[0] is None else (row[0], cursor.number)


def _key(row: RowMapping, order: Order) -> Key:
    return row[order.by], row["number"]


def _cursor(key: Key, order: Order, *, back: bool) -> Cursor:
    return Cursor(key[1], back, key[0] if order is _SOONEST else None)
