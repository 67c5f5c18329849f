"""Carries the outbox to the relay: claim, send, record (`record.py`). It neither writes letters nor speaks SMTP.

A letter is sent at least once. Between the relay's yes and our mark lies a moment in which a crash makes it go a second
time, byte for byte the same, with the same Message-ID; nothing worse can happen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from mailgate.clock import Clock
from mailgate.errors import RelayError, StoreError, Transient
from mailgate.outbox.breaker import Breaker
from mailgate.outbox.record import OnAccepted, OnFailed, Result, record, traits
from mailgate.outbox.relay import Relay
from mailgate.store import claims
from mailgate.store.db import Store
from mailgate.store.lease import LEASE, LONGEST_PAUSE
from mailgate.store.rows import Outgoing

FIRST_PAUSE = timedelta(minutes=1)
PATIENCE = timedelta(days=5)  # RFC 5321 §4.5.4.1

AT_ONCE = 40  # letters under way: enough to keep some connections busy while a batch is recorded
TICK_SECONDS = 5.0  # a retry that comes due wakes nobody
RENEW_SECONDS = 7.0
DRAIN_SECONDS = 20.0
MEND_SECONDS = 1.0

log = structlog.get_logger()


def next_attempt(attempts: int, first_at: datetime, now: datetime) -> datetime | None:
    """When to try again a letter that has failed `attempts` times (this one included) and was to be sent since
    `first_at`; None to give up. One minute, doubled each time up to four hours; the last attempt is after five days."""
    if now - first_at >= PATIENCE:
        return None
    pause = min(FIRST_PAUSE * (1 << min(attempts - 1, 16)), LONGEST_PAUSE)
    return min(now + pause, first_at + PATIENCE)


class Sender:
    """The role that empties the outbox: `run`, or `run_once` where there is no daemon.

    `breaker` may hold what was claimed. `on_failed` writes on the case that a letter was given up, in the transaction
    that marks it failed, `on_accepted` that one was sent which the case waits for; `on_beat` is called at each look
    into the outbox.
    """

    def __init__(
        self,
        store: Store,
        relay: Relay,
        clock: Clock,
        holder: str,
        on_failed: OnFailed,
        on_accepted: OnAccepted,
        breaker: Breaker,
        *,
        on_beat: Callable[[], None] = lambda: None,
    ) -> None:
        self._store, self._relay, self._clock = store, relay, clock
        self._holder, self._on_beat = holder, on_beat
        self._on_failed, self._on_accepted = on_failed, on_accepted
        self._breaker = breaker
        self._under_way: dict[int, Outgoing] = {}  # claimed and not yet recorded
        # When our leases end, and where another process may take letters then, what is to be cut off at that moment.
        self._held_until, self._fenced = 0.0, store.dialect == "postgresql"
        self._ends: dict[int, asyncio.Timeout] = {}
        self._results: list[Result] = []
        self._awake, self._told, self._ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._stopping = self._drained = False
        self._patience = DRAIN_SECONDS

    def wake(self) -> None:
        """Something may be due. To be called in the loop that `run` runs in."""
        self._awake.set()

    async def stop(self, seconds: float = DRAIN_SECONDS) -> None:
        """Claim no more, let what is under way end (at most so long), record it; returns when `run` has."""
        self._stopping, self._patience = True, seconds
        self._awake.set()
        await self._ended.wait()

    async def run(self) -> None:
        """Until `stop`."""
        helpers = asyncio.create_task(self._keep_leases()), asyncio.create_task(self._keep_books())
        sending: set[asyncio.Task[None]] = set()
        try:
            while not self._stopping:
                self._on_beat()
                self._awake.clear()
                room = AT_ONCE - len(self._under_way)
                # Half a load at least, or a backlog would be claimed one by one.
                for outgoing in await self._claim(room) if room >= AT_ONCE // 2 else ():
                    task = asyncio.create_task(self._send(outgoing))
                    sending.add(task)
                    task.add_done_callback(sending.discard)
                await _either(self._awake, TICK_SECONDS)
                for helper in helpers:
                    if helper.done():
                        helper.result()  # neither ends by itself: say why it did
        finally:
            await self._drain(sending, *helpers)
            self._ended.set()

    async def run_once(self) -> None:
        """Send what is due now, record it, and return."""
        while claimed := await self._claim(AT_ONCE):
            await asyncio.gather(*map(self._send, claimed))
            await self._write_down()

    async def _claim(self, room: int) -> list[Outgoing]:
        asked = asyncio.get_running_loop().time()
        try:
            claimed = await asyncio.to_thread(self._claim_rows, room)
        except StoreError as error:  # a full disk, say: it may last, and be told each second
            log.warning("the outbox cannot be read; trying again", because=str(error))
            return []
        except Exception:  # a bug of ours must not end the role
            log.exception("the outbox cannot be read; trying again")
            return []
        self._held_until = asked + LEASE.total_seconds()
        fresh = [outgoing for outgoing in claimed if outgoing.id not in self._under_way]
        self._under_way |= {outgoing.id: outgoing for outgoing in fresh}
        return fresh

    def _claim_rows(self, room: int) -> list[Outgoing]:
        while True:
            now = self._clock.now()
            with self._store.write() as connection:
                self._breaker.look(connection, now)
                claimed = claims.claim_outbox(connection, self._holder, room, now, LEASE)
                passed = self._breaker.let_through(connection, claimed, now)
            if passed or not claimed:  # else all were held, and behind them may be some that pass
                return passed

    async def _send(self, outgoing: Outgoing) -> None:
        error: RelayError | None = None
        end = self._ends[outgoing.id] = asyncio.timeout_at(self._held_until if self._fenced else None)
        try:
            async with end:
                await self._relay.send(outgoing.id, outgoing.envelope_from, outgoing.recipient, outgoing.message)
        except RelayError as refused:
            error = refused
        except Exception as bug:
            if end.expired():
                # A process that stood still must not go on with what another may have sent since.
                self._under_way.pop(outgoing.id, None)
                log.warning("the lease of a letter ended while it was sent", **traits(outgoing))
                return
            log.exception("sending crashed", **traits(outgoing))
            error = Transient(f"sending crashed: {type(bug).__name__}")
        finally:
            self._ends.pop(outgoing.id, None)
        retry_at = None
        if isinstance(error, Transient):
            retry_at = next_attempt(outgoing.attempts + 1, outgoing.created_at, self._clock.now())
        self._results.append(Result(outgoing, error, retry_at))
        self._told.set()

    async def _keep_books(self) -> None:
        """Record whatever has come in while the last batch was recorded: one transaction for many letters."""
        while not self._drained:
            await self._told.wait()
            self._told.clear()
            if not await self._write_down() and not self._drained:
                await asyncio.sleep(MEND_SECONDS)
                self._told.set()
            self._awake.set()
        await self._write_down()

    async def _write_down(self) -> bool:
        """Whether all results so far are recorded; the others are kept for the next time."""
        batch, self._results = self._results, []
        told, now = (self._on_failed, self._on_accepted), self._clock.now()
        left = await asyncio.to_thread(record, self._store, self._holder, batch, *told, now)
        self._results = [*left, *self._results]
        kept = {result.outgoing.id for result in left}
        for result in batch:
            if result.outgoing.id not in kept:
                self._under_way.pop(result.outgoing.id, None)
        return not left

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            held, asked = list(self._under_way), asyncio.get_running_loop().time()
            if not held:
                continue
            try:
                kept = await asyncio.to_thread(self._renew_rows, held)
            except Exception:  # the next round may do better; until then the leases last
                log.exception("the leases of letters cannot be renewed; trying again")
                continue
            # Of what the relay has answered meanwhile, the row may be marked already: nobody took that over.
            if lost := [number for number in held if number not in kept and number in self._ends]:
                log.warning("letters were taken over by another process", outbox=lost)
            for number in self._ends.keys() & set(held) if self._fenced else ():
                if not (end := self._ends[number]).expired():
                    end.reschedule(asked + LEASE.total_seconds() if number in kept else asked)

    def _renew_rows(self, held: Sequence[int]) -> frozenset[int]:
        with self._store.write() as connection:
            return claims.renew(connection, "outbox", held, self._holder, self._clock.now(), LEASE)

    async def _drain(
        self, sending: set[asyncio.Task[None]], leases: asyncio.Task[None], books: asyncio.Task[None]
    ) -> None:
        if sending:
            _, late = await asyncio.wait(sending, timeout=self._patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._drained = True
        self._told.set()
        await asyncio.gather(books, return_exceptions=True)
        leases.cancel()
        await asyncio.gather(leases, return_exceptions=True)
        if self._results:
            log.error("results of letters could not be recorded; they will be sent again", count=len(self._results))


async def _either(event: asyncio.Event, seconds: float) -> None:
    """Until the event is set, or so long."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
