"""Opens CMS (RFC 5652), which S/MIME wraps a mail in: what was signed is taken out of it. It verifies nothing.

Own code: a walk of six lengths in BER, of definite and indefinite form, needs no library of ASN.1.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from typing import Final

_SIGNED: Final = bytes.fromhex("2a864886f70d010702")
_ENVELOPED: Final = bytes.fromhex("2a864886f70d010703")
_AUTHENTICATED: Final = bytes.fromhex("2a864886f70d0109100117")  # RFC 5083
_OID, _OCTETS, _SEQUENCE, _SET, _EXPLICIT = 0x06, 0x04, 0x30, 0x31, 0xA0
_CONSTRUCTED: Final = 0x20
_DEPTH_CAP: Final = 20
_PIECES_CAP: Final = 100_000  # OpenSSL streams in pieces of 1 KiB
_ARMOUR = re.compile(rb"-----BEGIN (?:PKCS7|CMS)-----(.*?)(?:-----END|\Z)", re.DOTALL)


class _Broken(Exception):
    """The lengths do not add up."""


@dataclass(frozen=True, slots=True)
class _Value:
    """One value: `start:end` are its contents; `after` is where the next one begins."""

    tag: int
    start: int
    end: int
    after: int


def is_encrypted(data: bytes) -> bool:
    """Does it begin as EnvelopedData or AuthEnvelopedData?"""
    return any(sign in data[:64] for sign in (_ENVELOPED, _AUTHENTICATED))


def signed_content(data: bytes) -> bytes:
    """What was signed; b"" where it stands elsewhere (a detached signature), and of anything else. Linear; never
    raises."""
    armoured = _ARMOUR.search(data[:200]) and _ARMOUR.search(data)
    if armoured:
        try:
            data = binascii.a2b_base64(armoured[1])
        except binascii.Error:
            return b""
    if _SIGNED not in data[:64]:
        return b""
    try:
        return _content(_Walk(data))
    except _Broken:
        return b""


def _content(walk: _Walk) -> bytes:
    """ContentInfo { signedData, [0] { version, digestAlgorithms, encapContentInfo { type, [0] OCTET STRING } } }"""
    outer = walk.expect(walk.value(0, len(walk.data)), _SEQUENCE)
    kind = walk.expect(walk.value(outer.start, outer.end), _OID)
    explicit = walk.expect(walk.value(kind.after, outer.end), _EXPLICIT)
    signed = walk.expect(walk.value(explicit.start, explicit.end), _SEQUENCE)
    version = walk.value(signed.start, signed.end)
    digests = walk.expect(walk.value(version.after, signed.end), _SET)
    inner = walk.expect(walk.value(digests.after, signed.end), _SEQUENCE)
    kind = walk.expect(walk.value(inner.start, inner.end), _OID)
    held = walk.expect(walk.value(kind.after, inner.end), _EXPLICIT)
    return walk.octets(walk.value(held.start, held.end))


class _Walk:
    """Values of BER (X.690 §8.1). One of indefinite length goes as far as what holds it; its end is found on the way
    through what it holds, and nowhere else is it asked for."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def value(self, at: int, end: int) -> _Value:
        """The value at `at`, within `end`. What was cut at the end counts as far as it goes."""
        if at + 2 > end:
            raise _Broken
        tag, length = self.data[at], self.data[at + 1]
        start = at + 2
        if length == 0x80:
            return _Value(tag, start, end, end)
        if length > 0x80:
            size = length & 0x7F
            if size > 8 or start + size > end:
                raise _Broken
            length = int.from_bytes(self.data[start : start + size], "big")
            start += size
        return _Value(tag, start, min(start + length, end), min(start + length, end))

    def expect(self, value: _Value, tag: int) -> _Value:
        if value.tag != tag:
            raise _Broken
        return value

    def octets(self, value: _Value) -> bytes:
        """An OCTET STRING, whole or in pieces."""
        if value.tag & ~_CONSTRUCTED != _OCTETS:
            raise _Broken
        if value.tag == _OCTETS:
            return self.data[value.start : value.end]
        pieces: list[bytes] = []
        open_ends = [value.end]
        at = value.start
        while open_ends and len(pieces) < _PIECES_CAP:
            if at >= open_ends[-1]:
                open_ends.pop()
                continue
            if self.data[at : at + 2] == b"\0\0":  # the end of what has no length
                open_ends.pop()
                at += 2
                continue
            piece = self.value(at, open_ends[-1])
            if piece.tag == _OCTETS:
                pieces.append(self.data[piece.start : piece.end])
                at = piece.after
            elif piece.tag == _OCTETS | _CONSTRUCTED and len(open_ends) < _DEPTH_CAP:
                open_ends.append(piece.end)
                at = piece.start
            else:
                break
        return b"".join(pieces)
