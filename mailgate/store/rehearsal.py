"""A store on which things are only tried: what is written can be read within its transaction, and is then undone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection

from mailgate.store.db import Store


class _Undone(Exception):
    """Tells the transaction to roll back."""


class Rehearsal(Store):
    """The given store, over its connections; it is closed where that is."""

    def __init__(self, store: Store) -> None:
        self.__dict__.update(store.__dict__)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with suppress(_Undone), super().write() as connection:
            yield connection
            raise _Undone
