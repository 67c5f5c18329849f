"""The real daemon and a real S3 server (moto) that dies, hangs, fails and lies: no mail is lost, and nobody waits for
ever."""

from __future__ import annotations

import hashlib
import http.client
import json
import smtplib
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import func, select

from daemon import Daemon
from mailgate.settings import load_settings
from mailgate.store.doomed import delete_doomed, doom_orphans
from mailgate.store.facts import show_inbox
from mailgate.store.opening import open_as_set
from mailgate.store.tables import raw_mail
from objects import S3, Mood, s3_server
from world import mail

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    with s3_server() as server:
        yield server


@contextmanager
def served(home: Path, s3: S3, seconds: int) -> Iterator[Daemon]:
    """`seconds`: what a request may take. A short time fails on a slow machine, too; then mail is to be brought again,
    as mail servers do (`insist`)."""
    (home / "s3_secret").write_text("very secret\n")
    (home / "s3_secret").chmod(0o600)
    keys = {"access_key": '"us"', "secret_file": '"s3_secret"', "timeout_seconds": seconds, "least_bytes": 700}
    web = f'[web]\nlisten = "unix:{home}/web"\n'
    with Daemon(home, extra=web, raw=s3.settings(home.name, **keys)) as running:
        yield running


@pytest.fixture
def patient(tmp_path: Path, s3: S3) -> Iterator[Daemon]:
    with served(tmp_path, s3, 60) as running:
        yield running


@pytest.fixture
def daemon(tmp_path: Path, s3: S3) -> Iterator[Daemon]:
    with served(tmp_path, s3, 3) as running:
        yield running


def named(subject: str, size: int = 1000) -> bytes:
    return mail(subject, "x" * size, message_id=f"<{subject}@customer.test>")


def stored(daemon: Daemon, s3: S3) -> list[bytes]:
    """What lies there, each under its digest; without the field that the door puts in front of it."""
    objects = s3.objects(daemon.home.name)
    assert [key[:64] for key in objects] == [hashlib.sha256(data).hexdigest() for data in objects.values()]
    return sorted(data[data.index(b"From: ") :] for data in objects.values())


def test_raw_mail_lies_in_the_bucket_and_every_command_finds_it(patient: Daemon, s3: S3) -> None:
    daemon = patient
    lines = b"x" * 70 + b"\r\n"
    big = mail("big", message_id="<big@customer.test>") + lines * (7 * MIB // 72)
    daemon.becomes("filed", *daemon.send(named("one"), big))
    assert stored(daemon, s3) == sorted([named("one"), big])
    assert "all is there and unaltered" in daemon.run("db", "check", "--deep").stdout
    assert "not in it: 2 raw mails" in daemon.run("db", "backup", str(daemon.home / "backup.db")).stdout
    assert "a small object was put, read and deleted" in daemon.run("doctor").stdout
    daemon.stop()
    assert daemon.ask("db", "copy", "--raw", "database")["contents"] == 2
    assert stored(daemon, s3) == []
    with daemon.look() as connection:
        sizes = connection.execute(select(func.length(raw_mail.c.data), raw_mail.c.object)).all()
    assert [(row[0] >= len(named("one")), row[1]) for row in sizes] == [(True, None), (True, None)]


def test_a_door_says_try_again_while_the_object_store_is_ill_and_takes_mail_when_it_is_well(
    daemon: Daemon, s3: S3
) -> None:
    moods: tuple[Mood, ...] = ("refuses", "fails", "hangs")
    for mood in moods:
        with s3.feeling(mood):
            assert answer(daemon, named(mood)) == 451
    with s3.feeling("refuses"):
        assert deliver(daemon, named("piped")) == 75
        assert "object_store" in wrong(daemon)
        daemon.becomes("filed", *daemon.send(named("small", 1)))
    daemon.wait(lambda: deliver(daemon, named("piped")) == 0, "the pipe to take mail again")
    for mood in moods[::2]:
        insist(daemon, named(mood))
    daemon.becomes("filed")
    # What was refused may have come through all the same, and is an orphan; what was taken is there.
    assert {named("piped"), named("refuses"), named("hangs")} <= set(stored(daemon, s3))


def wrong(daemon: Daemon) -> list[str]:
    """What `/readyz` says is not well."""
    asking = http.client.HTTPConnection("localhost")
    with closing(asking), socket.socket(socket.AF_UNIX) as asking.sock:
        asking.sock.connect(str(daemon.home / "web"))
        asking.request("GET", "/readyz")
        return [one["name"] for one in json.loads(asking.getresponse().read())["wrong"]]


def answer(daemon: Daemon, data: bytes) -> int:
    with smtplib.SMTP("127.0.0.1", daemon.port, timeout=60) as client:
        client.ehlo("client.test")
        client.mail("ann@customer.test")
        client.rcpt("support@example.com")
        return client.data(data)[0]


def insist(daemon: Daemon, data: bytes) -> int:
    """The id of its row in the inbox, once a door has taken it. Each time it is other octets: those that were put too
    slowly may lie there all the same, and would be compared."""
    times = count()
    daemon.wait(lambda: answer(daemon, b"X-Times: %d\r\n" % next(times) + data) == 250, "a door to take mail")
    return int(daemon.inbox()[-1]["id"])


def deliver(daemon: Daemon, data: bytes) -> int:
    words = ["deliver", "--config", str(daemon.config), "--sender", "ann@customer.test"]
    command = [sys.executable, "-m", "mailgate", *words, "--recipient", "support@example.com"]
    return subprocess.run(command, input=data, check=False, capture_output=True, timeout=120).returncode


@pytest.mark.parametrize("mood", ["hangs", "lies"])
def test_the_walk_waits_for_an_object_store_that_gives_nothing_or_nonsense(daemon: Daemon, s3: S3, mood: Mood) -> None:
    with s3.feeling(mood, "GET"):
        number = insist(daemon, named("waits"))
        (small,) = daemon.send(named("goes", 1))
        daemon.becomes("filed", small)

        def noted() -> bool:
            with daemon.look() as connection:
                row = show_inbox(connection, number)
            return row["state"] == "waiting" and row["traceback"] is not None

        daemon.wait(noted, "the walk to give the mail back")
    daemon.becomes("filed", number)


def test_a_mail_whose_process_died_before_its_commit_is_an_orphan_that_is_collected(patient: Daemon, s3: S3) -> None:
    """And was not answered 250."""
    daemon = patient
    broken = list[Exception]()

    def send() -> None:
        try:
            daemon.send(named("lost"))
        except (smtplib.SMTPException, OSError) as error:
            broken.append(error)

    with closing(sqlite3.connect(daemon.home / "mailgate.db", isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        client = threading.Thread(target=send)
        client.start()
        daemon.wait(lambda: stored(daemon, s3), "the object")
        daemon.kill()
        client.join(90)
        lock.execute("ROLLBACK")
    assert len(broken) == 1
    assert daemon.inbox() == []
    later = datetime.now(UTC) + timedelta(hours=25)
    with closing(open_as_set(load_settings(daemon.config).store)) as store:
        assert (doom_orphans(store, later), doom_orphans(store, later)) == (0, 1)
        delete_doomed(store, later)
    assert stored(daemon, s3) == []
    daemon.start()
    daemon.becomes("filed", *daemon.send(named("lost")))
    assert stored(daemon, s3) == [named("lost")]
