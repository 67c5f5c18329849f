"""What is said to a relay, and answered, once aiosmtplib has connected to it, secured the line and logged in.

aiosmtplib waits for the answer to each command before it says the next, and drops what is answered before it is waited
for. Here commands may be written together (RFC 2920), and every answer is kept until it is asked for.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

_MOST_OCTETS = 64 * 1024  # of answers not yet asked for: a server that says more says nothing


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; the lines of its text are parted by LF."""

    code: int
    text: str


class Dialogue(asyncio.Protocol):
    """Takes a connection over. `extensions` is what the other side offers, in lower case.

    What ends it is raised, as an OSError, from the answer that was waited for.
    """

    def __init__(self, transport: asyncio.Transport, extensions: Collection[str]) -> None:
        self.extensions = frozenset(extensions)
        self._transport = transport
        self._unread, self._lines = b"", list[bytes]()
        self._replies: deque[Reply] = deque()
        self._awaited: asyncio.Future[None] | None = None
        self._end: OSError | None = None
        self._timer: asyncio.TimerHandle | None = None
        transport.set_protocol(self)

    @property
    def is_open(self) -> bool:
        """Whether it may go on. What was said unasked is a goodbye."""
        return not (self._end or self._replies or self._lines or self._unread or self._transport.is_closing())

    def say(self, octets: bytes) -> None:
        self._transport.write(octets)

    async def reply(self, seconds: float) -> Reply:
        """The next answer. TimeoutError if for so many seconds none comes, and nothing is taken of what was said: a big
        letter may be long on a slow road (RFC 5321 §4.5.3.2.5 has a limit for each block, none for the whole)."""
        if not self._replies and self._end is None:
            self._awaited = asyncio.get_running_loop().create_future()
            self._be_patient(seconds, self._transport.get_write_buffer_size())
            try:
                await self._awaited
            finally:
                if self._timer is not None:
                    self._timer.cancel()
                self._awaited = None
        if not self._replies:
            raise self._end or ConnectionError("nothing was answered")
        return self._replies.popleft()

    def close(self) -> None:
        """At once: of a letter that is given up, what a slow relay has not taken yet must not reach it later."""
        self._close(ConnectionAbortedError("closed"))

    def data_received(self, data: bytes) -> None:
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            if self._end:
                break  # what follows upon nonsense answers nobody knows what
            self._lines.append(line)
            if line[3:4] != b"-":
                self._take()
        if len(self._unread) + sum(map(len, self._lines)) > _MOST_OCTETS or len(self._replies) > _MOST_OCTETS:
            self._close(ConnectionError("the answer is too long"))
        self._wake()

    def eof_received(self) -> None:
        self._close(ConnectionResetError("the other side hung up"))

    def connection_lost(self, error: Exception | None) -> None:
        self._close(error if isinstance(error, OSError) else ConnectionResetError("the other side hung up"))

    def _take(self) -> None:
        lines, self._lines = self._lines, []
        if not lines[-1][:3].isdigit():
            self._close(ConnectionError(f"no answer of SMTP: {lines[-1][:200].decode(errors='replace')}"))
            return
        text = b"\n".join(line[4:].strip() for line in lines)
        self._replies.append(Reply(int(lines[-1][:3]), text.decode("utf-8", "surrogateescape")))

    def _be_patient(self, seconds: float, unsent: int) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._look, seconds, unsent)

    def _look(self, seconds: float, unsent: int) -> None:
        """Whether something was taken since that many octets were unsent."""
        left = self._transport.get_write_buffer_size()
        if left < unsent:
            self._be_patient(seconds, left)
        else:
            self._close(TimeoutError("no answer in time"))

    def _close(self, why: OSError) -> None:
        self._end = self._end or why
        self._transport.abort()
        self._wake()

    def _wake(self) -> None:
        if (self._replies or self._end) and self._awaited is not None and not self._awaited.done():
            self._awaited.set_result(None)
