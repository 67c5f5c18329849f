"""Whether the database holds together: its own checks, and that all octets are there that should be, and unaltered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import Connection, Select, exists, func, or_, select, text

from mailgate.store import raw
from mailgate.store.tables import cases, inbound, raw_mail

_MOST_TOLD = 20
_AT_ONCE = 50


def damages(connection: Connection, *, quick: bool = False) -> Iterator[str]:
    """What the database says of itself, in its words; nothing where it is whole. `quick`: without comparing indexes
    with their tables.

    PostgreSQL checks its pages as it reads them (where it was made with checksums); it is asked what it has noticed.
    """
    if connection.dialect.name != "sqlite":
        yield from _noticed(connection)
        return
    for (line,) in connection.exec_driver_sql(f"PRAGMA {'quick' if quick else 'integrity'}_check({_MOST_TOLD})"):
        if line != "ok":
            yield f"the database file is damaged: {line}"
    for row in connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(_MOST_TOLD):
        yield f"a row of {row[0]} points to nothing in {row[2]} (rowid {row[1]})"


def _noticed(connection: Connection) -> Iterator[str]:
    broken = connection.execute(text("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"))
    for name in broken.scalars().fetchmany(_MOST_TOLD):
        yield f"the index {name} is not valid"
    sums = "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()"
    if failed := connection.execute(text(sums)).scalar():
        yield f"{failed} pages failed their checksum"


def missing(connection: Connection) -> Iterator[str]:
    """Mails whose octets should be there and are not, in words. Retention and erasure leave none that should be."""
    gone = connection.execute(_gone.limit(_MOST_TOLD)).all()
    total = connection.execute(_gone.with_only_columns(func.count())).scalar_one() if gone else 0
    for row in gone:
        yield f"the octets of mail {row.id} are gone (received {row.received_at:%Y-%m-%d %H:%M} UTC)"
    if total > len(gone):
        yield f"and those of {total - len(gone)} more mails"


def altered(connection: Connection) -> Iterator[str]:
    """Contents that are not what was stored. It reads every octet there is."""
    last = ""
    while True:
        asked = select(raw_mail.c.sha256).where(raw_mail.c.sha256 > last).order_by(raw_mail.c.sha256).limit(_AT_ONCE)
        names = list(connection.execute(asked).scalars())
        if not names:
            return
        last = names[-1]
        found = raw.find_all(connection, names)
        for name in names:
            if name not in found:
                yield f"content {name}: a part of it is missing"
            elif hashlib.sha256(found[name][:]).hexdigest() != name:
                yield f"content {name}: its octets are not those that were stored"


_gone: Select[tuple[int]] = (
    select(inbound.c.id, inbound.c.received_at)
    .select_from(inbound.outerjoin(cases, cases.c.number == inbound.c.case_number))
    .where(inbound.c.erased_at.is_(None), or_(cases.c.number.is_(None), cases.c.raw_erased_at.is_(None)))
    .where(~exists().where(raw_mail.c.sha256 == inbound.c.sha256))
)
