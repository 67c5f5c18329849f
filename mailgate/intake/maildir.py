"""The maildir door: what another program delivers to `new/` is taken in, and moved to `cur/` once it is durable.

A crash in between brings a mail twice, and the store knows it again. Whole maildirs of old mail: `history.py`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import structlog

from mailgate.clock import Clock
from mailgate.door_settings import Door
from mailgate.errors import StoreError
from mailgate.intake.accept import Acceptor
from mailgate.intake.fetched import envelope_of
from mailgate.intake.line_ends import of_a_file
from mailgate.intake.trouble import Trouble
from mailgate.mail.message import TOO_BIG
from mailgate.settings import Settings

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
GROUP_MAILS = 50
GROUP_OCTETS = 16 * 1024 * 1024
_TROUBLE_SECONDS = 10.0
_HEADER_OCTETS = 1024 * 1024


class MaildirDoor:
    """One maildir, looked at every second by a thread of its own."""

    def __init__(self, door: Door, settings: Settings, acceptor: Acceptor, clock: Clock) -> None:
        self._door, self._settings, self._acceptor, self._clock = door, settings, acceptor, clock
        self._folder = Path(door.url.removeprefix("maildir:"))
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"maildir {door.name}", daemon=True)
        self._ill, self._trouble = False, Trouble()

    def start(self) -> None:
        self._thread.start()

    @property
    def is_serving(self) -> bool:
        return self._thread.is_alive()

    @property
    def trouble(self) -> str:
        """Why no mail has been taken in for a while, "" while all is well."""
        return self._trouble.why

    async def stop(self) -> None:
        """Finish the group in hand. Call it before the acceptor is closed."""
        self._stopping.set()
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        while not self._stopping.is_set():
            pause = LOOK_SECONDS
            try:
                self.look()
                self._ill = False
                self._trouble.good()
            except Exception as error:  # noqa: BLE001 - whatever it is, the mail lies there and is tried again
                pause = _TROUBLE_SECONDS
                tell = log.debug if self._ill else log.error
                tell("maildir cannot be read", door=self._door.name, why=f"{type(error).__name__}: {error}")
                self._ill = True
                self._trouble.bad(f"{type(error).__name__}: {error}")
            self._stopping.wait(pause)

    def look(self) -> None:
        """Take in all that lies in `new/` now, the oldest names first."""
        for place in ("new", "cur", "tmp"):
            (self._folder / place).mkdir(parents=True, exist_ok=True)
        files = sorted(file for file in (self._folder / "new").iterdir() if not file.name.startswith("."))
        for group in _groups(files):
            if self._stopping.is_set():
                return
            self._take(group)

    def _take(self, files: Sequence[Path]) -> None:
        mailbox = self._settings.mailboxes[self._door.mailbox]
        answers = []
        for file in files:
            raw, marks = read_file(file, self._door.max_message_bytes)
            if not raw.strip():
                log.warning("an empty file in a maildir is no mail", door=self._door.name, file=file.name)
                continue
            envelope = envelope_of(raw, mailbox, self._settings.mailbox_of, self._door.name, self._clock.now(), marks)
            answers.append((file, len(raw), self._acceptor.submit(raw, [envelope])))
        trouble: BaseException | None = None
        for file, octets, answer in answers:
            error = answer.exception()
            if error is not None:
                trouble = trouble or error
                continue
            (receipt,) = answer.result()
            log.info(
                "stored",
                inbound=receipt.inbound_id,
                duplicate=receipt.duplicate,
                mailbox=mailbox.name,
                octets=octets,
                door=self._door.name,
                commit=receipt.commit,
            )
            name = file.name if ":2," in file.name else f"{file.name}:2,"
            file.rename(self._folder / "cur" / name)
        if trouble is not None:
            raise StoreError(f"{trouble}") from trouble


def read_file(file: Path, limit: int) -> tuple[bytes, tuple[str, ...]]:
    """A mail in a file as on the wire, and its marks; of one with more than `limit` octets the header alone."""
    size = file.stat().st_size
    if size <= limit:
        return of_a_file(file.read_bytes())
    with file.open("rb") as stream:
        return cut(stream.read(_HEADER_OCTETS), size)


def cut(beginning: bytes, size: int) -> tuple[bytes, tuple[str, ...]]:
    """The header of a mail of `size` octets, from its beginning, and the marks that say so."""
    raw, marks = of_a_file(beginning)
    header, blank, _ = raw.partition(b"\r\n\r\n")
    return header + blank, (*marks, f"{TOO_BIG}: {size} octets")


def _groups(files: Sequence[Path]) -> Iterator[list[Path]]:
    """So many as fit into memory; one that is gone by now was somebody else's."""
    group: list[Path] = []
    octets = 0
    for file in files:
        size = file.stat().st_size if file.exists() else 0
        if group and (len(group) == GROUP_MAILS or octets + size > GROUP_OCTETS):
            yield group
            group, octets = [], 0
        group, octets = [*group, file], octets + size
    if group:
        yield group
