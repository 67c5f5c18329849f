"""Raw mail moves: out of the database into the object store, or back. Each content is verified where it came to before
it leaves where it was; broken off at any moment, it is gone on with.

Safe beside a running daemon; what a mail needs is there at any moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, func, select, update

from mailgate.errors import StoreError
from mailgate.mail.message import Octets
from mailgate.store import raw
from mailgate.store.bucket import Bucket
from mailgate.store.db import Store, insert
from mailgate.store.doomed import doom
from mailgate.store.laid import Laid
from mailgate.store.laying import lay
from mailgate.store.near import InBucket, bring_near
from mailgate.store.tables import raw_mail, raw_piece

Where = Literal["database", "objects"]
# (done, in all), after each step.
Progress = Callable[[int, int], None]

_STEP, _STEP_OCTETS = 64, 8 * 1024 * 1024


def bucket_beside(store: Store) -> Bucket:
    """StoreError where there is none."""
    if store.bucket is None:
        raise StoreError("the settings name no object store: set [store] raw, also to bring raw mail back from there")
    return store.bucket


def to_move(store: Store, where: Where) -> tuple[int, int]:
    """How many contents are not there yet, and how many octets."""
    asked = select(func.count(), func.coalesce(func.sum(raw_mail.c.size), 0))
    with store.read() as connection:
        count, octets = connection.execute(asked.where(_elsewhere(bucket_beside(store), where))).one()
    return int(count), int(octets)


def move(store: Store, where: Where, now: Callable[[], Any], tell: Progress) -> int:
    """All raw mail goes there; how many contents went. `now` is asked after each step. ContentError for one that is not
    what was stored: it stays where it is."""
    bucket, (total, _) = bucket_beside(store), to_move(store, where)
    done, last = 0, ""
    while rows := _next(store, _elsewhere(bucket, where), last):
        if where == "objects":
            _move_out(store, bucket, rows)
        else:
            _move_in(store, bucket, rows, now())
        done, last = done + len(rows), rows[-1]["sha256"]
        tell(done, max(total, done))
    return done


def _elsewhere(bucket: Bucket, where: Where) -> ColumnElement[bool]:
    if where == "database":
        return raw_mail.c.object.is_not(None)
    return raw_mail.c.object.is_(None) & (raw_mail.c.size >= bucket.least)


def _next(store: Store, which: ColumnElement[bool], last: str) -> list[RowMapping]:
    """Some more, by their names; a big one alone."""
    asked = select(raw_mail.c.sha256, raw_mail.c.size, raw_mail.c.object).where(which, raw_mail.c.sha256 > last)
    with store.read() as connection:
        rows = connection.execute(asked.order_by(raw_mail.c.sha256).limit(_STEP)).mappings().all()
    chosen, octets = list[RowMapping](), 0
    for row in rows:
        octets += row["size"]
        if chosen and octets > _STEP_OCTETS:
            break
        chosen.append(row)
    return chosen


def _move_out(store: Store, bucket: Bucket, rows: Sequence[RowMapping]) -> None:
    with store.read() as connection:
        contents = raw.find_all(connection, [row["sha256"] for row in rows], store.read)
    laying = [bucket.writers.submit(_laid_and_read, store, bucket, data) for data in contents.values()]
    laid = [one.result() for one in laying]
    with store.write() as connection:
        for one in sorted(laid, key=lambda one: one.name):
            this = (raw_mail.c.sha256 == one.name) & raw_mail.c.object.is_(None)
            if connection.execute(update(raw_mail).where(this).values(object=one.key, data=b"")).rowcount:
                connection.execute(delete(raw_piece).where(raw_piece.c.sha256 == one.name))
        raw.refuse_doomed(connection, laid)


def _laid_and_read(store: Store, bucket: Bucket, data: Octets) -> Laid:
    """What it gives back is the same."""
    laid = lay(store, bucket, data)
    InBucket(bucket, laid.key, laid.name, laid.size).bring()
    return laid


def _move_in(store: Store, bucket: Bucket, rows: Sequence[RowMapping], now: Any) -> None:
    contents = [(row, InBucket(bucket, row["object"], row["sha256"], row["size"])) for row in rows]
    bring_near(data for _, data in contents)
    for _, data in contents:
        data.bring()  # raises what was in the way
    with store.write() as connection:
        doom(connection, [row["object"] for row, data in contents if _is_in(connection, row, data)], now)


def _is_in(connection: Connection, row: RowMapping, data: Octets) -> bool:
    """Whether it was still there to be moved."""
    this = (raw_mail.c.sha256 == row["sha256"]) & (raw_mail.c.object == row["object"])
    first = {"object": None, "data": data[: raw.PIECE]}
    if not connection.execute(update(raw_mail).where(this).values(first)).rowcount:
        return False
    for place, at in enumerate(range(raw.PIECE, len(data), raw.PIECE), 1):
        piece = {"sha256": row["sha256"], "place": place, "data": data[at : at + raw.PIECE]}
        connection.execute(insert(connection.dialect.name, raw_piece), piece)
    return True
