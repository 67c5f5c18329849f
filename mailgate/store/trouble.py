"""What an error of either database means: trouble with the database itself, a lost race, or a fault of our statement.

Trouble is told in one line: the database, the cause, and what helps where that is known. What people wrote never stands
in it: a server's DETAIL and the statement are left out.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import psycopg

from mailgate.errors import Conflict, StoreError
from mailgate.rights import closed, hindrance, no_room

# Result codes (sqlite.org/rescode.html) that speak of the database's condition, not of the statement: BUSY, LOCKED,
# NOMEM, READONLY, INTERRUPT, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB.
_SQLITE_TROUBLE = frozenset({5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 26})
_SQLITE_REMEDIES = {
    5: "another process holds it",
    11: "put a backup in its place",
    13: "make room on the disk",
    26: "name another file, or move this one away",
}
# READONLY, CANTOPEN: the file's owner and its folder's say more than SQLite does.
_SQLITE_RIGHTS = frozenset({8, 14})

# The same for PostgreSQL, by the beginning of the SQLSTATE: connection, authorization, failed transaction, no such
# database or schema, rights, resources, object state (lock timeout), operator intervention, system and internal error.
_POSTGRES_TROUBLE = ("08", "28", "25", "3D", "3F", "42501", "53", "55", "57", "58", "XX")
_POSTGRES_REMEDIES = {
    "3D": "make it (createdb --encoding UTF8), or name another",
    "3F": "give the role a schema that it may use, or name the role that owns mailgate's tables",
    "42501": "name the role that owns mailgate's tables, or GRANT this one its rights",
    "53": "the server is short of room, memory or connections",
}
_NOT_CONNECTED = "see that the server runs, and that host, port, database and user are right"
# serialization_failure, deadlock_detected
_POSTGRES_CONFLICT = frozenset({"40001", "40P01"})


def of_sqlite(name: str, path: Path | None, error: sqlite3.Error) -> StoreError | None:
    """None where the error is about the statement, not about the database."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None or code & 0xFF not in _SQLITE_TROUBLE:
        return None
    code &= 0xFF
    if path is not None and code in _SQLITE_RIGHTS and (why := cannot_use(path)):
        return StoreError(f"{name}: {why}")
    return StoreError(_line(name, str(error), _SQLITE_REMEDIES.get(code, "")))


def of_postgres(name: str, error: psycopg.Error, *, connected: bool, lost: bool) -> StoreError | None:
    """`connected`: there was a connection; `lost`: it is no more. None where the error is about the statement."""
    state = error.sqlstate or ""
    why = error.diag.message_primary or str(error)
    if state in _POSTGRES_CONFLICT:
        return Conflict(_line(name, why))
    if state.startswith(_POSTGRES_TROUBLE):
        remedy = next((said for begin, said in _POSTGRES_REMEDIES.items() if state.startswith(begin)), "")
        return StoreError(_line(name, why, remedy or ("" if connected else _NOT_CONNECTED)))
    if lost or (not state and isinstance(error, psycopg.OperationalError)):
        return StoreError(_line(name, why, "" if connected else _NOT_CONNECTED))
    return None


def cannot_use(path: Path) -> str:
    """Why this process cannot write the SQLite file at `path`, or make it where there is none; "" where it can."""
    if why := closed(path.absolute().parent):
        return why
    if path.is_dir():
        return f"{path} is a folder; name a file"
    # WAL lays two files beside the database.
    return (hindrance(path, os.R_OK | os.W_OK) if path.exists() else "") or no_room(path)


def _line(name: str, why: str, remedy: str = "") -> str:
    return " ".join(f"{name}: {why}".split()) + (f"; {remedy}" if remedy else "")
