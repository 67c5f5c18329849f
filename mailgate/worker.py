"""The worker: claims waiting mail and walks it, until told to stop. One thread reads while another concludes; a third
renews their leases."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

from mailgate.errors import StoreError
from mailgate.house import House
from mailgate.leases import Leases
from mailgate.parents import Read
from mailgate.pipeline import conclude, read_all
from mailgate.store import claims
from mailgate.store.claims import ClaimedMail
from mailgate.store.lease import LEASE

BATCH = 20
PAUSE_AFTER_TROUBLE_SECONDS = 2.0
# The rest of a batch that is so slow goes back, and what was read does not wait for it.
READ_FOR_SECONDS = 5.0
THREADS = ("reading", "concluding")
RENEW_SECONDS = 7.0  # three times within a lease, so that two may fail
_BEAT_SECONDS = 1.0

log = structlog.get_logger()


class Worker:
    """Three threads. `house` is asked for before every batch: reloaded policies are used from the next one on.

    `on_beat` is called with the name of a thread that goes on, every second or after each batch.
    """

    def __init__(
        self,
        house: Callable[[], House],
        on_done: Callable[[], None],
        *,
        on_beat: Callable[[str], None] = lambda _: None,
        read_for: float = READ_FOR_SECONDS,
        pause: float = PAUSE_AFTER_TROUBLE_SECONDS,
        renew_every: float = RENEW_SECONDS,
    ) -> None:
        self._house = house
        self._on_done, self._on_beat = on_done, on_beat
        self._read_for = read_for
        self._pause = pause
        self._renew_every = renew_every
        self._leases = Leases(house)
        self._work = threading.Event()
        self._stopping = threading.Event()
        self._done = threading.Event()
        # One batch is read ahead: the reader is another process, and has the other core.
        self._read: queue.Queue[Sequence[Read] | None] = queue.Queue(maxsize=1)
        self._threads = (
            threading.Thread(target=self._reading, name=THREADS[0], daemon=True),
            threading.Thread(target=self._concluding, name=THREADS[1], daemon=True),
        )
        self._keeper = threading.Thread(target=self._keeping, name="leases", daemon=True)

    def start(self) -> None:
        for thread in (*self._threads, self._keeper):
            thread.start()

    def wake(self) -> None:
        """There may be something to do. Safe from any thread."""
        self._work.set()

    def stop(self) -> None:
        """Read the mail in hand to its end, conclude what was read, leave the rest; returns when that is done."""
        self._stopping.set()
        self._work.set()
        for thread in self._threads:
            thread.join()
        self._done.set()
        self._keeper.join()

    def _reading(self) -> None:
        while not self._stopping.is_set():
            self._work.wait(_BEAT_SECONDS)
            self._work.clear()
            self._guarded(self._read_what_waits)
        self._read.put(None)

    def _concluding(self) -> None:
        while (mails := self._next_read()) is not None:
            self._guarded(lambda mails=mails: self._conclude(mails))  # type: ignore[misc]
            self._on_done()

    def _next_read(self) -> Sequence[Read] | None:
        while True:
            self._on_beat(THREADS[1])
            with suppress(queue.Empty):
                return self._read.get(timeout=_BEAT_SECONDS)

    def _keeping(self) -> None:
        while not self._done.wait(self._renew_every):
            self._guarded(self._leases.renew)

    def _guarded(self, work: Callable[[], object]) -> None:
        """No thread ever ends of an exception: the batch comes back when its lease runs out."""
        try:
            work()
        except StoreError as error:
            log.warning("worker waits for the store", because=str(error))
        except OSError as error:
            log.warning("worker waits for a reader", because=str(error))
        except Exception:
            log.exception("worker failed on a batch")  # a bug of ours outside of any one mail
        else:
            return
        self._stopping.wait(self._pause)

    def _read_what_waits(self) -> None:
        while not self._stopping.is_set():
            self._on_beat(THREADS[0])
            house = self._house()
            with house.store.write() as connection:
                claimed = claims.claim_inbound(
                    connection, house.holder, BATCH, house.clock.now(), LEASE, house.store.read
                )
            if not claimed:
                return
            self._read_batch(house, self._leases.take(claimed))

    def _read_batch(self, house: House, batch: Sequence[ClaimedMail]) -> None:
        mails: list[Read] = []
        try:
            mails = read_all(house, batch, self._patience())
        finally:
            read = {claimed.id for claimed, _ in mails}
            self._leases.drop(one for one in batch if one.id not in read)
        if mails:
            self._read.put(mails)

    def _conclude(self, mails: Sequence[Read]) -> None:
        try:
            if ours := self._leases.still(mails):
                conclude(self._house(), ours, lambda: self._on_beat(THREADS[1]))
        finally:
            self._leases.drop(claimed for claimed, _ in mails)

    def _patience(self) -> Callable[[], bool]:
        until = time.monotonic() + self._read_for
        return lambda: time.monotonic() < until and not self._stopping.is_set()
