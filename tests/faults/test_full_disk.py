"""A disk that is full: mail is put off and none is lost, and all goes on by itself when there is room again."""

from __future__ import annotations

import smtplib
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from daemon import Daemon
from disk import Disk, small_disk
from fake_imap import FakeImap
from imap_bench import mail
from ledger import message_id, taken_by
from smtp_sink import Sink, standing

MAILS = 120
OCTETS = 60_000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with small_disk(tmp_path) as small:
        yield small


def fetching(home: Path, server: FakeImap) -> str:
    """The settings of a door that reads this server."""
    (home / "password").write_text("hunter2")
    return f'\n[door.box]\nprotocol = "imap"\nurl = "{server.url}"\nmailbox = "support"\npassword_file = "password"\n'


def bring(port: int, numbers: Sequence[int]) -> dict[int, int]:
    """The answer to each mail."""
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        client.ehlo("client.test")
        return {number: one(client, number) for number in numbers}


def one(client: smtplib.SMTP, number: int) -> int:
    client.mail("ann@customer.test")
    client.rcpt("support@example.com")
    return client.data(mail(number, OCTETS))[0]


def test_a_full_disk_puts_mail_off_and_loses_none(disk: Disk) -> None:
    with (
        FakeImap() as server,
        standing(Sink()) as sink,
        Daemon(disk.home, relay=f"smtp://127.0.0.1:{sink.port}", extra=fetching(disk.home, server)) as daemon,
    ):
        answers = bring(daemon.port, range(10))
        daemon.becomes("filed")
        daemon.says("mailbox connected")
        disk.fill(daemon)
        for start in range(10, MAILS, 10):
            answers |= bring(daemon.port, range(start, start + 10))
        server.mails |= {number: mail(number) for number in range(MAILS, MAILS + 5)}
        refused = [number for number, code in answers.items() if code != 250]
        assert len(refused) > 20, "it was never full"
        assert {answers[number] // 100 for number in refused} == {4}
        time.sleep(5)  # and it stays so for a while: nobody gives up
        assert daemon.running()
        disk.empty(daemon)
        assert set(bring(daemon.port, refused).values()) == {250}
        daemon.wait(lambda: len(daemon.inbox()) == MAILS + 5, "the mailbox to be read again", 90)
        daemon.becomes("filed")
        daemon.wait(lambda: {row["state"] for row in daemon.outbox()} == {"sent"}, "the letters to go out")
        came = [row["message_id"] for row in daemon.inbox()]
        letters = [row["message_id"] for row in daemon.outbox()]
        assert daemon.stop() == 0
    assert sorted(came) == sorted(map(message_id, range(MAILS + 5)))
    gone = Counter(taken_by(sink)())
    assert (len(gone), len(letters)) == (20, 20), "so many an hour for one address"
    assert max(gone.values()) == 1
    with closing(sqlite3.connect(disk.home / "mailgate.db")) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
