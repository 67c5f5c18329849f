"""A door for SMTP or LMTP: binds, counts its sessions, drains them at the end. What is said there: `session.py`."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import cast

from mailgate.clock import Clock
from mailgate.door_settings import Door
from mailgate.intake.accept import Acceptor
from mailgate.intake.hall import Hall, address_of
from mailgate.intake.listen import BACKLOG, listening_socket, remove_socket_file, why_not
from mailgate.intake.room import Rooms
from mailgate.intake.session import Session
from mailgate.mail.message import Authentication
from mailgate.rights import unreadable
from mailgate.settings import Settings

DRAIN_SECONDS = 30.0
# What OpenSSL calls a key of another certificate: of the same kind, of another kind.
_MISMATCH = frozenset({"KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED"})


async def serve_door(
    door: Door,
    settings: Settings,
    acceptor: Acceptor,
    clock: Clock,
    rooms: Rooms | None = None,
    inherited: Sequence[socket.socket] = (),
) -> SmtpDoor:
    """Open the door and return it, serving. SettingsError where the settings make that impossible.

    All doors of a process are to be given the same `rooms`. `inherited` sockets, where there are any, stand in the
    place of `listen`: somebody else has opened them for us (systemd).
    """
    hall = Hall(
        name=door.name,
        lmtp=door.protocol == "lmtp",
        limit=door.max_message_bytes,
        # Asked once and outside the loop: a resolver that does not answer takes seconds.
        hostname=door.hostname or await asyncio.to_thread(socket.getfqdn),
        mailbox_of=settings.taker_of,
        authenticate=_authentication(door, settings),
        acceptor=acceptor,
        clock=clock,
        tls=tls_context(door, settings),
        limits=door.limits,
        mends=door.mends_newlines,
        rooms=rooms or Rooms(),
    )
    try:
        listeners = inherited or (listening_socket(door.listen),)
    except (OSError, ValueError) as error:
        raise settings.fault(f"{door.listen}: {why_not(door.listen, error)}", "door", door.name, "listen") from error
    opened = SmtpDoor(hall, listeners, "" if inherited else door.listen)
    await opened.start()
    return opened


class SmtpDoor:
    """An open door. `port` is 0 for a unix socket. `own` is where it listens by a socket of its own."""

    def __init__(self, hall: Hall, listeners: Sequence[socket.socket], own: str) -> None:
        self._hall = hall
        self._listeners = listeners
        self._own = own
        self._servers: list[asyncio.Server] = []
        name = listeners[0].getsockname()
        self.port = int(name[1]) if isinstance(name, tuple) else 0

    @property
    def is_serving(self) -> bool:
        return bool(self._servers) and all(server.is_serving() for server in self._servers)

    @property
    def sessions(self) -> int:
        """How many connections there are now."""
        return len(self._hall.sessions)

    async def start(self) -> None:
        """Listen."""
        loop = asyncio.get_running_loop()
        for listener in self._listeners:
            serve = loop.create_unix_server if listener.family == socket.AF_UNIX else loop.create_server
            # asyncio accepts so many in one go, and when there is no file descriptor left it fails, speaks of it and
            # comes back as often: millions of times (FACTS, aiosmtpd). So one in a go; how many may wait is said after.
            self._servers.append(await serve(self._keeper, sock=listener, backlog=1))
            listener.listen(BACKLOG)

    @property
    def trouble(self) -> str:
        """Who listens waits for others, and can do no more."""
        return ""

    async def stop(self, within: float = DRAIN_SECONDS) -> None:
        """Accept nobody more, send the idle home with 421, let mail that is coming in finish and be answered.

        What has not ended after `within` seconds is cut off, unanswered: its client will bring the mail again.
        """
        self._hall.closing = True
        for server in self._servers:
            server.close()
        remove_socket_file(self._own)
        for session in list(self._hall.sessions):
            session.leave()
        if self._hall.sessions:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hall.empty.wait(), within)
        for session in list(self._hall.sessions):
            session.abort()
        for _ in range(2):  # the aborted are told in the loop's next turn, those within TLS in the one after
            await asyncio.sleep(0)
        for server in self._servers:
            await server.wait_closed()

    def _keeper(self) -> asyncio.Protocol:
        return _Keeper(self._hall)


class _Keeper(asyncio.Protocol):
    """Stands in the door until the peer is known: lets him in, or tells the one too many to come back, at once."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        out = cast("asyncio.Transport", transport)
        if self._hall.is_full_for(address_of(out)):
            out.write(b"421 4.3.2 Too many connections, come back later\r\n")
            out.close()
            return
        session = Session(self._hall)
        out.set_protocol(session)
        session.connection_made(out)


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
    if door.trust != "network":
        return lambda _: Authentication.UNVERIFIED  # until the mail is walked (`verify.py`)
    try:
        networks = [ipaddress.ip_network(network) for network in door.networks]
    except ValueError as error:
        raise settings.fault(str(error), "door", door.name, "networks") from error

    def judge(peer: str) -> Authentication:
        # A unix socket has no address, so nothing vouches for who is behind it.
        known = bool(peer) and any(ipaddress.ip_address(peer.partition("%")[0]) in network for network in networks)
        return Authentication.PASS if known else Authentication.UNVERIFIED

    return judge
