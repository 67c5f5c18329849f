"""Hears what the daemon tells systemd (sd_notify)."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def listening(path: Path) -> Iterator[socket.socket]:
    """A notify socket, as systemd has it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(path))
        ear.settimeout(60)
        yield ear


def heard_until(ear: socket.socket, word: str) -> list[str]:
    """All that was said, one entry a notice, up to that word."""
    said: list[str] = []
    while word not in said:
        said.append(ear.recv(4096).decode())
    return said
