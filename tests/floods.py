"""What a hostile or clumsy client pours into a door, in any size, and how big the daemon became of it."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from pathlib import Path

from daemon import Daemon
from gate import Talker

MB = 1_000_000
SUPPORT = "support@example.com"
LIMITS = "[door.smtp.limits]\nconnections_per_peer = 500\n"


def peak(daemon: Daemon) -> float:
    """The most memory that the daemon's own process ever had, in MB (its child that reads mail is another process)."""
    assert daemon.process is not None
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024 / MB


def talk(daemon: Daemon) -> Talker:
    talker = Talker(socket.create_connection(("127.0.0.1", daemon.port)))
    talker._socket.settimeout(120)
    talker.greet()
    return talker


def pour(client: Talker, block: bytes, octets: int) -> int:
    """Sends the block again and again; how many octets went before the door hung up."""
    sent = 0
    with suppress(ConnectionError):
        while sent < octets:
            client.send(block)
            sent += len(block)
    return sent


def without_line_ends(daemon: Daemon, octets: int) -> tuple[int, str]:
    """DATA in which no CRLF comes; what went through, and the answer."""
    with talk(daemon) as client:
        client.begin(SUPPORT)
        sent = pour(client, b"x" * 65536, octets)
        with suppress(ConnectionError):
            return sent, client.reply()
        return sent, ""


def line_ends_alone(daemon: Daemon, octets: int) -> str:
    """A mail of nothing but CRLFs; the answer."""
    with talk(daemon) as client:
        client.begin(SUPPORT)
        pour(client, b"\r\n" * 32768, octets)
        return client.say(b".")


def in_the_middle(daemon: Daemon, connections: int, octets: int) -> None:
    """So many at once, each with so many octets of its mail brought and the end to come; then they hang up."""
    clients = [talk(daemon) for _ in range(connections)]
    for client in clients:
        client.begin(SUPPORT)
    block = (b"x" * 76 + b"\r\n") * 840
    for _ in range(-(-octets // len(block))):
        for client in clients:
            client.send(block)
    for client in clients:
        client.reset()


def chatter(daemon: Daemon, commands: int) -> tuple[int, str]:
    """So many NOOPs in one breath; how many were answered 250, and the last answer."""
    with talk(daemon) as client:
        pour(client, b"NOOP\r\n" * 1000, commands * 6)
        answers, last = 0, ""
        with suppress(ConnectionError):
            while answer := client.reply():
                answers += answer.startswith("250")
                last = answer
        return answers, last
