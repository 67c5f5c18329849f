"""`[web] listen` on the real daemon: what it shows, to whom, and that no client and no dead database holds it up."""

from __future__ import annotations

import http.client
import json
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from daemon import Daemon, free_port
from mailgate.web.serving import CONNECTIONS
from world import mail


class Reader:
    """Asks one daemon's pages."""

    def __init__(self, daemon: Daemon, port: int) -> None:
        self.daemon, self.port = daemon, port

    def get(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, str]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as client:
            client.request(method, path, body, headers)
            answer = client.getresponse()
            return answer.status, answer.read().decode()

    def json(self, path: str) -> tuple[int, Any]:
        status, text = self.get(path)
        return status, json.loads(text)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    port = free_port()
    with Daemon(tmp_path_factory.mktemp("web"), extra=f'[web]\nlisten = "127.0.0.1:{port}"\n') as daemon:
        daemon.says("ready")
        yield Reader(daemon, port)


def test_a_daemon_that_shows_nothing_carries_no_web_server() -> None:
    heavy = "{'starlette', 'uvicorn', 'prometheus_client'}"
    look = f"import mailgate.daemon, sys; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_log_says_where_it_listens(reader: Reader) -> None:
    assert reader.daemon.says("web open")["port"] == reader.port


def test_it_is_alive_and_ready(reader: Reader) -> None:
    status, alive = reader.json("/healthz")
    assert (status, alive["alive"]) == (200, True)
    status, ready = reader.json("/readyz")
    assert (status, ready["ready"], ready["wrong"]) == (200, True, [])
    assert ready["well"] == ["database", "database_writes", "inbox", "scheduler", "roles", "door.smtp"]


def test_figures_tell_what_came_in_and_went_out(reader: Reader) -> None:
    reader.daemon.becomes("filed", *reader.daemon.send(mail()))
    reader.daemon.says("letter sent")
    text = reader.get("/metrics")[1]
    assert 'mailgate_messages_received_total{door="smtp",outcome="stored"} 1.0' in text
    assert 'mailgate_messages_decided_total{outcome="filed"} 1.0' in text
    assert "mailgate_letters_sent_total 1.0" in text
    assert "mailgate_intake_seconds_count 1.0" in text
    ticked = 'mailgate_job_last_success_timestamp_seconds{job="inbox"}'
    reader.daemon.wait(lambda: ticked in reader.get("/metrics")[1], "a tick")
    assert 'mailgate_sla_breached_total{priority="1"} 0.0' in text


def test_who_listens_on_loopback_answers_to_no_strange_name(reader: Reader) -> None:
    assert reader.get("/healthz", Host="rebound.attacker.test")[0] == 421
    assert [reader.get("/healthz", Host=name)[0] for name in ("localhost:1", "127.0.0.1", "[::1]:80")] == [200] * 3
    assert reader.get("/healthz", Host="[half")[0] == 400


def test_big_and_strange_requests_are_refused(reader: Reader) -> None:
    assert reader.get("/readyz", "POST", b"x" * 3_000_000)[0] == 405
    assert reader.get("/nothing")[0] == 404
    with socket.create_connection(("127.0.0.1", reader.port), timeout=20) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 200_000)
        assert client.recv(100).startswith(b"HTTP/1.1 400")


def test_too_many_connections_are_closed_and_the_next_one_after_is_served(reader: Reader) -> None:
    many = [socket.create_connection(("127.0.0.1", reader.port), timeout=20) for _ in range(CONNECTIONS + 1)]
    try:
        assert many[-1].recv(1) == b""  # at once: its time would be over only after the patience of this socket
    finally:
        for one in many:
            one.close()
    reader.daemon.wait(lambda: reader.get("/healthz")[0] == 200, "room")


def test_a_database_that_takes_no_writes_is_named_and_holds_nobody_up(reader: Reader) -> None:
    file = reader.daemon.home / "mailgate.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        def wrong() -> list[dict[str, str]]:
            found: list[dict[str, str]] = reader.json("/readyz")[1]["wrong"]
            return found

        (said,) = reader.daemon.wait(wrong, "it to notice")
        assert said["name"] == "database_writes"
        assert "no answer" in said["why"]
        assert "mailgate doctor" in said["remedy"]
        began = time.monotonic()
        assert reader.get("/metrics")[0] == 200
        assert reader.get("/healthz")[0] == 200
        assert time.monotonic() - began < 5
        assert reader.get("/readyz")[0] == 503
        other.execute("ROLLBACK")
    reader.daemon.wait(lambda: reader.get("/readyz")[0] == 200, "it to be well again")


def test_sigterm_closes_it_while_clients_hold_connections(tmp_path: Path) -> None:
    with Daemon(tmp_path, extra='[web]\nlisten = "unix:web.sock"\n') as daemon:
        daemon.says("ready")
        with socket.socket(socket.AF_UNIX) as idle, socket.socket(socket.AF_UNIX) as half:
            for client in (idle, half):
                client.connect(str(tmp_path / "web.sock"))
            half.sendall(b"GET /readyz HTTP/1.1\r\nHo")
            idle.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert idle.recv(20).startswith(b"HTTP/1.1 200")
            began = time.monotonic()
            assert daemon.stop() == 0
            assert time.monotonic() - began < 15
        assert not (tmp_path / "web.sock").exists()


def test_a_place_that_is_taken_is_an_error_that_names_the_key(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        daemon = Daemon(tmp_path, extra=f'[web]\nlisten = "127.0.0.1:{taken.getsockname()[1]}"\n')
        assert "web.listen" in (said := daemon.refused())
        assert "is in use" in said
