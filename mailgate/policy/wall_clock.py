"""Between UTC and the clock on the wall of a time zone: where its offset changes, and which moment a time on it is."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000  # in microseconds
DAY = 86_400  # in seconds


def in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone: a moment is an aware datetime")
    return moment.astimezone(UTC)


def local(at: datetime, zone: str) -> str:
    """For people, on the wall of that IANA zone: "Mon 2026-03-09 05:30 EDT"."""
    return at.astimezone(ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M %Z")


def count(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - EPOCH) // MICROSECOND


def stretches(zone: ZoneInfo, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Cuts seconds of UTC since 1970 where the zone's offset changes: (begin, end, offset), all in seconds.

    The offset is looked at each day; no zone has changed it twice within 36 hours (IANA's data, 1970 to 2040).
    """
    since, offset = begin, _offset(zone, begin)
    for day, its_end in pairwise([*range(begin, end, DAY), end]):
        after = _offset(zone, its_end)
        if after != offset:
            before = offset
            change = day + 1 + bisect_left(range(day + 1, its_end), True, key=lambda at: _offset(zone, at) != before)
            yield since, change, offset
            since, offset = change, after
    if since < end:
        yield since, end, offset


def moment_of(zone: ZoneInfo, wall: datetime) -> datetime:
    """The moment at which that zone's wall clock shows `wall` (naive); see `Calendar.days_after` for gaps and folds."""
    first = wall.replace(tzinfo=zone).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return first
    # PEP 495: fold=1 reads a skipped time with the offset after the gap, fold=0 with that before, so it is in between.
    earliest = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    _, skip, _ = next(stretches(zone, count(earliest) // SECOND, count(first) // SECOND + 1))
    return EPOCH + timedelta(seconds=skip)


def _offset(zone: ZoneInfo, second: int) -> int:
    offset = (EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset()
    return (offset or timedelta()) // timedelta(seconds=1)
