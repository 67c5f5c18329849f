"""Who a process is to all others on one store: "node/pid/boot", and whether one of its own machine is there no more.

The node's name may be another machine's, too (containers of one host name): `boot` begins with what tells one running
kernel and its process numbers (its PID namespace) from all others, so that nobody takes a living one for dead.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
from collections.abc import Collection
from functools import cache
from pathlib import Path


def holder_of(name: str) -> str:
    """This process's, new at each call. `name` is that of the settings, "" for the host's."""
    return f"{node_name(name)}/{os.getpid()}/{_place()}-{secrets.token_hex(4)}"


def node_name(name: str) -> str:
    return name or socket.gethostname()


def is_gone(holder: str, me: str, living: Collection[str]) -> bool:
    """Whether a holder of my node's name is surely no more. `living` are those who said lately that they are there:
    they are asked where the holder's process number means nothing here."""
    if holder == me:
        return False
    _, pid, boot = holder.split("/")
    if boot.partition("-")[0] != me.split("/")[2].partition("-")[0]:
        return holder not in living
    # A container gives every incarnation the same pid.
    return pid == me.split("/")[1] or not Path(f"/proc/{pid}").exists()


@cache
def _place() -> str:
    try:
        kernel = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        numbers = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return secrets.token_hex(4)  # nothing tells them apart: only who says that he lives, lives
    return hashlib.sha256(f"{kernel}{numbers}".encode()).hexdigest()[:8]
