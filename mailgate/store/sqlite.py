"""How SQLite is connected to and its transactions begin. What a store is on either database: `db.py`."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from sqlalchemy import Connection, DateTime, Engine, StaticPool, create_engine, event
from sqlalchemy.pool import QueuePool

from mailgate.errors import StoreError
from mailgate.store import trouble
from mailgate.store.columns import SqliteMoment
from mailgate.store.turn import Turn


def sqlite_engine(path: Path | None, turn: Turn | None, patience: int) -> Engine:
    """Of the file at `path`, None for one in memory. `turn` is what its writers queue for; None: it is for readers.
    Writers wait `patience` seconds for other processes."""
    name = str(path or "sqlite in memory")

    def connect() -> sqlite3.Connection:
        try:
            return _open(path, patience, read_only=turn is None)
        except sqlite3.Error as error:
            raise trouble.of_sqlite(name, path, error) or StoreError(f"{name}: {error}") from error

    pool: dict[str, Any] = {"poolclass": StaticPool} if path is None else {"poolclass": QueuePool, "pool_size": 5}
    # What people wrote must not stand in the text of an error: it ends in logs.
    engine = create_engine("sqlite://", creator=connect, hide_parameters=True, **pool)
    engine.dialect.colspecs = {**engine.dialect.colspecs, DateTime: SqliteMoment}

    def begin_it(connection: Connection) -> None:
        # Past SQLAlchemy, which for each of these words makes a result as for a query; it is asked at each transaction.
        driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        try:
            if turn is None:
                driver.execute("BEGIN")
                return
            # Who stood in line behind one that another process kept waiting has waited, too: all give up at one time.
            left = max(1, patience - int(turn.waited))
            if connection.info.get("patience", patience) != left:
                driver.execute(f"PRAGMA busy_timeout = {left * 1000}")
                connection.info["patience"] = left
            # SQLite's deferred transactions lose updates or fail halfway: a writer takes the lock first.
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise trouble.of_sqlite(name, path, error) or StoreError(f"{name}: {error}") from error

    event.listen(engine, "begin", begin_it)
    return engine


def _open(path: Path | None, patience: int, *, read_only: bool) -> sqlite3.Connection:
    # mode=rw: opening never makes a file; only `alter` does, with the right mode.
    target = ":memory:" if path is None else f"file:{quote(str(path.absolute()))}?mode=rw"
    connection = sqlite3.connect(
        target, uri=path is not None, timeout=patience, isolation_level=None, check_same_thread=False
    )

    def ask(pragma: str) -> object:
        row = connection.execute(f"PRAGMA {pragma}").fetchone()
        return row[0] if row else None

    wanted: dict[str, object] = {"foreign_keys": 1, "busy_timeout": patience * 1000}
    if path is not None:
        # With NORMAL a power cut may take a mail that was already answered 250.
        wanted |= {"journal_mode": "wal", "synchronous": 2}
        if ask("journal_mode") != "wal":
            ask("journal_mode = WAL")
        ask("synchronous = FULL")
        ask("journal_size_limit = 67108864")  # one large mail must not leave a large log behind for ever
    ask("foreign_keys = ON")
    found = {name: ask(name) for name in wanted}
    if found != wanted:
        connection.close()
        raise StoreError(f"{path or 'sqlite in memory'}: SQLite does not keep what we need: {found}, wanted {wanted}")
    if read_only:
        ask("query_only = ON")
    return connection
