"""Between the daemon and PostgreSQL: hands on what both say, and holds one COMMIT where it is told to.

So a test may kill the daemon in a moment that is microseconds wide: after the work and before the commit, or after the
commit and before the daemon knows of it.
"""

from __future__ import annotations

import re
import socket
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

_PATIENCE_SECONDS = 60.0


class Wire:
    """`with Wire(url) as wire:` listens; `wire.url` is the database through it."""

    def __init__(self, url: str) -> None:
        base, _, host = url.partition("?host=")
        self._server = f"{host}/.s.PGSQL.5432"
        self._home = tempfile.TemporaryDirectory(prefix="mailgate-wire-")
        self.url = f"{base}?host={self._home.name}"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(Path(self._home.name) / ".s.PGSQL.5432"))
        self._listener.listen(50)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._lock = threading.Lock()
        self._statement, self._answered = "", False
        self._held, self._let_go = threading.Event(), threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._let_go.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        self._home.cleanup()

    def hold(self, statement: str, *, answered: bool) -> None:
        """Hold the next COMMIT of a transaction in which a statement began so; with `answered` the server commits, and
        it is its answer that is held. What is held never arrives: the connection ends when it is let go."""
        with self._lock:
            self._held.clear()
            self._let_go.clear()
            self._statement, self._answered = statement, answered

    def holding(self) -> None:
        """Wait until it holds one."""
        assert self._held.wait(_PATIENCE_SECONDS), f"no transaction with “{self._statement}” came to its COMMIT"

    def let_go(self) -> None:
        self._let_go.set()

    def caught(self, said: str) -> bool:
        """Whether this transaction is the one; asked once for each COMMIT."""
        with self._lock:
            if not self._statement or not re.search(self._statement, said):
                return False
            self._statement = ""
            return True

    def keep(self) -> None:
        self._held.set()
        self._let_go.wait(_PATIENCE_SECONDS)

    @property
    def answers_are_held(self) -> bool:
        return self._answered

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                talk = _Talk(self, client, server)
                for side in (talk.ask, talk.answer):
                    threading.Thread(target=side, daemon=True).start()


class _Talk:
    """One connection. https://www.postgresql.org/docs/15/protocol-message-formats.html"""

    def __init__(self, wire: Wire, client: socket.socket, server: socket.socket) -> None:
        self._wire, self._client, self._server = wire, client, server
        self._prepared: dict[bytes, str] = {}
        self._said: list[str] = []
        self._hold_answer = threading.Event()

    def ask(self) -> None:
        """From the client to the server, message by message."""
        with suppress(OSError, EOFError), self._client.makefile("rb") as stream:
            head = _exactly(stream, 4)
            self._server.sendall(head + _exactly(stream, int.from_bytes(head, "big") - 4))
            while True:
                kind, head = _exactly(stream, 1), _exactly(stream, 4)
                body = _exactly(stream, int.from_bytes(head, "big") - 4)
                if self._is_commit(kind, body) and self._wire.caught("\n".join(self._said)):
                    if not self._wire.answers_are_held:
                        self._wire.keep()
                        break
                    self._hold_answer.set()
                self._note(kind, body)
                self._server.sendall(kind + head + body)
        self._end()

    def answer(self) -> None:
        """From the server to the client; what comes after a COMMIT that is held is its answer."""
        with suppress(OSError):
            while said := self._server.recv(65536):
                if self._hold_answer.is_set():
                    self._wire.keep()
                    break
                self._client.sendall(said)
        self._end()

    @staticmethod
    def _is_commit(kind: bytes, body: bytes) -> bool:
        return kind == b"Q" and body.upper().startswith(b"COMMIT")

    def _note(self, kind: bytes, body: bytes) -> None:
        """What this transaction has said so far: simple queries, and prepared statements as they are used."""
        if kind == b"Q":
            text = body.rstrip(b"\0").decode("utf-8", "replace")
            ended = text.upper().startswith(("COMMIT", "ROLLBACK"))
            self._said = [] if ended else [*self._said, text]
        elif kind == b"P":
            name, query, *_ = body.split(b"\0", 2)
            self._prepared[name] = query.decode("utf-8", "replace")
        elif kind == b"B":
            _, name, *_ = body.split(b"\0", 2)
            self._said.append(self._prepared.get(name, ""))

    def _end(self) -> None:
        for one in (self._client, self._server):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def _exactly(stream: object, octets: int) -> bytes:
    data: bytes = stream.read(octets)  # type: ignore[attr-defined]
    if len(data) < octets:
        raise EOFError
    return data
