"""A lock that is fair: whoever has waited longest is next. It knows nothing of databases.

`threading.Lock` hands itself to anybody, and SQLite's busy handler sleeps and tries again: under load the writer of one
thread would starve those of others.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from types import TracebackType
from typing import Self

from mailgate.errors import StoreError


class Turn:
    """Use as a context manager. Not reentrant: a thread that asks twice is told so instead of waiting for itself."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._owner: int | None = None
        self._queue: deque[tuple[int, threading.Lock]] = deque()
        self.waited = 0.0  # seconds, by whose turn it is

    def __enter__(self) -> Self:
        me, asked = threading.get_ident(), time.monotonic()
        with self._mutex:
            if self._owner == me:
                raise StoreError("a transaction is already open in this thread: use its connection")
            if self._owner is None:
                self._owner, self.waited = me, 0.0
                return self
            called = threading.Lock()
            called.acquire()
            self._queue.append((me, called))
        try:
            called.acquire()
        except BaseException:
            # An interrupt while waiting: leave the queue, or pass on a turn that has just come.
            with self._mutex:
                if (me, called) in self._queue:
                    self._queue.remove((me, called))
                else:
                    self._next()
            raise
        self.waited = time.monotonic() - asked
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._mutex:
            self._next()

    def _next(self) -> None:
        self._owner = None
        if self._queue:
            self._owner, called = self._queue.popleft()
            called.release()
