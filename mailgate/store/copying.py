"""Everything of one database in another, row by row, and the proof that it is the same.

While it goes on the source takes no writes, and the target is no database that any mailgate would start on: its schema
says that it is a copy, and of what. Broken off, it is gone on with where it ended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    LargeBinary,
    Row,
    Select,
    String,
    Table,
    TypeDecorator,
    func,
    insert,
    select,
    text,
    tuple_,
    update,
)

from mailgate.errors import StoreError
from mailgate.store import schema, search_index
from mailgate.store.db import Store, check_schema, is_empty, upgrade
from mailgate.store.table import metadata
from mailgate.store.tables import meta

# Rows read, and written in one transaction; of tables that hold mail fewer, for a row may be of a MiB.
_ROWS, _ROWS_OF_BYTES = 2000, 32

# (table, rows done, rows in all), after each batch.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Copied:
    """One table on both sides: how many rows, and the SHA-256 over all of them in the order of their keys."""

    table: str
    rows: int
    digest: str


def foresee(source: Store, target: Store) -> dict[str, int]:
    """How many rows of each table a copy would bring; changes nothing. StoreError for what would keep it from being."""
    check_schema(source, exactly=True)
    with source.read() as connection:
        _check_target(target, organisation_of(connection))
        return {table.name: _count(connection, table) for table in metadata.sorted_tables}


def copy(source: Store, target: Store, tell: Progress) -> list[Copied]:
    """Everything of `source` in `target`, which is empty or the beginning of the same copy, and compared with it.

    The caller sees to it that no daemon runs on either. StoreError where a row differs; nothing is mended then.
    """
    check_schema(source, exactly=True)
    with source.write() as reading:
        _shut(reading)
        whose = organisation_of(reading)
        _check_target(target, whose)
        if is_empty(target):
            upgrade(target)
        schema.begin_copy(target, whose)
        for table in metadata.sorted_tables:
            _copy_table(reading, target, table, tell)
        with target.write() as writing:
            for table in metadata.sorted_tables:
                _count_on(reading, writing, table)
        with target.read() as copied:
            found = [_compared(reading, copied, table, tell) for table in metadata.sorted_tables]
        with target.write() as writing:
            search_index.note_all_changed(writing)  # it is no table like others; the daemon makes it there
        schema.finish_copy(target)
    return found


def check_alone(store: Store) -> None:
    """StoreError while another mailgate is connected to a PostgreSQL database (SQLite's daemon holds a lock)."""
    if store.dialect == "sqlite":
        return
    with store.read() as connection:
        others = connection.scalar(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND application_name LIKE 'mailgate %' AND application_name <> current_setting('application_name')"
            )
        )
    if others:
        raise StoreError(f"{store.name}: another mailgate is connected to it ({others} connections); stop it first")


def organisation_of(connection: Connection) -> str:
    """By what the copy of a database knows its source again: the installation's part of every ref."""
    return str(connection.scalar(select(meta.c.value).where(meta.c.key == "org")) or "nobody")


def _shut(reading: Connection) -> None:
    """On SQLite our transaction keeps all other writers out already; PostgreSQL does it on request."""
    if reading.dialect.name == "sqlite":
        return
    names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
    reading.execute(text(f"LOCK TABLE {names} IN SHARE MODE"))
    # It stands still for as long as the other side needs.
    reading.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))


def _check_target(target: Store, whose: str) -> None:
    begun = schema.copy_of(target)
    if begun == whose:
        return
    if begun is not None:
        raise StoreError(
            f"{target.name}: holds the beginning of a copy of another mailgate's database; name an empty one"
        )
    schema.foresee(target)
    if not is_empty(target):
        with target.read() as connection:
            rows = {table.name: _count(connection, table) for table in metadata.sorted_tables}
            # What the schema says of itself is nobody's.
            rows[meta.name] -= connection.scalar(_of_schema) or 0
            taken = next((name for name, many in rows.items() if many), "")
        if taken:
            raise StoreError(f"{target.name}: is not empty (table {taken}); name an empty database")


_of_schema = select(func.count()).select_from(meta).where(meta.c.key == schema.WORKS_WITH)


