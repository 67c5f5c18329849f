"""Reads mail in a child process that may be killed: hostile mail can hang or starve a parser, never the daemon.

The parent sends a pickled `Envelope` and the mail's octets, the child answers with a pickled `Mail`, each behind an
8-byte length. What takes longer than the deadline, or kills the child, becomes a `Mail` marked unread: still a case,
with the raw mail kept.
"""

from __future__ import annotations

import logging
import os
import pickle
import resource
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from typing import IO, BinaryIO

import structlog

from mailgate.mail.message import Mail, RawMail
from mailgate.mail.unread import unread_mail

DEADLINE_SECONDS = 10.0
_MEMORY_BYTES = 2 * 1024**3
_LENGTH = struct.Struct(">Q")
_PIECE = 1024 * 1024

log = structlog.get_logger()


class _ChildGone(Exception):
    """The child did not answer; the text says why, for people."""


class _ChildDied(_ChildGone):
    """It ended; perhaps of something else than the mail."""


class Reader:
    """One child, started when first needed and again after it was killed. Safe to call from several threads."""

    def __init__(self, deadline_seconds: float = DEADLINE_SECONDS) -> None:
        self._deadline = deadline_seconds
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the child now, so that the first mail need not wait for its imports."""
        with self._lock:
            self._running()

    def read(self, raw: RawMail) -> Mail:
        """The mail as read by the child; marked unread when the child could not."""
        with self._lock:
            until = time.monotonic() + self._deadline
            try:
                return self._ask_twice(raw, until)
            except _ChildGone as gone:
                self._kill()
                log.warning("mail could not be read", why=str(gone), bytes=len(raw.data))
                return unread_mail(raw, str(gone))
            except BaseException:
                self._kill()  # the mail could not be got: the child waits for the rest of it
                raise

    def close(self) -> None:
        with self._lock:
            self._kill()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._kill()
            self._child = subprocess.Popen(
                [sys.executable, "-m", "mailgate.reader"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
            )
            os.set_blocking(_pipe(self._child.stdin).fileno(), False)
        return self._child

    def _ask_twice(self, raw: RawMail, until: float) -> Mail:
        """A kernel short of memory kills whom it likes: only a mail that two children die of, did it."""
        try:
            return self._ask(raw, until)
        except _ChildDied:
            self._kill()
            log.warning("the reader died; another is asked", bytes=len(raw.data))
            return self._ask(raw, until)

    def _ask(self, raw: RawMail, until: float) -> Mail:
        child = self._running()
        try:
            # The octets of the mail go as they are, piece by piece: a big mail is never here whole.
            envelope = pickle.dumps(raw.envelope)
            beginning = _LENGTH.pack(len(envelope)) + envelope + _LENGTH.pack(len(raw.data))
            _write_until(_pipe(child.stdin), beginning, until)
            for at in range(0, len(raw.data), _PIECE):
                _write_until(_pipe(child.stdin), raw.data[at : at + _PIECE], until)
            (length,) = _LENGTH.unpack(_read_exactly(_pipe(child.stdout), _LENGTH.size, until))
            answer = pickle.loads(_read_exactly(_pipe(child.stdout), length, until))
        except OSError as error:
            raise _ChildDied("the reader died of it") from error
        if not isinstance(answer, Mail):
            raise _ChildGone("the reader gave no mail")
        return answer

    def _kill(self) -> None:
        if self._child is None:
            return
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()
        self._child = None


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise _ChildGone("the reader has no pipe")
    return pipe


def _ready(pipe: IO[bytes], event: int, until: float) -> bool:
    """By poll: select() knows no descriptor above 1023, and a busy door has more."""
    poll = select.poll()
    poll.register(pipe, event)
    return bool(poll.poll(max(0.0, until - time.monotonic()) * 1000))


def _write_until(pipe: IO[bytes], data: bytes, until: float) -> None:
    view = memoryview(data)
    while view:
        if not _ready(pipe, select.POLLOUT, until):
            raise _ChildGone("reading it took too long")
        view = view[os.write(pipe.fileno(), view) :]  # the pipe does not block: it takes what it can


def _read_exactly(pipe: IO[bytes], count: int, until: float) -> bytes:
    pieces = bytearray()
    while len(pieces) < count:
        if not _ready(pipe, select.POLLIN, until):
            raise _ChildGone("reading it took too long")
        piece = os.read(pipe.fileno(), min(1 << 20, count - len(pieces)))
        if not piece:
            raise _ChildDied("the reader died of it")
        pieces += piece
    return bytes(pieces)


def child() -> None:
    """The child's life: answer until the parent closes the pipe."""
    from mailgate.mail.parse import parse  # noqa: PLC0415 - its libraries take 15 MB: the parent is spared them

    for ours in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ours, signal.SIG_IGN)  # they go to the whole group (Ctrl-C) or unit; the parent says when we end
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    logging.disable(logging.CRITICAL)  # the libraries' words on a mail quote it; what is wrong stands in its defects
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not stand among the answers
    questions = sys.stdin.buffer
    while envelope := _question(questions):
        raw = RawMail(_question(questions), pickle.loads(envelope))
        signal.alarm(int(DEADLINE_SECONDS) * 2)  # should the parent be gone meanwhile, nobody else would end us
        answer = parse(raw)
        signal.alarm(0)
        data = pickle.dumps(answer)
        answers.write(_LENGTH.pack(len(data)) + data)
        answers.flush()


def _question(questions: BinaryIO) -> bytes:
    """One length and what it counts; b"" where the parent is gone."""
    head = questions.read(_LENGTH.size)
    return questions.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else b""


if __name__ == "__main__":
    child()
