"""The hours of a week in which we work: minutes on the wall clock by weekday, and how a policy writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

_DAY = 24 * 60
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LIKE = 'write one like "Mon-Fri 08:00-17:00", "Sat,Sun 10:00-12:00, 13:00-15:00" or "Fri 22:00-06:00"'


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `start` (0 to 1439) until before `end` (0 to 1440), in minutes of the wall clock since 0:00.

    An end that is not after the start is on the next day: 22:00-06:00 is `Span(1320, 360)`. A whole day is
    `Span(0, 1440)`; start and end may not be equal, for that could be all or nothing (ValueError).
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not (0 <= self.start < _DAY and 0 <= self.end <= _DAY):
            raise ValueError(f"{self} does not lie within 00:00 to 24:00")
        if self.start == self.end:
            raise ValueError(f"{self} ends where it begins; a whole day is 00:00-24:00")

    @property
    def close(self) -> int:
        """The end in minutes since 0:00 of the day on which the span begins; more than 1440 over midnight."""
        return self.end if self.end > self.start else self.end + _DAY

    def __str__(self) -> str:
        return f"{self.start // 60:02}:{self.start % 60:02}-{self.end // 60:02}:{self.end % 60:02}"


# Monday to Sunday, the spans that begin on that day. () is no week at all: work around the clock.
Week = tuple[tuple[Span, ...], ...]


def parse_week(lines: Iterable[str]) -> Week:
    """The week that a policy writes in lines like "Mon-Fri 08:00-12:00, 13:00-17:00"; no line at all gives ().

    Days are English, whole or by three letters; "Fri-Mon" goes over the weekend. ValueError for people otherwise.
    """
    week: list[list[Span]] = [[] for _ in _DAYS]
    for line in lines:
        days, spans = _line(line)
        for day in days:
            week[day] += spans
    if not any(week):
        return ()
    return tuple(tuple(sorted(spans)) for spans in week)


def overlaps(week: Week) -> Iterator[str]:
    """Sentences about spans that begin before another has ended: harmless to count with, but hardly meant."""
    spans = sorted((day * _DAY + span.start, span, day) for day, spans in enumerate(week) for span in spans)
    if len(spans) < 2:
        return
    (monday, first, its_day), *_ = spans
    for (start, span, day), (later, other, other_day) in pairwise([*spans, (monday + 7 * _DAY, first, its_day)]):
        if later < start - span.start + span.close:
            yield f"{_DAYS[day].title()} {span} runs into {_DAYS[other_day].title()} {other}"


def _line(line: str) -> tuple[list[int], list[Span]]:
    """Weekdays and spans of one line."""
    tight = re.sub(r"\s*([-,])\s*", r"\1", line.strip().lower().replace("–", "-"))
    days, _, spans = tight.partition(" ")
    if not re.fullmatch(r"[a-z,-]+", days) or not spans:
        raise ValueError(f'"{line}" are no working hours: {_LIKE}')
    try:
        return (
            [day for part in days.split(",") for day in _days(part)],
            [_span(part) for part in re.split(r"[,\s]+", spans)],
        )
    except ValueError as trouble:
        raise ValueError(f'"{line}" are no working hours: {trouble}; {_LIKE}') from None


def _days(text: str) -> list[int]:
    first, _, last = text.partition("-")
    begin, end = _day(first), _day(last or first)
    return [day % 7 for day in range(begin, (end if end >= begin else end + 7) + 1)]


def _day(word: str) -> int:
    for number, name in enumerate(_DAYS):
        if word in (name, name[:3]):
            return number
    raise ValueError(f'"{word}" is no day of the week')


def _span(text: str) -> Span:
    times = re.fullmatch(r"([0-9]{1,2}):([0-5][0-9])-([0-9]{1,2}):([0-5][0-9])", text)
    if not times:
        raise ValueError(f'"{text}" is no span of two times')
    hour, minute, to_hour, to_minute = map(int, times.groups())
    return Span(hour * 60 + minute, to_hour * 60 + to_minute)
