"""When things are due in the calendars of real policies, on dates that people have worked out by hand."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mailgate.policy.days_off import Holidays, PublicHolidays, parse_holidays
from mailgate.policy.duration import parse_duration
from mailgate.policy.hours import Calendar
from mailgate.policy.week import parse_week

_FEDERAL = parse_holidays((), (PublicHolidays("US"),))
_EASTERN = Calendar("America/New_York", parse_week(["Mon-Fri 04:00-22:00"]), _FEDERAL)
_BERLIN = Calendar("Europe/Berlin", parse_week(["Mon-Fri 08:00-12:00, 13:00-17:00"]))
_NIGHTS = Calendar("Europe/Berlin", parse_week(["Mon-Sun 22:00-06:00"]))


def _local(calendar: Calendar, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(calendar.zone))


def _due(calendar: Calendar, opened: str, duration: str) -> str:
    due = calendar.add(_local(calendar, opened), parse_duration(duration))
    return due.astimezone(ZoneInfo(calendar.zone)).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("opened", "duration", "due"),
    [
        ("2026-03-06 21:30", "2 business hours", "2026-03-09 05:30"),  # clocks go forward that Sunday
        ("2026-03-06 21:30", "30 business hours", "2026-03-10 15:30"),
        ("2026-10-30 21:30", "2 business hours", "2026-11-02 05:30"),  # and back that Sunday
        ("2026-11-20 21:30", "2 business hours", "2026-11-23 05:30"),
        ("2026-11-20 21:30", "30 business hours", "2026-11-24 15:30"),
        ("2026-11-20 20:00", "2 business hours", "2026-11-20 22:00"),  # at closing time, not on Monday
        ("2026-11-20 23:00", "2 business hours", "2026-11-23 06:00"),
        ("2026-11-25 21:00", "2 business hours", "2026-11-27 05:00"),  # over Thanksgiving
        ("2026-07-02 21:00", "2 business hours", "2026-07-06 05:00"),  # July 4 is a Saturday, off on Friday
        ("2026-11-20 09:00", "24 business hours", "2026-11-23 15:00"),
        ("2026-11-20 21:30", "2h", "2026-11-20 23:30"),
        ("2026-03-07 21:30", "1d", "2026-03-08 22:30"),  # 24 hours, of which the clock shows 25
        ("2026-11-20 23:00", "0 business hours", "2026-11-20 23:00"),
        ("2026-11-20 23:00", "0 business days", "2026-11-20 23:00"),
    ],
)
def test_what_is_due_on_weekdays_in_the_east_of_america(opened: str, duration: str, due: str) -> None:
    assert _due(_EASTERN, opened, duration) == due


@pytest.mark.parametrize(
    ("opened", "duration", "due"),
    [
        ("2026-11-16 14:00", "10 business days", "2026-12-01 14:00"),  # over Thanksgiving
        ("2026-11-20 23:00", "1 business day", "2026-11-23 23:00"),  # outside our hours, as the event was
        ("2026-11-21 10:00", "1 business day", "2026-11-23 10:00"),  # from a Saturday
        ("2026-11-22 10:00", "1 business day", "2026-11-23 10:00"),  # and a Sunday
        ("2026-11-26 10:00", "1 business day", "2026-11-27 10:00"),  # and from a holiday
        ("2026-10-30 09:00", "1 business day", "2026-11-02 09:00"),  # 73 hours
        ("2026-03-06 09:00", "1 business day", "2026-03-09 09:00"),  # 71 hours
        ("2026-12-24 12:00", "5 business days", "2027-01-04 12:00"),  # Christmas and New Year
    ],
)
def test_business_days_end_at_the_same_local_time(opened: str, duration: str, due: str) -> None:
    assert _due(_EASTERN, opened, duration) == due


def test_two_business_hours_on_friday_night_end_on_monday_in_utc() -> None:
    two = timedelta(hours=2)
    winter = _EASTERN.after(datetime(2026, 3, 7, 2, 30, tzinfo=UTC), two)  # 21:30, still at UTC-5
    summer = _EASTERN.after(datetime(2026, 10, 31, 1, 30, tzinfo=UTC), two)  # 21:30, still at UTC-4
    assert (winter, summer) == (datetime(2026, 3, 9, 9, 30, tzinfo=UTC), datetime(2026, 11, 2, 10, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("opened", "duration", "due"),
    [
        ("2026-11-20 11:30", "1 business hour", "2026-11-20 13:30"),
        ("2026-11-20 12:30", "1 business hour", "2026-11-20 14:00"),
        ("2026-11-20 16:00", "8 business hours", "2026-11-23 16:00"),
        ("2026-12-31 16:00", "1 business hour", "2026-12-31 17:00"),  # the last hour of a year
    ],
)
def test_a_break_at_noon_does_not_count(opened: str, duration: str, due: str) -> None:
    assert _due(_BERLIN, opened, duration) == due


@pytest.mark.parametrize(
    ("calendar", "start", "end", "hours"),
    [
        (_NIGHTS, "2026-03-28 22:00", "2026-03-29 06:00", 7),
        (_NIGHTS, "2026-10-24 22:00", "2026-10-25 06:00", 9),
        (_NIGHTS, "2026-11-21 00:00", "2026-11-22 00:00", 8),
        (_EASTERN, "2026-03-06 00:00", "2026-03-10 00:00", 36),
        (_EASTERN, "2026-11-23 00:00", "2026-11-28 00:00", 72),
        (_EASTERN, "2026-11-28 00:00", "2026-11-23 00:00", -72),
        (_EASTERN, "2026-01-01 00:00", "2027-01-01 00:00", 250 * 18),  # 261 weekdays without eleven holidays
    ],
)
def test_hours_worked_are_hours_on_a_stopwatch(calendar: Calendar, start: str, end: str, hours: int) -> None:
    assert calendar.worked(_local(calendar, start), _local(calendar, end)) == timedelta(hours=hours)


def test_a_span_in_the_skipped_hour_is_none_and_in_the_repeated_hour_two() -> None:
    calendar = Calendar("Europe/Berlin", parse_week(["Sun 02:15-02:45"]))
    half = timedelta(minutes=30)
    assert calendar.worked(_local(calendar, "2026-03-29"), _local(calendar, "2026-03-30")) == 0 * half
    assert calendar.worked(_local(calendar, "2026-10-25"), _local(calendar, "2026-10-26")) == 2 * half
    due = calendar.after(_local(calendar, "2026-10-25"), half + timedelta(minutes=1))
    assert due == datetime(2026, 10, 25, 1, 16, tzinfo=UTC)  # 02:16 by Berlin's second clock


def test_a_night_shift_belongs_to_the_day_on_which_it_begins() -> None:
    calendar = Calendar("Europe/Berlin", parse_week(["Mon-Fri 22:00-06:00"]), parse_holidays(["2026-11-21"]))
    assert calendar.is_open(_local(calendar, "2026-11-21 05:59"))  # Friday's runs into the holiday
    friday_off = Calendar("Europe/Berlin", calendar.spans, parse_holidays(["2026-11-20"]))
    assert friday_off.is_open(_local(calendar, "2026-11-20 05:59"))  # Thursday's
    assert not friday_off.is_open(_local(calendar, "2026-11-20 22:00"))
    assert not friday_off.is_open(_local(calendar, "2026-11-21 05:59"))
    assert not calendar.is_open(_local(calendar, "2026-11-21 06:00"))


def test_a_business_day_that_ends_in_a_skipped_hour_ends_when_the_clock_skips_it() -> None:
    every_day = Calendar("Europe/Berlin")
    for minute in ("02:00", "02:30", "02:59", "03:00"):
        assert _due(every_day, f"2026-03-28 {minute}", "1 business day") == "2026-03-29 03:00"
    assert _due(every_day, "2026-03-28 01:59", "1 business day") == "2026-03-29 01:59"


def test_a_business_day_that_ends_in_a_repeated_hour_ends_at_the_first() -> None:
    due = Calendar("Europe/Berlin").days_after(datetime(2026, 10, 24, 0, 30, tzinfo=UTC), 1)  # 02:30 in Berlin
    assert due == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_no_business_day_after_an_event_is_the_event_in_a_repeated_hour_too() -> None:
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02:30 in Berlin, for the second time
    assert Calendar("Europe/Berlin").days_after(second, 0) == second


def test_a_date_that_a_zone_skipped_is_no_business_day() -> None:
    for calendar in (Calendar("Pacific/Apia"), Calendar("Pacific/Apia", parse_week(["Mon-Sun 09:00-17:00"]))):
        assert _due(calendar, "2011-12-29 10:00", "1 business day") == "2011-12-31 10:00"
        assert _due(calendar, "2011-12-31 10:00", "1 business day") == "2012-01-01 10:00"


def test_around_the_clock_a_duration_is_what_it_is() -> None:
    opened = datetime(2026, 12, 24, 23, 50, tzinfo=UTC)
    for duration, later in (("30 business hours", timedelta(hours=30)), ("10 business days", timedelta(days=10))):
        assert Calendar().add(opened, parse_duration(duration)) == opened + later
    assert Calendar().is_business_day(date(2026, 12, 25))


def test_a_reminder_before_what_is_due_is_counted_back() -> None:
    due = _local(_EASTERN, "2026-11-30 05:00")
    before = {
        duration: _EASTERN.subtract(due, parse_duration(duration)).astimezone(due.tzinfo).strftime("%m-%d %H:%M")
        for duration in ("30m", "1 business hour", "2 business hours", "2 business days")
    }
    assert before == {
        "30m": "11-30 04:30",
        "1 business hour": "11-30 04:00",
        "2 business hours": "11-27 21:00",
        "2 business days": "11-25 05:00",
    }


def test_what_takes_the_first_hour_of_a_year_begins_with_it() -> None:
    ten = _local(_BERLIN, "2027-01-01 10:00")
    assert _BERLIN.subtract(ten, parse_duration("2 business hours")) == _local(_BERLIN, "2027-01-01 08:00")
    assert _BERLIN.subtract(ten, parse_duration("3 business hours")) == _local(_BERLIN, "2026-12-31 16:00")


@pytest.mark.parametrize(
    "calendar",
    [
        Calendar("UTC", ((),) * 7),
        Calendar(
            "Asia/Tehran",
            parse_week(["Mon 09:00-17:00"]),
            Holidays(yearly=frozenset((month, day) for month in range(1, 13) for day in range(1, 32))),
        ),
    ],
)
def test_a_calendar_that_never_works_says_so_and_does_not_search_for_ever(calendar: Calendar) -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    questions: tuple[Callable[[], object], ...] = (
        lambda: calendar.after(now, timedelta(minutes=1)),
        lambda: calendar.after(now, -timedelta(minutes=1)),
        lambda: calendar.days_after(now, 1),
        lambda: calendar.opens_at(now),
    )
    for question in questions:
        with pytest.raises(ValueError, match="no working time within 41 years of 20"):
            question()
    assert calendar.worked(now, now + timedelta(days=99)) == timedelta()
    assert not calendar.is_open(now)
    assert [key for key, _ in calendar.problems()] == ["spans"]


def test_work_on_the_rarest_of_days_is_found() -> None:
    all_but = frozenset((month, day) for month in range(1, 13) for day in range(1, 32)) - {(2, 29)}
    calendar = Calendar("UTC", parse_week(["Mon 09:00-17:00"]), Holidays(yearly=all_but))
    now = datetime(2026, 11, 20, tzinfo=UTC)
    assert calendar.after(now, timedelta(hours=9)) == datetime(2072, 2, 29, 10, tzinfo=UTC)
    assert calendar.days_after(now, 2) == datetime(2072, 2, 29, tzinfo=UTC)
    assert calendar.opens_at(now) == datetime(2044, 2, 29, 9, tzinfo=UTC)
    assert calendar.problems() == ()


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        _EASTERN.after(datetime(2026, 11, 20), timedelta(hours=1))  # noqa: DTZ001 that is the point


def test_a_week_has_seven_days() -> None:
    with pytest.raises(ValueError, match="not 5"):
        Calendar("UTC", ((),) * 5)


def test_a_gate_that_needs_no_public_holidays_does_not_load_them() -> None:
    ask = (
        "import sys; from datetime import UTC, datetime; from mailgate.policy.hours import Calendar;"
        "from mailgate.policy.week import parse_week;"
        "calendar = Calendar('UTC', parse_week(['Mon-Fri 09:00-17:00'])); assert calendar.problems() == ();"
        "calendar.days_after(datetime(2026, 11, 20, tzinfo=UTC), 9); sys.exit('holidays' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", ask], check=True, timeout=60)
