"""Where raw mail lies, each content once, by its SHA-256: in the database, its first MiB in `raw_mail`, what follows in
`raw_piece`, a MiB a row; or in an object store, where it was laid before (`laying.py`), and only the key is kept here.

So no content needs to be in memory whole: as parameter and column of a statement it would be there three times.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

from sqlalchemy import Connection, bindparam, case, func, select

from mailgate.errors import Conflict, StoreError
from mailgate.mail.message import Octets
from mailgate.store.among import among
from mailgate.store.db import insert, insert_new
from mailgate.store.laid import Laid
from mailgate.store.near import InBucket, bucket_of
from mailgate.store.raw_tables import doomed_object
from mailgate.store.tables import raw_mail, raw_piece

PIECE = 1024 * 1024

Reading = Callable[[], AbstractContextManager[Connection]]


class InStore:
    """The octets of a content that is there, read when they are asked for, each time in a transaction of `reading`."""

    def __init__(self, reading: Reading, name: str, size: int) -> None:
        self._reading, self._name, self._size = reading, name, size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, cut: slice, /) -> bytes:
        start, stop, _ = cut.indices(self._size)
        if start >= stop:
            return b""
        first = start // PIECE
        with self._reading() as connection:
            pieces = [_piece(connection, self._name, place) for place in range(first, (stop - 1) // PIECE + 1)]
        return b"".join(pieces)[start - first * PIECE : stop - first * PIECE]


def put_all(connection: Connection, contents: Sequence[Octets | Laid]) -> list[str]:
    """Keeps bytes that are not kept already; gives their SHA-256 in hex, in their order.

    Conflict: some of it is being forgotten at this moment; once that is done it can be kept anew.
    """
    names = [data.name if isinstance(data, Laid) else name_of(data) for data in contents]
    # Sorted: two processes that keep the same mails must not wait for each other in turns.
    wanted = sorted(dict(zip(names, contents, strict=True)).items(), key=lambda item: item[0])
    if small := [_row(name, data) for name, data in wanted if isinstance(data, Laid) or len(data) <= PIECE]:
        connection.execute(insert_new(connection.dialect.name, raw_mail), small)
    for name, data in wanted:
        if not isinstance(data, Laid) and len(data) > PIECE:
            _put_big(connection, name, data)
    _hold(connection, [name for name, _ in wanted])
    refuse_doomed(connection, [data for _, data in wanted if isinstance(data, Laid)])
    return names


def _hold(connection: Connection, names: Sequence[str]) -> None:
    """What was there before must not be forgotten from now on until we commit: that takes the row's lock, too
    (`erasing.py`, `doomed.py`)."""
    if connection.dialect.name == "sqlite":
        return  # a writer is alone
    there = connection.execute(_held, {"names": names}).scalars().all()
    if len(there) < len(names):
        raise Conflict("raw mail that came again was forgotten at the same moment")


def refuse_doomed(connection: Connection, laid: Sequence[Laid]) -> None:
    """Asked last, so with the rows in hand: nobody can doom a key any more that one of them names."""
    which = {"names": [one.name for one in laid], "keys": [one.key for one in laid]}
    if laid and connection.execute(_named_and_doomed, which).first():
        raise Conflict("an object that was there already is about to be deleted")


def get(connection: Connection, sha256: str) -> bytes:
    """The bytes of that name. StoreError where they are gone: whoever asks has a mail that needs them."""
    found = find_all(connection, (sha256,))
    if sha256 not in found:
        raise _gone(sha256)
    return found[sha256][:]


def find_all(connection: Connection, names: Sequence[str], later: Reading | None = None) -> dict[str, Octets]:
    """Those contents that are there, and whole, by name. The big ones are read when they are needed, by `later`, and
    without it within this transaction."""
    found = connection.execute(_by_name, {"names": sorted(set(names)), "piece": PIECE}).all()
    contents: dict[str, Octets] = {row.sha256: bytes(row.data) for row in found if row.data is not None}
    bucket = bucket_of(connection)
    for row in found:
        if row.object is not None and bucket is None:
            raise StoreError(f"raw mail {row.sha256} lies in an object store, and [store] raw names none")
        if row.object is not None and bucket is not None:
            contents[row.sha256] = InBucket(bucket, row.object, row.sha256, row.size)
    if big := {row.sha256: row.size for row in found if row.data is None and row.object is None}:
        pieces = {row[0]: row[1] for row in connection.execute(_count, {"names": sorted(big)})}
        reading = later or (lambda: nullcontext(connection))
        for name, size in big.items():
            if pieces.get(name) == (size - 1) // PIECE:
                contents[name] = InStore(reading, name, size)
    return contents


_in_one = raw_mail.c.object.is_(None) & (raw_mail.c.size <= bindparam("piece"))
_by_name = select(
    raw_mail.c.sha256, raw_mail.c.size, raw_mail.c.object, case((_in_one, raw_mail.c.data)).label("data")
).where(among(raw_mail.c.sha256, "names"))
_count = (
    select(raw_piece.c.sha256, func.count())
    .where(raw_piece.c.sha256.in_(bindparam("names", expanding=True)))
    .group_by(raw_piece.c.sha256)
)
_held = (
    select(raw_mail.c.sha256)
    .where(raw_mail.c.sha256.in_(bindparam("names", expanding=True)))
    .order_by(raw_mail.c.sha256)
    .with_for_update(read=True)
)
_named_and_doomed = (
    select(doomed_object.c.key)
    .join(raw_mail, raw_mail.c.object == doomed_object.c.key)
    .where(
        raw_mail.c.sha256.in_(bindparam("names", expanding=True)),
        doomed_object.c.key.in_(bindparam("keys", expanding=True)),
    )
)
_first = select(raw_mail.c.data).where(raw_mail.c.sha256 == bindparam("name"))
_further = select(raw_piece.c.data).where(
    raw_piece.c.sha256 == bindparam("name"), raw_piece.c.place == bindparam("place")
)


def name_of(data: Octets) -> str:
    """The SHA-256 in hex."""
    digest = hashlib.sha256()
    for at in range(0, len(data), PIECE):
        digest.update(data[at : at + PIECE])
    return digest.hexdigest()


def _row(name: str, data: Octets | Laid) -> dict[str, object]:
    if isinstance(data, Laid):
        return {"sha256": name, "size": data.size, "data": b"", "object": data.key}
    return {"sha256": name, "size": len(data), "data": data[:PIECE], "object": None}


def _put_big(connection: Connection, name: str, data: Octets) -> None:
    dialect = connection.dialect.name
    new = insert_new(dialect, raw_mail).returning(raw_mail.c.sha256)
    if connection.execute(new, _row(name, data)).scalar() is None:
        return
    for place, at in enumerate(range(PIECE, len(data), PIECE), 1):
        piece = {"sha256": name, "place": place, "data": data[at : at + PIECE]}
        connection.execute(insert(dialect, raw_piece), piece)


def _piece(connection: Connection, name: str, place: int) -> bytes:
    where = {"name": name, "place": place}
    data = connection.scalar(_further, where) if place else connection.scalar(_first, {"name": name})
    if data is None:
        raise _gone(name)
    return bytes(data)


def _gone(name: str) -> StoreError:
    return StoreError(f"raw mail {name} is not in the store: erased, by retention or by request, or never there")
