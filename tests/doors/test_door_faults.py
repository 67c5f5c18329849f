"""Cut lines and stops: what was answered 250 is stored, what is stored is stored once, and nothing hangs."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pytest
import structlog

from gate import MAIL, Gate, Talker, until
from mailgate.door_settings import Limits
from mailgate.intake import connection, taking
from mailgate.intake.listen import LoopTrouble


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with Gate(tmp_path) as opened:
        yield opened


class Hold:
    """Holds the store's writes in the middle until it is let go."""

    def __init__(self, gate: Gate) -> None:
        self.reached, self.go = threading.Event(), threading.Event()
        gate.faults.after = self._wait

    def _wait(self, _: object) -> None:
        self.reached.set()
        assert self.go.wait(60)


ENDINGS: list[Callable[[Talker], None]] = [Talker.close, Talker.reset, Talker.half_close]


@pytest.mark.parametrize("end", ENDINGS, ids=["close", "reset", "half close"])
def test_a_line_cut_in_the_middle_of_data_stores_nothing(gate: Gate, end: Callable[[Talker], None]) -> None:
    with gate.talk() as client:
        client.greet()
        client.begin()
        client.send(MAIL)
        end(client)
        until(lambda: gate.door.sessions == 0)
    assert gate.rows() == []


@pytest.mark.parametrize("end", ENDINGS, ids=["close", "reset", "half close"])
def test_a_line_cut_in_the_middle_of_the_commit_stores_the_mail_once(gate: Gate, end: Callable[[Talker], None]) -> None:
    hold = Hold(gate)
    with gate.talk() as client:
        client.greet()
        client.begin()
        client.send(MAIL + b".\r\n")
        assert hold.reached.wait(60)
        end(client)
        until(lambda: gate.door.sessions == 0)
        hold.go.set()
    until(lambda: gate.store.commits == 1)
    with gate.talk() as client:  # the client heard nothing and brings it again
        client.greet()
        client.begin()
        assert client.say(MAIL + b".").startswith("250")
    assert [row["seen"] for row in gate.rows()] == [2]


def test_no_answer_comes_before_the_commit(gate: Gate) -> None:
    hold = Hold(gate)
    with gate.talk() as client:
        client.greet()
        client.begin()
        client.send(MAIL + b".\r\n")
        assert hold.reached.wait(60)
        client._socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client._socket.recv(1)
        assert gate.rows() == []
        hold.go.set()
        client._socket.settimeout(60)
        assert client._socket.recv(100).startswith(b"250 2.0.0 stored as ")
        assert len(gate.rows()) == 1


def test_who_waits_for_a_store_that_does_not_answer_hears_451_and_what_it_stores_late_is_known(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = Hold(gate)
    monkeypatch.setattr(taking, "ANSWER_WITHIN_SECONDS", 0.2)
    gate.rooms.counter.octets = len(MAIL)  # the second of them is not even let to the counter
    with gate.talk() as first, gate.talk() as second:
        for client in (first, second):
            client.greet()
            client.begin()
            assert client.say(MAIL + b".") == "451 4.3.0 Not stored, try again later"
            assert client.say("NOOP").startswith("250")
        assert hold.reached.is_set()
        hold.go.set()
        until(lambda: gate.store.commits == 1)
        monkeypatch.undo()
        first.begin()
        assert first.say(MAIL + b".").startswith("250")
    assert [row["seen"] for row in gate.rows()] == [2]
    assert gate.rooms.counter.taken == 0


def test_a_stop_sends_the_idle_home_and_lets_mail_that_comes_in_finish(gate: Gate) -> None:
    with gate.talk() as idle, gate.talk() as busy:
        idle.greet()
        busy.greet()
        busy.begin()
        busy.send(MAIL)
        stopping = threading.Thread(target=lambda: gate.run(gate.door.stop(within=20)))
        stopping.start()
        assert idle.reply() == "421 4.3.2 Closing, come back later"
        assert idle.reply() == ""
        with pytest.raises(ConnectionRefusedError):
            gate.talk()
        busy.send(b".\r\nNOOP\r\n")
        assert busy.reply().startswith("250 2.0.0 stored as ")
        assert busy.reply() == "421 4.3.2 Closing, come back later"
        assert busy.reply() == ""
        stopping.join(60)
        assert not stopping.is_alive()
    assert [row["data"] for row in gate.rows()] == [MAIL]


def test_a_stop_does_not_wait_for_ever(gate: Gate) -> None:
    with gate.talk() as client:
        client.greet()
        client.begin()
        began = time.monotonic()
        gate.run(gate.door.stop(within=0.3))
        assert time.monotonic() - began < 50, "a minute's silence would have ended it"
        assert client.reply() == ""
    assert gate.door.sessions == 0
    assert gate.rows() == []


def clog(client: Talker) -> None:
    """Ask and never listen, until the door's answers back up to its side, or it has had enough."""
    client._socket.settimeout(0.5)
    with suppress(TimeoutError, ConnectionError):
        while True:
            client.send(b"EHLO x\r\n" * 1000)


def test_a_client_that_never_reads_is_cut_off_at_the_stop(gate: Gate) -> None:
    with gate.talk() as client:
        client.greet()
        clog(client)
        gate.run(gate.door.stop(within=0.3))
        assert gate.door.sessions == 0


def test_a_client_that_never_reads_is_cut_off_when_its_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LINGER_SECONDS", 0.1)
    with Gate(tmp_path, limits=Limits(silence_seconds=0.2)) as gate, gate.talk() as client:
        client.greet()
        clog(client)
        until(lambda: gate.door.sessions == 0)


def test_mail_is_answered_451_once_the_acceptor_is_closed(gate: Gate) -> None:
    with gate.talk() as client:
        client.greet()
        gate.acceptor.close()
        client.begin()
        assert client.say(MAIL + b".") == "451 4.3.0 Not stored, try again later"


def test_without_file_descriptors_it_tries_to_accept_once_a_second_not_as_often_as_many_may_wait(gate: Gate) -> None:
    waiting = [socket.socket() for _ in range(20)]
    held: list[int] = []
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(map(socket.socket.fileno, waiting)) + 10, hard))
        with suppress(OSError):
            while True:
                held.append(os.open(os.devnull, os.O_RDONLY))
        for one in waiting:
            one.connect(("127.0.0.1", gate.door.port))
        began = time.monotonic()
        until(lambda: len(gate.unhandled) >= 4)
        assert len(gate.unhandled) <= 2 + time.monotonic() - began
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in held:
            os.close(descriptor)
    for one in waiting:
        with Talker(one) as late:
            assert late.greet().startswith("250")
    assert {context["exception"].errno for context in gate.unhandled} == {errno.EMFILE}
    gate.unhandled.clear()


def test_descriptors_that_ran_out_are_one_log_line_a_minute() -> None:
    class Hands:
        """A loop's clock."""

        now = 0.0

        def time(self) -> float:
            return self.now

        def default_exception_handler(self, context: dict[str, Any]) -> None:
            raise AssertionError(context)

    hands, say = Hands(), LoopTrouble()
    with structlog.testing.capture_logs() as lines:
        for second in range(150):
            hands.now = float(second)
            say(cast("asyncio.AbstractEventLoop", hands), {"exception": OSError(errno.EMFILE, "Too many open files")})
    assert [line["times"] for line in lines] == [1, 60, 60]
    with pytest.raises(AssertionError):  # other trouble is not his
        say(cast("asyncio.AbstractEventLoop", hands), {"exception": OSError(errno.EIO, "x")})
