"""Says every few seconds that this daemon lives, and what it is; looks who else does, and whether all go by the same
configuration; asks the database's clock. A thread of its own; it takes no part in the work.

Settings that differ do no harm at once, and every change of them is seen on one node before the others: it is logged at
once, and the operator hears of it, once, when it has stood for a while.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import structlog
from sqlalchemy import Connection

from mailgate import __version__, figures, shipped
from mailgate.clock import SystemClock
from mailgate.errors import StoreError
from mailgate.fingerprint import differences, fingerprint
from mailgate.house import House
from mailgate.operator import tell_of_nodes
from mailgate.store import claims, nodes
from mailgate.store.lease import MAX_LEASE
from mailgate.store.nodes import Node
from mailgate.store.peers import agree
from mailgate.store.schema import head

BEAT_SECONDS = 5.0
# Longer than it takes to reload all nodes by hand, one after the other.
TELL_AFTER_SECONDS = 600.0
ROLE = "nodes differ"
_MINUTE = 12  # beats
_COUNTED = ("mails_stored", "mails_decided", "mails_shelved", "letters_sent", "letters_put_off", "letters_given_up")
_MOST_KEYS = 3

log = structlog.get_logger()


class Beating:
    """One thread. `house` is asked for at each beat: a reloaded one has another fingerprint."""

    def __init__(self, house: Callable[[], House], *, every: float = BEAT_SECONDS) -> None:
        self._house, self._every = house, every
        self._began = house().clock.now()
        self._said: House | None = None
        self._done: deque[dict[str, int]] = deque(maxlen=_MINUTE + 1)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="nodes", daemon=True)
        self._differ: tuple[str, ...] = ()
        self._differ_since: float | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Says that it goes."""
        self._stopping.set()
        self._thread.join()
        house = self._house()
        try:
            with house.store.write() as connection:
                nodes.leave(connection, house.holder)
        except StoreError as error:
            log.warning("the others will see that this node is silent", because=str(error))

    @property
    def differing(self) -> tuple[str, ...]:
        """How the living nodes' configuration differs, in words; () while it does not."""
        return self._differ

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.beat()
            except StoreError as error:
                log.warning("this node cannot say that it lives", because=str(error))
            except Exception:  # a bug of ours: the work goes on without
                log.exception("the beat of this node failed")
            self._stopping.wait(self._every)

    def beat(self) -> None:
        """Once."""
        house = self._house()
        with house.store.write() as connection:
            agree(connection, house.clock)
            now = house.clock.now()
            apart, counts = round((SystemClock().now() - now).total_seconds() * 1000), self._counts()
            if house is not self._said or not nodes.beat(connection, house.holder, now, apart, counts):
                nodes.say(connection, self._me(house, now, apart, counts))
            living = nodes.living(connection, now)
        self._said = house
        self._compare(house, living, now)

    def _me(self, house: House, now: datetime, apart: int, counts: dict[str, int]) -> Node:
        folders = shipped.template_folders(house.settings.path.parent)
        config = fingerprint(house.settings, house.policies, house.directory, folders)
        name = house.holder.partition("/")[0]
        return Node(house.holder, name, __version__, head(), self._began, now, apart, counts, config)

    def _counts(self) -> dict[str, int]:
        """What this process did since it began, and in the last minute."""
        sums = dict.fromkeys(_COUNTED, 0)
        for figure in figures.figures():
            if figure.name in sums:
                sums[figure.name] += int(figure.value)
        self._done.append(sums)
        first = self._done[0]
        return sums | {f"{name}_last_minute": sums[name] - first[name] for name in _COUNTED}

    def _compare(self, house: House, living: Sequence[Node], now: datetime) -> None:
        found = tuple(told(living))
        if found != self._differ:
            for why in found:
                log.warning("nodes differ", why=why)
            if not found:
                log.info("nodes go by one configuration again")
        if not found or self._differ_since is None:
            self._differ_since = time.monotonic() if found else None
        self._differ = found
        if self._differ_since is None or time.monotonic() - self._differ_since >= TELL_AFTER_SECONDS:
            with house.store.write() as connection:
                tell_once(house, connection, found, now)


def tell_once(house: House, connection: Connection, found: Sequence[str], now: datetime) -> None:
    """One letter when they differ, one when they do no more, whichever node comes first to say so."""
    since = claims.trouble_of(connection, ROLE)
    if bool(found) == (since is not None) or not claims.hold_role(connection, ROLE, house.holder, now, MAX_LEASE):
        return
    since = claims.trouble_of(connection, ROLE)  # the row is ours only now
    if found and since is None:
        claims.set_trouble(connection, ROLE, now)
        tell_of_nodes(house, connection, now, found, now)
    elif not found and since is not None:
        claims.set_trouble(connection, ROLE, None)
        tell_of_nodes(house, connection, since, (), now)
    claims.leave_role(connection, ROLE, house.holder)


def told(living: Sequence[Node]) -> list[str]:
    """How living nodes differ, in words: each from the one that has lived longest."""
    if not living:
        return []
    first, *others = living
    names = [one.name for one in living]
    said = [
        f"{names.count(name)} living nodes are named {name}: give each a name of its own ([node] name)"
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    for other in others:
        if (other.version, other.schema_head) != (first.version, first.schema_head):
            said.append(
                f"node {other.name}: version {other.version} (schema {other.schema_head}), "
                f"node {first.name}'s is {first.version} ({first.schema_head})"
            )
        said += [_sentence(other, first, *one) for one in differences(first.config, other.config)]
    return said


def _sentence(other: Node, first: Node, part: str, keys: Sequence[str]) -> str:
    if not keys:
        having, lacking = (first, other) if part in first.config else (other, first)
        return f"node {lacking.name}: has no {part}, node {having.name} has one"
    words: Mapping[bool, str] = {True: "key", False: "keys"}
    more = f" and {len(keys) - _MOST_KEYS} more" if len(keys) > _MOST_KEYS else ""
    verb = "differ" if part in ("settings", "contacts", "templates") else "differs"
    named = f"{words[len(keys) == 1]} {', '.join(keys[:_MOST_KEYS])}{more}"
    return f"node {other.name}: {part} {verb} from node {first.name}'s, {named}"
