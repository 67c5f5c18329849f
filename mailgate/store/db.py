"""The database: engines, transactions, and every difference between SQLite and PostgreSQL.

Nothing else in the house asks which of the two it is. The schema's versions are `schema.py`'s.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, Table, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from mailgate.errors import StoreError
from mailgate.store import trouble
from mailgate.store.bucket import Bucket
from mailgate.store.postgres import postgres_engine
from mailgate.store.schema import check_schema, is_empty, upgrade
from mailgate.store.sqlite import sqlite_engine
from mailgate.store.turn import Turn

__all__ = [
    "Store",
    "check_schema",
    "in_parts",
    "insert",
    "insert_new",
    "is_empty",
    "lock_numbers",
    "open_store",
    "upgrade",
]

Dialect = Literal["sqlite", "postgresql"]

# How long a writer waits for those of other processes before it gives up.
PATIENCE_SECONDS = 30
# What a process that must go on gives a server for one answer: longer than that, and well within the watchdog's 120 s.
ANSWERS_WITHIN_SECONDS = 60.0

_PARAMETERS = 5000

Value = TypeVar("Value")

_SCHEMA_LOCK = 0x6D61696C67617465  # "mailgate"


class Store:
    """One database, opened in this process.

    `write()` and `read()` give a connection within one transaction: committed at the end, rolled back on an exception.
    On SQLite the writers of this process queue in order. A read sees one moment of the database and waits for nobody.
    Trouble with the database is raised as StoreError, a lost race as Conflict (run the walk again); an error of the
    statement itself (a constraint, a value) comes as it is, for it is a fault of ours. `bucket` is the object store
    that raw mail goes to, None where it stays in the database.
    """

    def __init__(self, url: URL, beside: Bucket | None = None, answers_within: float | None = None) -> None:
        self.bucket = beside
        self.dialect: Dialect = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql"
        self.url = url.render_as_string(hide_password=False)
        self.name = url.render_as_string(hide_password=True)
        self.path = Path(url.database) if self.dialect == "sqlite" and not _in_memory(url) else None  # type: ignore[arg-type]
        self._pid = os.getpid()
        turn = Turn()
        if self.dialect == "postgresql":
            self._write, self._read = (
                postgres_engine(url, PATIENCE_SECONDS, answers_within, read_only=False),
                postgres_engine(url, PATIENCE_SECONDS, answers_within, read_only=True),
            )
        elif self.path is None:
            self._write = self._read = sqlite_engine(None, turn, PATIENCE_SECONDS)
        else:
            self._write, self._read = (
                sqlite_engine(self.path, turn, PATIENCE_SECONDS),
                sqlite_engine(self.path, None, PATIENCE_SECONDS),
            )
        for engine in {self._write, self._read}:
            event.listen(engine, "handle_error", self._name_trouble)
            # A connection tells where the rest of the store is (`near.py`).
            engine.update_execution_options(bucket=beside)
        self._turn: AbstractContextManager[Any] = turn if self.dialect == "sqlite" else nullcontext()
        # The one connection of a database in memory serves readers too: they wait for their turn as well.
        self._reading: AbstractContextManager[Any] = self._turn if self._read is self._write else nullcontext()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self._turn, self._transaction(self._write) as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._reading, self._transaction(self._read) as connection:
            yield connection

    @contextmanager
    def alter(self) -> Iterator[Connection]:
        """A transaction that may change the schema: one at a time among all processes."""
        with self._turn:
            if self.path is not None:
                _create_privately(self.path)
            self._guard()
            with self._write.connect() as connection:
                # SQLite changes a table by copying and dropping it, and a drop empties it by its foreign keys. The
                # switch works only outside a transaction.
                driver = connection.connection.driver_connection
                if isinstance(driver, sqlite3.Connection):
                    driver.execute("PRAGMA foreign_keys = OFF")
                try:
                    with connection.begin():
                        lock_numbers(connection, (_SCHEMA_LOCK,))
                        yield connection
                        if self.dialect == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                            raise StoreError(f"{self.name}: the change would leave rows that point to nothing")
                finally:
                    if isinstance(driver, sqlite3.Connection):
                        driver.execute("PRAGMA foreign_keys = ON")

    def exists(self) -> bool:
        """False where there is no file yet; looking does not make one."""
        if self.path is None:
            return True
        try:
            return self.path.stat().st_size > 0
        except PermissionError as error:
            raise StoreError(f"{self.name}: {trouble.cannot_use(self.path) or error.strerror}") from error
        except OSError:
            return False

    def no_room(self) -> str:
        """Why no tables could be made here, "" where they could."""
        if self.dialect == "sqlite":
            return trouble.cannot_use(self.path) if self.path else ""
        with self.read() as connection:
            may = connection.scalar(text("SELECT has_schema_privilege(current_schema(), 'CREATE')"))
        return "" if may else "this role may make no tables here; name the owner of the database, or GRANT it CREATE"

    def truncate_log(self) -> None:
        """What was overwritten leaves SQLite's write-ahead log, too, as soon as nobody reads an older state of it."""
        if self.path is not None:
            with self._turn, self._write.connect() as connection:
                connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]

    def close(self) -> None:
        """Ends all connections, unless they are a parent's that we were forked from."""
        if os.getpid() == self._pid:
            self._write.dispose()
            self._read.dispose()

    @contextmanager
    def _transaction(self, engine: Engine) -> Iterator[Connection]:
        self._guard()
        try:
            with engine.begin() as connection:
                yield connection
        except NoConnectionLeft as error:
            raise StoreError(f"{self.name}: all connections are busy: {error}") from error

    def _guard(self) -> None:
        # A SQLite connection used on both sides of a fork loses acknowledged mail without an error (FACTS).
        if os.getpid() != self._pid:
            raise StoreError(f"the store was opened by process {self._pid}: open it after the fork, not before")

    def _name_trouble(self, context: ExceptionContext) -> Exception | None:
        """SQLAlchemy asks what to raise instead; None: what was raised."""
        if isinstance(error := context.original_exception, sqlite3.Error):
            return trouble.of_sqlite(self.name, self.path, error)
        if isinstance(error, psycopg.Error):
            there, lost = context.connection is not None, context.is_disconnect
            return trouble.of_postgres(self.name, error, connected=there, lost=lost)
        return None


