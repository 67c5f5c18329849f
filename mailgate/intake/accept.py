"""Makes accepted mail durable: many doors, one commit, then every door answers. It speaks no protocol.

One fdatasync a mail is what a busy door cannot afford (FACTS, SQLite: 256/s on a slow disk, groups of 50 5,300/s). So
the doors hand their mail to one thread, which writes all that waits in one transaction. What is to lie in an object
store is laid there first, each mail for itself: a slow object store keeps nobody waiting whose mail does not go there.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Protocol

import structlog
from sqlalchemy import Connection

from mailgate import figures
from mailgate.errors import Conflict, ObjectStoreError, StoreError
from mailgate.mail.fingerprint import header_of, identity_of, message_id_of
from mailgate.mail.message import Envelope, Octets, RawMail
from mailgate.store import keep
from mailgate.store.bucket import Bucket
from mailgate.store.keep import Arrival, Receipt
from mailgate.store.laid import Laid
from mailgate.store.laying import Layable, bucket_for, lay, lay_all

log = structlog.get_logger(__name__)

# One transaction takes at most so much: it bounds the memory of a commit and how long the worker waits for its turn.
BATCH_MAILS = 100
BATCH_BYTES = 8 * 1024 * 1024
BEAT_SECONDS = 1.0
# What has waited so long for its turn at the object store is not begun any more: its client is told to come again.
LAY_WITHIN_SECONDS = 30.0


class Writable(Layable, Protocol):
    """What is asked of the store here (`store.db.Store`): one durable transaction."""

    def write(self) -> AbstractContextManager[Connection]: ...


@dataclass(frozen=True, slots=True)
class _Waiting:
    """One mail at the counter. Its envelopes (one for each mailbox) are stored all or none."""

    raw: Octets
    envelopes: tuple[Envelope, ...]
    answer: Future[list[Receipt]]
    wake: Callable[[], None] | None = None
    laid: Laid | None = None

    @property
    def octets(self) -> int:
        """How many it brings into the commit."""
        return 0 if self.laid else len(self.raw)


def accept_now(store: Writable, raw: Octets, envelopes: Sequence[Envelope]) -> list[Receipt]:
    """Store one mail in a commit of its own; for a door that brings one mail and ends. One receipt an envelope."""
    arrivals = lay_all(store, arrivals_of(raw, envelopes))
    with store.write() as connection:
        return keep.receive(connection, arrivals)


class Acceptor:
    """The counter that all doors hand their mail over.

    `on_stored` is called from its thread after each commit, `on_beat` every second or after each batch.
    """

    def __init__(
        self,
        store: Writable,
        *,
        on_stored: Callable[[], None] = lambda: None,
        on_beat: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._on_stored, self._on_beat = on_stored, on_beat
        self._queue: deque[_Waiting] = deque()
        self._laying = 0  # mails that are on their way into the object store
        self._commits = 0  # that stored something, since the start
        self._arrived = threading.Condition()
        self._closed = True
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Open the counter."""
        self._closed = False
        # A daemon, so that a crash elsewhere never leaves a process that will not end; close() waits for it.
        self._thread = threading.Thread(target=self._run, name="acceptor", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take nothing more, store what waits, and return when that is done."""
        with self._arrived:
            self._closed = True
            self._arrived.notify()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    async def accept(self, raw: Octets, envelopes: Sequence[Envelope]) -> list[Receipt]:
        """One receipt for each envelope, in order, once all of them are durable; else it raises, and none is.

        A caller that is cancelled (its client hung up) takes nothing back: the mail is stored all the same.
        """
        return await asyncio.wrap_future(self.submit(raw, envelopes))

    def submit(
        self, raw: Octets, envelopes: Sequence[Envelope], wake: Callable[[], None] | None = None
    ) -> Future[list[Receipt]]:
        """The same for a door that lives in a thread. Once it is answered, `wake` is called, for all of a batch that
        have the same together."""
        answer: Future[list[Receipt]] = Future()
        answer.set_running_or_notify_cancel()  # from here on no cancellation reaches it
        waiting, bucket = _Waiting(raw, tuple(envelopes), answer, wake), bucket_for(self._store, raw)
        with self._arrived:
            if self._closed:
                raise StoreError("the acceptor is closed")
            if bucket is None:
                self._queue.append(waiting)
                self._arrived.notify()
                return answer
            self._laying += 1
        bucket.writers.submit(self._lay, bucket, waiting, time.monotonic())
        return answer

    def _lay(self, bucket: Bucket, waiting: _Waiting, since: float) -> None:
        """In a thread of the bucket's: into the queue with what lies there, or the answer that it does not."""
        laid: Laid | None = None
        if time.monotonic() - since > LAY_WITHIN_SECONDS:
            waiting.answer.set_exception(ObjectStoreError(f"{bucket.name}: is too slow"))
        else:
            try:
                laid = lay(self._store, bucket, waiting.raw)
            except BaseException as error:  # noqa: BLE001 - whatever it is, somebody waits for the answer
                waiting.answer.set_exception(error)
        with self._arrived:
            self._laying -= 1
            if laid is not None:
                self._queue.append(replace(waiting, laid=laid))
            self._arrived.notify()
        if laid is None:
            _wake([waiting])

    def _run(self) -> None:
        while batch := self._next_batch():
            self._store_batch(batch)
            _wake(batch)
            self._on_beat()

    def _next_batch(self) -> list[_Waiting]:
        """All that waits, within the bounds; [] when closed and nothing waits."""
        with self._arrived:
            while not self._arrived.wait_for(lambda: self._queue or (self._closed and not self._laying), BEAT_SECONDS):
                self._on_beat()
            batch: list[_Waiting] = []
            size = 0
            while self._queue and len(batch) < BATCH_MAILS:
                size += self._queue[0].octets
                if batch and size > BATCH_BYTES:
                    break
                batch.append(self._queue.popleft())
            return batch

    def _store_batch(self, batch: list[_Waiting]) -> None:
        """All in one commit; where that fails, mail by mail, so that one bad mail does not refuse the others."""
        error = self._try(batch)
        if error is None:
            return
        if len(batch) == 1 or _is_ill(error):
            for waiting in batch:
                waiting.answer.set_exception(error)
            return
        log.warning("commit failed, trying its mails singly", mails=len(batch), why=f"{type(error).__name__}: {error}")
        for waiting in batch:
            self._store_batch([waiting])

    def _try(self, batch: list[_Waiting]) -> BaseException | None:
        """Store these in one commit and answer; or answer nobody, and say why."""
        try:
            arrivals = [one for mail in batch for one in arrivals_of(mail.raw, mail.envelopes, mail.laid)]
            with self._store.write() as connection:
                receipts = iter(keep.receive(connection, arrivals, self._commits + 1))
        except BaseException as error:  # noqa: BLE001 - whatever it is, somebody waits for the answer
            return error
        self._commits += 1
        for door, mails in Counter(arrival.raw.envelope.door for arrival in arrivals).items():
            figures.count("mails_stored", mails, door=door)
        for waiting in batch:
            waiting.answer.set_result([next(receipts) for _ in waiting.envelopes])
        self._tell()
        return None

    def _tell(self) -> None:
        try:
            self._on_stored()
        except Exception:  # the mail is stored; who wants to know of it must not stop the next one
            log.exception("on_stored failed")


def arrivals_of(raw: Octets, envelopes: Sequence[Envelope], laid: Laid | None = None) -> list[Arrival]:
    """One mail as the store takes it, once for each envelope."""
    header = header_of(raw)
    name = message_id_of(raw, header)
    return [Arrival(RawMail(raw, one), name, identity_of(one.mailbox, raw, header), laid) for one in envelopes]


def _wake(batch: Sequence[_Waiting]) -> None:
    for wake in {waiting.wake for waiting in batch if waiting.wake is not None}:
        wake()


def _is_ill(error: BaseException) -> bool:
    """It is the database (full, locked, gone), not a mail: trying on would only keep the others waiting."""
    return isinstance(error, StoreError) and not isinstance(error, Conflict)
