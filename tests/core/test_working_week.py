"""How a policy writes the hours of its week and its holidays, and what it may not write."""

from __future__ import annotations

from datetime import date

import pytest

from mailgate.policy.days_off import Holidays, PublicHolidays, parse_holidays
from mailgate.policy.hours import Calendar
from mailgate.policy.week import Span, parse_week

_DAY = Span(540, 1020)  # 09:00-17:00


@pytest.mark.parametrize(
    ("lines", "week"),
    [
        ([], ()),
        (["Mon-Fri 09:00-17:00"], ((_DAY,),) * 5 + ((), ())),
        (["monday – friday 9:00 – 17:00"], ((_DAY,),) * 5 + ((), ())),
        (["Sat, Sun 09:00-17:00"], ((),) * 5 + ((_DAY,), (_DAY,))),
        (["Sat-Mon 09:00-17:00"], ((_DAY,), (), (), (), (), (_DAY,), (_DAY,))),
        (["Wed 13:00-17:00, 08:00-12:00"], ((), (), (Span(480, 720), Span(780, 1020)), (), (), (), ())),
        (["Wed 13:00-17:00 08:00-12:00"], ((), (), (Span(480, 720), Span(780, 1020)), (), (), (), ())),
        (["Fri 22:00-06:00", "Fri 00:00-06:00"], ((),) * 4 + ((Span(0, 360), Span(1320, 360)), (), ())),
        (["Sun 18:00-24:00"], ((),) * 6 + ((Span(1080, 1440),),)),
    ],
)
def test_a_week_is_written_in_lines_of_days_and_spans(lines: list[str], week: object) -> None:
    assert parse_week(lines) == week


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "no working hours"),
        ("09:00-17:00", "no working hours"),
        ("Mon-Fri", "no working hours"),
        ("Mon-Fry 09:00-17:00", '"fry" is no day of the week'),
        ("Mo 09:00-17:00", '"mo" is no day of the week'),
        ("Mon 9-17", '"9-17" is no span of two times'),
        ("Mon 09:00-24:01", "09:00-24:01 does not lie within"),
        ("Mon 24:00-06:00", "24:00-06:00 does not lie within"),
        ("Mon 09:60-17:00", "no span of two times"),
        ("Mon 08:00-08:00", "ends where it begins; a whole day is 00:00-24:00"),
    ],
)
def test_what_are_no_hours_is_said_with_an_example(line: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as refused:
        parse_week([line])
    assert line in str(refused.value)
    assert "Mon-Fri 08:00-17:00" in str(refused.value)


def test_holidays_are_dates_once_or_every_year() -> None:
    days = parse_holidays(["2026-12-31", "12-24", "02-29"])
    assert days.in_year(2026) == {date(2026, 12, 31), date(2026, 12, 24)}
    assert days.in_year(2028) == {date(2028, 12, 24), date(2028, 2, 29)}


@pytest.mark.parametrize("text", ["24.12.", "2026-02-29", "13-01", "12-24-2026", "Christmas", "2026-1-1", ""])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match='is no date; write "2026-12-31", or "12-24"'):
        parse_holidays([text])


def test_the_holidays_of_the_united_states_are_the_federal_ones_and_the_days_they_are_observed() -> None:
    assert sorted(parse_holidays([], [PublicHolidays("US")]).in_year(2026)) == [
        date(2026, 1, 1),
        date(2026, 1, 19),  # Martin Luther King
        date(2026, 2, 16),  # Washington's birthday
        date(2026, 5, 25),  # Memorial Day
        date(2026, 6, 19),  # Juneteenth
        date(2026, 7, 3),  # Independence Day, observed: the 4th is a Saturday
        date(2026, 7, 4),
        date(2026, 9, 7),  # Labor Day
        date(2026, 10, 12),  # Columbus Day
        date(2026, 11, 11),  # Veterans Day
        date(2026, 11, 26),  # Thanksgiving
        date(2026, 12, 25),
    ]
    # New Year 2028 is a Saturday: the day off is in the year before.
    assert date(2027, 12, 31) in parse_holidays([], [PublicHolidays("US")]).in_year(2027)


