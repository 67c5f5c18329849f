"""Business time against somebody who watches the clock on the wall, around nights in which clocks change."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import accumulate

from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate.policy.hours import Calendar
from wall_minutes import MINUTE, MINUTES, Watch, calendars

_minutes = st.integers(0, MINUTES - 1)
_patiently = settings(deadline=None)  # the first to ask of a zone reads its file


@_patiently
@given(calendars(), _minutes, _minutes)
def test_time_worked_is_the_minutes_at_which_the_clock_on_the_wall_shows_us_open(
    drawn: tuple[Calendar, date], one: int, other: int
) -> None:
    calendar, night = drawn
    watch = Watch(calendar, night)
    begin, end = sorted((one, other))
    assert calendar.worked(watch.at(begin), watch.at(end)) == sum(watch.open[begin:end]) * MINUTE


@_patiently
@given(calendars(), _minutes)
def test_a_calendar_is_open_when_the_clock_on_the_wall_says_so(drawn: tuple[Calendar, date], minute: int) -> None:
    calendar, night = drawn
    watch = Watch(calendar, night)
    assert calendar.is_open(watch.at(minute)) == watch.open[minute]
    if any(watch.open[minute:]):
        assert calendar.opens_at(watch.at(minute)) == watch.at(watch.open.index(True, minute))


@_patiently
@given(calendars(), _minutes, st.data())
def test_what_takes_business_time_is_due_at_the_end_of_its_last_minute(
    drawn: tuple[Calendar, date], minute: int, data: st.DataObject
) -> None:
    calendar, night = drawn
    watch = Watch(calendar, night)
    worked = data.draw(st.integers(0, sum(watch.open[minute:])))
    passed = [0, *accumulate(map(int, watch.open[minute:]))]
    assert calendar.after(watch.at(minute), worked * MINUTE) == watch.at(minute + passed.index(worked))


@_patiently
@given(calendars(), _minutes, st.data())
def test_what_takes_business_time_to_a_moment_begins_at_its_first_minute(
    drawn: tuple[Calendar, date], minute: int, data: st.DataObject
) -> None:
    calendar, night = drawn
    watch = Watch(calendar, night)
    worked = data.draw(st.integers(0, sum(watch.open[:minute])))
    passed = [0, *accumulate(map(int, reversed(watch.open[:minute])))]
    assert calendar.after(watch.at(minute), -worked * MINUTE) == watch.at(minute - passed.index(worked))


@_patiently
@given(calendars(), st.integers(0, MINUTES // 2), st.integers(1, 3))
def test_a_business_day_is_a_date_that_the_wall_shows_and_ends_when_it_shows_the_same_time_again(
    drawn: tuple[Calendar, date], minute: int, days: int
) -> None:
    calendar, night = drawn
    watch = Watch(calendar, night)
    start = watch.wall[minute]
    dates = [day for day in dict.fromkeys(wall.date() for wall in watch.wall) if day > start.date()]
    working = [day for day in dates if calendar.spans[day.weekday()] and day not in calendar.holidays.dates]
    if len(working) < days or working[days - 1] == dates[-1]:
        return  # that is after the watch
    target = start + (working[days - 1] - start.date())
    # The first minute at which the clock has come so far: that of a gap's end where it jumps over it.
    reached = next(place for place, wall in enumerate(watch.wall) if place > minute and wall >= target)
    assert calendar.days_after(watch.at(minute), days) == watch.at(reached)


@_patiently
@given(calendars(), st.integers(MINUTES // 2, MINUTES - 1), st.integers(1, 3))
def test_business_days_are_counted_back_alike(drawn: tuple[Calendar, date], minute: int, days: int) -> None:
    calendar, night = drawn
    watch = Watch(calendar, night)
    end = watch.wall[minute]
    dates = [day for day in dict.fromkeys(wall.date() for wall in reversed(watch.wall)) if day < end.date()]
    working = [day for day in dates if calendar.spans[day.weekday()] and day not in calendar.holidays.dates]
    if len(working) < days or working[days - 1] == dates[-1]:
        return
    target = end - (end.date() - working[days - 1])
    reached = next(place for place, wall in enumerate(watch.wall) if wall >= target)
    assert calendar.days_after(watch.at(minute), -days) == watch.at(reached)


@_patiently
@given(calendars(), _minutes)
def test_around_the_clock_every_date_is_a_business_day_and_time_is_time(
    drawn: tuple[Calendar, date], minute: int
) -> None:
    calendar, night = Calendar(drawn[0].zone), drawn[1]
    moment = Watch(drawn[0], night).at(minute)
    assert calendar.is_open(moment)
    assert calendar.opens_at(moment) == moment
    assert calendar.after(moment, timedelta(hours=100)) == moment + timedelta(hours=100)
    assert calendar.worked(moment, moment + timedelta(hours=100)) == timedelta(hours=100)
    shown = dict.fromkeys(wall.date() for wall in Watch(drawn[0], night).wall)
    for day in (night + timedelta(days=step) for step in range(-2, 4)):
        assert calendar.is_business_day(day) == (day in shown)
