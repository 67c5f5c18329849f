"""Reads ISO-2022-JP of all variants (RFC 1468, 1554, 2237, JIS X 0213) and what programs really write under that name:
half-width kana (by escape, by shift, as 8-bit bytes), NEC's and IBM's characters (also in EUC-JP), lines that end
without their escape.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

ESCAPES: Final = (b"\x1b$B", b"\x1b$@", b"\x1b$(")  # one of these stands in every such text that has any Japanese
_ESCAPE = rb"\x1b(?:\$\([@-DOPQ]|\$[@AB]|\([BHIJ]|\.[AF]|&@)"
_SHIFT = re.compile(_ESCAPE + rb"|[\x0e\x0f]")
_SHIFT_OR_END = re.compile(_ESCAPE + rb"|[\x0e\x0f\n]")
# After an escape: (codec of the bytes with their high bit set, what stands before each pair there).
_PAIRS = {
    b"\x1b$@": ("euc_jp", b""), b"\x1b$B": ("euc_jp", b""), b"\x1b$(@": ("euc_jp", b""), b"\x1b$(B": ("euc_jp", b""),
    b"\x1b$(D": ("euc_jp", b"\x8f"), b"\x1b$(O": ("euc_jis_2004", b""), b"\x1b$(Q": ("euc_jis_2004", b""),
    b"\x1b$(P": ("euc_jis_2004", b"\x8f"), b"\x1b$A": ("gb18030", b""), b"\x1b$(A": ("gb18030", b""),
    b"\x1b$(C": ("cp949", b""),
}  # fmt: skip
_HIGH = bytes(byte | 0x80 for byte in range(256))
_SINGLE = re.compile(rb"\x1bN(.)", re.DOTALL)  # single shift: one character of the set that ESC . chose
_KANA = b"\x1b(I"


def reads_as_japanese(data: bytes) -> bool:
    """Seven bits and an escape into Japanese: that is nothing else, whatever its label says."""
    return data.isascii() and any(escape in data for escape in ESCAPES)


def read_japanese(data: bytes) -> str:
    """The characters; U+FFFD for what is none. Never raises; linear."""
    if b"\x0e" not in data:
        try:
            return data.decode("iso2022_jp_ext")
        except UnicodeError:
            pass
    text: list[str] = []
    charset, second = b"", "latin-1"
    at = 0
    while at < len(data):
        mark = (_SHIFT_OR_END if charset else _SHIFT).search(data, at)
        end = mark.start() if mark else len(data)
        text.append(_segment(data[at:end], charset, second))
        if mark is None:
            break
        at, what = mark.end(), mark.group()
        if what in _PAIRS or what == _KANA:
            charset = what
        elif what == b"\x0e":
            charset = _KANA
        elif what == b"\n":
            charset = b""  # RFC 1468: a line ends in ASCII, also where the escape got lost
            text.append("\n")
        elif what[1:2] == b".":
            second = "latin-1" if what[2:] == b"A" else "iso8859_7"
        elif what != b"\x1b&@":
            charset = b""
    return "".join(text)


def _segment(data: bytes, charset: bytes, second: str) -> str:
    if not charset:
        if _SINGLE.search(data):
            pieces = _SINGLE.split(data)
            shifted = [piece.translate(_HIGH).decode(second, "replace") for piece in pieces[1::2]]
            plain = [piece.decode("cp932", "replace") for piece in pieces[::2]]
            return "".join(a + b for a, b in zip(plain, [*shifted, ""], strict=True))
        return data.decode("cp932", "replace")  # bytes above 0x7F are half-width kana
    if charset == _KANA:
        return data.translate(_HIGH).decode("cp932", "replace") if data.strip() else data.decode("ascii", "replace")
    codec, lead = _PAIRS[charset]
    return "".join(_pairs(run, codec, lead) for run in re.split(rb"([\x00-\x20]+)", data) if run)


def _pairs(run: bytes, codec: str, lead: bytes) -> str:
    if run[0] <= 0x20:
        return run.decode("ascii")
    high = run.translate(_HIGH)
    joined = b"".join(lead + high[at : at + 2] for at in range(0, len(high), 2)) if lead else high
    try:
        return joined.decode(codec)
    except UnicodeDecodeError:
        if codec != "euc_jp" or lead:
            return joined.decode(codec, "replace")
    return "".join(_pair(high[at : at + 2]) for at in range(0, len(high), 2))


def _pair(high: bytes) -> str:
    """One character of JIS X 0208, or of the rows that NEC and IBM filled (read as Shift_JIS of Windows does)."""
    try:
        return high.decode("euc_jp")
    except UnicodeDecodeError:
        pass
    if len(high) < 2:
        return "\ufffd"
    row, cell = high[0] - 0xA1, high[1] - 0xA1
    first = row // 2 + (0x81 if row < 62 else 0xC1)
    last = cell + 0x9F if row % 2 else cell + 0x40 + (cell >= 63)
    if row < 0 or cell < 0:
        return "\ufffd"
    return bytes((first, last)).decode("cp932", "replace")


def _nec(error: UnicodeError) -> tuple[str, int]:
    """What to put in the place of bytes that EUC-JP has no character for."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    pair = error.object[error.start : error.start + 2]
    if len(pair) == 2 and min(pair) >= 0xA1:
        return _pair(pair), error.start + 2
    return "\ufffd", error.end


NEC: Final = "mailgate.nec"  # an error handler: NEC's and IBM's characters, as Windows writes them into EUC-JP
codecs.register_error(NEC, _nec)
