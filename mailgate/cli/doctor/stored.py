"""The store: is it whole, is it of this version, does a daemon serve it, and do its books reconcile?"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from mailgate.cli.doctor.line import Line, State, judged, skipped, unwise, well, whole, wrong
from mailgate.clock import SystemClock
from mailgate.errors import SchemaError, StoreError
from mailgate.holder import holder_of, is_gone, node_name
from mailgate.nodes import told
from mailgate.only import lock_of
from mailgate.settings import Settings
from mailgate.store import books, integrity, listings, nodes, peers
from mailgate.store.bucket import bucket_of
from mailgate.store.db import Store, check_schema
from mailgate.store.opening import open_as_set
from mailgate.store.peers import clock_of

_RESTORE = "stop mailgate, keep a copy of the database as it is, and put the last backup in its place"
# Between two machines; certificates and signatures bear more, leases and reminders do not.
_CLOCKS_DIFFER_SECONDS = 5.0


def store(settings: Settings) -> Iterator[Line]:
    """All that can be said of it, beginning with what all else hangs on."""
    with closing(open_as_set(settings.store)) as opened:
        for line in schema(opened):
            yield line
            if line.state is State.WRONG:
                yield skipped("database, clock, daemon, books", "nothing else can be looked at in such a store")
                return
        yield from database(opened)
        yield from whole("clock", clock(opened, SystemClock().now()))
        yield from whole("daemon", daemon(opened, settings.node.name))
        yield from whole("books", reconciled(opened))


def schema(store: Store) -> Iterator[Line]:
    """One line; where it is wrong nothing else in the store can be looked at."""
    try:
        check_schema(store)
    except SchemaError as error:
        said, _, remedy = str(error).rpartition("; ")
        yield wrong("schema", said, remedy)
    except StoreError as error:
        yield wrong("schema", str(error), "see that the database is there and answers; then once more")
    else:
        yield well("schema", f"{store.name}: this version's")


def database(store: Store) -> Iterator[Line]:
    try:
        with store.read() as connection:
            found = [*integrity.damages(connection, quick=True), *integrity.missing(connection)]
    except StoreError as error:
        found = [str(error)]
    yield judged(
        "database",
        "; ".join(found[:5]),
        _RESTORE,
        "whole, and no mail is without its octets",
    )


def objects(settings: Settings) -> Iterator[Line]:
    """Whether the object store, where one is set, takes what is put, gives it back and deletes it."""
    bucket = bucket_of(settings.store)
    if bucket is None:
        return
    bucket.examine()
    yield well("object store", f"{bucket.name}: a small object was put, read and deleted")


def clock(store: Store, now: datetime) -> Iterator[Line]:
    """Against the clock of the database's machine: what several processes agree on (leases, due dates) hangs on it. Of
    a SQLite file there is no other machine; then the kernel is asked whether something keeps its clock right."""
    with store.read() as connection:
        theirs = peers.server_now(connection)
    yield clock_line(now, theirs, kept=_is_kept())


def clock_line(now: datetime, theirs: datetime | None, *, kept: bool | None) -> Line:
    apart = (now - theirs).total_seconds() if theirs else 0.0
    if abs(apart) > _CLOCKS_DIFFER_SECONDS:
        said = f"this machine is {abs(apart):.0f} s {'ahead of' if apart > 0 else 'behind'} the database's"
        return wrong("clock", said, "keep both clocks by NTP (apt install chrony; timedatectl set-ntp true)")
    if kept is False:
        said = "the kernel says that nothing keeps this machine's clock right"
        return unwise("clock", said, "keep it by NTP (apt install chrony; timedatectl set-ntp true)")
    return well(
        "clock", "as the database's" if theirs else "kept right" if kept else "there is no other to compare with"
    )


def _is_kept() -> bool | None:
    """adjtimex(2) with nothing to set: TIME_ERROR (5) is "not synchronised". None where it cannot be asked."""
    import ctypes  # noqa: PLC0415 - for this one question

    ask = getattr(ctypes.CDLL(None), "adjtimex", None)
    if ask is None:
        return None
    state: int = ask(ctypes.create_string_buffer(256))  # struct timex has 208 octets
    return None if state < 0 else state != 5


def daemon(store: Store, name: str = "") -> Iterator[Line]:
    """Whether one serves the store, who they are and how they differ, and whether a dead one left leases behind. `name`
    is this node's in the settings."""
    me, now = holder_of(name), clock_of(store).now()
    with store.read() as connection:
        living = nodes.living(connection, now)
        known = {one.holder for one in living}
        dead = peers.leases_of_the_dead(connection, node_name(name), lambda one: is_gone(one, me, known))
    runs = bool(living) if store.path is None else _is_locked(lock_of(store.path))
    why = "" if runs else "no mailgate serves this database: mail is not worked on, and no letter is sent"
    they = f"{len(living)} nodes: {', '.join(one.name for one in living)}" if len(living) > 1 else "one runs"
    yield judged("daemon", why, "start it: systemctl start mailgate", they)
    for difference in told(living):
        yield unwise("nodes", difference, "bring the same files to each; then systemctl reload mailgate, or restart it")
    said = f"processes that are no more hold mail or a mailbox: {', '.join(dead)}" if dead else ""
    yield judged(
        "leases", said, "start mailgate, which takes them back at once; else they end by themselves", "in order"
    )


def _is_locked(file: Path) -> bool:
    try:
        with file.open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def reconciled(store: Store) -> Iterator[Line]:
    with store.read() as connection:
        found = books.reconcile(connection)
        shelved = listings.inbox_sums(connection)["shelved"]
    sums = " + ".join(f"{count} {state}" for state, count in found.states.items())
    remedy = (
        "see who changed the database beside mailgate; bring what is missing back from a backup, and tell its makers"
    )
    yield judged("books", "; ".join(found.faults), remedy, f"{found.received} received = {sums}")
    said = f"mailgate failed on {shelved} mails" if shelved else ""
    yield judged("shelved", said, "see why: mailgate inbox list --state shelved; then inbox replay or drop", "none")
