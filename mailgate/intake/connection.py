"""One connection of a door: how it begins, what an answer looks like, and the ways it ends. The commands: `session.py`.

aiosmtpd gives the command loop, STARTTLS and the timer. Every word that goes out is ours: its own answers carry no
enhanced codes, and some of them the text of a Python exception.
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import sys
from asyncio.sslproto import SSLProtocol
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NoReturn, cast

import structlog
from aiosmtpd.smtp import SMTP

from mailgate.clock import Clock
from mailgate.door_settings import Limits
from mailgate.intake.accept import Acceptor
from mailgate.intake.data import CHUNK
from mailgate.intake.room import Rooms
from mailgate.mail.message import Authentication
from mailgate.settings import Mailbox

log = structlog.get_logger(__name__)

# RFC 5321 §4.5.3.1.4 asks for 512 octets; addresses with long local parts and parameters need more.
COMMAND_OCTETS = 1024
# Nobody who has mail to bring says these so often. Of all others the door's own limit speaks.
CALLS = {"*": sys.maxsize, "NOOP": 100, "VRFY": 100, "EXPN": 100, "HELP": 100}
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


@dataclass(slots=True, eq=False)
class Hall:
    """What all conversations of one door share. `authenticate` judges a peer's IP address ("" on a unix socket)."""

    name: str
    lmtp: bool
    limit: int
    hostname: str
    mailbox_of: Callable[[str], Mailbox | None]
    authenticate: Callable[[str], Authentication]
    acceptor: Acceptor
    clock: Clock
    tls: ssl.SSLContext | None
    limits: Limits
    mends: bool
    rooms: Rooms
    sessions: set[Connection] = field(default_factory=set)
    peers: Counter[str] = field(default_factory=Counter)  # how many sessions each has
    empty: asyncio.Event = field(default_factory=asyncio.Event)  # the last one left
    closing: bool = False
    wide: int = 0  # connections that are read in large pieces at this moment

    def enter(self, session: Connection) -> None:
        self.sessions.add(session)
        self.peers[neighbourhood(session.peer)] += 1
        self.empty.clear()

    def leave(self, session: Connection) -> None:
        if session not in self.sessions:
            return
        self.sessions.discard(session)
        self.peers -= Counter([neighbourhood(session.peer)])  # forgets whom it counts no more
        if not self.sessions:
            self.empty.set()

    def is_full_for(self, peer: str) -> bool:
        """Whether one more session is too many, of all or of this peer. Nobody is counted behind a unix socket."""
        if self.closing or len(self.sessions) >= self.limits.connections:
            return True
        return bool(peer) and self.peers[neighbourhood(peer)] >= self.limits.connections_per_peer


def address_of(transport: asyncio.BaseTransport) -> str:
    """The client's IP address, "" on a unix socket."""
    name = transport.get_extra_info("peername")
    return str(name[0]).removeprefix("::ffff:") if isinstance(name, tuple) else ""


def neighbourhood(peer: str) -> str:
    """What counts as one peer: an IPv4 address, or the /64 of an IPv6 address: who has one of it has them all."""
    if ":" not in peer:
        return peer
    return str(ipaddress.ip_network((peer.partition("%")[0], 64), strict=False))


class _Tls(SSLProtocol):
    """TLS on a connection. asyncio's own has 256 KiB for each, and hundreds are to be had."""

    max_size = UNREAD_OCTETS


class Connection(SMTP):
    """A connection that has no commands yet of its own."""

    # Of the stream, which stops reading at twice this. Lines in DATA have no limit of their own.
    line_length_limit = UNREAD_OCTETS

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
            command_call_limit=CALLS,
            loop=asyncio.get_running_loop(),
        )
        self.hall = hall
        self.in_data = False
        self.farewell = ""  # to be said when the mail that is coming in was answered
        self.peer = ""  # the client's IP address, "" on a unix socket
        self._said_all = False  # our side is closed; a word more would be an error
        self._commands = self._errors = 0
        self._session_timer: asyncio.TimerHandle | None = None

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

    def _cb_client_connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super()._cb_client_connected(reader, writer)
        # The one call by which aiosmtpd asks for a command; by itself it ends a line at any LF.
        reader.readuntil = self._command  # type: ignore[method-assign, assignment]

    async def _command(self, separator: bytes = b"\n") -> bytes:
        """The next line. Of a long one enough comes that aiosmtpd refuses it for its length."""
        line = b""
        while not line.endswith(separator):
            try:
                line += await asyncio.StreamReader.readuntil(self._reader, separator)
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
        if transport := self.transport or self._original_transport:
            cast("asyncio.Transport", transport).abort()

    def _timeout_cb(self) -> None:
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
        self.loop.call_later(LINGER_SECONDS, transport.abort)

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
        if transport is not None and transport.can_write_eof():  # not within TLS
            self._said_all = True
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
        """Answer one command; what aiosmtpd words is replaced by ours of the same code. A 421 ends the session."""
        text = status if isinstance(status, str) else status.decode(errors="replace")
        code, rest = text[:3], text[4:]
        if rest.startswith("5.5.1 Too many unrecognized"):
            await self.dismiss(TOO_WRONG)
        elif code == "421":
            await self.dismiss(text)
        enhanced = rest[:2] in ("2.", "4.", "5.") or code in ("220", "354")
        await self.push_as_is(text if enhanced else _OURS.get(code, f"{code} {code[0]}.0.0 See RFC 5321"))
        await self.count(code)

    async def push_as_is(self, answer: str) -> None:
        """For answers without enhanced codes (RFC 2034 §4), and those that are no command's one answer."""
        await super().push(answer)

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
