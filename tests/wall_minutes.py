"""Opening hours told the slow way: looking at the clock on the wall, minute by minute of UTC, for eight days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from mailgate.policy.days_off import Holidays
from mailgate.policy.hours import Calendar
from mailgate.policy.week import Span

MINUTE = timedelta(minutes=1)
MINUTES = 8 * 24 * 60

# Zones, and days at which something happens to their clocks.
NIGHTS = (
    ("UTC", date(2026, 12, 31)),
    ("America/Los_Angeles", date(2026, 12, 31)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Europe/London", date(2026, 10, 25)),
    ("Asia/Kolkata", date(2026, 6, 1)),  # nothing, at half an hour
    ("Australia/Lord_Howe", date(2026, 4, 4)),  # half an hour of summer time
    ("Australia/Lord_Howe", date(2026, 10, 3)),
    ("Africa/Casablanca", date(2026, 2, 15)),  # winter time for Ramadan
    ("America/Sao_Paulo", date(2018, 11, 4)),  # midnight does not exist
    ("America/Sao_Paulo", date(2019, 2, 17)),  # the last hour of a date comes twice
    ("America/St_Johns", date(2010, 11, 7)),  # at one minute past midnight, back to the day before
    ("Antarctica/Troll", date(2026, 3, 29)),  # two hours
    ("Asia/Tehran", date(2022, 3, 21)),
    ("Asia/Tehran", date(2022, 9, 21)),
    ("Pacific/Apia", date(2011, 12, 30)),  # a date that is skipped
    ("Pacific/Auckland", date(2026, 12, 31)),
)


class Watch:
    """Somebody who watches a calendar's clock for eight days, and notes of each minute whether it is open."""

    def __init__(self, calendar: Calendar, night: date) -> None:
        self.begin = datetime(night.year, night.month, night.day, tzinfo=UTC) - timedelta(days=3)
        self.wall = _wall(calendar.zone, self.begin)
        self._calendar = calendar

    @cached_property
    def open(self) -> list[bool]:
        return [_is_open(self._calendar, wall) for wall in self.wall]

    def at(self, minute: int) -> datetime:
        return self.begin + minute * MINUTE


@lru_cache(maxsize=64)
def _wall(zone: str, begin: datetime) -> Sequence[datetime]:
    """What the wall shows at each minute."""
    return [(begin + minute * MINUTE).astimezone(ZoneInfo(zone)).replace(tzinfo=None) for minute in range(MINUTES)]


def _is_open(calendar: Calendar, wall: datetime) -> bool:
    today, minute = wall.date(), wall.hour * 60 + wall.minute
    yesterday = today - timedelta(days=1)
    if today not in calendar.holidays.dates:
        for span in calendar.spans[today.weekday()]:
            if span.start <= minute and (minute < span.end or span.end < span.start):
                return True
    if yesterday not in calendar.holidays.dates:
        for span in calendar.spans[yesterday.weekday()]:
            if minute < span.end < span.start:
                return True
    return False


@st.composite
def _span(draw: st.DrawFn) -> Span:
    # The small hours are when clocks change.
    start = draw(st.integers(0, 239) | st.integers(1200, 1439) | st.integers(0, 1439))
    end = draw((st.integers(0, 239) | st.integers(0, 1440)).filter(lambda end: end != start))
    return Span(start, end)


@st.composite
def calendars(draw: st.DrawFn) -> tuple[Calendar, date]:
    """A calendar that is open now and then, and the night at which to watch it."""
    zone, night = draw(st.sampled_from(NIGHTS))
    week = draw(st.lists(st.lists(_span(), max_size=3).map(tuple), min_size=7, max_size=7).filter(any).map(tuple))
    off = draw(st.frozensets(st.integers(-3, 4).map(lambda day: night + timedelta(days=day)), max_size=2))
    return Calendar(zone, week, Holidays(off)), night
