"""Where a mail lies while it comes in: in memory while it is small and there is room, else in a file without a name.

Such a file is gone with its process, however that ends: nothing is left to be cleaned up at the next start.
"""

from __future__ import annotations

import errno
import os
import tempfile
from io import FileIO

from mailgate.intake.room import MIB, Room
from mailgate.mail.message import Octets

IN_MEMORY = MIB


class InFile:
    """The octets of a file behind some that are put in front of them. Any thread may read."""

    def __init__(self, before: bytes, file: FileIO, size: int) -> None:
        self._before, self._file, self._size = before, file, len(before) + size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, cut: slice, /) -> bytes:
        start, stop, _ = cut.indices(self._size)
        if start >= stop:
            return b""
        head = self._before[start:stop]
        wanted = stop - start - len(head)
        rest = os.pread(self._file.fileno(), wanted, max(0, start - len(self._before))) if wanted else b""
        if len(rest) != wanted:
            raise OSError(errno.EIO, "the file of a mail that came in has lost a part of it")
        return head + rest


class Spool:
    """The octets of one mail, in their order. `clear` it at the end: it holds room that others want, or a file."""

    def __init__(self, memory: Room, files: Room) -> None:
        self.size = 0
        self._memory, self._files = memory, files
        # One growing array, not a list of chunks: a client that sends single octets costs one octet for each.
        self._held = bytearray()
        self._file: FileIO | None = None
        self._in_file = 0

    @property
    def in_memory(self) -> int:
        """How many of its octets."""
        return len(self._held)

    def add(self, octets: bytes) -> None:
        """OSError: no file can be opened, or there is no space for what it shall hold."""
        self.size += len(octets)
        if self._file is None and self.size <= IN_MEMORY and self._memory.take(len(octets)):
            self._held += octets
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="mailgate-", buffering=0)  # noqa: SIM115 - clear() closes it
            self._write(self._held)
            self._release()
        self._write(octets)

    def take(self, before: bytes = b"") -> Octets:
        """All of it, once, `before` put in front. What lies in a file is read there, until this is cleared."""
        if self._file is not None:
            return InFile(before, self._file, self._in_file)
        with memoryview(self._held) as held:
            whole = b"".join((before, held))
        self._release()
        return whole

    def clear(self) -> None:
        """Forget it all. May be done twice."""
        self.size = 0
        self._release()
        self._files.give(self._in_file)
        self._in_file = 0
        if self._file is not None:
            self._file.close()
            self._file = None

    def _release(self) -> None:
        self._memory.give(len(self._held))
        self._held = bytearray()

    def _write(self, octets: bytes | bytearray) -> None:
        assert self._file is not None  # noqa: S101 - tells mypy what add() did
        if not self._files.take(len(octets)):
            raise OSError(errno.ENOSPC, "mails that come in fill all that [spool] max_bytes lets them")
        self._in_file += len(octets)
        left = memoryview(octets)
        while left:
            left = left[self._file.write(left) :]
