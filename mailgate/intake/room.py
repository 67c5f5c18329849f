"""The books of the memory that mails take while they come in, for all doors of a process together.

So the number of clients says nothing about the size of the process: mail that finds no room goes into a file
(`spool.py`), and mail that is whole waits in its file until there is room at the counter (`accept.py`).
"""

from __future__ import annotations

import asyncio
import ctypes
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field

MIB = 1024 * 1024
_M_MMAP_THRESHOLD = -3  # malloc.h


class Room:
    """So many octets, to be taken and given back. Not for threads."""

    def __init__(self, octets: int) -> None:
        self.octets = octets
        self.taken = 0
        self._queue: deque[tuple[int, asyncio.Future[None]]] = deque()

    def take(self, octets: int) -> bool:
        """At once, or False, and nothing is taken."""
        if self.taken + octets > self.octets:
            return False
        self.taken += octets
        return True

    async def wait_for(self, octets: int) -> None:
        """In turn. Who wants more than there is, gets it when nobody else is there."""
        if not self._queue and self._fits(octets):
            self.taken += octets
            return
        ticket = octets, asyncio.get_running_loop().create_future()
        self._queue.append(ticket)
        try:
            await ticket[1]
        except asyncio.CancelledError:
            if ticket in self._queue:
                self._queue.remove(ticket)
                self.give(0)  # a smaller one behind may fit
            else:
                self.give(octets)  # called in, and gone in the same moment
            raise

    def give(self, octets: int) -> None:
        self.taken -= octets
        while self._queue and self._fits(self._queue[0][0]):
            wanted, called = self._queue.popleft()
            self.taken += wanted
            called.set_result(None)

    def _fits(self, octets: int) -> bool:
        return self.taken == 0 or self.taken + octets <= self.octets


@dataclass(frozen=True, slots=True)
class Rooms:
    """`coming_in`: mails not yet whole, and `counter`: whole mails until they are stored, both as far as no file holds
    them. `files`: all that lies in files."""

    coming_in: Room = field(default_factory=lambda: Room(4 * MIB))
    counter: Room = field(default_factory=lambda: Room(4 * MIB))
    files: Room = field(default_factory=lambda: Room(2048 * MIB))


def give_back_early() -> None:
    """Big pieces of memory go back to the kernel once they are free (mallopt(3); where there is none, nothing happens).

    By itself glibc keeps them from the first that was freed on, up to 32 MiB each."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 256 * 1024)
