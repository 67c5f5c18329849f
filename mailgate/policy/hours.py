"""When we work, and the only date arithmetic of the house: what is due when, counted in a calendar's time.

The clock on the wall in the calendar's zone says whether we are open: a span is open while that clock shows a time in
it, its end excluded. Moments come in as aware datetimes and go out in UTC; time worked is real time, as a stopwatch
has it. So in the night in which clocks are put forward, 00:00-06:00 is 5 hours, and what lies wholly within the
skipped hour is none; in the night in which they are put back it is 7, and 22:00-02:30 is open until the first 02:30
and again from the second 02:00 until the second 02:30.

A span belongs to the date on which it begins: Friday 22:00-06:00 runs into a Saturday that is a holiday, and nothing
runs on Saturday morning where Friday is one. Durations and their units: `duration.py`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from mailgate.policy.days_off import Holidays
from mailgate.policy.duration import Duration, Unit
from mailgate.policy.wall_clock import DAY, EPOCH, MICROSECOND, SECOND, count, in_utc, moment_of, stretches
from mailgate.policy.week import Week, overlaps

# A calendar that works at all works again within 40 years: February 29 on a given weekday is the rarest of days.
_LONGEST_PAUSE = 41
_FIRST_YEAR, _LAST_YEAR = 2, 9998  # a zone's dates reach into the years beside a UTC year


@dataclass(frozen=True, slots=True)
class Calendar:
    """When we work. `Calendar()` is open around the clock; so is every calendar without a week.

    `zone` is an IANA time zone; `spans` the week, Monday first, () for none (`week.py`); on `holidays`, dates of
    that zone, no span begins. A calendar without a week knows no holidays, and each of its days is a business day.

    Moments are aware datetimes of any zone (ValueError for naive ones); those returned are UTC. ValueError too where
    nothing is worked for 40 years on end, of which `problems()` warns.
    """

    zone: str = "UTC"
    spans: Week = ()
    holidays: Holidays = field(default_factory=Holidays)

    def __post_init__(self) -> None:
        if self.spans and len(self.spans) != len("MTWTFSS"):
            raise ValueError(f"a week has seven days, not {len(self.spans)}")

    @property
    def always(self) -> bool:
        """Whether this calendar is open around the clock."""
        return not self.spans

    def add(self, start: datetime, duration: Duration) -> datetime:
        """The moment when that duration has passed since `start`, counted as its unit says."""
        if duration.unit is Unit.BUSINESS_DAYS:
            return self.days_after(start, duration.amount)
        if duration.unit is Unit.BUSINESS_HOURS:
            return self.after(start, duration.length)
        return in_utc(start) + duration.length

    def subtract(self, end: datetime, duration: Duration) -> datetime:
        """The moment from which it takes that duration to `end`: for what comes before something that is due."""
        if duration.unit is Unit.BUSINESS_DAYS:
            return self.days_after(end, -duration.amount)
        if duration.unit is Unit.BUSINESS_HOURS:
            return self.after(end, -duration.length)
        return in_utc(end) - duration.length

    def after(self, start: datetime, amount: timedelta) -> datetime:
        """The first moment at which `amount` has been worked since `start`: at closing time, not the next morning.

        Zero is `start` itself, also while we are closed; `opens_at` says when we come back. A negative amount goes
        back: the last moment from which `-amount` is worked until `start`.
        """
        at = in_utc(start)
        if self.always or not amount:
            return at + amount
        year = at.year
        target = _year(self, year).worked_by(count(at)) + amount // MICROSECOND
        while target < 0:
            year = self._year_of_work(year, -1)
            target += _year(self, year).total
        while target > _year(self, year).total:
            target -= _year(self, year).total
            year = self._year_of_work(year, 1)
        return _year(self, year).first(target) if amount > timedelta() else _year(self, year).last(target)

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """The time for which we are open between the two; negative where `end` comes first."""
        begin, until = in_utc(start), in_utc(end)
        if self.always:
            return until - begin
        if until < begin:
            return -self.worked(until, begin)
        whole = sum(_year(self, year).total for year in range(begin.year, until.year))
        last, first = _year(self, until.year), _year(self, begin.year)
        return (whole + last.worked_by(count(until)) - first.worked_by(count(begin))) * MICROSECOND

    def days_after(self, start: datetime, days: int) -> datetime:
        """The same time on the wall clock, on the Nth business day after the date of `start` (before it, if negative).

        It may lie outside the hours of that day, as `start` may; after a holiday's or weekend's event the next
        business day is the first. Where clocks skip that time, it is the moment at which they do; where they show it
        twice, the first. Zero is `start` itself.
        """
        at = in_utc(start)
        if not days:
            return at
        zone = ZoneInfo(self.zone)
        wall = at.astimezone(zone).replace(tzinfo=None, fold=0)
        day = wall.date()
        for _ in range(abs(days)):
            day = self._business_day_from(day, 1 if days > 0 else -1)
        return moment_of(zone, datetime.combine(day, wall.time()))

    def is_business_day(self, day: date) -> bool:
        """Whether a span begins on that date of our zone; around the clock, whether the date was not skipped there.

        (Samoa went from 2011-12-29 to 2011-12-31: a day that nobody had is no business day of anybody.)
        """
        if not self.always and (not self.spans[day.weekday()] or day in self.holidays.in_year(day.year)):
            return False
        zone = ZoneInfo(self.zone)
        return moment_of(zone, datetime.combine(day, time())).astimezone(zone).date() == day

    def is_open(self, at: datetime) -> bool:
        """Whether we work at that moment."""
        return self.always or _year(self, in_utc(at).year).is_open(count(in_utc(at)))

    def opens_at(self, at: datetime) -> datetime:
        """The next moment at which we work: `at` itself while we are open."""
        moment = in_utc(at)
        if self.is_open(moment):
            return moment
        opening = _year(self, moment.year).next_start(count(moment))
        if opening is None:
            opening = _year(self, self._year_of_work(moment.year, 1)).starts[0]
        return EPOCH + opening * MICROSECOND

    def problems(self) -> tuple[tuple[str, str], ...]:
        """What a policy may not say of its hours: the field, and a sentence for people. () where all is well."""
        return tuple(self._problems())

    def _problems(self) -> Iterator[tuple[str, str]]:
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):
            yield "zone", f'"{self.zone}" is no IANA time zone; write one like "Europe/Berlin", or "UTC"'
        yield from (("spans", f"{sentence}; write them as one") for sentence in overlaps(self.spans))
        strange = tuple(self.holidays.problems())
        yield from (("holidays", sentence) for sentence in strange)
        if self.always and self.holidays != Holidays():
            yield "holidays", "change nothing where we work around the clock; write working hours, or no holidays"
        elif not self.always and not strange and not self._ever_works():
            yield "spans", "leave no working day: every day is a holiday, or has no hours"

    def _ever_works(self) -> bool:
        """Whether any span begins in the years for which `after` would look; which zone it is in changes nothing."""
        days = (date(2000 + year, 1, 1) + timedelta(day) for year in range(_LONGEST_PAUSE) for day in range(366))
        return any(self.spans[day.weekday()] and day not in self.holidays.in_year(day.year) for day in days)

    def _business_day_from(self, day: date, step: int) -> date:
        """The next business day in that direction."""
        for distance in range(1, _LONGEST_PAUSE * 366):
            other = day + timedelta(days=step * distance)
            if self.is_business_day(other):
                return other
        raise _never(day.year)

    def _year_of_work(self, year: int, step: int) -> int:
        """The next year in that direction in which anything is worked."""
        for other in range(year + step, year + step * (_LONGEST_PAUSE + 1), step):
            if _year(self, other).total:
                return other
        raise _never(year)


@dataclass(frozen=True, slots=True)
class _Year:
    """The working time of one year of UTC: when it starts and ends, and what has been worked by each end."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    done: tuple[int, ...]

    @property
    def total(self) -> int:
        return self.done[-1] if self.done else 0

    def is_open(self, at: int) -> bool:
        begun = bisect_right(self.starts, at)
        return begun > 0 and at < self.ends[begun - 1]

    def next_start(self, at: int) -> int | None:
        later = bisect_right(self.starts, at)
        return self.starts[later] if later < len(self.starts) else None

    def worked_by(self, at: int) -> int:
        begun = bisect_right(self.starts, at)
        return self.done[begun - 1] - max(0, self.ends[begun - 1] - at) if begun else 0

    def first(self, worked: int) -> datetime:
        """The first moment by which so much is worked; more than 0, at most the total."""
        place = bisect_left(self.done, worked)
        return EPOCH + (self.ends[place] - (self.done[place] - worked)) * MICROSECOND

    def last(self, worked: int) -> datetime:
        """The last moment by which no more is worked; less than the total."""
        place = bisect_right(self.done, worked)
        return EPOCH + (self.ends[place] - (self.done[place] - worked)) * MICROSECOND


