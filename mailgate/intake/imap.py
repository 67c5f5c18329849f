"""The IMAP door: one thread a mailbox that connects, waits for mail, and begins again whatever happens.

What is done with a folder is `fetch.py`'s, what is said to the server `imap_session.py`'s, who may read `watch.py`'s.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from imapclient.exceptions import IMAPClientError
from sqlalchemy import Connection

from mailgate import figures
from mailgate.clock import Clock
from mailgate.door_settings import Door
from mailgate.errors import StoreError
from mailgate.intake.fetch import Fetcher
from mailgate.intake.imap_login import Login, LoginFailed
from mailgate.intake.imap_session import Session, open_session
from mailgate.intake.trouble import Trouble
from mailgate.intake.watch import NotOurs, Stall, Watch
from mailgate.places import imap_place
from mailgate.settings import Settings
from mailgate.store.db import Store
from mailgate.store.ledger import Folder

log = structlog.get_logger(__name__)

STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How long is waited for what, in seconds. RFC 2177 lets a server hang up an IDLE after 30 minutes, and many a NAT
    does after less; `soon` is the first IDLE after mail came: what fell between looking and waiting is found then."""

    idle: float = 300.0
    soon: float = 10.0
    first_pause: float = 1.0
    longest_pause: float = 60.0


class ImapDoor:
    """One mailbox. `on_stored` is called from its thread after each commit."""

    def __init__(
        self,
        door: Door,
        settings: Settings,
        store: Store,
        clock: Clock,
        holder: str,
        *,
        on_stored: Callable[[], None] = lambda: None,
        tell: Callable[[Connection, Stall, datetime], None] = lambda _, _stall, _now: None,
        pace: Pace | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._door, self._clock, self._pace, self._chance = door, clock, pace or Pace(), chance
        self._place = imap_place(door.url)
        self._login = Login(door, clock)
        self._watch = Watch(
            store,
            clock,
            door=door.name,
            role=f"imap {self._place.account}/{self._place.folder}",
            holder=holder,
            stall=timedelta(minutes=door.stall_minutes),
            tell=tell,
        )
        mailbox = settings.mailboxes[door.mailbox]
        self._fetcher = Fetcher(door, mailbox, settings.mailbox_of, store, clock, self._watch, self._stored)
        self._on_stored = on_stored
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"imap {door.name}", daemon=True)
        self._session: Session | None = None
        self._failures = 0
        self._trouble = Trouble()
        self._connected(now=False)

    def start(self) -> None:
        self._watch.start()
        self._thread.start()

    @property
    def is_serving(self) -> bool:
        """Whether it tries; how it fares is the stall alarm's affair."""
        return self._thread.is_alive() and self._watch.is_alive

    @property
    def trouble(self) -> str:
        """Why the mailbox has not been read for a while, "" while all is well, or another process reads it."""
        return self._trouble.why

    async def stop(self) -> None:
        """Finish the commit in hand, say goodbye, and leave the mailbox to others."""
        await asyncio.to_thread(self._stop)

    def _stop(self) -> None:
        self._stopping.set()
        self._thread.join(STOP_SECONDS)
        session = self._session
        if self._thread.is_alive() and session is not None:
            session.abort()  # it waits for a server that says nothing
            self._thread.join(STOP_SECONDS)
        self._watch.stop()

    def _go_on(self) -> bool:
        return self._watch.held and not self._stopping.is_set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self._watch.held:
                self._trouble.good()
                self._stopping.wait(0.2)
                continue
            why = self._guarded()
            if why and not self._stopping.is_set():
                self._failures += 1
                pause = self._pause()
                self._watch.bad(why)
                self._trouble.bad(why)
                log.warning("mailbox not read; trying again", door=self._door.name, why=why, seconds=round(pause, 1))
                self._stopping.wait(pause)

    def _pause(self) -> float:
        """Twice as long each time, and never as long as somebody else's who failed at the same moment."""
        longest = min(self._pace.longest_pause, self._pace.first_pause * 2.0 ** min(self._failures - 1, 30))
        return longest * (0.5 + self._chance() / 2)

    def _guarded(self) -> str:
        """One connection, to its end; why it ended badly, "" where it did not. The thread never ends of an exception:
        a server's answer can break imapclient in any way."""
        try:
            self._connection()
        except NotOurs:
            log.info("another process reads the mailbox", door=self._door.name)
        except StoreError as error:
            return f"the store: {error}"
        except (IMAPClientError, OSError, LoginFailed) as error:
            return f"{type(error).__name__}: {error}"[:500]
        except Exception as error:
            log.exception("the mailbox's conversation broke", door=self._door.name)
            return type(error).__name__
        return ""

    def _connection(self) -> None:
        session = open_session(self._place, self._login, self._door.ca_file)
        self._session = session
        try:
            self._attend(session, self._login.until)
        finally:
            self._session = None
            self._connected(now=False)
            session.close()

    def _connected(self, *, now: bool) -> None:
        figures.gauge("imap_connected", int(now), door=self._door.name, mailbox=self._door.mailbox)

    def _attend(self, session: Session, until: datetime | None) -> None:
        """Read the folder, wait, read again, until the token ends or somebody says stop."""
        validity = session.select(self._place.folder, readonly=self._door.after == "leave")
        self._fetcher.connected(Folder(self._place.account, self._place.folder, validity))
        self._connected(now=True)
        log.info("mailbox connected", door=self._door.name, idle=session.idles)
        soon = True
        while self._go_on():
            kept = self._fetcher.run(session, self._go_on)
            self._failures = 0
            self._show()
            if until is not None and self._clock.now() >= until:
                return
            self._wait(session, hurry=soon or kept > 0 or self._fetcher.troubled > 0)
            soon = False

    def _stored(self) -> None:
        """Whoever gets on is neither stalled nor kept waiting after the next fault, however long the rest takes."""
        self._failures = 0
        self._show()
        self._on_stored()

    def _wait(self, session: Session, *, hurry: bool) -> None:
        if session.idles:
            session.idle(self._pace.soon if hurry else self._pace.idle, self._attentive)
            return
        until = time.monotonic() + self._door.poll_seconds
        while self._attentive() and (left := until - time.monotonic()) > 0:
            self._stopping.wait(min(1.0, left))
        session.noop()

    def _attentive(self) -> bool:
        self._show()
        return self._go_on()

    def _show(self) -> None:
        if self._fetcher.stuck:
            self._watch.bad(self._fetcher.stuck, taken_in=True)
            self._trouble.bad(self._fetcher.stuck)
        else:
            self._watch.good()
            self._trouble.good()
