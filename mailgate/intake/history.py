"""Brings old mail in, from an mbox file or a maildir, in groups; it knows what came before, and may be broken off.

What is brought in waits in the inbox like any mail; the daemon walks it. Nothing of the source is changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mailgate.clock import Clock
from mailgate.errors import MailgateError
from mailgate.intake.accept import arrivals_of
from mailgate.intake.fetched import envelope_of
from mailgate.intake.line_ends import of_a_file
from mailgate.intake.maildir import cut, read_file
from mailgate.mail.message import HISTORY, TOO_BIG
from mailgate.settings import Mailbox, Settings
from mailgate.store import facts, keep
from mailgate.store.db import Store
from mailgate.store.laying import lay_all
from mailgate.store.mail_rows import Arrival

DOOR = "import"
LIMIT = 50 * 1024 * 1024
GROUP_MAILS = 100
GROUP_OCTETS = 16 * 1024 * 1024
# mboxrd: a line of the mail that begins so was quoted once more when it was written.
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Old:
    """One old mail as on the wire, its marks, and how many octets of the source have been read with it."""

    raw: bytes
    marks: tuple[str, ...]
    read: int


@dataclass(slots=True)
class Sums:
    """What became of them: new in the inbox, there before, and (counted among both) too big to come in whole."""

    new: int = 0
    known: int = 0
    too_big: int = 0


def bring(
    mails: Iterator[Old],
    store: Store,
    settings: Settings,
    mailbox: Mailbox,
    clock: Clock,
    *,
    letters: bool,
    dry_run: bool,
    on_read: Callable[[int], None],
) -> Sums:
    """Store what is not there yet; `on_read` is told how far it is. With `dry_run` only the sums are made."""
    sums, met = Sums(), set[str]()
    group: list[Arrival] = []
    octets = 0
    for mail in mails:
        marks = mail.marks if letters else (*mail.marks, HISTORY)
        envelope = envelope_of(mail.raw, mailbox, settings.mailbox_of, DOOR, clock.now(), marks)
        group += arrivals_of(mail.raw, [envelope])
        octets += len(mail.raw)
        sums.too_big += any(mark.startswith(TOO_BIG) for mark in mail.marks)
        if len(group) == GROUP_MAILS or octets > GROUP_OCTETS:
            _store(group, store, sums, met, dry_run=dry_run)
            group, octets = [], 0
        on_read(mail.read)
    _store(group, store, sums, met, dry_run=dry_run)
    return sums


def _store(group: list[Arrival], store: Store, sums: Sums, met: set[str], *, dry_run: bool) -> None:
    """One commit. What is there already is left out of it: it did not come again, it was read again."""
    with store.read() as connection:
        known = facts.known_identities(connection, [one.identity for one in group]) | met
    fresh = {one.identity: one for one in group if one.identity not in known}
    if fresh and not dry_run:
        laid = lay_all(store, list(fresh.values()))
        with store.write() as connection:
            keep.receive(connection, laid)
    met.update(fresh)
    sums.new += len(fresh)
    sums.known += len(group) - len(fresh)


def in_mbox(path: Path) -> Iterator[Old]:
    """The mails of an mbox file, as mboxrd has it (RFC 4155 and its cousins): each begins with a line `From …`."""
    read, lines, size, began = 0, list[bytes](), 0, False
    empty = True
    with path.open("rb") as file:
        for line in file:
            if line.startswith(b"From ") and empty:
                if began and size:
                    yield _from_mbox(lines, size, read)
                lines, size, began = [], 0, True
            elif began:
                size += len(line)
                # Of one that is too big only the beginning is kept in memory.
                if size <= LIMIT:
                    lines.append(line)
            elif line.strip():
                raise MailgateError(f'{path}: is no mbox file: it does not begin with a line "From …"')
            empty = not line.strip()
            read += len(line)
    if began and size:
        yield _from_mbox(lines, size, read)


def _from_mbox(lines: list[bytes], size: int, read: int) -> Old:
    text = b"".join(lines)
    if size > LIMIT:
        raw, marks = cut(text[: 1024 * 1024], size)
    else:
        # The empty line before the next `From ` belongs to the file.
        text = text.removesuffix(b"\r\n") if text.endswith(b"\r\n\r\n") else text
        text = text.removesuffix(b"\n") if text.endswith(b"\n\n") else text
        raw, marks = of_a_file(_QUOTED.sub(rb"\1", text))
    return Old(raw, marks, read)


def in_maildir(path: Path) -> Iterator[Old]:
    """The mails of a maildir, `cur` and `new` together, oldest names first."""
    read = 0
    for file in maildir_files(path):
        raw, marks = read_file(file, LIMIT)
        read += file.stat().st_size
        if raw.strip():
            yield Old(raw, marks, read)


def maildir_files(path: Path) -> list[Path]:
    if not (path / "cur").is_dir() and not (path / "new").is_dir():
        raise MailgateError(f"{path}: is no maildir: it has neither cur nor new")
    found = [file for place in ("cur", "new") for file in (path / place).glob("*") if file.is_file()]
    return sorted((file for file in found if not file.name.startswith(".")), key=lambda file: file.name)
