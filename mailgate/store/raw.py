"""Where raw mail lies: in the database, each content once, by its SHA-256; its first MiB in `raw_mail`, what follows in
`raw_piece`, a MiB a row.

So no content needs to be in memory whole: as parameter and column of a statement it would be there three times.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

from sqlalchemy import Connection, bindparam, case, func, select

from mailgate.errors import StoreError
from mailgate.mail.message import Octets
from mailgate.store.db import insert, insert_new
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


def put_all(connection: Connection, contents: Sequence[Octets]) -> list[str]:
    """Keeps bytes that are not kept already; gives their SHA-256 in hex, in their order."""
    names = [_name_of(data) for data in contents]
    _put(connection, names, contents)
    # What was there already may be forgotten at this moment, and is not from here on.
    while gone := set(names) - _held(connection, names):
        again = [(name, data) for name, data in zip(names, contents, strict=True) if name in gone]
        _put(connection, *zip(*again, strict=True))
    return names


def _held(connection: Connection, names: Sequence[str]) -> set[str]:
    """Those that are there, and that nobody takes away until the end of the transaction. A SQLite writer is alone."""
    if connection.dialect.name == "sqlite":
        return set(names)
    return set(connection.execute(_hold, {"names": sorted(set(names))}).scalars())


def _put(connection: Connection, names: Sequence[str], contents: Sequence[Octets]) -> None:
    # Sorted: two processes that keep the same mails must not wait for each other in turns.
    wanted = sorted(dict(zip(names, contents, strict=True)).items(), key=lambda item: item[0])
    if small := [_row(name, data) for name, data in wanted if len(data) <= PIECE]:
        connection.execute(insert_new(connection.dialect.name, raw_mail), small)
    for name, data in wanted:
        if len(data) > PIECE:
            _put_big(connection, name, data)


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
    if big := {row.sha256: row.size for row in found if row.data is None}:
        pieces = {row[0]: row[1] for row in connection.execute(_count, {"names": sorted(big)})}
        reading = later or (lambda: nullcontext(connection))
        for name, size in big.items():
            if pieces.get(name) == (size - 1) // PIECE:
                contents[name] = InStore(reading, name, size)
    return contents


_by_name = select(
    raw_mail.c.sha256, raw_mail.c.size, case((raw_mail.c.size <= bindparam("piece"), raw_mail.c.data)).label("data")
).where(raw_mail.c.sha256.in_(bindparam("names", expanding=True)))
_count = (
    select(raw_piece.c.sha256, func.count())
    .where(raw_piece.c.sha256.in_(bindparam("names", expanding=True)))
    .group_by(raw_piece.c.sha256)
)
_hold = (
    select(raw_mail.c.sha256)
    .where(raw_mail.c.sha256.in_(bindparam("names", expanding=True)))
    .order_by(raw_mail.c.sha256)
    .with_for_update(read=True, key_share=True)
)
_first = select(raw_mail.c.data).where(raw_mail.c.sha256 == bindparam("name"))
_further = select(raw_piece.c.data).where(
    raw_piece.c.sha256 == bindparam("name"), raw_piece.c.place == bindparam("place")
)


def _name_of(data: Octets) -> str:
    digest = hashlib.sha256()
    for at in range(0, len(data), PIECE):
        digest.update(data[at : at + PIECE])
    return digest.hexdigest()


def _row(name: str, data: Octets) -> dict[str, object]:
    return {"sha256": name, "size": len(data), "data": data[:PIECE]}


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
