"""The keys that sign links to our pages: made, kept until their last link has ended, shared by all processes."""

from __future__ import annotations

import secrets
import threading
import time
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select

from mailgate.links import Key, Keyring
from mailgate.store.db import Store, lock_numbers
from mailgate.store.link_ends import forget_ends
from mailgate.store.page_tables import link_key

ROTATES = timedelta(days=30)
_LOCK = 0x6C696E6B6B6579  # "linkkey"
_FRESH_SECONDS = 60.0


class LinkKeys:
    """The keyring of a store in which there is one (`ensure`), for all threads of a process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._ring = Keyring(())
        self._good_until = 0.0
        self.ring()

    @property
    def known(self) -> Keyring:
        """All keys, as they were when they were looked at last: for who stands in a transaction already."""
        return self._ring

    def ring(self, knowing: int | None = None) -> Keyring:
        """All keys, looked at again each minute. Another process may have made the key `knowing` just now: where it is
        not known, it is looked for, though for a stranger's sake no more often than each second."""
        with self._lock:
            now = time.monotonic()
            known = knowing is None or self._ring.key(knowing) is not None
            if now >= self._good_until or (not known and now >= self._good_until - _FRESH_SECONDS + 1.0):
                with self._store.read() as connection:
                    self._ring = keyring(connection)
                self._good_until = now + _FRESH_SECONDS
            return self._ring


def keyring(connection: Connection) -> Keyring:
    """As it is kept; empty in a store that was never opened to work (`ensure`)."""
    rows = connection.execute(select(link_key).order_by(link_key.c.id.desc())).mappings()
    return Keyring(tuple(Key(row["id"], row["secret"], row["made_at"]) for row in rows))


def ensure(connection: Connection, now: datetime) -> None:
    """There is a key."""
    if connection.execute(select(func.count()).select_from(link_key)).scalar_one() == 0:
        lock_numbers(connection, (_LOCK,))
        if connection.execute(select(func.count()).select_from(link_key)).scalar_one() == 0:
            _make(connection, now)


def turn(store: Store, now: datetime, link_days: int) -> None:
    """As `rotate`, in a transaction of its own."""
    with store.write() as connection:
        rotate(connection, now, link_days)
        forget_ends(connection, now - timedelta(days=link_days + 1))


def rotate(connection: Connection, now: datetime, link_days: int) -> int:
    """Once in 30 days a new key; keys go whose links, of so many days, have all ended. Gives how many went."""
    lock_numbers(connection, (_LOCK,))
    newest = connection.execute(select(func.max(link_key.c.made_at))).scalar()
    if newest is None or newest + ROTATES <= now:
        _make(connection, now)
    # It signed until its follower had settled, an hour after that was made; a day more for clocks and late jobs.
    ended = now - timedelta(days=link_days) - ROTATES - timedelta(days=2)
    gone = connection.execute(delete(link_key).where(link_key.c.made_at < ended))
    return gone.rowcount


def _make(connection: Connection, now: datetime) -> None:
    connection.execute(insert(link_key), {"secret": secrets.token_bytes(32), "made_at": now})