def open_store(url: str, beside: Bucket | None = None, answers_within: float | None = None) -> Store:
    """Opens a database by its SQLAlchemy URL: `sqlite:////path`, `sqlite://` (in memory) or `postgresql://…`; raw mail
    that comes in goes to the object store `beside` it. A server that leaves a statement unanswered for
    `answers_within` seconds is trouble (StoreError); None: it has all the time it wants.

    Nothing is connected or created yet. Call it after any fork.
    """
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreError(f"{url}: not the URL of a database") from error
    if backend not in {"sqlite", "postgresql"}:
        raise StoreError(f"{url}: mailgate works on sqlite and postgresql, not on {backend}")
    driver = "sqlite" if backend == "sqlite" else "postgresql+psycopg"
    return Store(parsed.set(drivername=driver), beside, answers_within)


@cache
def insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT; both databases spell it alike, SQLAlchemy has it by dialect."""
    statement = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    return statement.inline()  # nobody asks for the new ids unless by RETURNING


@cache
def insert_new(dialect: str, table: Table, *unique: str) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that leaves rows as they are whose `unique` columns (the primary key, if none are named) are taken."""
    return insert(dialect, table).on_conflict_do_nothing(index_elements=unique or list(table.primary_key))


def in_parts(values: Collection[Value]) -> Iterator[list[Value]]:
    """The values, so many at a time as a statement may name one by one: databases bound their parameters (PostgreSQL
    65,535, SQLite 32,766)."""
    whole = list(values)
    for at in range(0, len(whole), _PARAMETERS):
        yield whole[at : at + _PARAMETERS]


def lock_numbers(connection: Connection, numbers: Sequence[int]) -> None:
    """Holds these numbers (64 bits, signed) until the end of the transaction; others who want one of them wait.

    On SQLite a writer is alone anyway.
    """
    if connection.dialect.name == "sqlite" or not numbers:
        return
    # Always in one order: two who want the same two must not wait for each other.
    connection.execute(
        text("SELECT pg_advisory_xact_lock(number) FROM unnest(CAST(:numbers AS bigint[])) AS number"),
        {"numbers": sorted(set(numbers))},
    )


def _in_memory(url: URL) -> bool:
    return url.database in {None, "", ":memory:"}


def _create_privately(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(f"{path}: {trouble.cannot_use(path) or error.strerror}") from error
