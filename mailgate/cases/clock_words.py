"""How clocks and steps are called, and how long is left of them, for people: the command line, the pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from mailgate.cases.clocks import Clock
from mailgate.policy.duration import Unit

# Why time brings nothing to a case (`agenda.idle_because`).
IDLE: Final[Mapping[str, str]] = {
    "closed": "nothing more: the case is closed",
    "history": "nothing until the customer writes: the case was imported from an archive",
    "nothing_owed": "nothing more by itself: all that the policy owes was given, or is overdue and was told",
    "undelivered": "nothing until somebody acts: our letters to the customer come back",
    "no_contact": "nothing by itself: there is nobody whom time may write to",
    "notice_not_accepted": "nothing until the relay has taken the last reminder before closing",
    "never_closes": "nothing more: the policy closes no such case by itself",
}
_BUSINESS = frozenset({Unit.BUSINESS_HOURS, Unit.BUSINESS_DAYS})


def step_name(step: str) -> str:
    """A step, or what it is about."""
    return step.removesuffix("_due").replace("_", " ")


def left_of(clock: Clock) -> str:
    """What is left of a clock that is not met, as the policy counts it; "" where it ended with the case."""
    if clock.left is None:
        return ""
    return f"{_length(clock.left)}{' of business time' if clock.allowed.unit in _BUSINESS else ''} left"


def _length(left: timedelta) -> str:
    minutes = int(left.total_seconds() // 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    return f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
