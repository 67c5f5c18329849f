"""A copy of the database that is killed in the middle is gone on with where it ended, in both directions and home."""

from __future__ import annotations

import itertools
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import psycopg
from sqlalchemy import func, select

from daemon import Daemon
from kept import arrival
from mailgate.store import keep
from mailgate.store.db import Store, open_store
from mailgate.store.table import metadata
from servers import Postgres

MAILS = 1_500
COUNT = "SELECT count(*) FROM raw_mail"


def copied(url: str) -> int:
    """How much of it is there. No mailgate asks: while one is connected, none begins to copy."""
    with suppress(psycopg.Error, sqlite3.Error):
        if url.startswith("sqlite"):
            with closing(sqlite3.connect(f"file:{url.removeprefix('sqlite:///')}?mode=ro", uri=True)) as file:
                return int(file.execute(COUNT).fetchone()[0])
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            row = connection.execute(COUNT).fetchone()
            return int(row[0]) if row else 0
    return 0


def rows(store: Store) -> dict[str, int]:
    with store.read() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        }


def test_a_copy_that_is_killed_is_gone_on_with_there_and_back(tmp_path: Path, postgres: Postgres) -> None:
    daemon = Daemon(tmp_path)
    assert daemon.run("db", "upgrade").returncode == 0
    with closing(open_store(f"sqlite:///{tmp_path}/mailgate.db")) as store:
        with store.write() as connection:
            keep.receive(connection, [arrival(str(number)) for number in range(MAILS)])
        before = rows(store)
    there, url = killed_and_finished(daemon, lambda: postgres.database(empty=True))
    daemon.config.write_text(daemon.config.read_text().replace("sqlite:///mailgate.db", url))
    files = itertools.count()
    back, home = killed_and_finished(daemon, lambda: f"sqlite:///{tmp_path}/home{next(files)}.db")
    assert back == there, "the digests of all tables"
    with closing(open_store(home)) as store:
        assert rows(store) == before
    postgres.drop(url)


def killed_and_finished(daemon: Daemon, fresh: Callable[[], str]) -> tuple[str, str]:
    """What the last of the commands printed, and where the copy is; `fresh` gives an empty database."""
    url = next(url for url in (fresh() for _ in range(20)) if is_killed_in_the_middle(daemon, url))
    done = daemon.run("db", "copy", "--to", url, "--json")
    assert done.returncode == 0, done.stderr
    return done.stdout, url


def is_killed_in_the_middle(daemon: Daemon, url: str) -> bool:
    """False where we looked too late: then all of it is there."""
    words = ["db", "copy", "--to", url, "--config", str(daemon.config)]
    copying = subprocess.Popen(
        [sys.executable, "-m", "mailgate", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    daemon.wait(lambda: copied(url) > 0 or copying.poll() is not None, "some of it", pause=0.005)
    copying.kill()
    assert copying.wait() in (-9, 0)
    assert copied(url) > 0
    return copied(url) < MAILS
