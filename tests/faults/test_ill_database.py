"""A database that somebody else holds, or that goes away in the middle: mail is put off, and all goes on by itself."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg

from daemon import Daemon
from ledger import Ledger, in_maildir, reconcile
from mailgate.store.db import PATIENCE_SECONDS
from servers import Postgres


@contextmanager
def file_held(daemon: Daemon) -> Iterator[None]:
    with closing(sqlite3.connect(daemon.home / "mailgate.db", isolation_level=None, timeout=20)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def tables_held(url: str) -> Iterator[None]:
    with psycopg.connect(url.replace("+psycopg", "")) as other:
        other.execute("LOCK TABLE inbound, outbox, raw_mail IN ACCESS EXCLUSIVE MODE")
        yield
        other.rollback()


def test_a_database_that_is_held_longer_than_we_wait_puts_mail_off_and_loses_none(
    postgres_url: str, tmp_path: Path
) -> None:
    ledgers = {}
    with ExitStack() as stack:
        file, server = tmp_path / "file", tmp_path / "server"
        for home, store in ((file, "sqlite:///mailgate.db"), (server, postgres_url)):
            home.mkdir()
            ledgers[stack.enter_context(Daemon(home, store))] = Ledger()
        for daemon, ledger in ledgers.items():
            ledger.bring(daemon, range(5))
            reconcile(daemon, range(5), in_maildir(daemon))
        with file_held(next(iter(ledgers))), tables_held(postgres_url):
            clients = [
                threading.Thread(target=ledger.send, args=(daemon.port, [number]))
                for daemon, ledger in ledgers.items()
                for number in range(5, 15)
            ]
            for client in clients:
                client.start()
            time.sleep(PATIENCE_SECONDS + 5)  # longer than anybody waits: this is what is tried
            for ledger in ledgers.values():
                assert ledger.refused >= 1, "somebody was told to come back"
                assert len(ledger.answered) == 5
        for client in clients:
            client.join()
        for daemon, ledger in ledgers.items():
            ledger.bring(daemon, range(15, 20))
            assert reconcile(daemon, range(20), in_maildir(daemon), seconds=60) == []
            assert daemon.stop() == 0


def test_a_server_that_crashes_in_the_middle_loses_nothing(postgres: Postgres, tmp_path: Path) -> None:
    url, ledger, count = postgres.database(), Ledger(), 900
    with Daemon(tmp_path, url) as daemon:
        clients = [
            threading.Thread(target=ledger.send, args=(daemon.port, list(range(start, count, 6)))) for start in range(6)
        ]
        for client in clients:
            client.start()
        for share in (1, 2):
            daemon.wait(lambda share=share: len(ledger.answered) > share * count // 4 or _ended(clients), "some")
            postgres.crash_and_recover()
        for client in clients:
            client.join()
        assert ledger.unanswered, "nobody noticed"
        ledger.bring(daemon)
        assert reconcile(daemon, range(count), in_maildir(daemon)) == []
        assert daemon.stop() == 0
    postgres.drop(url)


def _ended(clients: list[threading.Thread]) -> bool:
    return not any(client.is_alive() for client in clients)