def test_parts_of_countries_and_categories_have_holidays_of_their_own() -> None:
    epiphany = date(2026, 1, 6)
    assert epiphany not in parse_holidays([], [PublicHolidays("DE")]).in_year(2026)
    assert epiphany in parse_holidays([], [PublicHolidays("DE", "BY")]).in_year(2026)
    both = parse_holidays(["12-24"], [PublicHolidays("US", categories=("public", "unofficial")), PublicHolidays("DE")])
    assert {date(2026, 12, 24), date(2026, 2, 14), date(2026, 10, 3), date(2026, 7, 4)} <= both.in_year(2026)


@pytest.mark.parametrize(
    ("calendar", "key", "why"),
    [
        (Calendar("Berlin"), "zone", '"Berlin" is no IANA time zone; write one like "Europe/Berlin"'),
        (Calendar("../etc"), "zone", "is no IANA time zone"),
        (Calendar(holidays=parse_holidays(["12-24"])), "holidays", "change nothing where we work around the clock"),
        (
            Calendar("UTC", parse_week(["Mon 09:00-17:00"]), parse_holidays([], [PublicHolidays("XX")])),
            "holidays",
            'no public holidays are known of "XX"',
        ),
        (
            Calendar("UTC", parse_week(["Mon 09:00-17:00"]), parse_holidays([], [PublicHolidays("DE", "ZZ")])),
            "holidays",
            '"DE" has no subdivision "ZZ"; known: BB, BE, BW, BY',
        ),
        (
            Calendar("UTC", parse_week(["Mon 09:00-17:00"]), parse_holidays([], [PublicHolidays("US", "", ("odd",))])),
            "holidays",
            'no holidays of the category "odd"; known: government, half_day, public, unofficial',
        ),
        (
            Calendar("UTC", parse_week(["Mon 09:00-17:00"]), parse_holidays([], [PublicHolidays("US", "", ())])),
            "holidays",
            "needs a category",
        ),
        (
            Calendar("UTC", parse_week(["Fri 22:00-06:00", "Sat 05:00-07:00"])),
            "spans",
            "Friday 22:00-06:00 runs into Saturday 05:00-07:00",
        ),
        (
            Calendar("UTC", parse_week(["Sun 22:00-06:00", "Mon 05:00-07:00"])),
            "spans",
            "Sunday 22:00-06:00 runs into Monday 05:00-07:00",
        ),
        (
            Calendar("UTC", parse_week(["Mon 09:00-12:00, 09:00-17:00"])),
            "spans",
            "Monday 09:00-12:00 runs into Monday 09:00-17:00",
        ),
    ],
)
def test_a_calendar_tells_what_is_wrong_with_it(calendar: Calendar, key: str, why: str) -> None:
    ((its_key, sentence),) = calendar.problems()
    assert its_key == key
    assert why in sentence


def test_calendars_in_which_nothing_is_wrong() -> None:
    federal = parse_holidays(["12-24"], [PublicHolidays("US"), PublicHolidays("DE", "BY")])
    for lines in (["Mon-Sun 22:00-06:00"], ["Mon-Fri 04:00-22:00"], ["Sun 22:00-06:00"], ["Mon-Sun 00:00-24:00"]):
        assert Calendar("America/New_York", parse_week(lines), federal).problems() == ()
    assert Calendar().problems() == ()
    assert Calendar("Asia/Kolkata", holidays=Holidays()).problems() == ()


def test_calendars_of_the_same_policy_are_equal_and_can_be_kept_by() -> None:
    one, other = (Calendar("UTC", parse_week(["Mon 09:00-17:00"]), parse_holidays(["12-24"])) for _ in "ab")
    assert {one: 1}[other] == 1
    assert one != Calendar("UTC", one.spans)
