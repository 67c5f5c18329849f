"""Where raw mail lies: in the database, each content once, by its SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select

from mailgate.errors import StoreError
from mailgate.store import blob
from mailgate.store.db import insert_new
from mailgate.store.tables import raw_mail

_by_name = select(raw_mail.c.sha256, raw_mail.c.data).where(raw_mail.c.sha256.in_(bindparam("names", expanding=True)))
_sizes = select(raw_mail.c.sha256, raw_mail.c.size).where(raw_mail.c.sha256.in_(bindparam("names", expanding=True)))


def put_all(connection: Connection, contents: Sequence[bytes]) -> list[str]:
    """Keeps bytes that are not kept already, in one statement; gives their SHA-256 in hex, in their order."""
    names = [hashlib.sha256(data).hexdigest() for data in contents]
    # Sorted: two processes that keep the same mails must not wait for each other in turns.
    wanted = sorted(zip(names, contents, strict=True))
    rows = [
        {"sha256": name, "size": len(data), "data": data}
        for name, data in wanted
        if not blob.is_big(connection, len(data))
    ]
    for name, data in wanted:
        if blob.is_big(connection, len(data)):
            blob.put(connection, name, data)
    if rows:
        connection.execute(insert_new(connection.dialect.name, raw_mail), rows)
    return names


def get(connection: Connection, sha256: str) -> bytes:
    """The bytes of that name. StoreError where they are gone: whoever asks has a mail that needs them."""
    found = find_all(connection, (sha256,))
    if sha256 not in found:
        raise StoreError(f"raw mail {sha256} is not in the store")
    return found[sha256]


def find_all(connection: Connection, names: Sequence[str]) -> dict[str, bytes]:
    """The bytes of those names that are there, by name."""
    wanted = set(names)
    sizes = connection.execute(_sizes, {"names": sorted(wanted)})
    big = [name for name, size in sizes if blob.is_big(connection, size)]
    found = connection.execute(_by_name, {"names": sorted(wanted.difference(big))})
    contents: dict[str, bytes] = {name: bytes(data) for name, data in found}
    return contents | {name: blob.get(connection, name) for name in big}
