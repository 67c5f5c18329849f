"""The bounds of the real daemon: file descriptors, memory, the time that a stop takes."""

from __future__ import annotations

import os
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import floods
from daemon import Daemon
from gate import Talker
from world import mail

# 123 when it has started, 23 for the words of the worst mails, 10 more on a busy machine.
MOST_MEGABYTES = 165


def test_without_file_descriptors_it_says_so_once_and_goes_on_when_there_are_some(tmp_path: Path) -> None:
    with Daemon(tmp_path) as daemon:
        daemon.says("ready")
        assert daemon.process is not None
        pid = daemon.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        used = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 2, before[1]))
        talkers = [Talker(socket.create_connection(("127.0.0.1", daemon.port))) for _ in range(20)]
        daemon.says("no file descriptor left: connections wait")
        began = processor_seconds(pid)
        time.sleep(3)
        assert len(daemon.lines("no file descriptor left: connections wait")) == 1
        assert len(daemon.log.read_text().splitlines()) < 20
        assert processor_seconds(pid) - began < 1.0
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        for talker in talkers:
            assert talker.greet().startswith("250")
            talker.close()


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture
def flooded(tmp_path: Path) -> Iterator[Daemon]:
    """A daemon that must not become big. The floods in full: tests/bench/long/floods."""
    with Daemon(tmp_path, extra=floods.LIMITS, door=floods.TLS) as daemon:
        daemon.says("ready")
        yield daemon
        assert floods.peak(daemon) < MOST_MEGABYTES
        assert daemon.send(mail())


def test_data_without_a_line_end_takes_no_memory_and_ends_at_twice_the_size(flooded: Daemon) -> None:
    sent, answer = floods.without_line_ends(flooded, 200 * floods.MB)
    assert sent < 150 * floods.MB  # twice 50 MiB, what is swallowed after that, and what lies in the sockets
    assert answer in ("552 5.3.4 Message too big", "")  # "": it went on sending, and its kernel threw the answer away


def test_a_mail_of_line_ends_alone_takes_little_memory(flooded: Daemon) -> None:
    assert floods.line_ends_alone(flooded, 16 * floods.MB).startswith("250")
    flooded.becomes("filed", 1)


def test_a_hundred_in_the_middle_of_big_mails_take_little_memory(flooded: Daemon) -> None:
    floods.in_the_middle(flooded, 100, 2 * floods.MB)


def test_chatter_takes_no_memory_and_has_an_end(flooded: Daemon) -> None:
    answered, last = floods.chatter(flooded, 100_000)
    assert answered <= 100
    assert last.startswith("421 4.7.0 ") or last == "250 2.0.0 OK"  # where its kernel threw the 421 away


def test_a_hundred_over_tls_in_the_middle_of_big_mails_take_little_memory(flooded: Daemon) -> None:
    floods.in_the_middle(flooded, 100, 2 * floods.MB, tls=True)


def test_mails_with_as_many_words_as_there_may_be_take_little_memory(flooded: Daemon) -> None:
    floods.of_many_words(flooded, 12)


def test_the_biggest_mails_at_once_take_little_memory_on_either_database(empty_database: str, tmp_path: Path) -> None:
    with Daemon(tmp_path, empty_database) as daemon:
        assert floods.of_the_biggest(daemon, 4) == {"250"}
        assert floods.peak(daemon) < MOST_MEGABYTES


@pytest.fixture
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the daemon's files without names are."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def in_files(daemon: Daemon, spool: Path) -> int:
    """How many octets lie there."""
    assert daemon.process is not None
    octets = 0
    for descriptor in Path(f"/proc/{daemon.process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            octets += descriptor.stat().st_size if str(spool) in str(descriptor.readlink()) else 0
    return octets


def test_when_the_spool_is_full_mail_is_told_to_come_back_and_taken_when_it_does(tmp_path: Path, spool: Path) -> None:
    door = "max_message_bytes = 4000000\n"
    with (
        Daemon(tmp_path, extra="[spool]\nmax_bytes = 4000000\n", door=door) as daemon,
        floods.talk(daemon) as slow,
        floods.talk(daemon) as client,
    ):
        slow.begin(floods.SUPPORT)
        slow.send(b"x" * 3_000_000)
        daemon.wait(lambda: in_files(daemon, spool) == 3_000_000, "the slow mail's octets")
        client.begin(floods.SUPPORT)
        client.send(b"y" * 3_000_000)
        assert client.say(b"\r\n.") == "452 4.3.1 No room for it now, try again later"
        assert "[spool] max_bytes" in daemon.says("no room for a mail that comes in")["why"]
        assert daemon.send(mail())  # a small one needs no file
        assert slow.say(b"\r\n.").startswith("250")
        daemon.wait(lambda: in_files(daemon, spool) == 0, "the spool to be empty")
        client.begin(floods.SUPPORT)
        client.send(b"y" * 3_000_000)
        assert client.say(b"\r\n.").startswith("250")


def test_what_finds_no_room_in_the_memory_for_mails_goes_into_a_file(tmp_path: Path, spool: Path) -> None:
    with Daemon(tmp_path, extra="[spool]\nmemory_bytes = 65536\n") as daemon, floods.talk(daemon) as client:
        client.begin(floods.SUPPORT)
        client.send(b"x" * 100_000)
        daemon.wait(lambda: in_files(daemon, spool) == 100_000, "its octets")
        assert client.say(b"\r\n.").startswith("250")


def test_a_killed_daemon_leaves_no_file_of_a_mail_that_was_coming_in(tmp_path: Path, spool: Path) -> None:
    with Daemon(tmp_path) as daemon, floods.talk(daemon) as client:
        client.begin(floods.SUPPORT)
        client.send(b"x" * 8_000_000)
        daemon.wait(lambda: in_files(daemon, spool) == 8_000_000, "its octets")
        assert list(spool.iterdir()) == []
        daemon.kill()
        assert list(spool.iterdir()) == []
