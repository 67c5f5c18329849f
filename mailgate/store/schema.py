"""Which version the schema has, and how it becomes ours: alembic, programmatic, with migrations inside the package."""

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
    keeping_tables,
    ledger_tables,
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


def upgrade(store: Store) -> list[str]:
    """Brings the schema to our version, making the database file where there is none; gives the revisions applied.

    Safe when several processes do it at once: the others find nothing left to do.
    """
    from alembic import command  # noqa: PLC0415 - alembic is slow to import, and only this needs it

    applied: list[str] = []
    with store.alter() as connection:
        version = _version(connection)
        if version is not None and version not in _revisions():
            raise _foreign(store, version)
        if version is None:
            _check_free(store, connection)
        command.upgrade(_config(connection, applied), "head")
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


def check_schema(store: Store) -> None:
    """Raises SchemaError, naming the remedy, unless the schema is the one this version works on."""
    version = None
    if store.exists():
        with store.read() as connection:
            version = _version(connection)
    revisions = _revisions()
    if version == revisions[-1]:
        return
    if version is None:
        raise SchemaError(f"{store.name}: there is no mailgate in this database yet; {_REMEDY}")
    if version in revisions:
        raise SchemaError(f"{store.name}: its schema {version} is older than {revisions[-1]}; {_REMEDY}")
    raise _foreign(store, version)


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
