"""The octets of an attachment piece by piece, from its range of the raw mail: a big file is never in memory whole.

It is taken apart where that changes nothing: base64 in groups of four letters, quoted-printable at the ends of lines.
What cannot be (base64 with junk in it, uuencode) is decoded in one.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from typing import Final

from mailgate.mail.message import Octets
from mailgate.mail.transfer import undo

PIECE: Final = 192 * 1024
_PLAIN: Final = re.compile(rb"[A-Za-z0-9+/\r\n]*+(?:={0,2}[\r\n]*)?\Z")
_BREAKS: Final = b"\r\n"


def streamed(data: Octets, start: int, end: int, encoding: str) -> Iterator[bytes]:
    """What `undo` gives for that range, in pieces."""
    if encoding == "base64" and _is_plain(data, start, end):
        yield from _base64(data, start, end)
    elif encoding == "quoted-printable":
        yield from _quoted_printable(data, start, end)
    elif encoding:
        yield undo(data[start:end], encoding)[0]
    else:
        for at in range(start, end, PIECE):
            yield data[at : min(at + PIECE, end)]


def _is_plain(data: Octets, start: int, end: int) -> bool:
    """Whether it is letters and line ends, with its padding at the very end."""
    for at in range(start, end, PIECE):
        piece = data[at : min(at + PIECE, end)]
        found = _PLAIN.match(piece)
        last = at + PIECE >= end
        if found is None or (not last and b"=" in piece and data[at + len(piece) : end].strip(b"=\r\n")):
            return False
    return True


def _base64(data: Octets, start: int, end: int) -> Iterator[bytes]:
    kept = b""
    for at in range(start, end, PIECE):
        letters = kept + data[at : min(at + PIECE, end)].translate(None, _BREAKS + b"=")
        whole = len(letters) // 4 * 4
        kept = letters[whole:]
        if whole:
            yield binascii.a2b_base64(letters[:whole])
    if len(kept) > 1:
        yield binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))


def _quoted_printable(data: Octets, start: int, end: int) -> Iterator[bytes]:
    kept = b""
    for at in range(start, end, PIECE):
        piece = kept + data[at : min(at + PIECE, end)]
        whole = piece.rfind(b"\n") + 1
        kept = piece[whole:]
        if whole:
            yield undo(piece[:whole], "quoted-printable")[0]
    if kept:
        yield undo(kept, "quoted-printable")[0]
