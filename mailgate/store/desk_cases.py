"""The desk's list of cases, page by page in both directions, at a price that does not grow with their number.

What an index serves (status, owner, contact, the order) is found by it. What none serves (priority, mailbox, words of a
subject, when it is due) is looked for among the next `WINDOW` cases only: the page says how far it looked, and the next
one goes on from there.
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
_COLUMNS = (
    "number", "subject", "status", "priority", "provisional", "owner", "level", "rung", "mailbox", "contact_address",
    "opened_at", "updated_at", "next_due_at", "merged_into",
)  # fmt: skip
_ORDER = (cases.c.opened_at, cases.c.number)

Key = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: beside the case of that number, among the older ones, or (`back`) the newer ones."""

    number: str
    back: bool = False


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
    start = _key_of(connection, cursor.number) if cursor else None
    found: list[RowMapping] = []
    ends: list[Key] = []
    ways = list(_ways(wanted))
    window = max(1, window // len(ways))
    for way in ways:
        page = _beside(select(*(cases.c[name] for name in _COLUMNS)).where(way), start, back=back)
        page = page.where(*narrowing(replace(wanted, owner=None)))
        if _scans(wanted) and (end := _end_of_window(connection, way, start, window, back=back)):
            ends.append(end)
            page = page.where(tuple_(*_ORDER) <= tuple_(*end) if back else tuple_(*_ORDER) >= tuple_(*end))
        found += connection.execute(page.limit(size + 1)).mappings()
    rows = sorted(found, key=_key, reverse=not back)
    nearest = (min(ends) if back else max(ends)) if ends else None
    if nearest is not None:  # beyond the nearest of the ends not all was looked at
        rows = [row for row in rows if (_key(row) <= nearest if back else _key(row) >= nearest)]
    more, rows = len(rows) > size, rows[:size]
    looked_to = nearest[1] if nearest is not None and not more else None
    last = rows[-1]["number"] if more else looked_to
    onward = Cursor(last, back) if last is not None else None
    behind = Cursor(rows[0]["number"] if rows else cursor.number, not back) if cursor is not None else None
    shown = tuple(reversed(rows)) if back else tuple(rows)
    return CasesPage(shown, onward if back else behind, behind if back else onward, looked_to)


def _ways(wanted: CasesWanted) -> Iterable[ColumnElement[bool]]:
    """What is wanted of status and owner, in parts, each of which an index has in the order of the list."""
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


def _scans(wanted: CasesWanted) -> bool:
    """Whether rows are to be looked at that may not be wanted; the cases of one contact are few enough."""
    narrow = (wanted.priorities, wanted.mailbox, wanted.subject, wanted.due, wanted.owed, wanted.rung)
    return wanted.contact is None and any(one not in (None, ()) for one in narrow)


def _end_of_window(
    connection: Connection, way: ColumnElement[bool], start: Key | None, window: int, *, back: bool
) -> Key | None:
    """The last case of the window; None where fewer are left."""
    asked = _beside(select(*_ORDER).where(way), start, back=back).offset(window - 1).limit(1)
    row = connection.execute(asked).first()
    return (row.opened_at, row.number) if row else None


def _beside(page: Select[Any], start: Key | None, *, back: bool) -> Select[Any]:
    page = page.order_by(*(one if back else one.desc() for one in _ORDER))
    if start is None:
        return page
    return page.where(tuple_(*_ORDER) > tuple_(*start) if back else tuple_(*_ORDER) < tuple_(*start))


def _key_of(connection: Connection, number: str) -> Key:
    row = connection.execute(select(*_ORDER).where(cases.c.number == number)).first()
    if row is None:
        raise NotFound(f"case {number}: there is no such number to go on after")
    return row.opened_at, row.number


def _key(row: RowMapping) -> Key:
    return row["opened_at"], row["number"]
