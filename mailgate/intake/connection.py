"""One connection of a door: how it begins, what an answer looks like, and the ways it ends. The commands: `session.py`.

aiosmtpd gives the command loop, STARTTLS and the timer. Every word that goes out is ours: its own answers carry no
enhanced codes, and some of them the text of a Python exception.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NoReturn, cast

import structlog
from aiosmtpd.smtp import SMTP, TLSSetupException

from mailgate.clock import Clock
from mailgate.intake.accept import Acceptor
from mailgate.intake.data import CHUNK
from mailgate.mail.message import Authentication
from mailgate.settings import Mailbox

log = structlog.get_logger(__name__)

# RFC 5321 §4.5.3.1.4 asks for 512 octets; addresses with long local parts and parameters need more.
COMMAND_OCTETS = 1024
# Nobody who has mail to bring says these so often.
CALLS = {"*": 100_000, "NOOP": 100, "VRFY": 100, "EXPN": 100, "HELP": 100}
LINGER_SECONDS = 5.0

GOODBYE = "421 4.3.2 Closing, come back later"

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
    timeout: float
    sessions: set[Connection] = field(default_factory=set)
    empty: asyncio.Event = field(default_factory=asyncio.Event)  # the last one left
    closing: bool = False


class Connection(SMTP):
    """A connection that has no commands yet of its own."""

    line_length_limit = CHUNK  # of the stream: how much one read may bring; lines in DATA have no limit of their own

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
            timeout=hall.timeout,
            command_call_limit=CALLS,
            loop=asyncio.get_running_loop(),
        )
        self.hall = hall
        self.in_data = False

    @property
    def peer(self) -> str:
        """The client's IP address, "" on a unix socket."""
        name = self.session.peer if self.session else None
        return str(name[0]).removeprefix("::ffff:") if isinstance(name, tuple) else ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.hall.sessions.add(self)
        self.hall.empty.clear()
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.hall.sessions.discard(self)
        if not self.hall.sessions:
            self.hall.empty.set()
        super().connection_lost(error)

    def leave(self) -> None:
        """Say goodbye, from outside the conversation, unless a mail is coming in: that one finishes and is answered."""
        if not self.in_data:
            self._cut(GOODBYE)

    def abort(self) -> None:
        """End it, read or unread."""
        if transport := self.transport or self._original_transport:
            cast("asyncio.Transport", transport).abort()

    def _timeout_cb(self) -> None:
        self._cut("421 4.4.2 Timeout")

    def _cut(self, reply: str) -> None:
        if self.transport is None or self._handler_coroutine is None:  # in the middle of a TLS handshake, or over
            self.abort()
            return
        transport = cast("asyncio.Transport", self.transport)
        self._handler_coroutine.cancel()
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
        """Read on for a moment before hanging up: a close with octets unread resets, and the answer may be lost."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while await self._reader.read(CHUNK):
                    pass
        await self.hang_up()

    async def start_tls(self) -> None:
        """STARTTLS as aiosmtpd does it, but a handshake that does not come to an end, ends the connection.

        asyncio tells nobody of it: the connection would count as one of the door's for ever.
        """
        try:
            await super().smtp_STARTTLS("")
        except TLSSetupException as error:
            log.info("TLS handshake failed", door=self.hall.name, peer=self.peer, why=str(error.__cause__))
        finally:
            if self._tls_protocol is not None and not (self.session and self.session.ssl):
                self.abort()
                self.connection_lost(None)

    async def push(self, status: str | bytes) -> None:
        """Send one answer; those that aiosmtpd words are replaced by ours of the same code."""
        text = status if isinstance(status, str) else status.decode(errors="replace")
        code, rest = text[:3], text[4:]
        enhanced = rest[:2] in ("2.", "4.", "5.") or code in ("220", "354")
        await self.push_as_is(text if enhanced else _OURS.get(code, f"{code} {code[0]}.0.0 See RFC 5321"))

    async def push_as_is(self, answer: str) -> None:
        """For answers without enhanced codes (RFC 2034 §4)."""
        await super().push(answer)

    async def handle_exception(self, error: Exception) -> str:
        """A fault of ours is never permanent, and its words are not for strangers."""
        log.error("session fault", door=self.hall.name, peer=self.peer, exc_info=error)
        return "451 4.3.0 Fault, try again later"
