"""A PostgreSQL server that falls silent: what it is sent arrives, no answer comes, and nobody says so (SIGSTOP, a disk
that hangs). Whoever waits for it is told in time; what it did all the same is known when it comes again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gate import MAIL, SUPPORT
from mailgate.errors import StoreError
from mailgate.intake.accept import accept_now
from mailgate.mail.message import Envelope
from mailgate.store.db import Store, open_store
from mailgate.store.facts import list_inbox
from mailgate.store.postgres import take_your_time
from moments import NOON
from node_group import Line

SECONDS = 1.0  # a daemon gives it a minute (`store/db.py`)
SLOW = f"SELECT pg_sleep({2 * SECONDS})"
ENVELOPE = Envelope(SUPPORT.name, "ann@customer.test", (SUPPORT.address,), "test", NOON)


@pytest.fixture
def line(postgres_url: str, tmp_path: Path) -> Iterator[Line]:
    with Line(tmp_path, postgres_url) as opened:
        yield opened


@pytest.fixture
def far(line: Line) -> Iterator[Store]:
    with closing(open_store(line.url, answers_within=SECONDS)) as opened:
        yield opened


@pytest.mark.parametrize("to", ["read", "write"])
def test_a_statement_that_is_not_answered_is_trouble_with_the_database(line: Line, far: Store, to: str) -> None:
    begin = far.read if to == "read" else far.write
    with begin() as connection:
        connection.exec_driver_sql("SELECT 1")
    line.hush()
    began = time.monotonic()
    with pytest.raises(StoreError, match=r"has not answered for 1 s"), begin() as connection:
        connection.exec_driver_sql("SELECT 1")
    assert time.monotonic() - began >= SECONDS
    line.speak()
    with begin() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1


def test_a_mail_whose_commit_was_not_answered_is_known_when_its_client_brings_it_again(line: Line, far: Store) -> None:
    with far.write() as connection:  # connects: that ends in a commit of its own
        connection.exec_driver_sql("SELECT 1")
    line.hush_at = b"COMMIT\0"
    with pytest.raises(StoreError, match="has not answered"):
        accept_now(far, MAIL, [ENVELOPE])
    line.speak()
    with far.read() as connection:
        (late,) = list_inbox(connection)
    (again,) = accept_now(far, MAIL, [ENVELOPE])
    assert (again.inbound_id, again.duplicate) == (late["id"], True)


def test_what_goes_through_the_whole_store_is_given_its_time_and_nobody_after_it(far: Store) -> None:
    with far.read() as connection:
        take_your_time(connection)
        connection.exec_driver_sql(SLOW)
    with pytest.raises(StoreError, match="has not answered"), far.read() as connection:
        connection.exec_driver_sql(SLOW)


def test_a_server_that_fell_silent_after_it_was_given_its_time_is_given_up(line: Line, far: Store) -> None:
    """The next who takes that connection asks first whether the server is there."""
    with far.read() as connection:
        take_your_time(connection)
        connection.exec_driver_sql("SELECT 1")
    line.hush()
    with pytest.raises(StoreError), far.read() as connection:
        connection.exec_driver_sql("SELECT 1")


def test_a_command_beside_the_daemon_gives_it_all_the_time_it_wants(line: Line) -> None:
    with closing(open_store(line.url)) as patient, patient.read() as connection:
        connection.exec_driver_sql(SLOW)
