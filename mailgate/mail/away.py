"""Reads from an out-of-office's words when its writer is there again. A wrong guess is worse than none, so: none.

A date counts only behind (or, as some languages have it, before) words that say "back on" or "away until", or between
"from … to …". What could be read in two ways, contradicts its own weekday or another such date, lies in the past or far
ahead, says nothing. Everything is bounded: the time it takes grows with the length of the text alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import MAXYEAR, date, timedelta

from mailgate.mail.away_words import (
    AWAY,
    BACK_AFTER,
    BACK_BEFORE,
    MONTHS,
    UNTIL_AFTER,
    UNTIL_BEFORE,
    UNTIL_BEFORE_CJK,
    WEEKDAYS,
)

FARTHEST = timedelta(days=90)
_MOST_TEXT = 6000
_NEAR = 70  # characters before a date in which it is said what it is

_NAMES = "|".join(sorted(MONTHS, key=len, reverse=True))
_YEAR = r"(?:20\d\d)"
_DATE = re.compile(
    rf"""
    (?<![0-9A-Za-z./-])(?:
      (?P<y1>{_YEAR})(?P<s1>[-/.])(?P<m1>\d{{1,2}})(?P=s1)(?P<d1>\d{{1,2}})(?![\d])
    | (?:(?P<y2>{_YEAR})\s?[年년]\s?)?(?P<m2>\d{{1,2}})\s?[月월]\s?(?P<d2>\d{{1,2}})\s?[日일号號]
    | (?P<d3>\d{{1,2}})(?:st|nd|rd|th|er|º|ª|°)?\.?[ ](?:(?:of|de)[ ])?(?P<m3>{_NAMES})\b\.?
        (?:,?[ ](?:(?:de|del)[ ])?(?P<y3>{_YEAR})\b)?
    | (?P<m4>{_NAMES})\.?[ ](?P<d4>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?[ ](?P<y4>{_YEAR})\b)?
    | (?P<d5>\d{{1,2}})\.[ ]?(?P<m5>\d{{1,2}})(?:\.[ ]?(?P<y5>{_YEAR}|\d\d)\b|\.|(?!\d))
    | (?P<a6>\d{{1,2}})(?P<s6>[/-])(?P<b6>\d{{1,2}})(?:(?P=s6)(?P<y6>{_YEAR}|\d\d)\b)?(?![\d/-])
    )
    """,
    re.VERBOSE,
)
_WEEKDAY = "|".join(sorted(WEEKDAYS, key=len, reverse=True))
# What may stand between the words and the date.
_FILLER = (
    rf"(?:[ ,:(*_]|(?:{_WEEKDAY})\b\.?|on|the|dem|den|der|am|le|el|il|l'|op|o|em|no|dia|dato|d\.|w|we|v|ve|dnia|dne|od"
    r"|в|во|у|с|со|з|pe|data|de)*"
)
_BACK = re.compile(rf"(?<!\w)(?:{BACK_BEFORE}){_FILLER}$")
_UNTIL = re.compile(rf"(?:(?<!\w)(?:{UNTIL_BEFORE}){_FILLER}|{UNTIL_BEFORE_CJK}\s?)$")
_AWAY = re.compile(AWAY)
_BACK_LATER = re.compile(BACK_AFTER)
_UNTIL_LATER = re.compile(UNTIL_AFTER)
_NAMED_DAY = re.compile(rf"(?<!\w)({_WEEKDAY})\b[ .,:(]*(?:(?:the|dem|den|der|le|el|il|op|dia|d\.)[ ])?$")


def back_on(subject: str, text: str, sent: date) -> date | None:
    """The first day on which the writer is there again, as the automatic reply of day `sent` says it; None in doubt.

    "Until" a day means that he is there on the next: a reminder is better late than sent to an empty desk.
    """
    if sent.year >= MAXYEAR:
        return None  # there is no time ahead of it
    words = re.sub(r"[ \t\u00a0]+", " ", f"{subject}\n{text[:_MOST_TEXT]}"[:_MOST_TEXT]).casefold().replace("’", "'")
    back: set[date] | None = None
    until: set[date] | None = None
    for found in _DATE.finditer(words):
        before, after = _before(words, found.start()), words[found.end() : found.end() + 30]
        readings = _readings(found, before, sent)
        if _BACK.search(before) or _BACK_LATER.match(after):
            back = readings if back is None else back & readings
        elif _UNTIL.search(before) or _UNTIL_LATER.match(after):
            until = readings if until is None else until & readings
    if back is not None:
        return _one(back, sent)
    last = _one(until, sent) if until is not None and _AWAY.search(words.replace("\n", " ")) else None
    return last + timedelta(days=1) if last else None


def _before(words: str, start: int) -> str:
    """What stands before a date in its own sentence, or the line before where a line broke in it."""
    near = words[max(0, start - _NEAR) : start]
    near = re.split(r"[!?;]|(?<!\d)\.\s|\n\s?\n", near)[-1]
    return near.replace("\n", " ")


def _one(days: set[date], sent: date) -> date | None:
    if len(days) != 1:
        return None
    (day,) = days
    return day if timedelta() <= day - sent <= FARTHEST else None


def _readings(found: re.Match[str], before: str, sent: date) -> set[date]:
    """All days that the date can mean; without a year, the next such day."""
    named = _NAMED_DAY.search(before)
    days = {day for parts in _parts(found) if (day := _day(*parts, sent))}
    if named is not None:
        days = {day for day in days if day.weekday() == WEEKDAYS[named[1]]}
    return days


def _parts(found: re.Match[str]) -> Iterator[tuple[str | None, int, int]]:
    """(year as written, month, day)."""
    for n in "12345":
        day = found[f"d{n}"]
        if day is not None:
            month = found[f"m{n}"]
            yield found[f"y{n}"], MONTHS.get(month) or int(month), int(day)
    if found["a6"] is not None:
        one, other = int(found["a6"]), int(found["b6"])
        yield found["y6"], one, other
        yield found["y6"], other, one


def _day(year: str | None, month: int, day: int, sent: date) -> date | None:
    if year is not None:
        return _date(int(year) if len(year) == 4 else 2000 + int(year), month, day)
    this = _date(sent.year, month, day)
    return this if this is not None and this >= sent else _date(sent.year + 1, month, day)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
