"""Makes the listening sockets of doors from `host:port`, `[v6]:port` or `unix:/path`, and has files enough for all.

It accepts nothing itself.
"""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from mailgate.rights import no_room

BACKLOG = 512

log = structlog.get_logger(__name__)
_LONGEST_PATH = 107  # unix(7): 108 with the NUL at its end
_REMEDIES = {
    errno.EADDRINUSE: "is in use; stop who listens there, or listen elsewhere",
    errno.EADDRNOTAVAIL: "is no address of this machine; write one of its own, or 0.0.0.0 for all",
    errno.EACCES: "is not for this user; a port below 1024 is opened by the door's socket unit (systemctl enable --now "
    "mailgate-NAME.socket; `mailgate systemd-unit` prints it), or take a higher one",
}


def listening_socket(listen: str) -> socket.socket:
    """Bound, ready for a server to listen on. Raises OSError or ValueError where that cannot be."""
    if listen.startswith("unix:"):
        return _unix(listen.removeprefix("unix:"))
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdecimal():
        raise ValueError("wants host:port, [v6]:port or unix:/path")
    return _tcp(host.removeprefix("[").removesuffix("]"), int(port))


def unix_fault(listen: str) -> str:
    """What can be known to be wrong with a `unix:` place without listening there, "" for others."""
    if not listen.startswith("unix:"):
        return ""
    path = Path(listen.removeprefix("unix:"))
    if len(os.fsencode(path)) > _LONGEST_PATH:
        return f"the path is longer than the {_LONGEST_PATH} bytes that a socket's may have; write a shorter one"
    if why := no_room(path):
        return why
    return "is there already, and is no socket; move it away" if path.exists() and not path.is_socket() else ""


def why_not(listen: str, error: Exception) -> str:
    """Why it cannot be listened there, and what helps, from what `listening_socket` raised."""
    if why := unix_fault(listen):
        return why
    if isinstance(error, socket.gaierror):
        return f"no such host here ({error.strerror}); write an address of this machine"
    if isinstance(error, OSError) and error.errno in _REMEDIES:
        return _REMEDIES[error.errno]
    return str(error)


def remove_socket_file(listen: str) -> None:
    """Take away what a unix door leaves in its folder."""
    if listen.startswith("unix:"):
        Path(listen.removeprefix("unix:")).unlink(missing_ok=True)


def _tcp(host: str, port: int) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE)
    family, kind, _, _, address = found[0]
    # The protocol is named because asyncio sets TCP_NODELAY only then: 481 messages/s, 22 without (FACTS, aiosmtpd).
    listener = socket.socket(family, kind, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)  # [::] is for both families
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener


def _unix(path: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if _is_dead(path):
            Path(path).unlink()
        listener.bind(path)
        # As with a port on loopback, whoever may reach it may hand in mail: the folder's rights say who that is.
        os.chmod(path, 0o666)  # noqa: PTH101, S103 - see above
    except OSError:
        listener.close()
        raise
    return listener


def _is_dead(path: str) -> bool:
    """A socket file that nobody listens on any more: a killed process left it."""
    if not Path(path).is_socket():
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        return probe.connect_ex(path) == errno.ECONNREFUSED


def more_descriptors() -> None:
    """As many as we may have: a connection needs one, and another for the file that its mail waits in."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # an unlimited "most" is more than some kernels give
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class LoopTrouble:
    """What an asyncio loop calls with trouble of nobody's own. Of descriptors that ran out it speaks once a minute."""

    def __init__(self) -> None:
        self._again_at = 0.0
        self._unsaid = 0

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not (isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE)):
            loop.default_exception_handler(context)
            return
        self._unsaid += 1
        if loop.time() < self._again_at:
            return
        log.error("no file descriptor left: connections wait", why=str(error), times=self._unsaid)
        self._again_at, self._unsaid = loop.time() + 60, 0
