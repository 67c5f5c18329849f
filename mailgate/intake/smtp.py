"""A door for SMTP or LMTP: binds, counts its sessions, drains them at the end. What is said there: `session.py`."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from mailgate.clock import Clock
from mailgate.intake.accept import Acceptor
from mailgate.intake.connection import Hall
from mailgate.intake.listen import BACKLOG, listening_socket, remove_socket_file, why_not
from mailgate.intake.session import Session
from mailgate.mail.message import Authentication
from mailgate.rights import unreadable
from mailgate.settings import Door, Settings

# Behind Postfix a door sees some 20 to 100 connections. Each may hold a whole mail in memory.
MOST_SESSIONS = 500
# RFC 5321 §4.5.3.2.7: a server waits at least five minutes for the next command.
SILENCE_SECONDS = 300.0
DRAIN_SECONDS = 30.0
# What OpenSSL calls a key of another certificate: of the same kind, of another kind.
_MISMATCH = frozenset({"KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED"})


async def serve_door(
    door: Door,
    settings: Settings,
    acceptor: Acceptor,
    clock: Clock,
    *,
    most_sessions: int = MOST_SESSIONS,
    silence: float = SILENCE_SECONDS,
) -> SmtpDoor:
    """Open the door and return it, serving. SettingsError where the settings make that impossible."""
    hall = Hall(
        name=door.name,
        lmtp=door.protocol == "lmtp",
        limit=door.max_message_bytes,
        # Asked once and outside the loop: a resolver that does not answer takes seconds.
        hostname=await asyncio.to_thread(socket.getfqdn),
        mailbox_of=settings.mailbox_of,
        authenticate=_authentication(door, settings),
        acceptor=acceptor,
        clock=clock,
        tls=tls_context(door, settings),
        timeout=silence,
    )
    try:
        listener = listening_socket(door.listen)
    except (OSError, ValueError) as error:
        raise settings.fault(f"{door.listen}: {why_not(door.listen, error)}", "door", door.name, "listen") from error
    opened = SmtpDoor(door, hall, listener, most_sessions)
    await opened.start()
    return opened


class SmtpDoor:
    """An open door. `port` is 0 for a unix socket."""

    def __init__(self, door: Door, hall: Hall, listener: socket.socket, most_sessions: int) -> None:
        self._door = door
        self._hall = hall
        self._listener = listener
        self._most = most_sessions
        self._server: asyncio.Server | None = None
        name = listener.getsockname()
        self.port = int(name[1]) if isinstance(name, tuple) else 0

    @property
    def sessions(self) -> int:
        """How many connections there are now."""
        return len(self._hall.sessions)

    async def start(self) -> None:
        """Listen."""
        loop = asyncio.get_running_loop()
        if self._listener.family == socket.AF_UNIX:
            self._server = await loop.create_unix_server(self._session, sock=self._listener, backlog=BACKLOG)
        else:
            self._server = await loop.create_server(self._session, sock=self._listener, backlog=BACKLOG)

    async def stop(self, within: float = DRAIN_SECONDS) -> None:
        """Accept nobody more, send the idle home with 421, let mail that is coming in finish and be answered.

        What has not ended after `within` seconds is cut off, unanswered: its client will bring the mail again.
        """
        self._hall.closing = True
        if self._server is not None:
            self._server.close()
        remove_socket_file(self._door.listen)
        for session in list(self._hall.sessions):
            session.leave()
        if self._hall.sessions:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hall.empty.wait(), within)
        for session in list(self._hall.sessions):
            session.abort()
        await asyncio.sleep(0)  # the aborted are told in the loop's next turn
        if self._server is not None:
            await self._server.wait_closed()

    def _session(self) -> asyncio.Protocol:
        if self._hall.closing or len(self._hall.sessions) >= self._most:
            return _Full()
        return Session(self._hall)


class _Full(asyncio.Protocol):
    """For the one too many: told to come back, at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        out = cast("asyncio.Transport", transport)
        out.write(b"421 4.3.2 Too many connections, come back later\r\n")
        out.close()


def tls_context(door: Door, settings: Settings) -> ssl.SSLContext | None:
    """What STARTTLS at this door works with, None where it is not offered. SettingsError for files of no use."""
    if door.tls_cert_file is None:
        return None
    for key, file in (("tls_cert_file", door.tls_cert_file), ("tls_key_file", door.tls_key_file)):
        if file is not None and (why := unreadable(file)):
            raise settings.fault(why, "door", door.name, key)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        # No passphrase: OpenSSL would ask for it on the terminal, and a daemon has none.
        context.load_cert_chain(door.tls_cert_file, door.tls_key_file, password="")
    except (OSError, ssl.SSLError) as error:
        raise settings.fault(_no_pair(door, error), "door", door.name, "tls_cert_file") from error
    return context


def _no_pair(door: Door, error: OSError) -> str:
    key = f"the key in {door.tls_key_file or 'it'}"
    if getattr(error, "reason", "") in _MISMATCH:
        return f"{door.tls_cert_file} is not the certificate of {key}; give two that belong together"
    return f"cannot use {door.tls_cert_file} with {key}; both should be PEM, the key without a passphrase"


def _authentication(door: Door, settings: Settings) -> Callable[[str], Authentication]:
    """How far a peer's word about the sender goes (DESIGN, `trust`)."""
    if door.trust == "none":
        return lambda _: Authentication.UNKNOWN
    try:
        networks = [ipaddress.ip_network(network) for network in door.networks]
    except ValueError as error:
        raise settings.fault(str(error), "door", door.name, "networks") from error

    def judge(peer: str) -> Authentication:
        # A unix socket has no address, so nothing vouches for who is behind it.
        known = bool(peer) and any(ipaddress.ip_address(peer.partition("%")[0]) in network for network in networks)
        return Authentication.PASS if known else Authentication.UNVERIFIED

    return judge
