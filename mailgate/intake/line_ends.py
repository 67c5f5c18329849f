"""Tells whether octets keep to the wire's line ends, and mends those that do not. It refuses nothing (`session.py`).

RFC 5321 §2.3.8 and RFC 5322 §2.3: CR and LF stand together, and nowhere alone. Programs differ in what they take a lone
one for, which is how one mail is smuggled inside another (SMTP smuggling, 2023): so no parser of ours ever sees one.
"""

from __future__ import annotations

LINE_ENDS = "line ends normalised"
NULS = "NUL removed"


def is_clean(octets: bytes) -> bool:
    """Neither a bare CR, nor a bare LF, nor a NUL. A CR at the very end counts as bare."""
    # All of the three are there as often as pairs account for: one pass in C, and one for the pairs.
    return len(octets) - len(octets.translate(None, b"\r\n\0")) == 2 * octets.count(b"\r\n")


def mended(octets: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The octets with CRLF for every line end and without NULs, and the marks that say what was changed.

    NULs go last, so that a mail comes out the same in one piece and in pieces that do not end within a CRLF. Done by
    replacing alone: 16 MB of CRs take no seconds.
    """
    if is_clean(octets):
        return octets, ()
    lines = octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    whole = lines.replace(b"\0", b"")
    return whole, (LINE_ENDS,) * (lines != octets) + (NULS,) * (whole != lines)


def of_a_file(octets: bytes) -> tuple[bytes, tuple[str, ...]]:
    """As `mended`; but LF at the end of every line is how files have it, and needs no mark."""
    return mended(octets if b"\r" in octets else octets.replace(b"\n", b"\r\n"))
