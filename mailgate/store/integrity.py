"""Whether the database is whole: what it says of itself when it is asked to look."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, select, text

from mailgate.store.tables import inbound, outbox, role

_MOST = 5


def faults(connection: Connection) -> list[str]:
    """What is broken, the first few. SQLite reads all of its file for it; PostgreSQL is asked what it has noticed."""
    if connection.dialect.name == "sqlite":
        found = [str(row[0]) for row in connection.exec_driver_sql(f"PRAGMA quick_check({_MOST})")]
        loose = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(_MOST)
        return [one for one in found if one != "ok"] + [f"{row[0]} row {row[1]} points to nothing" for row in loose]
    broken = connection.execute(text("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid LIMIT 5"))
    said = [f"the index {name} is not valid" for name in broken.scalars()]
    sums = "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()"
    if failed := connection.execute(text(sums)).scalar():
        said.append(f"{failed} pages failed their checksum")
    return said


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
