"""A disk that is full when a test says so, by the first way that this machine allows."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from daemon import Daemon

_SMALL = 256 * 1024 * 1024


class Disk(Protocol):
    """Where a daemon may live. `fill` leaves it room for some more mails at most, `empty` gives the room back."""

    home: Path

    def fill(self, daemon: Daemon) -> None: ...

    def empty(self, daemon: Daemon) -> None: ...


class SmallDisk:
    """A file system of its own in memory; a file of ours takes what the daemon shall not have."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._filler = home / "filler"

    def fill(self, daemon: Daemon) -> None:  # noqa: ARG002 - Disk
        with self._filler.open("wb", buffering=0) as file, suppress(OSError):
            while os.statvfs(self.home).f_bavail * os.statvfs(self.home).f_frsize > 1024 * 1024:
                file.write(bytes(64 * 1024))

    def empty(self, daemon: Daemon) -> None:  # noqa: ARG002 - Disk
        self._filler.unlink()


class FileLimit:
    """The kernel lets no file of the daemon grow past where it is (RLIMIT_FSIZE). No privilege is needed for this."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def fill(self, daemon: Daemon) -> None:
        largest = max(file.stat().st_size for file in self.home.glob("mailgate.db*"))
        self._limit(daemon, largest + 256 * 1024)

    def empty(self, daemon: Daemon) -> None:
        self._limit(daemon, resource.RLIM_INFINITY)

    @staticmethod
    def _limit(daemon: Daemon, octets: int) -> None:
        assert daemon.process is not None
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (octets, resource.RLIM_INFINITY))


@contextmanager
def small_disk(home: Path) -> Iterator[Disk]:
    """A tmpfs where it may be mounted, else a container's own small /dev/shm, else a limit on the files in `home`."""
    with tempfile.TemporaryDirectory(prefix="mailgate-disk-") as folder:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=24m", "mailgate-test", folder], capture_output=True, check=False
        )
        if mounted.returncode == 0:
            try:
                yield SmallDisk(Path(folder))
            finally:
                subprocess.run(["umount", "--lazy", folder], check=True)
            return
    shared = Path("/dev/shm")
    if shared.is_dir() and shutil.disk_usage(shared).total <= _SMALL:
        with tempfile.TemporaryDirectory(prefix="mailgate-disk-", dir=shared) as folder:
            yield SmallDisk(Path(folder))
        return
    yield FileLimit(home)
