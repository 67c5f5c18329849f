"""Undoes Content-Transfer-Encoding, and tells sizes without undoing it. Bytes in, bytes out: it knows no charsets."""

from __future__ import annotations

import binascii
import re

_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_LETTERS = bytes(byte for byte in range(256) if byte not in _LETTERS)
_SPACE = b" \t\r\n\x0b\x0c"
_COUNT_EXACTLY = 64 * 1024  # bigger bodies are not decoded for it: no copy, and at most a pass in C
# Lines that can be nothing but base64: a mailing list's footer may follow them.
_WHOLE_LINES = re.compile(
    rb"(?:[A-Za-z0-9+/=]{24,1000}+[ \t]{0,5}+\r{0,3}+\n)++(?:[A-Za-z0-9+/]{2,1000}+={0,2}\r{0,3}+\n)?"
)
# Of quoted-printable: a soft line break (also with white space or a bare CR, or at the very end), and a "=" that begins
# no escape, which Python's reading would take with what follows it.
_SOFT = re.compile(rb"=(?:[ \t]*+(?:\r++\n?|\n)|\Z)")
_NO_ESCAPE = re.compile(rb"=(?![0-9A-Fa-f]{2})")
_ONE_LENGTH = re.compile(rb"(?:(?:[A-Za-z0-9+/]{4})++\r?\n)++")
_LINES_AT_ONCE = 4096
_URL_SAFE = re.compile(rb"[A-Za-z0-9_=\s-]*+\Z")
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
# The first line of what a list or a scanner appends in clear.
_FOOTER = re.compile(rb"\s*(?:--|__|\*\*|==|##|[^\s=]{1,30}[ \t]{1,2}[^\s=]{1,30}[ \t]|[^\n]{0,200}?(?:https?:|@|: ))")
_UU_END = re.compile(rb"end\s*?(?:\n|\Z)")
_PADDED = re.compile(rb"=+[\s=]*+")


def undo(body: bytes, encoding: str) -> tuple[bytes, str]:
    """The decoded bytes, and what was wrong ("" where nothing was). Never raises."""
    if encoding == "quoted-printable":
        # As every program writes it; the patterns look at each "=".
        whole = body.replace(b"=\r\n" if b"\r" in body else b"=\n", b"")
        if _NO_ESCAPE.search(whole):
            whole = _NO_ESCAPE.sub(b"=3D", _SOFT.sub(b"", body))
        return binascii.a2b_qp(whole), ""
    if encoding == "base64":
        return _base64(body)
    if encoding == "x-uuencode":
        return _uuencoded(body), ""
    return body, ""


def _base64(body: bytes) -> tuple[bytes, str]:
    """Base64 with junk in it. What is no base64 at all (a wrong label, a footer glued on by a list) stands as it is."""
    if (b"-" in body or b"_" in body) and _URL_SAFE.match(body):
        return _base64(body.translate(_TO_STANDARD))[0], "base64 of RFC 4648 §5"
    lines = _WHOLE_LINES.match(body)
    if lines and lines.end() < len(body) and _FOOTER.match(body, lines.end()):
        return _base64(lines.group())[0] + b"\n" + body[lines.end() :], "base64 that is not base64"
    pieces: list[bytes] = []
    defect = ""
    at = 0
    while at < len(body):
        padding = _PADDED.search(body, at)
        end = padding.end() if padding else len(body)
        piece = body[at : padding.start() if padding else end]
        letters = piece.translate(None, _NOT_LETTERS)
        strange = len(piece) - len(letters) - sum(piece.count(byte) for byte in (b"\n", b"\r", b" ", b"\t"))
        if strange * 10 > len(letters) or _is_prose(piece):
            # Prose from here on: padding inside it is its own, so the rest is taken in one.
            lead = _WHOLE_LINES.match(body, at)
            if lead:
                pieces.append(_base64(lead.group())[0] + b"\n")
            elif pieces and not pieces[-1].endswith(b"\n"):
                pieces.append(b"\n")
            return b"".join([*pieces, body[lead.end() if lead else at :]]), "base64 that is not base64"
        if strange:
            defect = "characters in base64 that do not belong there"
        if len(letters) % 4 == 1:
            letters, defect = letters[:-1], "base64 that ends too soon"
        pieces.append(binascii.a2b_base64(letters + b"=" * (-len(letters) % 4)))
        at = end
        if len(pieces) > 200:
            return b"".join(pieces), "base64 in too many pieces"
    return b"".join(pieces), defect


