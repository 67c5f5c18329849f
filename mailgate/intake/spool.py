"""Where a mail lies while it comes in: in memory while it is small and there is room, else in a file without a name."""

from __future__ import annotations

import tempfile
from io import BytesIO, FileIO

from mailgate.intake.room import MIB, Room

IN_MEMORY = MIB


class Spool:
    """The octets of one mail, in their order. `clear` it at the end: it holds room that others want, or a file."""

    def __init__(self, room: Room) -> None:
        self.size = 0
        self._room = room
        # One growing array, not a list of chunks: a client that sends single octets costs one octet for each.
        self._held = bytearray()
        self._file: FileIO | None = None

    def add(self, octets: bytes) -> None:
        """OSError: no file can be opened, or there is no space for what it shall hold."""
        self.size += len(octets)
        if self._file is None and self.size <= IN_MEMORY and self._room.take(len(octets)):
            self._held += octets
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="mailgate-", buffering=0)  # noqa: SIM115 - clear() closes it
            self._write(self._held)
            self._release()
        self._write(octets)

    def read(self, before: bytes = b"") -> bytes:
        """All of it, `before` put in front."""
        if self._file is None:
            with memoryview(self._held) as held:
                return b"".join((before, held))
        whole = BytesIO()  # its getvalue() is no copy
        whole.write(before)
        self._file.seek(0)
        while block := self._file.read(MIB):
            whole.write(block)
        return whole.getvalue()

    def clear(self) -> None:
        """Forget it all. May be done twice."""
        self.size = 0
        self._release()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _release(self) -> None:
        self._room.give(len(self._held))
        self._held = bytearray()

    def _write(self, octets: bytes | bytearray) -> None:
        assert self._file is not None  # noqa: S101 - tells mypy what add() did
        left = memoryview(octets)
        while left:
            left = left[self._file.write(left) :]
