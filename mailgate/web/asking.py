"""Asks what may hang, a dead database above all, without ever making a client or the loop wait for long.

Of each question one is under way at most, in a thread that nobody waits for at the end; its answer is good for some
seconds for all who ask.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

FRESH_SECONDS, PATIENCE_SECONDS = 5.0, 3.0

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Heard(Generic[Answer]):
    """The last answer, None where there never was one, and what is wrong now: "" where the answer is fresh."""

    answer: Answer | None
    why: str


class Asking(Generic[Answer]):
    """One question. For use in one loop."""

    def __init__(
        self, ask: Callable[[], Answer], *, fresh: float = FRESH_SECONDS, patience: float = PATIENCE_SECONDS
    ) -> None:
        self._ask, self._fresh, self._patience = ask, fresh, patience
        self._heard: Heard[Answer] = Heard(None, "nobody has looked yet")
        self._good_until = 0.0
        self._under_way: asyncio.Future[Heard[Answer]] | None = None
        self._asked_at = 0.0

    async def hear(self) -> Heard[Answer]:
        now = time.monotonic()
        if now < self._good_until:
            return self._heard
        if self._under_way is None:
            self._under_way, self._asked_at = self._begin(), now
        asked = self._under_way
        await asyncio.wait([asked], timeout=self._patience)
        if not asked.done():
            return Heard(self._heard.answer, f"no answer for {time.monotonic() - self._asked_at:.0f} s")
        if self._under_way is asked:
            heard = asked.result()
            self._heard = heard if heard.answer is not None else Heard(self._heard.answer, heard.why)
            self._under_way, self._good_until = None, time.monotonic() + self._fresh
        return self._heard

    def _begin(self) -> asyncio.Future[Heard[Answer]]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Heard[Answer]] = loop.create_future()

        def tell(heard: Heard[Answer]) -> None:
            if not future.done():
                future.set_result(heard)

        def work() -> None:
            try:
                heard = Heard(self._ask(), "")
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
                heard = Heard(None, str(error) or type(error).__name__)
            with suppress(RuntimeError):  # the loop is closed: nobody wants to know any more
                loop.call_soon_threadsafe(tell, heard)

        # No pool: its threads are waited for at the end, and this one may hang.
        threading.Thread(target=work, name="looking", daemon=True).start()
        return future
