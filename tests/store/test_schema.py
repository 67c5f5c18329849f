"""The schema: shipped migrations, the same as the tables, whoever runs them and how many at once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from mailgate.errors import SchemaError, StoreError
from mailgate.store import nodes, schema
from mailgate.store.db import Store, check_schema, is_empty, open_store, upgrade
from mailgate.store.peers import clock_of
from mailgate.store.schema import foresee
from mailgate.store.table import metadata
from newer_schema import NEXT
from servers import Postgres
from world import World, mail


def test_the_migrations_make_the_tables_as_they_are_declared(store: Store) -> None:
    with store.write() as connection:
        options = {"compare_type": True, "compare_server_default": True, "include_name": schema.is_ours}
        context = MigrationContext.configure(connection, opts=options | {"target_metadata": metadata})
        assert compare_metadata(context, metadata) == []


def test_the_migrations_keep_the_conditions_and_partial_indexes_of_the_tables(store: Store) -> None:
    """What autogenerate does not compare."""
    with store.read() as connection:
        found = inspect(connection)
        for table in metadata.sorted_tables:
            checks = {check["name"] for check in found.get_check_constraints(table.name)}
            partial = {
                index["name"]
                for index in found.get_indexes(table.name)
                if any(option.endswith("_where") for option in index.get("dialect_options", {}))
            }
            assert checks == {one.name for one in table.constraints if str(one.name).endswith("_ck")}
            assert partial == {one.name for one in table.indexes if one.dialect_kwargs.get("sqlite_where") is not None}


def test_the_files_are_named_by_their_revisions() -> None:
    script = ScriptDirectory(str(schema.MIGRATIONS))
    assert [one.revision for one in script.walk_revisions()][::-1] == schema._revisions()
    assert script.get_heads() == [schema._revisions()[-1]]


def test_an_empty_database_is_upgraded_once(empty_database: str) -> None:
    with closing(open_store(empty_database)) as store:
        assert is_empty(store)
        assert upgrade(store) == schema._revisions()
        assert not is_empty(store)
        assert upgrade(store) == []
        check_schema(store)


def test_a_database_in_memory_is_upgraded_too() -> None:
    with closing(open_store("sqlite://")) as store:
        assert is_empty(store)
        upgrade(store)
        check_schema(store)


def test_a_missing_schema_says_the_command_that_helps(empty_database: str) -> None:
    with closing(open_store(empty_database)) as store, pytest.raises(SchemaError, match="mailgate db upgrade --config"):
        check_schema(store)


def test_looking_for_a_schema_makes_no_file(tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path / 'none.db'}")) as store:
        assert is_empty(store)
        with pytest.raises(SchemaError):
            check_schema(store)
    assert list(tmp_path.iterdir()) == []


def test_an_older_schema_says_the_command_that_helps(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "_revisions", lambda: ["0001", "0002"])
    with pytest.raises(SchemaError, match=r"0001 is older than 0002; run: mailgate db upgrade --config FILE"):
        check_schema(store)


def test_a_newer_schema_is_left_alone(store: Store) -> None:
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaError, match="9999 is newer"):
        check_schema(store)
    with pytest.raises(SchemaError, match="9999 is newer"):
        upgrade(store)


def test_two_processes_that_upgrade_at_once_do_it_once(empty_database: str) -> None:
    program = (
        "import sys; from mailgate.store.db import *; s = open_store(sys.argv[1]); print(*upgrade(s)); check_schema(s)"
    )
    racers = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", program, empty_database],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(3)
    ]
    said = [racer.communicate(timeout=60) for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0, 0], said
    assert sorted(out.split() for out, _ in said) == [[], [], schema._revisions()]


def test_a_failed_upgrade_leaves_nothing_behind(empty_database: str) -> None:
    with closing(open_store(empty_database)) as store:

        def fail_halfway() -> None:
            with store.alter() as connection:
                connection.execute(text("CREATE TABLE half (done INTEGER)"))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail_halfway()
        with store.read() as connection:
            assert not inspect(connection).has_table("half")
        upgrade(store)


def test_a_change_that_would_cut_rows_off_is_refused(tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path / 'a.db'}")) as store:
        upgrade(store)
        with pytest.raises(StoreError, match="point to nothing"), store.alter() as connection:
            connection.execute(text("INSERT INTO participant VALUES ('2611000001', 'ann@x.test', 0)"))
        with store.write() as connection:
            assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_a_drafted_migration_spells_plain_types_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = tmp_path / "migrations"
    (versions / "versions").mkdir(parents=True)
    for name in ("env.py", "script.py.mako"):
        (versions / name).write_text((schema.MIGRATIONS / name).read_text())
    monkeypatch.setattr(schema, "MIGRATIONS", versions)
    with closing(open_store(f"sqlite:///{tmp_path / 'a.db'}")) as store:
        monkeypatch.setattr(schema, "_revisions", list)
        schema.draft(store, "first")
    drafted = (versions / "versions" / "0001_first.py").read_text()
    assert "sa.DateTime(timezone=True)" in drafted
    assert "sqlmodel" not in drafted
    assert "mailgate" not in drafted


def test_what_a_start_would_say_is_foreseen_and_nothing_is_made(empty_database: str) -> None:
    with closing(open_store(empty_database)) as store:
        foresee(store)
        assert is_empty(store)
        assert store.path is None or not store.path.exists()
        upgrade(store)
        foresee(store)
        with store.alter() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(SchemaError, match="9999 is newer"):
            foresee(store)
        with store.alter() as connection:
            connection.execute(text("DROP TABLE alembic_version"))
        with pytest.raises(SchemaError, match="is not mailgate's"):
            foresee(store)


def test_a_role_that_may_make_no_tables_is_foreseen(postgres: Postgres) -> None:
    url = postgres.database(empty=True)
    postgres._execute("CREATE ROLE stranger LOGIN")
    with (
        closing(open_store(url.replace("mailgate@", "stranger@"))) as store,
        pytest.raises(StoreError, match=r"stranger@.*: this role may make no tables here; name the owner"),
    ):
        foresee(store)
    postgres.drop(url)
    postgres._execute("DROP ROLE stranger")


def newer(folder: Path, says: str = "") -> Path:
    """The migrations of a mailgate to come."""
    migrations = shutil.copytree(schema.MIGRATIONS, folder / "migrations")
    (migrations / "versions" / "0002_next.py").write_text(NEXT.format(says=says))
    return migrations


def test_a_newer_schema_that_only_adds_is_worked_on(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", newer(tmp_path, 'works_with = "0001"'))
        assert upgrade(store) == ["0002"]
        check_schema(store, exactly=True)
    check_schema(store)
    assert upgrade(store) == []
    world = World(store)
    world.receive(mail())
    assert world.sums() == {"filed": 1}
    with pytest.raises(SchemaError, match="newer than 0001"):
        check_schema(store, exactly=True)


def test_a_newer_schema_that_says_nothing_is_not_worked_on(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", newer(tmp_path))
        assert upgrade(store) == ["0002"]
    for start in (check_schema, upgrade):
        with pytest.raises(SchemaError, match="newer than 0001"):
            start(store)


def test_a_schema_is_not_changed_under_nodes_that_could_not_go_on(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_store(postgres_url)) as store:
        now = clock_of(store).now()
        with store.write() as connection:
            nodes.say(connection, nodes.Node("old/1/x", "old", "0.1", "0001", now, now))
        monkeypatch.setattr(schema, "MIGRATIONS", newer(tmp_path))
        with pytest.raises(SchemaError, match="these nodes cannot work on the new schema: old; stop them first"):
            upgrade(store)
        with store.write() as connection:
            nodes.beat(connection, "old/1/x", now - nodes.SILENT_AFTER, 0, {})
        assert upgrade(store) == ["0002"]