# Policies are scanned against thousands of cases: with its years at hand, each question is two bisections.
@lru_cache(maxsize=512)
def _year(calendar: Calendar, year: int) -> _Year:
    """Joins the spans of all dates on the wall clock, and lays them on UTC stretch by stretch of constant offset."""
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueError(f"calendars reach from the year {_FIRST_YEAR} to {_LAST_YEAR}, not to {year}")
    wall = list(_on_the_wall(calendar, year))
    starts: list[int] = []
    ends: list[int] = []
    done: list[int] = []
    begin, end = (count(datetime(which, 1, 1, tzinfo=UTC)) // SECOND for which in (year, year + 1))
    for since, until, offset in stretches(ZoneInfo(calendar.zone), begin, end):
        for shown, hidden in wall:
            start, stop = max(shown - offset, since), min(hidden - offset, until)
            if start < stop:
                starts.append(start * SECOND)
                ends.append(stop * SECOND)
                done.append((done[-1] if done else 0) + (stop - start) * SECOND)
    return _Year(tuple(starts), tuple(ends), tuple(done))


def _on_the_wall(calendar: Calendar, year: int) -> Iterator[tuple[int, int]]:
    """The open times around that year in seconds of the wall clock, as if it counted from 1970, joined and in order."""
    first = date(year, 1, 1) - timedelta(days=3)
    spans = sorted(
        (midnight + span.start * 60, midnight + span.close * 60)
        for day in (first + timedelta(days=number) for number in range(372))
        if day not in calendar.holidays.in_year(day.year)
        for midnight in ((day - EPOCH.date()).days * DAY,)
        for span in calendar.spans[day.weekday()]
    )
    if not spans:
        return
    begun, until = spans[0]
    for start, end in spans:
        if start > until:
            yield begun, until
            begun, until = start, end
        until = max(until, end)
    yield begun, until


def _never(year: int) -> ValueError:
    return ValueError(f"this calendar has no working time within {_LONGEST_PAUSE} years of {year}: nothing is ever due")
