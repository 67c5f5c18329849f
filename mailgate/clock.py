"""The only place in the house where the time is asked for. Everywhere else `now` is a parameter."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

_CLEAR_SECONDS = 1.0


class Clock(Protocol):
    """Tells the time; a test's clock tells the time it was set to."""

    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SharedClock:
    """The clock of another machine, that of the database: all nodes on it then have one time, however their own clocks
    are set. It was asked last at a moment from which a counter goes on that nobody can set. Safe from any thread."""

    def __init__(self) -> None:
        self._mark = datetime.now(UTC), _counter()
        self._agreed = False

    def agree(self, ask: Callable[[], datetime]) -> None:
        """Asks it. An answer that took long says too little of the moment it was given, unless there is no other."""
        asked = _counter()
        told = ask()
        took = _counter() - asked
        if took < _CLEAR_SECONDS or not self._agreed:
            self._mark, self._agreed = (told + timedelta(seconds=took / 2), asked + took), True

    def now(self) -> datetime:
        moment, at = self._mark
        return moment + timedelta(seconds=_counter() - at)


def _counter() -> float:
    """Seconds that go on while the machine sleeps, too."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
