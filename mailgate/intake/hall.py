"""What all conversations of one door share, and how they are counted. What is said in one: `connection.py`."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailgate.clock import Clock
from mailgate.door_settings import Limits
from mailgate.intake.accept import Acceptor
from mailgate.intake.answers import Answers
from mailgate.intake.room import Rooms
from mailgate.mail.message import Authentication
from mailgate.settings import Mailbox

if TYPE_CHECKING:
    from mailgate.intake.connection import Connection


@dataclass(slots=True, eq=False)
class Hall:
    """Made within the loop that it serves. `authenticate` judges a peer's IP address ("" on a unix socket)."""

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
    answers: Answers = field(default_factory=Answers)  # of the counter
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
