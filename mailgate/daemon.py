"""The daemon: opens the doors, starts the roles, and stops them all in order."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Connection

from mailgate import __version__, books, figures, indexing, reckoning, shipped, systemd, tidying
from mailgate.contacts_file import load_contacts
from mailgate.delivery import delivery_failed, letter_accepted
from mailgate.door_settings import Door
from mailgate.errors import ConfigError
from mailgate.house import House, forgotten_mailboxes
from mailgate.intake.accept import Acceptor
from mailgate.intake.imap import ImapDoor
from mailgate.intake.listen import LoopTrouble, more_descriptors
from mailgate.intake.maildir import MaildirDoor
from mailgate.intake.opened import Opened
from mailgate.intake.room import Room, Rooms, give_back_early
from mailgate.intake.smtp import serve_door
from mailgate.intake.verify import authenticator, cannot_verify
from mailgate.intake.watch import Stall
from mailgate.jobs import Rounds, keep_time, ticker
from mailgate.leases import void_leases_of_the_dead
from mailgate.nodes import Beating
from mailgate.only import only_daemon
from mailgate.operator import tell_of_stall, tell_of_trip
from mailgate.outbox.breaker import Breaker
from mailgate.outbox.deliver import Sender
from mailgate.outbox.render import Renderer
from mailgate.policy.load import load_policies
from mailgate.reader import Reader
from mailgate.settings import NO_PAGE, load_settings
from mailgate.store import link_keys
from mailgate.store.db import ANSWERS_WITHIN_SECONDS
from mailgate.store.opening import open_as_set
from mailgate.systemd import Watchdog
from mailgate.timekeeper import ROLE as TIME
from mailgate.timekeeper import Timekeeper
from mailgate.worker import THREADS, Worker

if TYPE_CHECKING:
    from mailgate.web.serving import Web

from mailgate.app import build_house, prepare, relay_of

log = structlog.get_logger()


def serve(config: Path) -> int:
    """Run the daemon until SIGTERM or SIGINT; the exit code. Raises MailgateError where it cannot start."""
    settings = load_settings(config)
    more_descriptors()
    give_back_early()
    if settings.web.url and not settings.web.listen:
        log.warning("unwise setting", why=str(settings.fault(NO_PAGE, "web", "url")))
    for door in settings.doors.values():
        if why := cannot_verify(door):
            log.warning("unwise setting", why=str(settings.fault(why, "door", door.name, "trust")))
    with ExitStack() as stack:
        with settings.blamed("store", "url"):
            store = open_as_set(settings.store, ANSWERS_WITHIN_SECONDS)
            stack.callback(store.close)
            prepare(store)
            stack.enter_context(only_daemon(store))
        for fault in forgotten_mailboxes(settings, store):
            log.warning("unwise setting", why=str(fault))
        reader = Reader()
        stack.callback(reader.close)
        reader.start()
        verifier = stack.enter_context(authenticator(settings))
        house = build_house(settings, store, reader.read, verifier, reader.expect)
        void_leases_of_the_dead(house)
        tidying.begin(house)
        return asyncio.run(_Daemon(house).run())


def _tell_figures() -> None:
    log.info("figures", **figures.snapshot())


class _Daemon:
    """All roles of one process."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.loop: asyncio.AbstractEventLoop | None = None
        self.stop_asked = asyncio.Event()
        self.watchdog = Watchdog(("door", "writer", "sender", TIME, *THREADS))
        self.worker = Worker(lambda: self.house, on_done=self._wake_sender, on_beat=self.watchdog.beat)
        self.timekeeper = Timekeeper(
            lambda: self.house, on_steps=self._wake_sender, on_beat=lambda: self.watchdog.beat(TIME)
        )
        self.beating = Beating(lambda: self.house)
        self.acceptor = Acceptor(house.store, on_stored=self.worker.wake, on_beat=lambda: self.watchdog.beat("writer"))
        self.relay = relay_of(house.settings)
        self.sender = Sender(
            house.store,
            self.relay,
            house.clock,
            house.holder,
            lambda connection, outgoing, why, now: delivery_failed(self.house, connection, outgoing, why, now),
            lambda connection, outgoing, now: letter_accepted(self.house, connection, outgoing, now),
            Breaker(
                house.settings.breaker, lambda connection, trip, now: tell_of_trip(self.house, connection, trip, now)
            ),
            on_beat=lambda: self.watchdog.beat("sender"),
        )
        self.doors: dict[str, Opened] = {}
        self.web: Web | None = None
        spool = house.settings.spool
        self.rooms = Rooms(Room(spool.memory_bytes), Room(spool.memory_bytes), Room(spool.max_bytes))

    async def run(self) -> int:
        self.loop = asyncio.get_running_loop()
        self.loop.set_exception_handler(LoopTrouble())
        for name in (signal.SIGTERM, signal.SIGINT):
            self.loop.add_signal_handler(name, self.stop_asked.set)
        self.loop.add_signal_handler(signal.SIGHUP, self._reload)
        self.loop.add_signal_handler(signal.SIGUSR1, _tell_figures)
        keeper = self.timekeeper
        rounds = Rounds(
            self.worker.wake,
            self._wake_sender,
            keeper.wake,
            _tell_figures,
            keeper.forget,
            self._reconcile,
            self._rotate,
            lambda: indexing.bring_up(self.house),
            lambda: indexing.purge(self.house),
            lambda: reckoning.bring_up(self.house),
            *tidying.jobs(lambda: self.house),
        )
        scheduler = ticker(rounds, self.house.clock)
        self.beating.start()
        self.acceptor.start()
        self.worker.start()
        self.timekeeper.start()
        sending = asyncio.create_task(self.sender.run())
        watching = asyncio.gather(self._watch(), keep_time(scheduler, self.house.clock))
        try:
            await self._open_doors()
            if self.house.settings.web.listen:
                from mailgate.web.begin import begin  # noqa: PLC0415 - who shows nothing need not carry it

                self.web = await begin(
                    lambda: self.house,
                    self.doors,
                    self.watchdog.silent,
                    self.worker.wake,
                    lambda: self.beating.differing,
                )
            scheduler.start()
            self.worker.wake()
            self.timekeeper.wake()
            log.info("ready", version=__version__, pid=os.getpid(), store=self.house.store.name)
            systemd.tell("READY=1")
            await asyncio.wait(
                {sending, asyncio.create_task(self.stop_asked.wait())}, return_when=asyncio.FIRST_COMPLETED
            )
            if sending.done():
                sending.result()  # the sender never ends by itself: say why it did
        finally:
            log.info("stopping")
            systemd.tell("STOPPING=1")
            watching.cancel()
            if scheduler.running:
                scheduler.shutdown(wait=False)
            # Both have half a minute to let what is under way finish: at one time, so that all is over in a minute.
            await asyncio.gather(self._close_doors(), self.sender.stop())
            await asyncio.to_thread(self.acceptor.close)
            await asyncio.to_thread(self.timekeeper.stop)
            await asyncio.to_thread(self.worker.stop)
            await asyncio.to_thread(self.beating.stop)
            await asyncio.gather(sending, watching, return_exceptions=True)
            await self.relay.close()
        log.info("stopped")
        return 0

    async def _open_doors(self) -> None:
        inherited = systemd.inherited()
        if unknown := sorted(inherited.keys() - self.house.settings.doors.keys()):
            why = f"a socket of systemd has the name of no door: {', '.join(unknown)} (FileDescriptorName=)"
            raise self.house.settings.fault(why, "door")
        for door in self.house.settings.doors.values():
            if door.protocol in ("imap", "maildir"):
                self._open_fetching(door)
                continue
            if door.protocol == "pipe":
                continue  # the MTA opens it, mail by mail
            mine = inherited.get(door.name, [])
            opened = await serve_door(
                door, self.house.settings, self.acceptor, self.house.clock, self.rooms, inherited=mine
            )
            self.doors[door.name] = opened
            where = "systemd" if mine else door.listen
            log.info("door open", door=door.name, protocol=door.protocol, listen=where, port=opened.port)

    async def _watch(self) -> None:
        """Tell systemd that all is well, as long as all is."""
        while self.watchdog.every is not None:
            await asyncio.sleep(self.watchdog.every)
            if all(door.is_serving for door in self.doors.values()):
                self.watchdog.beat("door")
            if silent := self.watchdog.look():
                log.warning("watchdog not told that all is well", silent=silent)

    def _open_fetching(self, door: Door) -> None:
        house = self.house
        opened: ImapDoor | MaildirDoor
        if door.protocol == "imap":
            wake = self.worker.wake
            opened = ImapDoor(
                door, house.settings, house.store, house.clock, house.holder, on_stored=wake, tell=self._tell
            )
        else:
            opened = MaildirDoor(door, house.settings, self.acceptor, house.clock)
        opened.start()
        self.doors[door.name] = opened
        log.info("door open", door=door.name, protocol=door.protocol, url=door.url)

    def _tell(self, connection: Connection, stall: Stall, now: datetime) -> None:
        tell_of_stall(self.house, connection, stall, now)

    async def _close_doors(self) -> None:
        opened = [door.stop() for door in self.doors.values()]
        await asyncio.gather(*opened, *([self.web.stop()] if self.web else []))

    def _reconcile(self) -> None:
        books.go_through(self.house)

    def _rotate(self) -> None:
        link_keys.turn(self.house.store, self.house.clock.now(), self.house.settings.web.link_days)
        self.house.link_keys.ring()  # letters are signed with what is known

    def _wake_sender(self) -> None:
        if self.loop is not None:
            self.loop.call_soon_threadsafe(self.sender.wake)

    def _reload(self) -> None:
        """New policies, templates, contacts and roster from the next mail on, or the old ones and a word why."""
        systemd.tell_reloading()
        self._read_again()
        systemd.tell("READY=1")

    def _read_again(self) -> None:
        try:
            policies = load_policies(self.house.settings)
            renderer = Renderer(shipped.template_folders(self.house.settings.path.parent))
            directory = load_contacts(self.house.settings)
            # All else in the settings is read at the start alone.
            roster = load_settings(self.house.settings.path).engineers
        except ConfigError as error:
            log.error("reload refused; the old policies, templates, contacts and roster stay", why=str(error))  # noqa: TRY400 - no bug of ours
            return
        settings = replace(self.house.settings, engineers=roster)
        self.house = replace(self.house, settings=settings, policies=policies, renderer=renderer, directory=directory)
        log.info("policies, templates, contacts and roster reloaded", policies=sorted(policies), engineers=len(roster))
