"""A child process that answers questions and may be killed: hostile mail can hang a library, never the daemon.

The parent sends some pieces of bytes and gets one back, each behind an 8-byte length. What is asked and answered is the
business of `reader.py` (parsing) and `intake/verify.py` (signatures). Before all answers the child says which speech it
speaks: where the files were upgraded under the parent, a child of today does not understand what it is asked.
"""

from __future__ import annotations

import fcntl
import logging
import os
import resource
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import IO, BinaryIO, Protocol

_MEMORY_BYTES = 2 * 1024**3
_LENGTH = struct.Struct(">Q")
_PIECE = 1024 * 1024
_AT_ONCE = 64 * 1024  # all that a pipe holds; a bigger buffer would be a mapping of its own, made anew for each answer


class Octets(Protocol):
    """What `bytes` are, and what can be cut as they can: a big mail is never here whole."""

    def __len__(self) -> int: ...

    def __getitem__(self, cut: slice, /) -> bytes: ...


class ChildGone(Exception):
    """The child did not answer; the text says why, for people."""


class ChildDied(ChildGone):
    """It ended; perhaps of something else than the question."""


class ChildUnfit(OSError):
    """There is none to ask: it ended before it read anything. No question's fault."""


class ChildForeign(ChildUnfit):
    """It is of another version than we are."""


class Child:
    """One process `python -m module`, started when first asked and again after it was killed. For one thread at a time.

    `doing` and `name` are for the words of its errors: "reading it took too long", "the reader died of it". `speech` is
    what `answer` is told in the child (`pickled.speech`).
    """

    def __init__(self, module: str, doing: str, name: str, speech: bytes) -> None:
        self._module, self._doing, self._name, self._speech = module, doing, name, speech
        self.process: subprocess.Popen[bytes] | None = None
        self.began = False  # it has said what it speaks, and that is what we speak
        self._come = bytearray()  # of answers that were not yet received

    def start(self) -> None:
        """Start it now, so that the first question need not wait for its imports."""
        if self.process is None or self.process.poll() is not None:
            self.kill()
            self.process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", self._module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
            )
            questions = self._pipe(self.process.stdin).fileno()
            os.set_blocking(questions, False)
            for pipe in (questions, self._pipe(self.process.stdout).fileno()):
                with suppress(OSError):  # where it is not allowed, a piece takes some more writes
                    fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIECE)

    def ask(self, pieces: Sequence[Octets], until: float) -> bytes:
        """The answer, before `until` of `time.monotonic()`. ChildGone where there is none; it should be killed then.

        OSError: it cannot be started, or is no child for us (ChildUnfit).
        """
        self.send(pieces, until)
        return self.receive(until)

    def send(self, pieces: Sequence[Octets], until: float) -> None:
        """A question, or several one after another, whose answers are received in their order. Raises as `ask` does.

        Unless those before it were received, all that is asked must be little enough for the pipe: the child takes no
        question while its answer is not taken.
        """
        self.start()
        questions = self._pipe(self.process.stdin if self.process else None)
        try:
            for octets in _question_of(pieces):
                self._write(questions, octets, until)
        except OSError as error:
            self._meet(until)  # it may have ended of what it does not understand, or before it could read
            raise ChildDied(f"the {self._name} died of it") from error

    def room(self) -> int:
        """Octets that may be asked at once before any answer is received; it must have been started."""
        questions = self._pipe(self.process.stdin if self.process else None)
        return fcntl.fcntl(questions, fcntl.F_GETPIPE_SZ) // 2  # a page is a page, however little is in it

    def receive(self, until: float) -> bytes:
        """The next answer. Raises as `ask` does."""
        self._meet(until)
        return self._received(until)

    def kill(self) -> None:
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        self._come.clear()
        self.began = False
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.process = None

    def _meet(self, until: float) -> None:
        """Hear what it speaks, if that was not heard yet."""
        if self.began:
            return
        try:
            speech = self._received(until)
        except ChildDied as died:
            raise ChildUnfit(f"the {self._name} ended before it began") from died
        if speech != self._speech:
            raise ChildForeign(
                f"mailgate was upgraded under its process, and the {self._name} is newer: restart mailgate"
            )
        self.began = True

    def _received(self, until: float) -> bytes:
        answers = self._pipe(self.process.stdout if self.process else None)
        try:
            return self._answer(answers, until)
        except OSError as error:
            raise ChildDied(f"the {self._name} died of it") from error

    def _pipe(self, pipe: IO[bytes] | None) -> IO[bytes]:
        if pipe is None:
            raise ChildGone(f"the {self._name} has no pipe")
        return pipe

    def _write(self, pipe: IO[bytes], data: bytes, until: float) -> None:
        view = memoryview(data)
        while view:
            with suppress(BlockingIOError):
                view = view[os.write(pipe.fileno(), view) :]  # the pipe does not block: it takes what it can
            if view and not _ready(pipe, select.POLLOUT, until):
                raise ChildGone(f"{self._doing} it took too long")

    def _answer(self, pipe: IO[bytes], until: float) -> bytes:
        """The next answer, its length first. What came with it is kept."""
        come, end = self._come, _LENGTH.size
        while True:
            if len(come) >= _LENGTH.size:
                end = _LENGTH.size + _LENGTH.unpack_from(come)[0]
            if len(come) >= end:
                answer = bytes(memoryview(come)[_LENGTH.size : end])
                del come[:end]
                return answer
            if not _ready(pipe, select.POLLIN, until):
                raise ChildGone(f"{self._doing} it took too long")
            piece = os.read(pipe.fileno(), _AT_ONCE)
            if not piece:
                raise ChildDied(f"the {self._name} died of it")
            come += piece


def _question_of(pieces: Sequence[Octets]) -> Iterator[bytes]:
    """The pieces with their lengths, small ones in one write: at each one other threads may take the interpreter."""
    held = b""
    for piece in pieces:
        held += _LENGTH.pack(len(piece))
        for at in range(0, len(piece), _PIECE):
            held += piece[at : at + _PIECE]
            if len(held) >= _PIECE:
                yield held
                held = b""
    if held:
        yield held


def _ready(pipe: IO[bytes], event: int, until: float) -> bool:
    """By poll: select() knows no descriptor above 1023, and a busy door has more."""
    poll = select.poll()
    poll.register(pipe, event)
    return bool(poll.poll(max(0.0, until - time.monotonic()) * 1000))


def answer(pieces: int, reply: Callable[[list[bytes]], bytes], seconds: int, speech: bytes) -> None:
    """The child's life: say what it speaks, and answer questions of so many pieces until the parent closes the pipe.

    Each has `seconds`: should the parent be gone meanwhile, nobody else would end us.
    """
    for ours in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ours, signal.SIG_IGN)  # they go to the whole group (Ctrl-C) or unit; the parent says when we end
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    logging.disable(logging.CRITICAL)  # the libraries' words on a mail quote it
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not stand among the answers
    questions = sys.stdin.buffer
    _say(answers, speech)
    while first := _question(questions):
        question = [first, *(_question(questions) for _ in range(pieces - 1))]
        signal.alarm(seconds)
        data = reply(question)
        signal.alarm(0)
        _say(answers, data)


def _say(answers: BinaryIO, data: bytes) -> None:
    answers.write(_LENGTH.pack(len(data)) + data)
    answers.flush()


def _question(questions: BinaryIO) -> bytes:
    """One length and what it counts; b"" where the parent is gone."""
    head = questions.read(_LENGTH.size)
    return questions.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else b""
