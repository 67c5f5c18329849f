"""How long something may take, as a policy writes it: `30m`, `4h`, `5d`, `2 business hours`, `10 business days`.

What each unit means; `Calendar.add` (`hours.py`) carries it out, in UTC:

    minutes, hours   time on a stopwatch; nobody's opening hours, time zone or summer time matter
    days             24 hours on that stopwatch, so a day on which clocks change is no exception
    business hours   hours in which the calendar is open; the stopwatch stands still while it is closed
    business days    whole days: the same time on the wall clock on the Nth business day after the event. The day of the
                     event is not counted, nor are closed days; when on the day we open and close does not matter

`0` of any unit is at once: the moment of the event itself, also while we are closed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Unit(StrEnum):
    """What is counted; the docstring of this module says how."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    BUSINESS_HOURS = "business hours"
    BUSINESS_DAYS = "business days"


# The length of one; a business day has none, for it is a step in the calendar.
_LENGTHS: Mapping[Unit, timedelta] = {
    Unit.MINUTES: timedelta(minutes=1),
    Unit.HOURS: timedelta(hours=1),
    Unit.DAYS: timedelta(days=1),
    Unit.BUSINESS_HOURS: timedelta(hours=1),
    Unit.BUSINESS_DAYS: timedelta(days=1),
}

_LONGEST = timedelta(days=3660)

_WORDS: Mapping[str, Unit] = {
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), Unit.MINUTES),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), Unit.HOURS),
    **dict.fromkeys(("d", "day", "days"), Unit.DAYS),
}

_BUSINESS: Mapping[Unit, Unit] = {Unit.HOURS: Unit.BUSINESS_HOURS, Unit.DAYS: Unit.BUSINESS_DAYS}

_LIKE = 'write one like "30m", "4h", "5d", "2 business hours" or "10 business days"'


@dataclass(frozen=True, slots=True)
class Duration:
    """`amount` (0 or more) of a unit. `str()` is what people read ("2 business hours"), and can be parsed again."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise ValueError(f"a duration is 0 or more, not {self.amount}")

    @property
    def length(self) -> timedelta:
        """How much time is counted; what a business day counts as is said by the calendar alone (ValueError)."""
        if self.unit is Unit.BUSINESS_DAYS:
            raise ValueError("business days have no length; ask a calendar")
        return self.amount * _LENGTHS[self.unit]

    def __str__(self) -> str:
        return f"{self.amount} {self.unit.value.removesuffix('s') if self.amount == 1 else self.unit.value}"


def parse_duration(text: str) -> Duration:
    """The duration that a policy writes so. Raises ValueError, for people, with what to write instead.

    Capitals, spaces and hyphens do not matter; amounts are whole numbers, at most ten years.
    """
    found = re.fullmatch(r"([0-9]{1,9})[\s_-]*(business)?[\s_-]*([a-z]+)", text.strip().lower())
    unit = _WORDS.get(found[3]) if found else None
    if found is None or unit is None:
        raise ValueError(f'"{text}" is no duration: {_LIKE}')
    if found[2]:
        if unit not in _BUSINESS:
            raise ValueError(f'"{text}": business time is counted in hours or days: {_LIKE}')
        unit = _BUSINESS[unit]
    amount = int(found[1])
    if amount > _LONGEST // _LENGTHS[unit]:
        raise ValueError(f'"{text}" is more than ten years; write at most {_LONGEST // _LENGTHS[unit]} {unit.value}')
    return Duration(amount, unit)
