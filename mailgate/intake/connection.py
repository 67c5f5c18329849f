"""One connection of a door: how it begins, what an answer looks like, and the ways it ends. The commands: `session.py`.

aiosmtpd gives the stream, its simple commands and the change to TLS. The command loop, the timer and every word that
goes out are ours: its own loop does much at each command that no door of ours needs, its own answers carry no enhanced
codes, and some of them the text of a Python exception.
"""

from __future__ import annotations

import asyncio
from asyncio.sslproto import SSLProtocol
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, ClassVar, NoReturn, cast

import structlog
from aiosmtpd.smtp import SMTP

from mailgate.intake.data import CHUNK
from mailgate.intake.hall import Hall, address_of

log = structlog.get_logger(__name__)

# RFC 5321 §4.5.3.1.4 asks for 512 octets; addresses with long local parts and parameters need more.
COMMAND_OCTETS = 1024
# Nobody who has mail to bring says these so often. Of all others the door's own limit speaks.
MOST_CALLS = {"NOOP": 100, "VRFY": 100, "EXPN": 100, "HELP": 100}
MOST_UNKNOWN = 5  # commands that there are none
# A connection may hold so much unread on our side, and be read in pieces of this size: it is multiplied by 500.
UNREAD_OCTETS = 4 * 1024
LINGER_SECONDS, LINGER_SILENCE_SECONDS = 5.0, 2.0
LINGER_OCTETS = 16 * 1024 * 1024

GOODBYE = "421 4.3.2 Closing, come back later"
TIMEOUT = "421 4.4.2 Timeout"
TOO_LONG = "421 4.4.2 Session too long, come back later"
TOO_MUCH = "421 4.7.0 Too many commands that bring no mail"
TOO_WRONG = "421 4.7.0 Too many errors"
BARE_COMMAND = "500 5.5.2 A command ends in CR and LF, and holds neither"

# RFC 2034 §4: all but the greeting, the answers to HELO and EHLO, and 3xx carry an enhanced code.
_OURS = {
    "221": "221 2.0.0 Bye",
    "250": "250 2.0.0 OK",
    "454": "454 4.7.0 TLS not available now",
    "500": "500 5.5.2 Not understood",
    "501": "501 5.5.4 Bad argument",
    "503": "503 5.5.1 Greet first",
}


class _Tls(SSLProtocol):
    """TLS on a connection. asyncio's own has 256 KiB for each, and hundreds are to be had."""

    max_size = UNREAD_OCTETS


