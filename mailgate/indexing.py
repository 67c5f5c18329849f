"""Keeps the search index: what was said of late comes into it every few seconds, and each night what was forgotten
leaves the disk. What the index is, and what is written to it, `store/search_index.py` says.
"""

from __future__ import annotations

import structlog

from mailgate.errors import StoreError
from mailgate.house import House
from mailgate.store import search_index

_ROUNDS = 10  # then others have their turn, and the end of the daemon

log = structlog.get_logger()


def bring_up(house: House) -> int:
    """How many cases came in. In trouble with the store, what is left comes in the next time."""
    done = 0
    try:
        for _ in range(_ROUNDS):
            some = search_index.bring_up(house.store)
            done += some
            if not some:
                break
    except StoreError as error:
        log.warning("the search index could not be brought up", because=str(error))
    return done


def purge(house: House) -> None:
    """What retention took since the last time."""
    try:
        if search_index.is_to_be_purged(house.store):
            search_index.purge(house.store)
            house.store.truncate_log()
    except StoreError as error:
        log.warning("what was forgotten could not be taken out of the search index", because=str(error))
