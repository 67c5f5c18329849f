"""What the desk's pictures are drawn of: days counted once, or again where they may still change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from kept import new_case
from mailgate import reckoning
from mailgate.cases.case import Case, Status
from mailgate.cases.course import Course
from mailgate.cases.ref import Names
from mailgate.store import day_figures
from mailgate.store.db import Store
from mailgate.store.figures_tables import reckoned_day
from mailgate.store.rows import case_row
from mailgate.store.tables import cases, entry
from moments import NOON
from world import World, mail

TODAY = NOON.date()


@pytest.fixture
def world(store: Store) -> Iterator[World]:
    with World(store) as made:
        yield made


def opened(store: Store, n: int, days_ago: float, answered_after: timedelta | None = None, **changed: object) -> Case:
    at = NOON - timedelta(days=days_ago)
    names = Names(f"2611{n:06}", "00DTEST00", f"500{n:013}", b"", "example.com")
    course = Course(at, at, answered_at=at + answered_after if answered_after else None)
    case = replace(new_case(names, at=at), course=course, **changed)  # type: ignore[arg-type]
    with store.write() as connection:
        connection.execute(insert(cases), [case_row(case)])
    return case


def reckon(world: World) -> list[date]:
    """Counts all that is to be counted; which days that were."""
    with world.store.read() as connection:
        days = day_figures.stale(connection, world.clock.now(), reckoning.DAYS)
    while reckoning.bring_up(world.house):
        pass
    return days


def test_cases_are_counted_on_the_day_in_utc_on_which_they_were_opened(world: World) -> None:
    for n, days_ago in enumerate((0, 0.4, 0.6, 1, 1.5 - 1e-6, 1.5 + 1e-6), 1):
        opened(world.store, n, days_ago)
    reckon(world)
    found = reckoning.pictures(world.house, 3)
    assert [(one.day, one.cases) for one in found.days] == [
        (TODAY - timedelta(days=2), 1),
        (TODAY - timedelta(days=1), 3),
        (TODAY, 2),
    ]


def test_first_answers_are_told_by_priority_span_and_whether_they_were_in_time(world: World) -> None:
    opened(world.store, 1, 2, timedelta(minutes=20))
    opened(world.store, 2, 2, timedelta(hours=7))
    opened(world.store, 3, 1, timedelta(hours=6), priority=4)
    opened(world.store, 4, 3)
    reckon(world)
    found = reckoning.pictures(world.house, 30).answers
    told = {
        (priority, took, verdict): count
        for priority, by_span in found.items()
        for took, by_verdict in by_span.items()
        for verdict, count in by_verdict.items()
        if count
    }
    assert told == {
        (3, "30 min", "in time"): 1,
        (3, "8 h", "late"): 1,
        (3, "not yet", "late"): 1,
        (4, "8 h", "in time"): 1,
    }


def test_mail_is_told_by_door_and_broken_promises_by_week(world: World) -> None:
    world.receive(mail())
    world.receive(mail("Other", message_id="<2@customer.test>"))
    case = opened(world.store, 9, 8)
    monday = datetime(2026, 11, 9, tzinfo=UTC)
    with world.store.write() as connection:
        like = {"case_number": case.number, "actor": "mailgate", "text": "", "elided": "", "kind": "breach"}
        moments = [monday, monday + timedelta(days=7, seconds=-1), monday + timedelta(days=7), NOON]
        connection.execute(insert(entry), [like | {"at": at} for at in moments])
        connection.execute(insert(entry), like | {"at": NOON, "kind": "note"})
    reckon(world)
    found = reckoning.pictures(world.house, 30)
    assert (found.days[-1].mails, found.doors[next(iter(found.doors))][-1]) == (2, 2)
    assert {week: count for week, count in found.weeks.items() if count} == {
        date(2026, 11, 9): 2,
        date(2026, 11, 16): 2,
    }


def test_what_became_part_of_another_case_is_counted_once(world: World) -> None:
    first, second = opened(world.store, 1, 1), opened(world.store, 2, 1)
    with world.store.write() as connection:
        connection.execute(update(cases).where(cases.c.number == first.number).values(merged_into=second.number))
    reckon(world)
    assert sum(one.cases for one in reckoning.pictures(world.house, 30).days) == 1


def test_the_backlog_is_told_by_age_and_status_as_it_is_now(world: World) -> None:
    for n, (days_ago, status) in enumerate(
        [(0.5, Status.NEW), (2, Status.OPEN), (2, Status.OPEN), (400, Status.WAITING), (2, Status.CLOSED)]
    ):
        opened(world.store, n, days_ago, status=status)
    found = reckoning.pictures(world.house, 30).backlog
    told = {(age, status): count for age, by in found.items() for status, count in by.items() if count}
    assert told == {("1 day", "new"): 1, ("3 days", "open"): 2, ("older", "waiting"): 1}


def test_today_and_yesterday_are_counted_again_after_ten_minutes_and_what_is_older_once_a_day(world: World) -> None:
    assert reckon(world) == [TODAY - timedelta(days=n) for n in range(90)]
    world.clock.time += timedelta(minutes=9)
    assert reckon(world) == []
    world.clock.time += timedelta(minutes=1)
    assert reckon(world) == [TODAY, TODAY - timedelta(days=1)]
    world.clock.time += timedelta(days=1)
    # What was counted when it was a month old can change no more.
    assert reckon(world) == [TODAY - timedelta(days=n) for n in range(-1, 31)]


def test_a_figure_that_is_counted_again_takes_the_place_of_the_old_one(world: World) -> None:
    case = opened(world.store, 1, 0)
    reckon(world)
    with world.store.write() as connection:
        connection.execute(update(cases).where(cases.c.number == case.number).values(priority=1))
    world.clock.time += timedelta(hours=1)
    reckon(world)
    found = reckoning.pictures(world.house, 1)
    assert (found.days[0].cases, list(found.answers)) == (1, [1])


def test_days_that_a_clock_counted_in_the_future_are_counted_again(world: World) -> None:
    reckon(world)
    world.clock.time -= timedelta(hours=3)
    assert reckon(world)[0] == TODAY
    with world.store.read() as connection:
        assert set(connection.scalars(select(reckoned_day.c.at))) == {world.clock.time}
