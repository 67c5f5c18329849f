"""Knows when DNS is gone: after some mails in a row that it left without any answer, none is asked about for a while.

Without that each walked mail would wait for all of its time-outs, and the walk crawl. Holds no clock and asks nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

# One mail's packets may be lost; whoever is heard of after the pause decides alone whether there is another.
MAILS = 3
PAUSE_SECONDS = 60.0


@dataclass(slots=True)
class Silence:
    """`now` is in seconds of a monotonic clock."""

    _mails: int = 0  # in a row
    _until: float | None = None

    def lasts(self, now: float) -> bool:
        """Whether nothing is to be asked."""
        return self._until is not None and now < self._until

    def heard(self, now: float, *, silent: bool) -> bool:
        """What came of asking about one mail; True where a pause begins with it."""
        if not silent:
            self._mails, self._until = 0, None
            return False
        self._mails += 1
        if self._mails < MAILS or self.lasts(now):
            return False
        self._until = now + PAUSE_SECONDS
        return True
