"""The bounds of the real daemon: file descriptors, memory, the time that a stop takes."""

from __future__ import annotations

import os
import resource
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import floods
from daemon import Daemon
from gate import Talker
from world import mail

MOST_MEGABYTES = 150


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
    with Daemon(tmp_path, extra=floods.LIMITS) as daemon:
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
