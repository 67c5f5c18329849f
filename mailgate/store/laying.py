"""Lays mail that comes in into the object store, before the commit that names it; where there is none, it does nothing.

What is laid and never named (the commit failed, the process died) is an orphan; `doomed.py` finds those.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol

from sqlalchemy import Connection, select

from mailgate.mail.message import Octets
from mailgate.store.bucket import Bucket
from mailgate.store.laid import Laid
from mailgate.store.mail_rows import Arrival
from mailgate.store.raw import name_of
from mailgate.store.raw_tables import doomed_object


class Layable(Protocol):
    """What is asked of the store here (`store.db.Store`)."""

    @property
    def bucket(self) -> Bucket | None: ...

    def read(self) -> AbstractContextManager[Connection]: ...


def bucket_for(store: Layable, data: Octets) -> Bucket | None:
    """Where such a content is to lie; None: in the database."""
    return store.bucket if store.bucket is not None and len(data) >= store.bucket.least else None


def lay(store: Layable, bucket: Bucket, data: Octets) -> Laid:
    """The object store has confirmed these octets, or had them and they are the same. StoreError where it did not."""
    name = name_of(data)
    with store.read() as connection:
        doomed = connection.scalar(select(doomed_object.c.key).where(doomed_object.c.key == name)) is not None
    key = _fresh(name) if doomed else name
    if not bucket.put(key, data) and not _is_whole(bucket, key, name, len(data)):
        key = _fresh(name)
        bucket.put(key, data)
    return Laid(name, len(data), key)


def lay_all(store: Layable, arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Side by side. StoreError where one of them could not be laid."""
    wanted = {
        id(one.raw.data): (one.raw.data, bucket)
        for one in arrivals
        if one.laid is None and (bucket := bucket_for(store, one.raw.data))
    }
    laying = {which: bucket.writers.submit(lay, store, bucket, data) for which, (data, bucket) in wanted.items()}
    laid = {which: future.result() for which, future in laying.items()}
    return [replace(one, laid=laid.get(id(one.raw.data), one.laid)) for one in arrivals]


def _fresh(name: str) -> str:
    """Another key for the same content: one that a deletion is under way for may lose whatever is put there."""
    return f"{name}-{secrets.token_hex(4)}"


def _is_whole(bucket: Bucket, key: str, name: str, size: int) -> bool:
    digest = hashlib.sha256()
    pieces: Iterator[bytes] = bucket.pieces(key, size) or iter(())
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest() == name
