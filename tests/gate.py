"""A door on a real socket with a real store behind it, and a client that speaks lines. For tests/doors and tests/bench.

with Gate(tmp_path, protocol="lmtp") as gate, gate.talk() as client:
    assert client.say("LHLO me").startswith("250")
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

import pytest
from sqlalchemy import Connection, select

from mailgate.clock import SystemClock
from mailgate.door_settings import Door, Limits
from mailgate.intake.accept import Acceptor
from mailgate.intake.room import Rooms
from mailgate.intake.smtp import SmtpDoor, serve_door
from mailgate.settings import Mailbox, RelaySettings, Settings
from mailgate.store import raw
from mailgate.store.db import Store, open_store, upgrade
from mailgate.store.tables import inbound

Result = TypeVar("Result")

SUPPORT = Mailbox("support", "support@example.org", subaddress=True)
SALES = Mailbox("sales", "sales@example.org", aliases=("orders@example.org",))
MAIL = b"From: ann@customer.test\r\nMessage-ID: <1@customer.test>\r\nSubject: help\r\n\r\nIt is broken.\r\n"


@dataclass
class Faults:
    """What goes wrong with the store, as long as it is set. `before` and `after` run around each write's work."""

    before: Callable[[], None] = field(default=lambda: None)
    after: Callable[[Connection], None] = field(default=lambda _: None)


class FaultyStore:
    """The real store; its writes may be told to fail or to wait."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self.store, self.faults = store, faults
        self.bucket, self.read = store.bucket, store.read
        self.commits = 0

    @contextmanager
    def write(self) -> Iterator[Connection]:
        self.faults.before()
        with self.store.write() as connection:
            yield connection
            self.faults.after(connection)
        self.commits += 1


class Talker:
    """A client that says what it is told to, byte for byte."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._socket.settimeout(60)
        self._file = connection.makefile("rb")

    def send(self, octets: bytes) -> None:
        self._socket.sendall(octets)

    def reply(self) -> str:
        """One answer, its lines joined by line feeds; "" where the server hung up."""
        lines = []
        while line := self._file.readline():
            lines.append(line.decode().rstrip("\r\n"))
            if line[3:4] != b"-":
                break
        return "\n".join(lines)

    def say(self, line: str | bytes) -> str:
        self.send((line.encode() if isinstance(line, str) else line) + b"\r\n")
        return self.reply()

    def greet(self, verb: str = "EHLO") -> str:
        self.reply()
        return self.say(f"{verb} client.test")

    def begin(self, *recipients: str, sender: str = "ann@customer.test") -> None:
        """As far as 354."""
        assert self.say(f"MAIL FROM:<{sender}>").startswith("250")
        for recipient in recipients or (SUPPORT.address,):
            assert self.say(f"RCPT TO:<{recipient}>").startswith("250")
        assert self.say("DATA").startswith("354")

    def half_close(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Hang up as a crashed machine's kernel would."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.close()

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Gate:
    """One open door."""

    def __init__(
        self,
        folder: Path,
        *,
        protocol: Literal["smtp", "lmtp"] = "smtp",
        listen: str = "127.0.0.1:0",
        mailboxes: Sequence[Mailbox] = (SUPPORT, SALES),
        limits: Limits | None = None,
        rooms: Rooms | None = None,
        **door: Any,
    ) -> None:
        self.faults = Faults()
        self._store = open_store(f"sqlite:///{folder}/gate.db")
        upgrade(self._store)
        self.store = FaultyStore(self._store, self.faults)
        self.wakes = 0
        self.acceptor = Acceptor(self.store, on_stored=self._wake)
        self.settings = Settings(
            folder / "mailgate.toml",
            RelaySettings(f"maildir:{folder}/sent"),
            {mailbox.name: mailbox for mailbox in mailboxes},
            {},
        )
        self._door = Door("front", protocol, listen, limits=limits or Limits(silence_seconds=60), **door)
        self.rooms = rooms or Rooms()
        self.loop = asyncio.new_event_loop()
        self.unhandled: list[dict[str, Any]] = []
        self.loop.set_exception_handler(lambda _, context: self.unhandled.append(context))
        self._thread = threading.Thread(target=self.loop.run_forever, name="door", daemon=True)

    def _wake(self) -> None:
        self.wakes += 1

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Have the door's loop do it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(90)

    def talk(self) -> Talker:
        if self._door.listen.startswith("unix:"):
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(self._door.listen.removeprefix("unix:"))
            return Talker(connection)
        return Talker(socket.create_connection(("127.0.0.1", self.door.port)))

    def rows(self) -> list[dict[str, Any]]:
        """All that is stored, lowest id first, `data` without the Received field of ours."""
        with self._store.read() as connection:
            found = [dict(row) for row in connection.execute(select(inbound).order_by("id")).mappings()]
            for row in found:
                row["raw"] = raw.get(connection, row["sha256"])
                row["data"] = without_received(row["raw"])
            return found

    async def _open(self) -> SmtpDoor:
        return await serve_door(self._door, self.settings, self.acceptor, SystemClock(), self.rooms)

    def __enter__(self) -> Self:
        self._thread.start()
        self.acceptor.start()
        try:
            self.door = self.run(self._open())
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self.run(self.door.stop(within=5))
        finally:
            self._end()
        if kind is None:
            assert not self.unhandled, self.unhandled

    def _end(self) -> None:
        self.run(self._calm())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.acceptor.close()
        self.loop.close()
        self._store.close()

    async def _calm(self) -> None:
        """Let the conversations that were cut off end."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=60)
        await asyncio.get_running_loop().shutdown_default_executor()


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    """An SMTP door as it is by default, but for the size of a mail."""
    with Gate(tmp_path, max_message_bytes=1_000_000) as opened:
        yield opened


@pytest.fixture
def client(gate: Gate) -> Iterator[Talker]:
    """Somebody who has said EHLO there."""
    with gate.talk() as talker:
        talker.greet()
        yield talker


def until(true: Callable[[], bool]) -> None:
    """Wait for it, with an end."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


def without_received(raw: bytes) -> bytes:
    """The mail as the client sent it."""
    assert raw.startswith(b"Received: from ")
    lines = raw.split(b"\r\n")
    first = next(number for number in range(1, len(lines)) if not lines[number].startswith(b" "))
    return b"\r\n".join(lines[first:])
