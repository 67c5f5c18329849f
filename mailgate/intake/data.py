"""Reads the body of DATA from chunks of any cut: its end, the dots, the line ends, the size. No socket, no replies.

aiosmtpd reads DATA line by line: slow (about 40 MB/s), a trap for long lines, and without bound where no CRLF comes
(FACTS, aiosmtpd). Here a chunk costs a few searches and one replace, whatever its lines look like.
"""

from __future__ import annotations

from enum import Enum, auto

from mailgate.intake.line_ends import is_clean, mended
from mailgate.intake.spool import Spool

# RFC 5321 §4.1.1.4: only this ends DATA. Every looser reading lets one mail be smuggled inside another.
END = b"\r\n.\r\n"
CHUNK = 64 * 1024


class Trouble(Enum):
    """Why a mail is not kept."""

    TOO_BIG = auto()
    BARE = auto()  # a bare CR, a bare LF or a NUL
    NO_ROOM = auto()  # no room for it on this machine


class DataReader:
    """Takes the octets that follow 354 and puts the message they carry into `spool`, dots un-stuffed (RFC 5321 §4.5.2).

    `limit` bounds the message in octets. From the first `trouble` on nothing more is kept, and the octets are only
    counted (`wire`), so that the caller can hang up on a client that never ends. Unless `mend`, a bare CR, a bare LF or
    a NUL is trouble; else CRLF stands for it, or nothing, and `marks` says so.
    """

    def __init__(self, limit: int, spool: Spool, *, mend: bool) -> None:
        self.limit = limit
        self.trouble: Trouble | None = None
        self.why: OSError | None = None  # of NO_ROOM
        self.wire = 0
        self.marks: tuple[str, ...] = ()
        self._spool, self._mend = spool, mend
        self._size = 0
        # The line before the first one ended, so to say: a lone dot right after 354 ends an empty message.
        self._held = b"\r\n"
        self._before_the_first = 2

    def feed(self, chunk: bytes) -> bytes | None:
        """Take a chunk. None: the message goes on. Else it is complete, and these octets came after its end."""
        self.wire += len(chunk)
        seen = self._held + chunk
        # One search for what both the end and a stuffed dot begin with: most chunks hold neither, and base64 no dot.
        dotted = b"." in seen and b"\r\n." in seen
        end = seen.find(END) if dotted else -1
        if end >= 0:
            self._keep(seen[: end + 2], dotted)
            return seen[end + len(END) :]
        # What may be the beginning of the end waits for the next chunk. It starts with a CR, so no CRLF is ever cut
        # in two, nor from the stuffed dot that belongs to it.
        waiting = next((n for n in range(len(END) - 1, 0, -1) if seen.endswith(END[:n])), 0)
        self._keep(seen[: len(seen) - waiting], dotted)
        self._held = seen[len(seen) - waiting :]
        return None

    def _keep(self, octets: bytes, dotted: bool) -> None:
        if self.trouble in (Trouble.BARE, Trouble.TOO_BIG):
            return
        kept = octets.replace(b"\r\n.", b"\r\n") if dotted else octets
        if not is_clean(kept):
            if not self._mend:
                self._give_up(Trouble.BARE)
                return
            kept, marks = mended(kept)
            self.marks = tuple(dict.fromkeys((*self.marks, *marks)))
        kept, self._before_the_first = kept[self._before_the_first :], max(0, self._before_the_first - len(kept))
        self._size += len(kept)
        if self._size > self.limit:
            self._give_up(Trouble.TOO_BIG)
        elif self.trouble is None:
            try:
                self._spool.add(kept)
            except OSError as error:
                self.why = error
                self._give_up(Trouble.NO_ROOM)

    def _give_up(self, trouble: Trouble) -> None:
        self.trouble = trouble
        self._spool.clear()
