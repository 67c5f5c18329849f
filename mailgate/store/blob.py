"""Big contents in SQLite, piece by piece: as parameter and column of a statement it has each two more times in memory.

PostgreSQL has no such way to a bytea; there contents go as they are.
"""

from __future__ import annotations

import sqlite3
from typing import cast

from sqlalchemy import ColumnElement, Connection, func, literal_column, select

from mailgate.store.db import insert_new
from mailgate.store.tables import raw_mail

# Smaller ones are faster whole. What doors and worker hold at one time is bounded by as much.
BIG = 8 * 1024 * 1024
_PIECE = 1024 * 1024

_ROWID: ColumnElement[int] = literal_column("rowid")


def is_big(connection: Connection, size: int) -> bool:
    return size > BIG and connection.dialect.name == "sqlite"


def put(connection: Connection, name: str, data: bytes) -> None:
    """A row of raw_mail, if there is none of that name."""
    empty = {"sha256": name, "size": len(data), "data": func.zeroblob(len(data))}
    statement = insert_new(connection.dialect.name, raw_mail).values(empty).returning(_ROWID)
    if (row := connection.execute(statement).scalar()) is None:
        return
    with _driver(connection).blobopen("raw_mail", "data", row) as blob, memoryview(data) as view:
        for at in range(0, len(data), _PIECE):
            blob.write(view[at : at + _PIECE])


def get(connection: Connection, name: str) -> bytes:
    """The content of that name, which is there."""
    row = connection.execute(select(_ROWID).select_from(raw_mail).where(raw_mail.c.sha256 == name)).scalar_one()
    with _driver(connection).blobopen("raw_mail", "data", row, readonly=True) as blob:
        return blob.read()


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.driver_connection)
