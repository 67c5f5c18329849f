"""Goes through the books each night: what the doors received against what became of it, and whom that is told.

What is counted is `store/books.py`'s. Of several processes on one store any may do it; the operator hears once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from mailgate.errors import StoreError
from mailgate.house import House
from mailgate.operator import tell_of_books
from mailgate.store import books, claims, marks
from mailgate.store.books import Books

ROLE = "books"
_LEASE = timedelta(seconds=30)

log = structlog.get_logger()


def go_through(house: House) -> Books | None:
    """Once. None where another process is at it, or the store is in trouble; then the next night will do."""
    now = house.clock.now()
    try:
        with house.store.read() as connection:  # apart from what is written: nobody is to wait for it
            found = books.reconcile(connection)
        with house.store.write() as connection:
            if not claims.hold_role(connection, ROLE, house.holder, now, _LEASE):
                return None
            _tell(house, connection, found, now)
            marks.set_progress(connection, ROLE, f"{now.isoformat()} {'; '.join(found.faults)}".strip())
            claims.leave_role(connection, ROLE, house.holder)
    except StoreError as error:
        log.warning("the books could not be gone through", because=str(error))
        return None
    log.info("books gone through", received=found.received, **found.states)
    return found


def _tell(house: House, connection: Connection, found: Books, now: datetime) -> None:
    since = claims.trouble_of(connection, ROLE)
    if found.faults and since is None:
        log.error("the books do not reconcile", faults=found.faults)
        claims.set_trouble(connection, ROLE, now)
        tell_of_books(house, connection, now, found.faults, now)
    elif not found.faults and since is not None:
        claims.set_trouble(connection, ROLE, None)
        tell_of_books(house, connection, since, (), now)
