"""The worker: a thread that claims waiting mail and walks it, until told to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from mailgate.errors import StoreError
from mailgate.house import House
from mailgate.pipeline import LEASE, process
from mailgate.store import claims

BATCH = 20
_PAUSE_AFTER_TROUBLE_SECONDS = 2.0
_RENEW_AFTER_SECONDS = LEASE.total_seconds() / 3

log = structlog.get_logger()


class Worker:
    """One thread; `house` is asked for before every batch, so that reloaded policies are used from the next mail on."""

    def __init__(self, house: Callable[[], House], on_done: Callable[[], None]) -> None:
        self._house = house
        self._on_done = on_done
        self._work = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """There may be something to do. Safe from any thread."""
        self._work.set()

    def stop(self) -> None:
        """Finish the batch in hand; what waits stays waiting. Returns when the thread has ended."""
        self._stopping.set()
        self._work.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._work.wait()
            self._work.clear()
            try:
                while not self._stopping.is_set() and self._one_batch():
                    self._on_done()
            except StoreError as error:
                log.warning("worker waits for the store", because=str(error))
                self._stopping.wait(_PAUSE_AFTER_TROUBLE_SECONDS)
            except Exception:
                # A bug of ours outside of any one mail. The mails of the batch come back when their lease runs out.
                log.exception("worker failed on a batch")
                self._stopping.wait(_PAUSE_AFTER_TROUBLE_SECONDS)

    def _one_batch(self) -> bool:
        house = self._house()
        with house.store.write() as connection:
            batch = claims.claim_inbound(connection, house.holder, BATCH, house.clock.now(), LEASE)
        if not batch:
            return False
        renewed = time.monotonic()

        def renew() -> None:
            nonlocal renewed
            if time.monotonic() - renewed < _RENEW_AFTER_SECONDS:
                return
            with house.store.write() as connection:
                claims.renew(connection, "inbound", [one.id for one in batch], house.holder, house.clock.now(), LEASE)
            renewed = time.monotonic()

        process(house, batch, renew)
        return True
