"""Reads the date that a mail program wrote into a forwarded mail's head, in some thirty languages; None in doubt."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final

from mailgate.mail.forward_words import EVENINGS, MONTHS, MORNINGS, ZONES

_LONGEST: Final = 120
_NOON: Final = 12
_YEAR_FIRST = re.compile(r"(?<!\d)((?:19|20)\d\d)\s?[-/.年년]\s?(\d{1,2})\s?[-/.月월]\s?(\d{1,2})(?!\d)\s?[日일]?")
_NUMBERS = re.compile(r"(?<!\d)(\d{1,2})([./-])\s?(\d{1,2})[./-]\s?((?:19|20)\d\d|\d\d)(?![\d:])")
_YEAR = re.compile(r"(?<![\d:+-])((?:19|20)\d\d)(?![\d:])")
_DAY = re.compile(r"(?<![\d:.])(\d{1,2})(?:st|nd|rd|th|er|º|ª)?(?![\d:])")
_WORD = re.compile(r"[^\W\d_]+")
_HALVES = "|".join(re.escape(one) for one in (*MORNINGS, *EVENINGS))
_TIME = re.compile(
    rf"(?<![\d.:+-])(?P<before>(?:{_HALVES})\.?)?\s?(?P<hour>\d{{1,2}})(?:[:.h時时시]\s?)(?P<minute>\d\d)(?!\d)"
    rf"(?:[:.]?(?P<second>(?<=[:.])\d\d)(?!\d))?[分분]?\s?(?P<after>(?:{_HALVES})\b)?"
)
_OFFSET = re.compile(r"(?:utc|gmt)?\s?([+\-−])\s?(\d{1,2})(?::?(\d\d))?(?!\d)")


def read_date(text: str, zone: tzinfo | None, *, day_first: bool) -> datetime | None:
    """The moment, aware UTC; None where day or time can be read in two ways or not at all.

    `zone` holds where the text names none: that of the forwarding program, which wrote the text. `day_first` says how
    02/11/2026 is meant; without it, both readings being possible, it is None.
    """
    if len(text) > _LONGEST:
        return None
    words = re.sub(r"\s", " ", text.casefold())
    day = _day(words, day_first=day_first)
    if day is None:
        return None
    year, month, number, rest = day
    time = _TIME.search(rest)
    if time is None:
        return None
    hour = _hour(int(time["hour"]), (time["before"] or time["after"] or "").rstrip("."))
    named = _zone(rest[time.end() :]) or zone
    if hour is None or named is None:
        return None
    try:
        moment = datetime(year, month, number, hour, int(time["minute"]), int(time["second"] or 0), tzinfo=named)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _day(words: str, *, day_first: bool) -> tuple[int, int, int, str] | None:
    """Year, month, day, and the words without them."""
    if found := _YEAR_FIRST.search(words):
        return int(found[1]), int(found[2]), int(found[3]), _without(words, found)
    if found := _NUMBERS.search(words):
        one, other, year = int(found[1]), int(found[3]), int(found[4])
        if found[2] == "/" and not day_first and one <= _NOON:
            if other <= _NOON and one != other:
                return None  # the second of November, or the eleventh of February
            one, other = other, one
        return year if year > 99 else 2000 + year, other, one, _without(words, found)
    return _named_day(words)


def _named_day(words: str) -> tuple[int, int, int, str] | None:
    """ "Monday, November 2, 2026", "2 de noviembre de 2026", "2. marraskuuta 2026"."""
    year = _YEAR.search(words)
    # "mar. 2 novembre" is a Tuesday: of several words that name months, the one beside a number counts.
    months = [word for word in _WORD.finditer(words) if word[0] in MONTHS]
    beside = [word for word in months if re.search(r"\d\.?(?:st|nd|rd|th|er|º)? (?:de |of )?$", words[: word.start()])]
    chosen = beside or [word for word in months if re.match(r"\.?,? \d", words[word.end() :])]
    if year is None or not chosen or len({MONTHS[word[0]] for word in chosen}) > 1:
        return None
    month = chosen[0]
    rest = _without(words, year) if year.start() > month.end() else words
    near = rest[: month.start()] + " " * (month.end() - month.start()) + rest[month.end() :]
    clock = _TIME.search(near)
    days = [
        day
        for day in _DAY.finditer(near)
        if not (clock and clock.start() <= day.start() < clock.end())
        and abs(day.start() - month.start()) <= _NEAR
        and near[day.start() - 1 : day.start()] not in ("+", "-", "−")
    ]
    if not days:
        return None
    nearest = min(days, key=lambda day: min(abs(day.end() - month.start()), abs(day.start() - month.end())))
    return int(year[1]), MONTHS[month[0]], int(nearest[1]), _without(near, nearest)


_NEAR: Final = 20  # characters between a month's name and its day


def _without(words: str, found: re.Match[str]) -> str:
    return words[: found.start()] + " " * (found.end() - found.start()) + words[found.end() :]


def _hour(hour: int, half: str) -> int | None:
    if not half or hour > _NOON:
        return hour
    return hour % _NOON + (_NOON if half in EVENINGS else 0)


def _zone(after: str) -> tzinfo | None:
    """The zone that stands behind the time: "+0100", "UTC+1", "CET"."""
    if found := _OFFSET.search(after):
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        try:
            return timezone(timedelta(minutes=minutes if found[1] == "+" else -minutes))
        except ValueError:
            return None
    named = next((ZONES[word[0]] for word in _WORD.finditer(after) if word[0] in ZONES), None)
    return None if named is None else timezone(timedelta(hours=named))
