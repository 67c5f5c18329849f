"""A backup is one moment of the whole database, there whole or not at all, and nobody else's to read."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from commands import CONFIG, Gate
from mailgate.app import prepare
from mailgate.errors import StoreError
from mailgate.store import backup, copying, facts
from mailgate.store.db import Store, open_store
from moments import NOON
from servers import Postgres
from world import World, mail


def test_a_backup_made_while_somebody_writes_can_be_put_in_place(
    store: Store, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    world = World(store)
    world.receive(mail())
    folder = tmp_path / "backup"
    folder.mkdir()
    with store.write() as connection:  # not committed: not in it
        connection.exec_driver_sql("DELETE FROM block")
        file = backup.place(store, folder, NOON)
        size = backup.make(store, file)
    assert [one.name for one in folder.iterdir()] == [file.name]
    assert (file.stat().st_mode & 0o777, file.stat().st_size) == (0o600, size)
    if store.dialect == "sqlite":
        url = f"sqlite:///{file}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        url = server.database(empty=True)
        target = url.replace("+psycopg", "")
        subprocess.run(["pg_restore", "--exit-on-error", f"--dbname={target}", str(file)], check=True)
    with closing(open_store(url)) as restored:
        prepare(restored)
        with restored.read() as connection, store.read() as original:
            assert facts.list_inbox(connection) == facts.list_inbox(original)
            assert copying.organisation_of(connection) == copying.organisation_of(original)
    if store.dialect == "postgresql":
        server.drop(url)


def test_nothing_is_overwritten_and_a_folder_has_a_name_for_each_moment(store: Store, tmp_path: Path) -> None:
    kind = "db" if store.dialect == "sqlite" else "dump"
    moment = datetime(2026, 11, 22, 3, 15, tzinfo=UTC)
    assert backup.place(store, tmp_path, moment) == tmp_path / f"mailgate-20261122T031500Z.{kind}"
    taken = tmp_path / "taken"
    taken.write_text("mine")
    with pytest.raises(StoreError, match="is there already"):
        backup.place(store, taken, moment)
    with pytest.raises(StoreError, match="no such folder"):
        backup.place(store, tmp_path / "none" / "file", moment)


def test_a_backup_that_fails_leaves_nothing_behind(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "backup"
    folder.mkdir()
    if store.path is not None:
        with store.path.open("r+b") as file:  # a page in the middle is lost
            file.seek(3 * 4096)
            file.write(b"\xff" * 4096 * 4)
    else:
        monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(StoreError) as told:
        backup.make(store, folder / "x")
    assert list(folder.iterdir()) == []
    what = "put a backup in its place" if store.dialect == "sqlite" else "apt install postgresql-client"
    assert what in str(told.value)


def test_the_command_keeps_the_newest_and_what_is_not_a_backup(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    gate.out("db", "upgrade")
    folder = tmp_path / "backup"
    folder.mkdir()
    old = [f"mailgate-2026010{day}T000000Z.db" for day in range(1, 5)]
    for name in (*old, "mailgate-notes.db", "other.txt"):
        (folder / name).touch()
    before = {one.name for one in folder.iterdir()}
    said = gate.out("db", "backup", str(folder), "--keep", "3", "--dry-run").splitlines()
    assert said[0].startswith("would write: ")
    assert [line.rpartition("/")[2] for line in said[1:]] == old[:2]
    assert {one.name for one in folder.iterdir()} == before
    gate.out("db", "backup", str(folder), "--keep", "3")
    (new,) = {one.name for one in folder.iterdir()} - before
    assert before - {one.name for one in folder.iterdir()} == set(old[:2])
    with closing(sqlite3.connect(folder / new)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert gate.config.read_text() == CONFIG
    assert gate.error("db", "backup", str(tmp_path / "one.db"), "--keep", "3", code=2).startswith(
        "--keep is for a folder"
    )


def test_a_password_of_the_database_is_on_no_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "told"
    program = tmp_path / "pg_dump"
    program.write_text(f'#!/bin/sh\nfor word; do echo "$word"; done >{told}\necho "$PGPASSWORD" >>{told}\nexit 1\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with closing(open_store("postgresql://gate:s3cret@db.example.com/mail")) as store, pytest.raises(StoreError):
        backup._dump(store, tmp_path / "draft")
    *words, password = told.read_text().splitlines()
    assert password == "s3cret"
    assert "--dbname=postgresql://gate@db.example.com/mail" in words
    assert "s3cret" not in " ".join(words)
