"""What other machines and other processes are to the store: whose clock it goes by, and who holds leases in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, select, text

from mailgate.store.tables import inbound, outbox, role


def server_now(connection: Connection) -> datetime | None:
    """The clock of the database's machine; None where that is ours."""
    if connection.dialect.name == "sqlite":
        return None
    found: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return found


def leases_of_the_dead(connection: Connection, node: str, is_alive: Callable[[int], bool]) -> list[str]:
    """Holders of leases that were processes of this machine ("node/pid/boot"), and are no more."""
    holders: set[str] = set()
    for table in (inbound, outbox):
        leased = select(table.c.leased_by).where(table.c.lease_until.is_not(None)).distinct()
        holders |= set(connection.execute(leased).scalars())
    holders |= set(connection.execute(select(role.c.holder).where(role.c.holder.is_not(None))).scalars())
    mine = [one for one in holders if one and one.startswith(f"{node}/")]
    return sorted(one for one in mine if not is_alive(int(one.split("/")[1])))
