"""The worker: claims waiting mail and walks it, until told to stop. One thread reads while another concludes."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence

import structlog

from mailgate.errors import StoreError
from mailgate.house import House
from mailgate.pipeline import LEASE, Read, conclude, read_all
from mailgate.store import claims
from mailgate.store.claims import ClaimedMail

BATCH = 20
_PAUSE_AFTER_TROUBLE_SECONDS = 2.0
_RENEW_AFTER_SECONDS = LEASE.total_seconds() / 3

log = structlog.get_logger()


class Worker:
    """Two threads. `house` is asked for before every batch: reloaded policies are used from the next one on."""

    def __init__(self, house: Callable[[], House], on_done: Callable[[], None]) -> None:
        self._house = house
        self._on_done = on_done
        self._work = threading.Event()
        self._stopping = threading.Event()
        # One batch is read ahead: the reader is another process, and has the other core.
        self._read: queue.Queue[Sequence[Read] | None] = queue.Queue(maxsize=1)
        self._threads = (
            threading.Thread(target=self._reading, name="reading", daemon=True),
            threading.Thread(target=self._concluding, name="concluding", daemon=True),
        )

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """There may be something to do. Safe from any thread."""
        self._work.set()

    def stop(self) -> None:
        """Finish the batches in hand; what waits stays waiting. Returns when both threads have ended."""
        self._stopping.set()
        self._work.set()
        for thread in self._threads:
            thread.join()

    def _reading(self) -> None:
        while not self._stopping.is_set():
            self._work.wait()
            self._work.clear()
            self._guarded(self._read_what_waits)
        self._read.put(None)

    def _concluding(self) -> None:
        while (mails := self._read.get()) is not None:
            self._guarded(lambda mails=mails: conclude(self._house(), mails))  # type: ignore[misc]
            self._on_done()

    def _guarded(self, work: Callable[[], object]) -> None:
        """Neither thread ever ends of an exception: the batch comes back when its lease runs out."""
        try:
            work()
        except StoreError as error:
            log.warning("worker waits for the store", because=str(error))
            self._stopping.wait(_PAUSE_AFTER_TROUBLE_SECONDS)
        except Exception:
            log.exception("worker failed on a batch")  # a bug of ours outside of any one mail
            self._stopping.wait(_PAUSE_AFTER_TROUBLE_SECONDS)

    def _read_what_waits(self) -> None:
        while not self._stopping.is_set():
            house = self._house()
            with house.store.write() as connection:
                batch = claims.claim_inbound(connection, house.holder, BATCH, house.clock.now(), LEASE)
            if not batch:
                return
            self._read.put(read_all(house, batch, _renewal(house, batch)))


def _renewal(house: House, batch: Sequence[ClaimedMail]) -> Callable[[], None]:
    """Renews the batch's lease when a third of it has gone by; to be called often."""
    renewed = time.monotonic()

    def renew() -> None:
        nonlocal renewed
        if time.monotonic() - renewed < _RENEW_AFTER_SECONDS:
            return
        with house.store.write() as connection:
            claims.renew(connection, "inbound", [one.id for one in batch], house.holder, house.clock.now(), LEASE)
        renewed = time.monotonic()

    return renew
