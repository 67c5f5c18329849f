"""Which version the schema has, and how it becomes ours: alembic, programmatic, with migrations inside the package.

A migration that only adds what an older mailgate leaves alone (a table, an index, a column that may be empty or has a
default in the database) says so: `works_with = "0001"`, the oldest revision whose mailgate goes on working after it.
That stands in the database, so that nodes of both versions work side by side while they are upgraded one by one.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection, inspect, text

from mailgate.errors import SchemaError, StoreError

# Their tables enter the metadata.
from mailgate.store import (  # noqa: F401 - as said
    account_tables,
    books_tables,
    case_page_tables,
    figures_tables,
    keeping_tables,
    ledger_tables,
    node_tables,
    page_tables,
    pictures,
    tables,
)
from mailgate.store.search_tables import is_derived
from mailgate.store.table import metadata

if TYPE_CHECKING:
    from alembic.config import Config

    from mailgate.store.db import Store

MIGRATIONS = Path(__file__).parent / "migrations"
_REMEDY = "run: mailgate db upgrade --config FILE"
# What stands in place of the version while a copy is being made: then the installation that it is a copy of.
_COPYING = "copy of "
# The key in the table `meta` under which the oldest revision stands that works on a newer schema, too.
WORKS_WITH = "schema works with"


def upgrade(store: Store) -> list[str]:
    """Brings the schema to our version, making the database file where there is none; gives the revisions applied.

    Safe when several processes do it at once: the others find nothing left to do.
    """
    from alembic import command  # noqa: PLC0415 - alembic is slow to import, and only this needs it

    applied: list[str] = []
    with store.alter() as connection:
        version = _version(connection)
        if version is not None and version not in _revisions():
            if _takes_us(connection, version):
                return []
            raise _foreign(store, version)
        if version is None:
            _check_free(store, connection)
        config = _config(connection, applied)
        oldest = _oldest(config)
        if version is not None and (nodes := _left_behind(connection, oldest)):
            raise SchemaError(
                f"{store.name}: these nodes cannot work on the new schema: {', '.join(nodes)}; "
                f"stop them first, then {_REMEDY}"
            )
        command.upgrade(config, "head")
        connection.execute(text("DELETE FROM meta WHERE key = :key"), {"key": WORKS_WITH})
        if oldest != head():
            connection.execute(text("INSERT INTO meta VALUES (:key, :oldest)"), {"key": WORKS_WITH, "oldest": oldest})
    return applied


def foresee(store: Store) -> None:
    """Raises what a start on this database would raise, in `upgrade` or `check_schema`; it changes nothing."""
    if not is_empty(store):
        check_schema(store)
        return
    if why := store.no_room():
        raise StoreError(f"{store.name}: {why}")
    if store.exists():
        with store.read() as connection:
            _check_free(store, connection)


def is_empty(store: Store) -> bool:
    """True where there is no schema at all yet."""
    if not store.exists():
        return True
    with store.read() as connection:
        return _version(connection) is None


def check_schema(store: Store, *, exactly: bool = False) -> None:
    """Raises SchemaError, naming the remedy, unless this version works on the schema: it is ours, or a newer one that
    says it only adds to ours. `exactly`: it is ours."""
    version, takes_us = None, False
    if store.exists():
        with store.read() as connection:
            version = _version(connection)
            takes_us = not exactly and version is not None and _takes_us(connection, version)
    revisions = _revisions()
    if version == revisions[-1] or takes_us:
        return
    if version is None:
        raise SchemaError(f"{store.name}: there is no mailgate in this database yet; {_REMEDY}")
    if version in revisions:
        raise SchemaError(f"{store.name}: its schema {version} is older than {revisions[-1]}; {_REMEDY}")
    raise _foreign(store, version)


def head() -> str:
    """The newest revision that this version knows."""
    return _revisions()[-1]


def copy_of(store: Store) -> str | None:
    """The installation of whose database a copy was begun here and not finished; None for any other database."""
    if not store.exists():
        return None
    with store.read() as connection:
        version = _version(connection) or ""
    return version.removeprefix(_COPYING) if version.startswith(_COPYING) else None


def begin_copy(store: Store, whose: str) -> None:
    """From now on, and until `finish_copy`, no mailgate starts on this database, which has our schema."""
    _set_version(store, f"{_COPYING}{whose}")
    with store.write() as connection:  # it comes with the other rows
        connection.execute(text("DELETE FROM meta WHERE key = :key"), {"key": WORKS_WITH})


def finish_copy(store: Store) -> None:
    _set_version(store, _revisions()[-1])


def _set_version(store: Store, version: str) -> None:
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})


def draft(store: Store, message: str) -> None:
    """For developers: writes the migration from the schema in the store to the one in `tables.py`."""
    from alembic import command  # noqa: PLC0415 - see upgrade

    with store.alter() as connection:
        command.revision(_config(connection, []), message, autogenerate=True, rev_id=f"{len(_revisions()) + 1:04}")


def _takes_us(connection: Connection, version: str) -> bool:
    """Whether a schema that we do not know says that we may work on it."""
    if version in _revisions() or version.startswith(_COPYING):
        return False
    found = connection.execute(text("SELECT value FROM meta WHERE key = :key"), {"key": WORKS_WITH}).scalar()
    return found in _revisions()


def _oldest(config: Config) -> str:
    """The oldest revision whose mailgate works on the newest schema."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see upgrade

    scripts = ScriptDirectory.from_config(config).walk_revisions()
    return max(getattr(one.module, "works_with", one.revision) for one in scripts)


