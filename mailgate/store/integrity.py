"""Whether the database holds together: its own checks, and that all octets are there that should be, and unaltered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, RowMapping, Select, exists, func, or_, select, text

from mailgate.errors import ContentError
from mailgate.mail.message import Octets
from mailgate.store import raw
from mailgate.store.bucket import Bucket
from mailgate.store.db import Store
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
            elif why := _difference(name, found[name]):
                yield f"content {name}: {why}"


def _difference(name: str, content: Octets) -> str:
    try:
        same = hashlib.sha256(content[:]).hexdigest() == name
    except ContentError as error:
        return str(error)
    return "" if same else "its octets are not those that were stored"


def objects_missing(store: Store) -> Iterator[str]:
    """Contents whose octets should be in the object store and are not, in words. It goes through all of that."""
    bucket = store.bucket
    if bucket is None:
        return
    listed = (one for page in bucket.listed() for one in page)
    last, one = "", next(listed, None)
    while rows := _in_objects(store, last):
        last, there = rows[-1]["sha256"], dict[str, int]()
        while one is not None and one.key[: len(last)] <= last:
            there[one.key] = one.size
            one = next(listed, None)
        for row in rows:
            if there.get(row["object"]) != row["size"] and _is_missing(store, bucket, row):
                what = f"no object {row['object']} of {row['size']} octets"
                yield f"content {row['sha256']}: {bucket.name} has {what}"


def _in_objects(store: Store, last: str) -> Sequence[RowMapping]:
    asked = select(raw_mail.c.sha256, raw_mail.c.object, raw_mail.c.size)
    asked = asked.where(raw_mail.c.object.is_not(None), raw_mail.c.sha256 > last)
    with store.read() as connection:
        return connection.execute(asked.order_by(raw_mail.c.sha256).limit(_AT_ONCE)).mappings().all()


def _is_missing(store: Store, bucket: Bucket, row: RowMapping) -> bool:
    """It may have come, or been forgotten, while we went through them."""
    if bucket.size(row["object"]) == row["size"]:
        return False
    with store.read() as connection:
        asked = select(raw_mail.c.object).where(raw_mail.c.sha256 == row["sha256"])
        return bool(connection.scalar(asked) == row["object"])


def in_objects(connection: Connection) -> tuple[int, int]:
    """How many contents lie in an object store, and how many octets that is."""
    asked = select(func.count(), func.coalesce(func.sum(raw_mail.c.size), 0)).where(raw_mail.c.object.is_not(None))
    count, octets = connection.execute(asked).one()
    return int(count), int(octets)


_gone: Select[tuple[int]] = (
    select(inbound.c.id, inbound.c.received_at)
    .select_from(inbound.outerjoin(cases, cases.c.number == inbound.c.case_number))
    .where(inbound.c.erased_at.is_(None))
    # What retention took is told by its case: of the mails that were filed by then.
    .where(or_(cases.c.raw_erased_at.is_(None), inbound.c.done_at.is_(None), cases.c.raw_erased_at < inbound.c.done_at))
    .where(~exists().where(raw_mail.c.sha256 == inbound.c.sha256))
)