class Connection(SMTP):
    """A connection that has no commands yet of its own."""

    # Of the stream, which stops reading at twice this. Lines in DATA have no limit of their own.
    line_length_limit = UNREAD_OCTETS
    _command_names: ClassVar[list[str]] = []

    def __init__(self, hall: Hall) -> None:
        # aiosmtpd keeps these on the class and clears them with each new connection, for all others too.
        self.command_size_limits = defaultdict(lambda: COMMAND_OCTETS)
        self.command_size_limit = COMMAND_OCTETS
        super().__init__(
            None,
            data_size_limit=hall.limit,
            enable_SMTPUTF8=True,
            hostname=hall.hostname,
            ident="LMTP mailgate" if hall.lmtp else "ESMTP mailgate",
            tls_context=hall.tls,
            timeout=hall.limits.silence_seconds,
            loop=asyncio.get_running_loop(),
        )
        self.hall = hall
        self.in_data = False
        self.farewell = ""  # to be said when the mail that is coming in was answered
        self.peer = ""  # the client's IP address, "" on a unix socket
        self._said_all = False  # a word more would be one too many, and where our side is closed, an error
        self._commands = self._errors = self._unknown = 0
        self._calls = Counter[str]()
        self._silent_until = 0.0
        self._session_timer: asyncio.TimerHandle | None = None

    def __init_subclass__(cls) -> None:
        cls._command_names = [name for name in dir(cls) if name.startswith("smtp_")]

    def __dir__(self) -> Iterable[str]:
        # aiosmtpd looks for commands among all names of each connection anew: that takes it as long as half a mail.
        return self._command_names

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self not in self.hall.sessions:  # TLS makes a connection a second time
            cast("Any", transport).max_size = 2 * UNREAD_OCTETS  # asyncio reads 256 KiB at once
            cast("asyncio.Transport", transport).set_write_buffer_limits(UNREAD_OCTETS)
            self._session_timer = self.loop.call_later(self.hall.limits.session_seconds, self._overdue)
            self.peer = address_of(transport)
            self.hall.enter(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self._session_timer is not None:
            self._session_timer.cancel()
        self.hall.leave(self)
        super().connection_lost(error)

    async def _handle_client(self) -> None:
        await self.push(f"220 {self.hostname} {self.__ident__}")
        while self.transport is not None:
            try:
                await self._obey((await self._command()).rstrip(b"\r\n"))
            except (asyncio.CancelledError, ConnectionResetError):
                self._writer.close()
                raise
            except Exception as error:  # noqa: BLE001 - a fault of ours ends no conversation
                await self.push(await self.handle_exception(error))

    async def _obey(self, line: bytes) -> None:
        verb, _, words = line.partition(b" ")
        if not line or not verb.isascii() or len(line) > COMMAND_OCTETS:
            await self.push("500 Not a command")
            return
        name = verb.upper().decode()
        if name in MOST_CALLS:
            self._calls[name] += 1
            if self._calls[name] > MOST_CALLS[name]:
                await self.dismiss(f"421 4.7.0 {name} sent too many times")
        command = self._smtp_methods.get(name)
        if command is None:
            self._unknown += 1
            if self._unknown >= MOST_UNKNOWN:
                await self.dismiss(TOO_WRONG)
            await self.push("500 Not a command")
            return
        self._reset_timeout()
        # Any octets may stand there; none is lost.
        await command(words.strip().decode("utf-8", "surrogateescape") if words else None)

    async def _command(self) -> bytes:
        """The next line. Of a long one enough comes that it is refused for its length."""
        line = b""
        while not line.endswith(b"\n"):
            try:
                line += await self._reader.readuntil()
            except asyncio.LimitOverrunError as over:
                line = (line + await self._reader.read(over.consumed))[-2 * COMMAND_OCTETS :]
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            await self.dismiss(BARE_COMMAND)
        return line

    def leave(self, why: str = GOODBYE) -> None:
        """Say goodbye, from outside the conversation, unless a mail is coming in: that one finishes and is answered."""
        if self.in_data:
            self.farewell = why
        else:
            self._cut(why)

    def _overdue(self) -> None:
        self.leave(TOO_LONG)
        # Who still brings a mail by then brings it octet by octet.
        self._session_timer = self.loop.call_later(self.hall.limits.session_seconds, self._cut, TOO_LONG)

    def abort(self) -> None:
        """End it, read or unread."""
        # What TLS lies on, where it does: asyncio's transport of TLS forgets how to abort when it is closed twice.
        if transport := self._original_transport or self.transport:
            cast("asyncio.Transport", transport).abort()

    def _reset_timeout(self, duration: float | None = None) -> None:
        """Each command puts the end of silence off. The timer is set anew only when it rings: most never do."""
        seconds = duration or self._timeout_duration
        self._silent_until = self.loop.time() + seconds
        if self._timeout_handle is None:
            self._timeout_handle = self.loop.call_later(seconds, self._timeout_cb)

    def _timeout_cb(self) -> None:
        if self.loop.time() < self._silent_until:
            self._timeout_handle = self.loop.call_at(self._silent_until, self._timeout_cb)
        else:
            self._cut(TIMEOUT)

    def _cut(self, reply: str) -> None:
        if self.transport is None or self._handler_coroutine is None:  # in the middle of a TLS handshake, or over
            self.abort()
            return
        transport = cast("asyncio.Transport", self.transport)
        self._handler_coroutine.cancel()
        if not self._said_all:
            transport.write(reply.encode() + b"\r\n")
        transport.close()
        # A client that never reads would hold its socket for ever: close() waits for what is still to be written.
        self.loop.call_later(LINGER_SECONDS, self.abort)

    async def hang_up(self) -> NoReturn:
        """End it from inside. What is pipelined behind is no command: this task ends at its next step, here."""
        if self.transport is not None and self._handler_coroutine is not None:
            self.transport.close()
            self._handler_coroutine.cancel()
        await asyncio.sleep(0)
        raise asyncio.CancelledError

    async def linger(self) -> NoReturn:
        """Close our side, and read on for a moment: a close with octets unread resets, and the answer may be lost."""
        left, transport = LINGER_OCTETS, cast("asyncio.Transport | None", self.transport)
        self._said_all = True
        if transport is not None and transport.can_write_eof():  # not within TLS
            transport.write_eof()
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while left > 0 and (chunk := await asyncio.wait_for(self._reader.read(CHUNK), LINGER_SILENCE_SECONDS)):
                    left -= len(chunk)
        await self.hang_up()

    async def start_tls(self) -> None:
        """STARTTLS as aiosmtpd does it, but in little memory.

        A handshake that does not come to an end, ends the connection. asyncio tells nobody of it: the connection would
        count as one of the door's for ever.
        """
        if self.tls_context is None or self.transport is None:
            await self.push("454 TLS not available")
            return
        await self.push("220 Ready to start TLS")
        done = self.loop.create_future()
        self._tls_protocol = _Tls(self.loop, self, self.tls_context, done, server_side=True)
        self._original_transport = cast("asyncio.Transport", self.transport)
        self._original_transport.set_protocol(self._tls_protocol)
        self.transport = self._tls_protocol._app_transport  # noqa: SLF001 - the only way to it
        self.transport.set_read_buffer_limits(UNREAD_OCTETS)  # asyncio's own: 256 KiB, and 512 KiB to be written
        self.transport.set_write_buffer_limits(UNREAD_OCTETS)
        self._tls_protocol.connection_made(self._original_transport)
        try:
            await done
        except OSError as error:
            log.info("TLS handshake failed", door=self.hall.name, peer=self.peer, why=str(error))
        finally:
            if self._tls_protocol is not None and not (self.session and self.session.ssl):
                self.abort()
                self.connection_lost(None)

    async def push(self, status: str | bytes) -> None:
        """Answer one command; what aiosmtpd words is replaced by ours of the same code."""
        text = status if isinstance(status, str) else status.decode(errors="replace")
        code, rest = text[:3], text[4:]
        enhanced = rest[:2] in ("2.", "4.", "5.") or code in ("220", "354")
        await self.push_as_is(text if enhanced else _OURS.get(code, f"{code} {code[0]}.0.0 See RFC 5321"))
        await self.count(code)

    async def push_as_is(self, answer: str) -> None:
        """For answers without enhanced codes (RFC 2034 §4), and those that are no command's one answer."""
        self._writer.write(answer.encode() + b"\r\n")
        await self._writer.drain()

    async def count(self, code: str) -> None:
        """One more command was answered with that code. Ends the session where it was one too many."""
        self._commands += 1
        self._errors += code.startswith(("4", "5"))
        if self._errors > self.hall.limits.errors:
            await self.dismiss(TOO_WRONG)
        if self._commands > self.hall.limits.commands:
            await self.dismiss(TOO_MUCH)

    def brought_mail(self) -> None:
        """Commands are counted between mails: a mail server may keep one connection for all that it has."""
        self._commands = 0

    async def dismiss(self, why: str) -> NoReturn:
        """End it with a word from inside."""
        log.info("session ended", door=self.hall.name, peer=self.peer, why=why)
        await self.push_as_is(why)
        await self.linger()

    async def handle_exception(self, error: Exception) -> str:
        """A fault of ours is never permanent, and its words are not for strangers."""
        log.error("session fault", door=self.hall.name, peer=self.peer, exc_info=error)
        return "451 4.3.0 Fault, try again later"
