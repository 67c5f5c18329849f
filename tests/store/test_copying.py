"""A database in another one: all of it, the same, and nothing that starts on half of it. In both directions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text, update

from commands import CONFIG, Gate
from daemon import Daemon
from mailgate.app import prepare
from mailgate.errors import SchemaError, StoreError
from mailgate.only import only_daemon
from mailgate.store import copying
from mailgate.store.db import Store, open_store
from mailgate.store.table import metadata
from mailgate.store.tables import block, cases, inbound, meta, raw_piece
from moments import NOON
from servers import Postgres
from world import World, mail

ODD = "Grüße 回复 \U0001f5a8 \\ ' \" %s :x \n \u2028 zz ZZ _"


def fill(store: Store) -> None:
    """Cases, letters, a mail of three pieces, a merged case, a mail whose row is gone, and a text of every sort."""
    world = World(store)
    world.receive(mail(ODD.split("\n", maxsplit=1)[0], body=ODD))
    world.receive(mail("Big", body="0123456789\r\n" * 250_000, message_id="<2@customer.test>"))
    world.receive(mail("Other", by="bob@elsewhere.test", message_id="<3@elsewhere.test>"))
    with store.write() as connection:
        for pattern in ("b.test", "a.test", "B.test", "_.test", "ä.test", "Z.test", "-a.test"):
            connection.execute(insert(block), {"pattern": pattern, "by": "operator", "at": NOON})
        first, *_, last = connection.scalars(select(cases.c.number).order_by(cases.c.number))
        connection.execute(update(cases).where(cases.c.number == first).values(merged_into=last))
        row = connection.execute(select(inbound).where(inbound.c.id == 3)).one()._asdict()
        for number in (8, 9):
            connection.execute(insert(inbound), {**row, "id": number, "identity": f"x{number}"})
        connection.execute(inbound.delete().where(inbound.c.id == 9))
        if store.dialect == "postgresql":
            connection.execute(text("SELECT setval(pg_get_serial_sequence('inbound', 'id'), 9)"))


def everything(store: Store) -> dict[str, list[Any]]:
    with store.read() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }


@pytest.fixture
def other(store: Store, tmp_path: Path, postgres: Postgres) -> Iterator[Store]:
    """An empty database of the other kind; a PostgreSQL that sorts texts as people do, not by octets as SQLite does."""
    if store.dialect == "postgresql":
        url = f"sqlite:///{tmp_path}/copy.db"
    else:
        postgres._execute("CREATE DATABASE by_language TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'")
        url = postgres.url("by_language")
    with closing(open_store(url)) as opened:
        yield opened
    if store.dialect == "sqlite":
        postgres.drop(url)


def quietly(_table: str, _done: int, _total: int) -> None:
    """Nobody looks on."""


def test_everything_is_in_the_copy_and_compared(store: Store, other: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "_ROWS", 2)
    fill(store)
    before = everything(store)
    assert copying.foresee(store, other) == {name: len(rows) for name, rows in before.items()}
    found = copying.copy(store, other, quietly)
    assert {one.table: one.rows for one in found} == {name: len(rows) for name, rows in before.items()}
    assert everything(other) == before == everything(store)
    assert len(before["raw_piece"]) > 1
    prepare(other)  # what the daemon asks of a database when it starts
    with other.write() as connection:
        row = connection.execute(select(inbound).where(inbound.c.id == 8)).one()._asdict()
        del row["id"]
        # 9 was given once, to a mail that is gone.
        assert connection.scalar(insert(inbound).returning(inbound.c.id), {**row, "identity": "new"}) == 10


def test_a_copy_goes_both_ways_and_home_again_the_same(store: Store, other: Store, tmp_path: Path) -> None:
    fill(store)
    digests = copying.copy(store, other, quietly)
    with closing(open_store(f"sqlite:///{tmp_path}/home.db")) as home:
        assert copying.copy(other, home, quietly) == digests
        assert everything(home) == everything(store)


def test_a_copy_that_was_broken_off_is_gone_on_with_and_served_by_nobody_meanwhile(
    store: Store, other: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_ROWS", 1)
    fill(store)

    def power_cut(table: str, done: int, _total: int) -> None:
        if (table, done) == ("inbound", 2):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copying.copy(store, other, power_cut)
    with pytest.raises(SchemaError, match="a copy into this database was not finished"):
        prepare(other)
    told: list[tuple[str, int]] = []
    copying.copy(store, other, lambda table, done, _total: told.append((table, done)))
    assert [done for table, done in told if table == "inbound"] == [3, 4]
    assert everything(other) == everything(store)
    prepare(other)


def test_a_row_that_is_not_the_same_is_named_and_the_copy_not_served(
    store: Store, other: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store)
    count_on = copying._count_on

    def spoil(reading: Any, writing: Any, table: Any) -> None:
        count_on(reading, writing, table)
        if table.name == "raw_piece":
            writing.execute(update(raw_piece).where(raw_piece.c.place == 1).values(data=b"other"))

    monkeypatch.setattr(copying, "_count_on", spoil)
    with pytest.raises(StoreError, match=r"table raw_piece, sha256 [0-9a-f]{64}, place 1: differs"):
        copying.copy(store, other, quietly)
    with pytest.raises(SchemaError):
        prepare(other)


def test_a_database_with_something_in_it_and_the_beginning_of_another_copy_are_refused(
    store: Store, other: Store
) -> None:
    fill(store)
    prepare(other)
    copying.copy(store, other, quietly)
    with pytest.raises(StoreError, match=r"is not empty \(table \w+\); name an empty database"):
        copying.copy(store, other, quietly)
    with other.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'copy of 00DOTHERS'"))
    with pytest.raises(StoreError, match="the beginning of a copy of another mailgate's database"):
        copying.copy(store, other, quietly)


def test_the_command_copies_says_what_is_left_to_do_and_changes_no_settings(tmp_path: Path, postgres_url: str) -> None:
    gate = Gate(tmp_path)
    gate.out("db", "upgrade")
    with gate.world() as world:
        world.receive(mail())
    dry = {row["table"]: row["rows"] for row in gate.json("db", "copy", "--to", postgres_url, "--dry-run")}
    with closing(open_store(postgres_url)) as target, target.read() as connection:
        assert connection.scalar(select(func.count()).select_from(meta)) == 0
    said = gate.out("db", "copy", "--to", postgres_url)
    assert said.endswith(
        f"every row was compared and is the same; now set [store] url in {gate.config}, and start the daemon\n"
    )
    assert (dry["cases"], dry["inbound"]) == (1, 1)
    assert gate.config.read_text() == CONFIG
    assert gate.error("db", "copy", "--to", f"sqlite:///{tmp_path}/./mailgate.db").endswith(
        "is the database of the settings itself"
    )


def test_a_daemon_on_either_side_is_to_be_stopped_first(tmp_path: Path, postgres_url: str) -> None:
    gate = Gate(tmp_path)
    gate.out("db", "upgrade")
    with closing(open_store(f"sqlite:///{tmp_path}/mailgate.db")) as store, only_daemon(store):
        assert gate.error("db", "copy", "--to", postgres_url) == (
            "~/mailgate.db: another mailgate daemon runs on this database; stop it first"
        )
    home = tmp_path / "other"
    home.mkdir()
    with Daemon(home, store=postgres_url) as daemon:
        told = daemon.run("db", "copy", "--to", f"sqlite:///{home}/copy.db")
        assert told.returncode == 1
        assert "another mailgate is connected to it" in told.stderr
        daemon.kill()
        assert json.loads(daemon.run("db", "copy", "--to", f"sqlite:///{home}/copy.db", "--json").stdout)
