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
from mailgate.errors import SettingsError
from mailgate.intake.accept import Acceptor
from mailgate.intake.connection import Hall, address_of
from mailgate.intake.listen import BACKLOG, listening_socket, remove_socket_file
from mailgate.intake.room import Rooms
from mailgate.intake.session import Session
from mailgate.mail.message import Authentication
from mailgate.settings import Door, Settings

DRAIN_SECONDS = 30.0


async def serve_door(
    door: Door,
    settings: Settings,
    acceptor: Acceptor,
    clock: Clock,
    rooms: Rooms | None = None,
) -> SmtpDoor:
    """Open the door and return it, serving. SettingsError where the settings make that impossible.

    All doors of a process are to be given the same `rooms`.
    """
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
        tls=_tls(door, settings),
        limits=door.limits,
        mends=door.mends_newlines,
        rooms=rooms or Rooms(),
    )
    try:
        listener = listening_socket(door.listen)
    except (OSError, ValueError) as error:
        raise SettingsError(settings.path, f"door.{door.name}.listen", f"{door.listen}: {error}") from error
    opened = SmtpDoor(door, hall, listener)
    await opened.start()
    return opened


class SmtpDoor:
    """An open door. `port` is 0 for a unix socket."""

    def __init__(self, door: Door, hall: Hall, listener: socket.socket) -> None:
        self._door = door
        self._hall = hall
        self._listener = listener
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
            self._server = await loop.create_unix_server(self._keeper, sock=self._listener, backlog=BACKLOG)
        else:
            self._server = await loop.create_server(self._keeper, sock=self._listener, backlog=BACKLOG)

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


def _tls(door: Door, settings: Settings) -> ssl.SSLContext | None:
    if door.tls_cert_file is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(door.tls_cert_file, door.tls_key_file)
    except (OSError, ssl.SSLError) as error:
        why = f"cannot use {door.tls_cert_file} with {door.tls_key_file or 'the key in it'}: {error}"
        raise SettingsError(settings.path, f"door.{door.name}.tls_cert_file", why) from error
    return context


def _authentication(door: Door, settings: Settings) -> Callable[[str], Authentication]:
    """How far a peer's word about the sender goes (DESIGN, `trust`)."""
    if door.trust == "none":
        return lambda _: Authentication.UNKNOWN
    try:
        networks = [ipaddress.ip_network(network) for network in door.networks]
    except ValueError as error:
        raise SettingsError(settings.path, f"door.{door.name}.networks", str(error)) from error

    def judge(peer: str) -> Authentication:
        # A unix socket has no address, so nothing vouches for who is behind it.
        known = bool(peer) and any(ipaddress.ip_address(peer.partition("%")[0]) in network for network in networks)
        return Authentication.PASS if known else Authentication.UNVERIFIED

    return judge
