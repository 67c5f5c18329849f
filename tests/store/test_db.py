"""Engines and transactions: what both databases promise, and what each says when it cannot."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from kept import open_case
from mailgate.errors import Conflict, NotFound, StoreError
from mailgate.store import db, facts
from mailgate.store.db import Store, check_schema, is_empty, open_store, upgrade
from mailgate.store.tables import cases, meta
from nobody import as_nobody, asker, open_folder, owner
from servers import Postgres


def put(store: Store, key: str, value: str = "x") -> None:
    with store.write() as connection:
        connection.execute(meta.insert(), {"key": key, "value": value})


def values(store: Store) -> list[str]:
    with store.read() as connection:
        return sorted(connection.execute(select(meta.c.key)).scalars())


def test_a_write_is_whole_or_not_at_all(store: Store) -> None:
    put(store, "kept")

    def fail_halfway() -> None:
        with store.write() as connection:
            connection.execute(meta.insert(), {"key": "lost", "value": "x"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert values(store) == ["kept"]


def test_a_read_changes_nothing(store: Store) -> None:
    with pytest.raises(StoreError), store.read() as connection:
        connection.execute(meta.insert(), {"key": "a", "value": "x"})
    assert values(store) == []


def test_a_read_sees_one_moment_and_waits_for_no_writer(store: Store) -> None:
    put(store, "before")
    with store.read() as connection:
        assert list(connection.execute(select(meta.c.key)).scalars()) == ["before"]
        put(store, "after")
        assert list(connection.execute(select(meta.c.key)).scalars()) == ["before"]
    assert values(store) == ["after", "before"]


def test_a_constraint_that_we_break_is_no_trouble_of_the_database(store: Store) -> None:
    put(store, "a")
    with pytest.raises(IntegrityError):
        put(store, "a")


def test_moments_come_back_in_utc_and_naive_ones_are_refused(store: Store) -> None:
    with store.write() as connection:
        case, _, _ = open_case(connection)
        with pytest.raises(Exception, match="timezone"):
            connection.execute(cases.update().values(updated_at=case.opened_at.replace(tzinfo=None)))
    with store.read() as connection:
        found = facts.case_of(connection, case.number)
    assert found is not None
    assert found.opened_at.utcoffset() == case.opened_at.utcoffset()


def test_a_store_does_not_cross_a_fork(store: Store) -> None:
    put(store, "parent")
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        said = "wrote"
        try:
            put(store, "child")
        except StoreError as error:
            said = str(error)
        store.close()
        os.write(write_end, said.encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        assert "open it after the fork" in pipe.read()
    put(store, "parent again")
    assert values(store) == ["parent", "parent again"]


@pytest.mark.parametrize("url", ["nonsense", "mysql://localhost/x", "oracle+nothing://x"])
def test_another_database_is_refused_by_name(url: str) -> None:
    with pytest.raises(StoreError, match=r"not the URL|not on|nothing"):
        open_store(url)


class TestSqlite:
    def test_a_connection_is_durable_and_its_file_is_private(self, tmp_path: Path) -> None:
        path = tmp_path / "weird # ü name.db"
        old = os.umask(0)
        try:
            with closing(open_store(f"sqlite:///{path}")) as store:
                upgrade(store)
                with store.write() as connection:
                    found = {
                        name: connection.execute(text(f"PRAGMA {name}")).scalar()
                        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
                    }
                files = {one.name: stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()}
        finally:
            os.umask(old)
        assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
        assert path.name in files
        assert set(files.values()) == {0o600}

    def test_a_folder_that_is_missing_is_named(self, tmp_path: Path) -> None:
        with (
            closing(open_store(f"sqlite:///{tmp_path}/none/a.db")) as store,
            pytest.raises(StoreError, match=r"none/a\.db: there is no folder /.*/none; make it"),
        ):
            upgrade(store)

    def test_a_file_that_is_no_database_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "a.db").write_text("this is a letter to my aunt, and not a database at all\n" * 100)
        with (
            closing(open_store(f"sqlite:///{tmp_path}/a.db")) as store,
            pytest.raises(StoreError, match=r"a\.db: file is not a database; name another file, or move this one away"),
        ):
            upgrade(store)

    def test_a_folder_in_its_place_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "a.db").mkdir()
        with (
            closing(open_store(f"sqlite:///{tmp_path}/a.db")) as store,
            pytest.raises(StoreError, match=r"a\.db is a folder"),
        ):
            upgrade(store)

    @pytest.mark.parametrize("closed", ["a.db", "."])
    def test_a_database_of_another_user_is_told_with_its_owner_and_who_asks(self, closed: str) -> None:
        with open_folder() as folder:
            store = open_store(f"sqlite:///{folder}/a.db")
            upgrade(store)
            store.close()
            (folder / closed).chmod(0)
            said = as_nobody(lambda: str(is_empty(open_store(store.url))))
            folder.chmod(0o755)
        assert said.startswith("StoreError: ")
        whose = f"{folder / closed} belongs to {owner()} (mode 0), and this runs as {asker()}; run it as {owner()}"
        assert whose in said
        assert "\n" not in said

    def test_a_folder_that_takes_no_new_file_is_told_with_its_owner(self) -> None:
        with open_folder() as folder:
            folder.chmod(0o555)
            said = as_nobody(lambda: str(upgrade(open_store(f"sqlite:///{folder}/a.db"))))
        assert f"{folder} belongs to {owner()} (mode 555), and this runs as {asker()}" in said

    def test_a_lock_that_never_ends_is_trouble_with_the_database(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(db, "PATIENCE_SECONDS", 0)
        path = tmp_path / "a.db"
        with closing(open_store(f"sqlite:///{path}")) as store:
            upgrade(store)
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                with pytest.raises(StoreError, match="locked"):
                    put(store, "a")
                assert values(store) == []

    def test_a_full_disk_is_trouble_with_the_database_and_passes(self, tmp_path: Path) -> None:
        with closing(open_store(f"sqlite:///{tmp_path / 'a.db'}")) as store:
            upgrade(store)
            with store.write() as connection:
                pages = connection.execute(text("PRAGMA page_count")).scalar()
                connection.execute(text(f"PRAGMA max_page_count = {pages}"))
            with pytest.raises(StoreError, match="full"):
                put(store, "a", "x" * 1_000_000)
            with store.write() as connection:
                connection.execute(text("PRAGMA max_page_count = 1000000"))
            put(store, "b")
            assert values(store) == ["b"]

    def test_a_database_in_memory_is_one_for_all_threads(self) -> None:
        with closing(open_store("sqlite://")) as store:
            upgrade(store)
            threads = [threading.Thread(target=put, args=(store, str(number))) for number in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert values(store) == sorted(map(str, range(8)))

    def test_a_write_within_a_write_is_refused_and_does_not_wait_for_itself(self) -> None:
        with closing(open_store("sqlite://")) as store:
            upgrade(store)
            with store.write(), pytest.raises(StoreError, match="already open"), store.write():
                pass
            put(store, "a")


class TestPostgres:
    def test_a_plain_url_means_psycopg_and_secrets_are_not_shown(self) -> None:
        with closing(open_store("postgresql://gate:secret@127.0.0.1:1/mail")) as store:
            assert store.url == "postgresql+psycopg://gate:secret@127.0.0.1:1/mail"
            with pytest.raises(
                StoreError, match=r"postgresql\+psycopg://gate:\*\*\*@127.0.0.1:1/mail: .*connection"
            ) as told:
                values(store)
        assert "secret" not in str(told.value)
        assert "\n" not in str(told.value)
        assert str(told.value).endswith("; see that the server runs, and that host, port, database and user are right")

    def test_a_role_without_rights_is_trouble_with_the_database_and_says_what_helps(self, postgres: Postgres) -> None:
        url = postgres.database()
        postgres._execute("CREATE ROLE stranger LOGIN")
        with closing(open_store(url.replace("mailgate@", "stranger@"))) as store:
            for work in (check_schema, is_empty, upgrade, lambda store: put(store, "a"), values):
                with pytest.raises(StoreError) as told:
                    work(store)
                assert "stranger@" in str(told.value)
                assert "permission denied for table" in str(told.value)
                assert str(told.value).endswith(
                    "; name the role that owns mailgate's tables, or GRANT this one its rights"
                )
                assert "\n" not in str(told.value)
        postgres.drop(url)
        postgres._execute("DROP ROLE stranger")

    def test_a_role_that_may_make_no_tables_is_told_of_it(self, postgres: Postgres) -> None:
        url = postgres.database(empty=True)
        postgres._execute("CREATE ROLE stranger LOGIN")
        with (
            closing(open_store(url.replace("mailgate@", "stranger@"))) as store,
            pytest.raises(StoreError, match="permission denied for schema public; name the role"),
        ):
            upgrade(store)
        postgres.drop(url)
        postgres._execute("DROP ROLE stranger")

    def test_a_missing_database_is_trouble_with_the_database(self, postgres: Postgres) -> None:
        with (
            closing(open_store(postgres.url("none"))) as store,
            pytest.raises(StoreError, match='"none" does not exist'),
        ):
            values(store)

    def test_a_lost_connection_is_trouble_once_and_then_over(self, postgres: Postgres) -> None:
        url = postgres.database()
        kill = text("SELECT pg_terminate_backend(pg_backend_pid())")
        with closing(open_store(url)) as store:
            with pytest.raises(StoreError), store.write() as connection:
                connection.execute(kill)
            put(store, "a")
            assert values(store) == ["a"]
        postgres.drop(url)

    def test_a_database_without_unicode_is_refused(self, postgres: Postgres) -> None:
        postgres._execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
        with closing(open_store(postgres.url("latin"))) as store, pytest.raises(StoreError, match="UTF8"):
            upgrade(store)
        postgres.drop(postgres.url("latin"))

    def test_two_that_wait_for_each_other_are_told_of_a_conflict(self, postgres: Postgres) -> None:
        url = postgres.database()
        met = threading.Barrier(2, timeout=20)
        errors: list[Exception] = []

        def take(store: Store, first: int, second: int) -> None:
            try:
                with store.write() as connection:
                    db.lock_numbers(connection, [first])
                    met.wait()
                    db.lock_numbers(connection, [second])
            except Exception as error:  # noqa: BLE001 - which it is, is the question
                errors.append(error)

        with closing(open_store(url)) as store:
            threads = [threading.Thread(target=take, args=(store, *order)) for order in ((1, 2), (2, 1))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        postgres.drop(url)
        assert [type(error) for error in errors] == [Conflict]

    def test_a_server_that_forgets_on_a_crash_is_told_not_to(self, postgres: Postgres) -> None:
        url = postgres.database()
        postgres._execute(f"ALTER DATABASE {url.partition('@/')[2].partition('?')[0]} SET synchronous_commit = off")
        with closing(open_store(url)) as store, store.write() as connection:
            assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"
        postgres.drop(url)


def test_a_conflict_is_trouble_with_the_store_but_not_found_is_not() -> None:
    assert issubclass(Conflict, StoreError)
    assert not issubclass(NotFound, StoreError)