def _left_behind(connection: Connection, oldest: str) -> list[str]:
    """Living nodes that know no schema as new. A SQLite file has one daemon, and its lock."""
    if connection.dialect.name == "sqlite" or not inspect(connection).has_table("node"):
        return []
    found = text(
        "SELECT name FROM node WHERE schema_head < :oldest AND beat_at > clock_timestamp() - interval '20 seconds'"
    )
    return sorted(connection.execute(found, {"oldest": oldest}).scalars())


def _check_free(store: Store, connection: Connection) -> None:
    if taken := sorted(set(inspect(connection).get_table_names()) & set(metadata.tables)):
        raise SchemaError(
            f"{store.name}: holds a table {taken[0]!r} that is not mailgate's; give it a database of its own"
        )


def _foreign(store: Store, version: str) -> SchemaError:
    if version.startswith(_COPYING):
        return SchemaError(
            f"{store.name}: a copy into this database was not finished; give the same `mailgate db copy` again"
        )
    return SchemaError(
        f"{store.name}: its schema {version} is newer than {_revisions()[-1]}, the last this mailgate knows; "
        "install the mailgate that made it (`mailgate db upgrade --config FILE` cannot go back)"
    )


def _revisions() -> list[str]:
    """All we ship, oldest first: the files are named by revision, so that a start need not load alembic."""
    found = sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    if not found:
        raise StoreError(f"{MIGRATIONS}: the migrations are missing: install mailgate again")
    return found


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _config(connection: Connection, applied: list[str]) -> Config:
    from alembic.config import Config  # noqa: PLC0415 - see upgrade

    config = Config(attributes={"connection": connection, "applied": applied})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


def is_ours(name: str | None, _kind: str, _parents: Any) -> bool:
    """What `tables.py` and the database are compared for: not the search index, which is not declared there."""
    return not is_derived(name)


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Spells our column types in migrations as the plain types they are: a migration must outlive our classes."""
    if kind != "type":
        return False
    spelling = {"Words": "sa.Text()", "Handle": "sa.Text()", "Structure": "sa.JSON()"}.get(type(item).__name__)
    if spelling is None and type(item).__name__ == "UTCDateTime":
        spelling = "sa.DateTime(timezone=True)"
    if spelling is None and type(item).__name__ == "AutoString":
        spelling = "sa.Text()"
    return spelling or False
