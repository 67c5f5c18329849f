"""Keeps the search index: what was said of late comes into it every few seconds, and each night what was forgotten
leaves the disk. What the index is, and what is written to it, `store/search_index.py` says. Of several nodes one is at
it: who does not write has not read it all in vain.
"""

from __future__ import annotations

import structlog

from mailgate.errors import StoreError
from mailgate.house import House
from mailgate.store import claims, search_index
from mailgate.store.lease import MAX_LEASE

ROLE = "search"
_ROUNDS = 10  # then others have their turn, and the end of the daemon

log = structlog.get_logger()


def bring_up(house: House) -> int:
    """How many cases came in. In trouble with the store, what is left comes in the next time."""
    done = 0
    try:
        if not _is_ours(house):
            return 0
        for _ in range(_ROUNDS):
            some = search_index.bring_up(house.store)
            done += some
            if not some:
                break
    except StoreError as error:
        log.warning("the search index could not be brought up", because=str(error))
    return done


def _is_ours(house: House) -> bool:
    """Whether there is something to do, and no other node does it."""
    with house.store.read() as connection:
        if not search_index.is_behind(connection):
            return False
    with house.store.write() as connection:
        return claims.hold_role(connection, ROLE, house.holder, house.clock.now(), MAX_LEASE)


def purge(house: House) -> None:
    """What retention took since the last time."""
    try:
        if search_index.is_to_be_purged(house.store):
            search_index.purge(house.store)
            house.store.truncate_log()
    except StoreError as error:
        log.warning("what was forgotten could not be taken out of the search index", because=str(error))
