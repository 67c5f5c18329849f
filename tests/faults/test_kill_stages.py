"""kill -9 at each stage of the walk: what was answered 250 is there once, and each letter went out, once if it can be.

On PostgreSQL the moment is made by holding one COMMIT on its way (`wire.py`); on SQLite another process has the write
lock, or the child that reads is stopped.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from daemon import Daemon
from dovecot import Dovecot, gate
from imap_bench import mail
from ledger import Ledger, in_maildir, reconcile, taken_by
from mailgate.store.tables import inbound
from servers import Postgres
from smtp_sink import Sink, standing
from wire import Wire

RECEIVED = r"INSERT INTO inbound"
CLAIMED = r"UPDATE inbound SET lease_until"
WALKED = r"INSERT INTO entry"
TAKEN = r"UPDATE outbox SET lease_until"
RECORDED = r"UPDATE outbox SET state"
FETCHED = r"INSERT INTO fetched"
SETTLED = r"UPDATE fetched SET settled"
MADE = r"CREATE TABLE"

# By then it waits for the lock, which cannot be seen from outside; whatever it does, it cannot commit.
SOON_SECONDS = 0.5

STAGES = {
    "after DATA, before the commit": (RECEIVED, False),
    "after the commit, before the 250": (RECEIVED, True),
    "after a worker has claimed it, before it is read": (CLAIMED, True),
    "before the walk's commit": (WALKED, False),
    "after the walk's commit, before anybody knows of it": (WALKED, True),
    "after the sender has claimed the letter, before it is sent": (TAKEN, True),
    "after the relay's 250, before it is recorded": (RECORDED, False),
    "after it is recorded, before the sender knows of it": (RECORDED, True),
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_kill_at_this_stage_loses_and_doubles_nothing(postgres_url: str, tmp_path: Path, stage: str) -> None:
    statement, answered = STAGES[stage]
    ledger = Ledger()
    with (
        standing(Sink()) as sink,
        Wire(postgres_url) as wire,
        Daemon(tmp_path, wire.url, f"smtp://127.0.0.1:{sink.port}") as daemon,
    ):
        ledger.bring(daemon, [1])
        reconcile(daemon, [1], taken_by(sink))
        wire.hold(statement, answered=answered)
        client = threading.Thread(target=ledger.send, args=(daemon.port, [2]))
        client.start()
        wire.holding()
        daemon.kill()
        wire.let_go()
        client.join()
        assert ledger.unanswered == ([2] if statement == RECEIVED else [])
        daemon.start()
        ledger.bring(daemon, [3])
        twice = reconcile(daemon, [1, 2, 3], taken_by(sink))
        second = {row["message_id"] for row in daemon.outbox() if "Request 2" in row["subject"]}
        came = seen(daemon)
        assert daemon.stop() == 0
    # The one moment in which a letter must go twice: the relay has it, and nobody wrote that down.
    assert set(twice) == (second if (statement, answered) == (RECORDED, False) else set())
    assert came["<2@customer.test>"] == (2 if (statement, answered) == (RECEIVED, True) else 1)


def seen(daemon: Daemon) -> dict[str, int]:
    """How often each mail came, by Message-ID."""
    with daemon.look() as connection:
        return {row.message_id: row.seen for row in connection.execute(select(inbound.c.message_id, inbound.c.seen))}


@pytest.mark.parametrize(
    ("statement", "answered"), [(FETCHED, False), (FETCHED, True), (SETTLED, False)], ids=["commit", "move", "mark"]
)
def test_a_kill_while_fetching_loses_and_doubles_nothing(
    postgres_url: str, tmp_path: Path, statement: str, answered: bool
) -> None:
    """Before the commit; after it and before the move; after the move and before the mark that it was made."""
    with (
        Dovecot() as server,
        Wire(postgres_url) as wire,
        gate(tmp_path, server, wire.url, 'after = "move"\n') as daemon,
    ):
        daemon.says("mailbox connected")
        wire.hold(statement, answered=answered)
        server.put(mail(1), mail(2))
        wire.holding()
        moved = len(server.folder("Mailgate"))
        assert (moved > 0) == (statement == SETTLED)
        daemon.kill()
        wire.let_go()
        daemon.start()
        server.put(mail(3))
        daemon.wait(lambda: len(server.folder("Mailgate")) == 3, "all to be moved")
        daemon.wait(lambda: len(daemon.sent()) == 3, "all to be answered")
        came, letters = seen(daemon), len(daemon.sent())
        assert (server.folder(), daemon.stop()) == ({}, 0)
    assert came == {f"<{number}@customer.test>": 1 for number in (1, 2, 3)}
    assert letters == 3


@pytest.mark.parametrize("answered", [False, True], ids=["before", "after"])
def test_a_kill_while_the_database_is_made_leaves_one_that_can_be_used(
    postgres: Postgres, tmp_path: Path, answered: bool
) -> None:
    url = postgres.database(empty=True)
    with Wire(url) as wire:
        daemon = Daemon(tmp_path, wire.url)
        wire.hold(MADE, answered=answered)
        starting = daemon.begin()
        wire.holding()
        starting.kill()
        starting.wait()
        wire.let_go()
        with daemon:
            Ledger().bring(daemon, [1])
            assert reconcile(daemon, [1], in_maildir(daemon)) == []
            assert daemon.stop() == 0
    postgres.drop(url)


def test_kills_at_any_moment_of_a_start_leave_a_file_that_can_be_used(tmp_path: Path) -> None:
    daemon, ledger = Daemon(tmp_path), Ledger()
    for moment in range(12):
        starting = daemon.begin()
        time.sleep(0.1 * moment)
        starting.kill()
        starting.wait()
    with daemon:
        ledger.bring(daemon, [1])
        assert reconcile(daemon, [1], in_maildir(daemon)) == []
        assert daemon.stop() == 0
    with closing(sqlite3.connect(tmp_path / "mailgate.db")) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@contextmanager
def writing(daemon: Daemon) -> Iterator[None]:
    """Another process writes to the database: the daemon can read, and not commit."""
    with closing(sqlite3.connect(daemon.home / "mailgate.db", isolation_level=None, timeout=20)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def claimed(daemon: Daemon) -> bool:
    with daemon.look() as connection:
        return connection.execute(select(inbound.c.id).where(inbound.c.lease_until.is_not(None))).first() is not None


def reader_of(daemon: Daemon) -> int:
    """The process id of the child that reads mail."""
    assert daemon.process is not None
    (child,) = Path(f"/proc/{daemon.process.pid}/task/{daemon.process.pid}/children").read_text().split()
    return int(child)


def test_a_kill_before_the_commit_into_a_file_loses_and_doubles_nothing(tmp_path: Path) -> None:
    ledger = Ledger()
    with Daemon(tmp_path) as daemon:
        with writing(daemon):
            client = threading.Thread(target=ledger.send, args=(daemon.port, [1]))
            client.start()
            time.sleep(SOON_SECONDS)
            daemon.kill()
            client.join()
        assert ledger.unanswered == [1]
        daemon.start()
        ledger.bring(daemon, [2])
        assert reconcile(daemon, [1, 2], in_maildir(daemon)) == []
        assert set(seen(daemon).values()) == {1}


def test_a_kill_while_a_mail_is_read_and_before_its_case_is_kept_loses_and_doubles_nothing(tmp_path: Path) -> None:
    ledger = Ledger()
    with Daemon(tmp_path) as daemon:
        for number, is_read in ((1, False), (2, True)):
            child = reader_of(daemon)
            os.kill(child, signal.SIGSTOP)
            ledger.bring(daemon, [number])
            daemon.wait(lambda: claimed(daemon), "a worker to claim it")
            with writing(daemon):
                if is_read:
                    os.kill(child, signal.SIGCONT)
                    time.sleep(SOON_SECONDS)
                daemon.kill()
                os.kill(child, signal.SIGCONT)
            daemon.start()
            daemon.becomes("filed")
        ledger.bring(daemon, [3])
        assert reconcile(daemon, [1, 2, 3], in_maildir(daemon)) == []


def test_a_letter_that_the_relay_took_just_before_a_kill_goes_again_as_it_was(tmp_path: Path) -> None:
    ledger = Ledger()
    with (
        standing(Sink(holding=True)) as sink,
        Daemon(tmp_path, relay=f"smtp://127.0.0.1:{sink.port}") as daemon,
    ):
        ledger.bring(daemon, [1])
        daemon.wait(lambda: "DATA" in sink.commands, "the letter to be on its way")
        with writing(daemon):
            sink.holding = False
            daemon.wait(lambda: sink.taken, "the relay to take it")
            daemon.kill()  # and nobody could write that down
        daemon.start()
        twice = reconcile(daemon, [1], taken_by(sink))
        assert twice == [row["message_id"] for row in daemon.outbox()]
