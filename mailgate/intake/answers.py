"""Brings what the counter answers in its thread (`accept.py`) into the loop where it is awaited.

A commit answers many mails: their loop is woken once for all of them. Woken for each, it would take the interpreter
from the counter's thread before that has told the next.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress

from mailgate.store.keep import Receipt

Answer = Future[list[Receipt]]
Awaited = asyncio.Future[list[Receipt]]


class Answers:
    """Those that are awaited in the loop it is made in. The counter is given `wake`, and calls it after each batch."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._given: deque[tuple[Answer, Awaited, Callable[[], None]]] = deque()

    def awaited(self, answer: Answer, done: Callable[[], None]) -> Awaited:
        """The same answer in the loop. `done` is called there once it is known, whoever still waits for it."""
        told = self._loop.create_future()
        answer.add_done_callback(lambda _: self._given.append((answer, told, done)))
        if answer.done():  # before it was listened to: its batch may have had its call
            self.wake()
        return told

    def wake(self) -> None:
        """From any thread."""
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._tell_all)

    def _tell_all(self) -> None:
        while self._given:
            self._loop.call_soon(_tell, *self._given.popleft())


def _tell(answer: Answer, told: Awaited, done: Callable[[], None]) -> None:
    if not told.done():  # whoever waited may have hung up
        if error := answer.exception():
            told.set_exception(error)
        else:
            told.set_result(answer.result())
    done()
