"""Laws of business time, for any calendar and any moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate.policy.duration import Duration, Unit
from mailgate.policy.hours import Calendar
from wall_minutes import calendars

_calendars = calendars().map(lambda drawn: drawn[0]) | st.builds(Calendar)
_moments = st.datetimes(datetime(2025, 6, 1), datetime(2028, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001 its way
_DAY = timedelta(days=1)
_amounts = st.timedeltas(timedelta(), timedelta(hours=300))
_patiently = settings(deadline=None)  # the first to ask of a zone reads its file


@_patiently
@given(_calendars, _moments, _amounts)
def test_until_what_takes_a_time_so_much_is_worked(calendar: Calendar, start: datetime, amount: timedelta) -> None:
    due = calendar.after(start, amount)
    assert calendar.worked(start, due) == amount
    assert due.tzinfo is UTC
    begun = calendar.after(start, -amount)
    assert calendar.worked(begun, start) == amount


@_patiently
@given(_calendars, _moments, _amounts)
def test_it_is_the_first_such_moment_and_the_last_before(
    calendar: Calendar, start: datetime, amount: timedelta
) -> None:
    tick = timedelta(microseconds=1)
    if amount:
        assert calendar.worked(start, calendar.after(start, amount) - tick) < amount
        assert calendar.worked(calendar.after(start, -amount) + tick, start) < amount
    else:
        assert calendar.after(start, amount) == start


@_patiently
@given(_calendars, _moments, _moments)
def test_what_is_worked_between_two_moments_is_over_by_the_second(
    calendar: Calendar, one: datetime, other: datetime
) -> None:
    start, end = sorted((one, other))
    worked = calendar.worked(start, end)
    assert timedelta() <= worked <= end - start
    assert calendar.after(start, worked) <= end
    assert calendar.worked(calendar.after(start, worked), end) == timedelta()


@_patiently
@given(_calendars, _moments, _moments, _moments)
def test_time_worked_adds_up_in_either_direction(calendar: Calendar, a: datetime, b: datetime, c: datetime) -> None:
    assert calendar.worked(a, b) + calendar.worked(b, c) == calendar.worked(a, c)
    assert calendar.worked(a, b) == -calendar.worked(b, a)


@_patiently
@given(_calendars, _moments, _amounts, _amounts)
def test_two_steps_are_one(calendar: Calendar, start: datetime, first: timedelta, second: timedelta) -> None:
    assert calendar.after(calendar.after(start, first), second) == calendar.after(start, first + second)


@_patiently
@given(_calendars, _moments, _amounts, _amounts, st.timedeltas(timedelta(), timedelta(days=9)))
def test_who_begins_later_or_needs_longer_is_not_ready_sooner(
    calendar: Calendar, start: datetime, one: timedelta, other: timedelta, later: timedelta
) -> None:
    shorter, longer = sorted((one, other))
    assert calendar.after(start, shorter) <= calendar.after(start, longer)
    assert calendar.after(start, shorter) <= calendar.after(start + later, shorter)


@_patiently
@given(_calendars, _moments)
def test_work_begins_at_the_opening_and_not_before(calendar: Calendar, moment: datetime) -> None:
    opening = calendar.opens_at(moment)
    assert opening >= moment
    assert calendar.is_open(opening)
    assert calendar.worked(moment, opening) == timedelta()
    assert calendar.is_open(moment) == (opening == moment)


@_patiently
@given(_calendars, _moments, st.integers(-720, 720), _amounts)
def test_the_zone_in_which_a_moment_is_told_changes_nothing(
    calendar: Calendar, moment: datetime, offset: int, amount: timedelta
) -> None:
    told = moment.astimezone(timezone(timedelta(minutes=offset)))
    assert calendar.after(told, amount) == calendar.after(moment, amount)
    assert calendar.worked(told, moment + amount) == calendar.worked(moment, moment + amount)
    assert calendar.days_after(told, 2) == calendar.days_after(moment, 2)
    assert calendar.opens_at(told) == calendar.opens_at(moment)


@_patiently
@given(_calendars, _moments, st.integers(0, 12), st.integers(0, 12))
def test_business_days_come_in_order_and_land_on_business_days(
    calendar: Calendar, start: datetime, one: int, other: int
) -> None:
    fewer, more = sorted((one, other))
    assert calendar.days_after(start, fewer) <= calendar.days_after(start, more)
    assert calendar.days_after(start, -more) <= calendar.days_after(start, -fewer)
    assert calendar.days_after(start, 0) == start


@_patiently
@given(_calendars, _moments, st.integers(0, 300))
def test_time_on_the_stopwatch_knows_no_calendar(calendar: Calendar, start: datetime, amount: int) -> None:
    for unit, length in ((Unit.MINUTES, timedelta(minutes=1)), (Unit.HOURS, timedelta(hours=1)), (Unit.DAYS, _DAY)):
        duration = Duration(amount, unit)
        assert calendar.add(start, duration) == start + amount * length
        assert calendar.subtract(calendar.add(start, duration), duration) == start


@_patiently
@given(_calendars, _moments, st.integers(0, 30))
def test_business_units_are_counted_by_the_calendar(calendar: Calendar, start: datetime, amount: int) -> None:
    hours, days = Duration(amount, Unit.BUSINESS_HOURS), Duration(amount, Unit.BUSINESS_DAYS)
    assert calendar.add(start, hours) == calendar.after(start, timedelta(hours=amount))
    assert calendar.subtract(start, hours) == calendar.after(start, -timedelta(hours=amount))
    assert calendar.add(start, days) == calendar.days_after(start, amount)
    assert calendar.subtract(start, days) == calendar.days_after(start, -amount)


@_patiently
@given(_calendars, st.dates(date(2009, 1, 1), date(2030, 1, 1)))
def test_a_date_and_its_week_after_are_both_business_days_but_for_holidays(calendar: Calendar, day: date) -> None:
    later = day + timedelta(days=7)
    skipped = {date(2011, 12, 30)} | calendar.holidays.dates
    if day not in skipped and later not in skipped:
        assert calendar.is_business_day(day) == calendar.is_business_day(later)