def _copy_table(reading: Connection, target: Store, table: Table, tell: Progress) -> None:
    """From behind the last key that is there already: each batch was committed whole, in the order of the keys."""
    keys, inward = _keys(table), _inward(table)
    with target.read() as connection:
        done = _count(connection, table)
        last = connection.execute(
            select(*keys).order_by(*(_octets(connection, key).desc() for key in keys)).limit(1)
        ).first()
    total = _count(reading, table)
    left = _in_order(reading, table)
    if last is not None:
        left = left.where(tuple_(*(_octets(reading, key) for key in keys)) > tuple_(*last))
    for rows in _batches(reading, left, table):
        # What points into the same table comes after all that it may point to.
        values = [{**row._mapping, **dict.fromkeys(inward)} for row in rows]  # noqa: SLF001 - SQLAlchemy's public name
        with target.write() as writing:
            writing.execute(insert(table), values)
        done += len(rows)
        tell(table.name, done, total)
    for column in inward:
        pointing = select(*keys, table.c[column]).where(table.c[column].is_not(None))
        for rows in _batches(reading, pointing, table):
            with target.write() as writing:
                for row in rows:
                    this = (key == value for key, value in zip(keys, row, strict=False))
                    writing.execute(update(table).where(*this).values({column: row[-1]}))


def _count_on(reading: Connection, writing: Connection, table: Table) -> None:
    """An id names a mail or a letter for ever: the next one follows all that were ever given, also to rows now gone."""
    keys = _keys(table)
    if len(keys) != 1 or not keys[0].autoincrement or keys[0].foreign_keys or keys[0].type.python_type is not int:
        return
    last = max(_last_id(reading, table, keys[0]), reading.scalar(select(func.max(keys[0]))) or 0)
    if not last:
        return
    if writing.dialect.name == "sqlite":
        if table.dialect_options["sqlite"]["autoincrement"]:
            writing.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
            writing.execute(
                text("INSERT INTO sqlite_sequence VALUES (:name, :last)"), {"name": table.name, "last": last}
            )
        return
    sequence = func.pg_get_serial_sequence(table.name, keys[0].name)
    writing.execute(select(func.setval(sequence, last)))


def _last_id(connection: Connection, table: Table, key: Column[Any]) -> int:
    if connection.dialect.name == "sqlite":
        if not table.dialect_options["sqlite"]["autoincrement"]:
            return 0
        return connection.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name}) or 0
    sequence = connection.scalar(select(func.pg_get_serial_sequence(table.name, key.name)))
    return connection.scalar(text(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")) or 0


def _compared(reading: Connection, copied: Connection, table: Table, tell: Progress) -> Copied:
    """Every row beside its copy. StoreError for the first that is not the same, naming its key."""
    whole, rows, total = hashlib.sha256(), 0, _count(reading, table)
    pairs = zip_longest(_stream(reading, table), _stream(copied, table))
    for ours, theirs in pairs:
        if ours is None or theirs is None or tuple(ours) != tuple(theirs):
            one = ours if ours is not None else theirs
            key = ", ".join(f"{key.name} {one._mapping[key]}" for key in _keys(table))  # noqa: SLF001 - as above
            what = "is missing" if theirs is None else "is one too many" if ours is None else "differs"
            raise StoreError(
                f"the copy is not the same: table {table.name}, {key}: {what}; begin again with an empty database"
            )
        whole.update(repr(tuple(ours)).encode())
        rows += 1
        if rows % _ROWS == 0:
            tell(f"{table.name}, compared", rows, total)
    return Copied(table.name, rows, whole.hexdigest())


def _stream(connection: Connection, table: Table) -> Iterator[Row[Any]]:
    for rows in _batches(connection, _in_order(connection, table), table):
        yield from rows


def _batches(connection: Connection, statement: Select[Any], table: Table) -> Iterator[Sequence[Row[Any]]]:
    size = _ROWS_OF_BYTES if any(isinstance(one.type, LargeBinary) for one in table.c) else _ROWS
    with connection.execution_options(yield_per=size).execute(statement) as result:
        yield from result.partitions()


def _in_order(connection: Connection, table: Table) -> Select[Any]:
    return select(table).order_by(*(_octets(connection, key) for key in _keys(table)))


def _octets(connection: Connection, key: Column[Any]) -> Any:
    """A key as both databases sort it alike: SQLite goes by octets, PostgreSQL by its language unless it is told."""
    kind = key.type.impl if isinstance(key.type, TypeDecorator) else key.type
    return key.collate("C") if connection.dialect.name == "postgresql" and isinstance(kind, String) else key


def _keys(table: Table) -> list[Column[Any]]:
    return list(table.primary_key.columns)


def _inward(table: Table) -> list[str]:
    return [one.parent.name for one in table.foreign_keys if one.column.table is table]


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0
