"""Figures of each day for the desk's pictures: which days are to be counted (again), their cases, and what was counted.

Nothing here goes through all cases: a day is counted by the index of when cases were opened, and read back as numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, literal_column, select

from mailgate.cases.case import Case, Status
from mailgate.store.books_tables import received
from mailgate.store.db import insert, lock_numbers
from mailgate.store.figures_tables import day_figure, reckoned_day
from mailgate.store.rows import case_from
from mailgate.store.tables import cases, entry

# What was opened so long ago may still get its first answer; older days stay as they were counted.
_SETTLED = 30
_LOCK = 0x70696374757265  # "picture"
_FRESH = timedelta(minutes=10)
AGES = (
    (timedelta(days=1), "1 day"),
    (timedelta(days=3), "3 days"),
    (timedelta(days=7), "1 week"),
    (timedelta(days=14), "2 weeks"),
    (timedelta(days=30), "30 days"),
    (timedelta(days=90), "90 days"),
)
OLDER = "older"
_OPEN = tuple(one for one in Status if one is not Status.CLOSED)


def days_before(now: datetime, days: int) -> list[date]:
    """The last so many days in UTC, today the last."""
    today = now.astimezone(UTC).date()
    return [today - timedelta(days=n) for n in range(days - 1, -1, -1)]


def stale(connection: Connection, now: datetime, days: int) -> list[date]:
    """Those of the last so many days that are to be counted, the newest first: today and yesterday every ten minutes,
    the days before once a day, and once for all what is older than a month."""
    wanted = days_before(now, days)
    rows = connection.execute(select(reckoned_day).where(reckoned_day.c.day >= wanted[0].isoformat()))
    counted = {date.fromisoformat(row.day): row.at for row in rows}
    return [day for day in reversed(wanted) if _is_stale(day, counted.get(day), now)]


def _is_stale(day: date, at: datetime | None, now: datetime) -> bool:
    today = now.astimezone(UTC).date()
    if at is None or at > now:  # counted by a clock that was put back since
        return True
    age, when = (today - day).days, at.astimezone(UTC).date()
    return now - at >= _FRESH if age <= 1 else when < today and (when - day).days <= _SETTLED


def opened_on(connection: Connection, day: date) -> Iterator[Case]:
    """The cases that were opened on that day and stand for themselves, without their participants."""
    asked = select(cases).where(*_within(cases.c.opened_at, day), cases.c.merged_into.is_(None))
    with connection.execution_options(yield_per=500).execute(asked) as found:
        for row in found.mappings():
            yield case_from(row, ())


def breaches_on(connection: Connection, day: date) -> int:
    """How often on that day something that was promised became overdue."""
    breach = entry.c.kind == literal_column("'breach'")
    return connection.scalar(select(func.count()).where(breach, *_within(entry.c.at, day))) or 0


def put(connection: Connection, day: date, counts: Mapping[tuple[str, str], int], now: datetime) -> None:
    """The figures of a day in place of those that were there. Two nodes that counted it write one after the other."""
    lock_numbers(connection, (_LOCK,))
    name = day.isoformat()
    connection.execute(delete(day_figure).where(day_figure.c.day == name))
    rows = [{"day": name, "figure": figure, "of": of, "count": count} for (figure, of), count in sorted(counts.items())]
    if rows:
        connection.execute(insert(connection.dialect.name, day_figure), rows)
    counted = insert(connection.dialect.name, reckoned_day).values(day=name, at=now)
    connection.execute(counted.on_conflict_do_update(index_elements=["day"], set_={"at": now}))


def figures(connection: Connection, since: date) -> list[tuple[date, str, str, int]]:
    """(day, figure, of, count) of each day from then on."""
    columns = (day_figure.c.day, day_figure.c.figure, day_figure.c.of, day_figure.c["count"])
    rows = connection.execute(select(*columns).where(day_figure.c.day >= since.isoformat()))
    return [(date.fromisoformat(day), figure, of, count) for day, figure, of, count in rows]


def reckoned_at(connection: Connection) -> datetime | None:
    """When the newest day was counted last; None where none was."""
    newest = select(reckoned_day.c.at).order_by(reckoned_day.c.day.desc()).limit(1)
    found: datetime | None = connection.scalar(newest)
    return found


def mails(connection: Connection, since: date) -> list[tuple[date, str, int]]:
    """(day, door, mails) of each day from then on."""
    rows = connection.execute(select(received).where(received.c.day >= since.isoformat()).order_by(received.c.day))
    return [(date.fromisoformat(row.day), row.door, row.mails) for row in rows]


def backlog(connection: Connection, now: datetime) -> dict[str, dict[str, int]]:
    """By age and status, how many cases are not closed now. An age is told by the longest that it can be (AGES)."""
    found = {name: dict.fromkeys((one.value for one in _OPEN), 0) for _, name in AGES} | {
        OLDER: dict.fromkeys((one.value for one in _OPEN), 0)
    }
    until: datetime | None = None
    for span, name in (*AGES, (None, OLDER)):
        since = now - span if span else None
        for status in _OPEN:
            asked = select(func.count()).where(cases.c.status == status, *_between(cases.c.opened_at, since, until))
            found[name][status.value] = connection.scalar(asked) or 0
        until = since
    return found


def _within(column: ColumnElement[Any], day: date) -> list[ColumnElement[bool]]:
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return _between(column, begin, begin + timedelta(days=1))


def _between(column: ColumnElement[Any], since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    return [*([column >= since] if since else ()), *([column < until] if until else ())]
