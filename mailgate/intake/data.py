"""Reads the body of DATA from chunks of any cut: its end, the dots, the size. It knows no socket and no replies.

aiosmtpd reads DATA line by line: slow (about 40 MB/s), a trap for long lines, and without bound where no CRLF comes
(FACTS, aiosmtpd). Here a chunk costs one search and one replace, whatever its lines look like.
"""

from __future__ import annotations

# RFC 5321 §4.1.1.4: only this ends DATA. Every looser reading lets one mail be smuggled inside another.
END = b"\r\n.\r\n"
CHUNK = 64 * 1024


class DataReader:
    """Takes the octets that follow 354 and keeps the message they carry, dots un-stuffed (RFC 5321 §4.5.2).

    `limit` bounds the message in octets: past it nothing more is kept, `too_big` is True, and the octets are only
    counted on (`wire`) so that the caller can hang up on a client that never ends.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.too_big = False
        self.wire = 0
        # The line before the first one ended, so to say: a lone dot right after 354 ends an empty message.
        self._held = b"\r\n"
        # One growing array, not a list of chunks: a client that sends single octets costs one octet for each.
        self._kept = bytearray()

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
        # What may be the beginning of the end waits for the next chunk. It starts with a CR, so no CRLF that a
        # stuffed dot belongs to is ever cut from its dot.
        waiting = next((n for n in range(len(END) - 1, 0, -1) if seen.endswith(END[:n])), 0)
        self._keep(seen[: len(seen) - waiting], dotted)
        self._held = seen[len(seen) - waiting :]
        return None

    def message(self, before: bytes = b"") -> bytes:
        """The message, `before` (header fields of ours) put in front of it."""
        with memoryview(self._kept) as kept:
            return b"".join((before, kept[2:]))

    def _keep(self, octets: bytes, dotted: bool) -> None:
        if self.too_big:
            return
        self._kept += octets.replace(b"\r\n.", b"\r\n") if dotted else octets
        if len(self._kept) - 2 > self.limit:
            self.too_big = True
            self._kept = bytearray()
