"""Sees that one process alone reads a mailbox, and that somebody does: renews the lease, raises the stall alarm.

It has a thread of its own, so that a server that keeps the reader waiting for a minute costs neither.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from mailgate import figures
from mailgate.clock import Clock
from mailgate.errors import StoreError
from mailgate.store import claims
from mailgate.store.db import Store

log = structlog.get_logger(__name__)

# A process that is killed is replaced after at most both (law 6: 30 s).
LEASE = timedelta(seconds=20)
RENEW_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Stall:
    """A mailbox that cannot be read, or with `taken_in` one that can and whose mail cannot be put away. `over` where
    all is well again. `why` is for people."""

    door: str
    since: datetime
    why: str = ""
    over: bool = False
    taken_in: bool = False


class NotOurs(Exception):
    """Another process reads this mailbox now."""


class Watch:
    """The lease and the alarm of one mailbox. `tell` writes to the operator, in the transaction that it is given."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        door: str,
        role: str,
        holder: str,
        stall: timedelta,
        tell: Callable[[Connection, Stall, datetime], None],
    ) -> None:
        self._store, self._clock = store, clock
        self._door, self._role, self._holder = door, role, holder
        self._stall, self._tell = stall.total_seconds(), tell
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"watch {door}", daemon=True)
        self._held_until = 0.0
        self._good_at = time.monotonic()
        self._well = False
        self._alarmed = False
        self._taken_in, self._why = False, "it was never reached"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Give the mailbox to whoever wants it next."""
        self._stopping.set()
        self._thread.join()
        try:
            with self._store.write() as connection:
                claims.leave_role(connection, self._role, self._holder)
        except StoreError as error:
            log.warning("the lease will run out", door=self._door, because=str(error))

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def held(self) -> bool:
        """Whether the mailbox is ours to read now."""
        return time.monotonic() < self._held_until

    def good(self) -> None:
        """The mailbox was read to its end, or something of it was stored, and what is ours can be put away."""
        self._good_at, self._well = time.monotonic(), True

    def bad(self, why: str, *, taken_in: bool = False) -> None:
        """It could not be read, or what was taken in could not be put away."""
        self._well, self._why, self._taken_in = False, why, taken_in

    def confirm(self, connection: Connection) -> None:
        """Within a transaction that keeps mail of this mailbox: NotOurs where the lease was lost meanwhile."""
        if not claims.hold_role(connection, self._role, self._holder, self._clock.now(), LEASE):
            self._held_until = 0.0
            raise NotOurs(self._door)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look()
            except StoreError as error:
                log.warning("cannot renew the lease of a mailbox", door=self._door, because=str(error))
            except Exception:  # a bug of ours: the lease ends, and another process may have it
                log.exception("the watch of a mailbox failed", door=self._door)
            self._stopping.wait(RENEW_SECONDS)

    def look(self) -> None:
        """One round: renew, then see whether it goes well."""
        asked = time.monotonic()
        now = self._clock.now()
        with self._store.write() as connection:
            ours = claims.hold_role(connection, self._role, self._holder, now, LEASE)
        if not ours:
            self._held_until = 0.0
            return
        began = not self.held
        self._held_until = asked + LEASE.total_seconds()
        if began:
            self._good_at, self._well = asked, False  # it begins now; how others fared is theirs
            log.info("mailbox is ours to read", door=self._door)
            return
        # Apart from the lease: whoever cannot tell of it should go on reading all the same.
        with self._store.write() as connection:
            alarmed = self._see(connection, now)
        self._alarmed = alarmed  # only now is it kept
        figures.gauge("mailbox_stalled", int(alarmed), door=self._door)

    def _see(self, connection: Connection, now: datetime) -> bool:
        """Whether the alarm is on from now on."""
        quiet = time.monotonic() - self._good_at
        if quiet >= self._stall:
            if not self._alarmed:
                self._stalled(connection, now, now - timedelta(seconds=quiet))
            return True
        if self._well:
            self._recovered(connection, now)
        return self._alarmed and not self._well

    def _stalled(self, connection: Connection, now: datetime, since: datetime) -> None:
        what = "mail cannot be put away" if self._taken_in else "mailbox cannot be read"
        log.error(what, door=self._door, since=since.isoformat(timespec="seconds"), why=self._why)
        # A process that was restarted meanwhile must not say it a second time.
        if claims.trouble_of(connection, self._role) is None:
            claims.set_trouble(connection, self._role, since)
            self._tell(connection, Stall(self._door, since, self._why, taken_in=self._taken_in), now)

    def _recovered(self, connection: Connection, now: datetime) -> None:
        since = claims.trouble_of(connection, self._role)
        if since is not None:
            claims.set_trouble(connection, self._role, None)
            self._tell(connection, Stall(self._door, since, over=True), now)
            log.info("mailbox is well again", door=self._door, since=since.isoformat(timespec="seconds"))
