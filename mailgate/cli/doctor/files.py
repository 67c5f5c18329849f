"""The files: who may read what only we should, where we must be able to write, and how much room there is."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from mailgate.cli.doctor.line import Line, judged, wrong
from mailgate.rights import no_room, unreadable
from mailgate.settings import Settings
from mailgate.store.opening import open_as_set
from mailgate.store.trouble import cannot_use

LEAST_OCTETS = 256 * 1024 * 1024
LEAST_SHARE = 0.02  # of all octets, and of all inodes

Look = Callable[[Path], os.statvfs_result]


def secrets(settings: Settings) -> Iterator[Line]:
    """Files that hold a password or a key. A group may read one (TLS keys are often shared so), others may not."""
    files = dict.fromkeys(_secret_files(settings))
    for file in files:
        if why := unreadable(file):
            yield wrong(f"secret {file.name}", why, "put it there, or leave its key out of the settings")
            continue
        mode = file.stat().st_mode & 0o777
        others = f"everybody on this machine can read {file} (mode {mode:03o})" if mode & 0o007 else ""
        yield judged(f"secret {file.name}", others, f"chmod o= {file}", f"for its owner and group alone ({mode:03o})")
    database = open_as_set(settings.store).path
    if database is not None and database.exists():
        mode = database.stat().st_mode & 0o777
        others = f"everybody on this machine can read all mail in {database} (mode {mode:03o})" if mode & 0o007 else ""
        yield judged("secret database", others, f"chmod o= {database}*", f"for its owner and group alone ({mode:03o})")


def _secret_files(settings: Settings) -> Iterator[Path]:
    relay = settings.relay
    doors = list(settings.doors.values())
    oauth = [door.oauth.client_secret_file for door in doors if door.oauth]
    keys = [door.tls_key_file or door.tls_cert_file for door in doors]
    named = [relay.password_file, settings.store.s3.secret_file, *(door.password_file for door in doors), *oauth, *keys]
    yield from filter(None, named)
    yield from (mailbox.dkim.key_file for mailbox in settings.mailboxes.values() if mailbox.dkim)


def writable(settings: Settings) -> Iterator[Line]:
    """Every place that the daemon writes to, as the user who asks."""
    for name, place, why in _places(settings):
        yield judged(f"writable {name}", why, _AS_THE_DAEMON, f"{place}")


_AS_THE_DAEMON = "run this as the user of the daemon; where it is, change the owner of that folder"


def _places(settings: Settings) -> Iterator[tuple[str, Path, str]]:
    database = open_as_set(settings.store).path
    if database is not None:
        yield "database", database, cannot_use(database)
    spool = Path(tempfile.gettempdir())
    yield "spool", spool, no_room(spool / "mail")
    if settings.relay.url.startswith("maildir:"):
        folder = Path(settings.relay.url.removeprefix("maildir:"))
        yield "relay", folder, no_room(folder / "new") if folder.is_dir() else no_room(folder)
    for door in settings.doors.values():
        if door.protocol == "maildir":
            folder = Path(door.url.removeprefix("maildir:"))
            yield f"door.{door.name}", folder, no_room(folder / "new") if folder.is_dir() else no_room(folder)


def disk(settings: Settings, look: Look = os.statvfs) -> Iterator[Line]:
    """Room for mail: octets and inodes, where the database and the spool lie."""
    for name, place, _ in _places(settings):
        folder = next(one for one in (place, *place.parents) if one.is_dir())
        found = look(folder)
        free, whole = found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize
        why = ""
        if free < max(LEAST_OCTETS, min(LEAST_SHARE * whole, 20 * LEAST_OCTETS)):
            why = f"{_mib(free)} are left of {_mib(whole)} where {folder} lies"
        elif found.f_files and found.f_favail < LEAST_SHARE * found.f_files:
            why = f"{found.f_favail} inodes are left of {found.f_files} where {folder} lies"
        remedy = "make room there, or move it to a larger disk: mail is told to come back (452) when it is full"
        yield judged(f"disk {name}", why, remedy, f"{_mib(free)} free")


def _mib(octets: int) -> str:
    return f"{octets / 1024 / 1024:,.0f} MiB"
