"""What other machines and other processes are to the store: whose clock it goes by, and who holds leases in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, select, text

from mailgate.clock import Clock, SharedClock, SystemClock
from mailgate.store.db import Store
from mailgate.store.tables import inbound, outbox, role


def server_now(connection: Connection) -> datetime | None:
    """The clock of the database's machine; None where that is ours."""
    if connection.dialect.name == "sqlite":
        return None
    found: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return found


def clock_of(store: Store) -> Clock:
    """The one that all who work on this store go by: the database's, asked now; without another machine this one's."""
    if store.dialect == "sqlite":
        return SystemClock()
    clock = SharedClock()
    with store.read() as connection:
        agree(connection, clock)
    return clock


def agree(connection: Connection, clock: Clock) -> None:
    """Asks the database's clock again, where it is gone by."""
    if isinstance(clock, SharedClock):
        clock.agree(lambda: server_now(connection) or clock.now())


def leases_of_the_dead(connection: Connection, node: str, is_gone: Callable[[str], bool]) -> list[str]:
    """Holders of leases that were processes of this node ("node/pid/boot"), and are no more."""
    holders: set[str] = set()
    for table in (inbound, outbox):
        leased = select(table.c.leased_by).where(table.c.lease_until.is_not(None)).distinct()
        holders |= set(connection.execute(leased).scalars())
    holders |= set(connection.execute(select(role.c.holder).where(role.c.holder.is_not(None))).scalars())
    mine = [one for one in holders if one and one.startswith(f"{node}/")]
    return sorted(one for one in mine if is_gone(one))
