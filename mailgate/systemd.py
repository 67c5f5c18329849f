"""What systemd and we say to each other: sockets that it opened for us, and that we are ready, alive or going.

sd_listen_fds(3) and sd_notify(3) by hand: the libraries for it are dead or heavy. Without systemd all of it is silence.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterable, MutableMapping

_FIRST = 3  # SD_LISTEN_FDS_START


def inherited(environ: MutableMapping[str, str] = os.environ, first: int = _FIRST) -> dict[str, list[socket.socket]]:
    """Listening sockets by their name (`FileDescriptorName=`), which is the name of a door. {} where there are none.

    The variables are taken out, so that no child takes our sockets for its own.
    """
    meant, count, names = (environ.pop(f"LISTEN_{what}", "") for what in ("PID", "FDS", "FDNAMES"))
    if meant != str(os.getpid()):
        return {}
    found: dict[str, list[socket.socket]] = {}
    named = names.split(":") if names else []
    for place in range(int(count or 0)):
        listener = socket.socket(fileno=first + place)
        listener.set_inheritable(False)
        if listener.family != socket.AF_UNIX:
            # Who is accepted has it from the listener: 481 messages/s, 22 without (FACTS, aiosmtpd).
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        found.setdefault(named[place] if place < len(named) else "unknown", []).append(listener)
    return found


def tell(*words: str, environ: MutableMapping[str, str] = os.environ) -> None:
    """`tell("READY=1")`. Nobody there to hear it is no trouble of ours."""
    path = environ.get("NOTIFY_SOCKET", "")
    if not path:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        try:
            out.connect("\0" + path[1:] if path.startswith("@") else path)
            out.sendall("\n".join(words).encode())
        except OSError:
            return


def tell_reloading() -> None:
    """Type=notify-reload wants to know since when; READY=1 follows."""
    tell("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")


class Watchdog:
    """Ticks (`WatchdogSec=`) only where each of the roles has shown itself since the last tick."""

    def __init__(self, roles: Iterable[str], environ: MutableMapping[str, str] = os.environ) -> None:
        self._roles = frozenset(roles)
        self._alive: set[str] = set()
        self._seen = dict.fromkeys(self._roles, time.monotonic())
        usec, meant = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", str(os.getpid()))
        # How often to look, in seconds; None where nobody wants to know. A third: a role may be busy at one look.
        self.every = int(usec) / 3_000_000 if usec and meant == str(os.getpid()) else None

    def beat(self, role: str) -> None:
        """Safe from any thread."""
        self._alive.add(role)
        self._seen[role] = time.monotonic()

    def silent(self, seconds: float) -> list[str]:
        """The roles that have not shown themselves for so long, whether systemd wants to know or not."""
        now = time.monotonic()
        return sorted(role for role, at in self._seen.items() if now - at > seconds)

    def look(self) -> list[str]:
        """The roles that did not show themselves; none: systemd was told that all is well."""
        silent = sorted(self._roles - self._alive)
        if not silent:
            self._alive.clear()
            tell("WATCHDOG=1")
        return silent