def undo_lines(data: bytes, start: int, end: int) -> bytearray | None:
    """Base64 in lines of one length, whole groups of four, as all of `data[start:end]` but its end is: decoded piece by
    piece, so that no copy of it is held. None where it is not that."""
    first = data.find(b"\n", start, start + 1000) + 1
    if not first:
        return None
    step = (first - start) * _LINES_AT_ONCE
    out = bytearray()
    for at in range(start, end, step):
        piece = data[at : min(at + step, end)]
        if at + step < end and not _ONE_LENGTH.fullmatch(piece):
            return None
        out += undo(piece, "base64")[0]
    return out


def _is_prose(piece: bytes) -> bool:
    """Words with single spaces between them, which base64 never has."""
    return piece.strip().count(b" ") * 20 > len(piece)


def _uuencoded(body: bytes) -> bytes:
    out: list[bytes] = []
    inside = False
    for line in body.splitlines():
        if not inside:
            inside = line.startswith(b"begin ")
            continue
        if line.strip() == b"end":
            break
        if not line:
            continue  # Python reads an empty line as 32 NULs
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Seen in the wild: trailing junk on a line; its first character says how much of it counts.
            keep = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
            try:
                out.append(binascii.a2b_uu(line[:keep]))
            except binascii.Error:
                continue
    return b"".join(out) if inside else body


def decoded_size(data: bytes, start: int, end: int, encoding: str) -> int:
    """Bytes that `data[start:end]` decodes to, without decoding it where it is big."""
    if end - start <= _COUNT_EXACTLY:
        return len(undo(data[start:end], encoding)[0])
    if encoding == "x-uuencode":
        return _uuencoded_size(data, start, end)
    if encoding == "base64":
        if (regular := _regular_size(data, start, end)) is not None:
            return regular
        spaces = sum(data.count(byte, start, end) for byte in (b"\n", b"\r", b" ", b"\t"))
        padding = data.count(b"=", end - 200, end)
        return max((end - start - spaces - padding) * 3 // 4, 0)
    if encoding == "quoted-printable":
        soft = data.count(b"=\r\n", start, end)
        soft_bare = data.count(b"=\n", start, end)
        escapes = data.count(b"=", start, end) - soft - soft_bare
        return end - start - 3 * soft - 2 * soft_bare - 2 * escapes
    return end - start


def _uuencoded_size(data: bytes, start: int, end: int) -> int:
    """What the first sign of each line says, from "begin" to "end"."""
    begin = start if data.startswith(b"begin ", start, end) else data.find(b"\nbegin ", start, end) + 1
    if not data.startswith(b"begin ", begin, end):
        return end - start
    size, line = 0, data.find(b"\n", begin, end) + 1
    while 0 < line < end and not _UU_END.match(data, line, end):
        size += (data[line] - 32) & 63 if data[line] > 32 else 0
        line = data.find(b"\n", line, end) + 1
    return size


def _regular_size(data: bytes, start: int, end: int) -> int | None:
    """The decoded size of base64 in lines of one length, as every mail program writes it, told from a few of the line
    ends; None where they stand elsewhere."""
    while end > start and data[end - 1] in _SPACE:
        end -= 1
    first = data.find(b"\n", start, start + 1000)
    if first <= start:
        return None
    period, ending = first + 1 - start, 2 if data[first - 1 : first] == b"\r" else 1
    lines = (end - start) // period
    looked = {start + period * max(lines * step // 32, 1) - 1 for step in range(1, 33)}
    if lines < 1 or any(data[at : at + 1] != b"\n" for at in looked):
        return None
    letters = end - start - lines * ending - data.count(b"=", end - 3, end)
    return max(letters * 3 // 4, 0)
