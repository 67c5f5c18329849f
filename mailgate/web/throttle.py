"""How often somebody may try, in memory: refused links, codes, sign-ins. Bounded, whatever comes.

A process counts for itself; who is refused here learns nothing but that he should wait.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

MOST = 10_000


class Throttle:
    """Buckets that fill again evenly. For all threads of a process."""

    def __init__(self, time: Callable[[], float] = monotonic, most: int = MOST) -> None:
        self._time, self._most = time, most
        self._lock = threading.Lock()
        # When each would be full again; the one that was asked for longest ago goes first.
        self._full_at: OrderedDict[tuple[str, str], float] = OrderedDict()

    def take(self, kind: str, key: str, per_minute: float, burst: int) -> bool:
        """Whether `key` may do one more of that `kind`: `burst` at once, so many a minute in the long run."""
        now, each = self._time(), 60.0 / per_minute
        with self._lock:
            full_at = max(self._full_at.pop((kind, key), now), now)
            allowed = full_at + each <= now + burst * each
            self._full_at[kind, key] = full_at + each if allowed else full_at
            while len(self._full_at) > self._most:
                self._full_at.popitem(last=False)
        return allowed
