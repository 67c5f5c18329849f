"""How a door that fetches fares: since when it could not, and why, for whoever asks from another thread."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_SECONDS = 60.0  # a connection that breaks is made anew, and nobody need know


class Trouble:
    """Told by one thread, asked by others."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._since: tuple[float, str] | None = None

    def bad(self, why: str) -> None:
        since = self._since
        self._since = (since[0] if since else self._monotonic(), why)

    def good(self) -> None:
        self._since = None

    @property
    def why(self) -> str:
        """What is wrong, and for how long; "" while nothing is, or not for long."""
        since = self._since
        lasts = self._monotonic() - since[0] if since else 0.0
        return f"{since[1]} (for {lasts:.0f} s)" if since and lasts >= PATIENCE_SECONDS else ""
