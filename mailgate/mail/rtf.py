"""Rich Text Format becomes words, or the html that Outlook wrapped in it. Also undoes Outlook's compression of it.

MS-OXRTFCP is the compression, MS-OXRTFEX the html within RTF. Linear in its input, which is bounded; never raises.
"""

from __future__ import annotations

import html as entities
import re
import struct
from dataclasses import dataclass, replace
from typing import Final

from mailgate.mail.charset import decode

_RAW_CAP: Final = 1024 * 1024  # octets of RTF that are read
_GROUPS_CAP: Final = 1_000
_HEAD: Final = struct.Struct("<IIII")  # MS-OXRTFCP §2.1.3.1.1: size, size when raw, how, checksum
_COMPRESSED, _AS_IT_IS = 0x75465A4C, 0x414C454D
_WINDOW: Final = 4096
_FILL: Final = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    rb"SymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n" + rb"\par \pard\plain\f0\fs20\b\i\u\tab"
    rb"\tx"
)

_TOKEN = re.compile(
    rb"\\(?:([a-zA-Z]{1,32})(-?\d{1,10})?\x20?|'([0-9a-fA-F]{2})|([^a-zA-Z]))|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\"
)
_SIGNS: Final = {
    b"par": "\n", b"line": "\n", b"sect": "\n", b"page": "\n", b"row": "\n", b"tab": "\t", b"cell": "\t",
    b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•", b"endash": "–",
    b"emdash": "—", b"emspace": " ", b"enspace": " ",
}  # fmt: skip
_ESCAPED: Final = {b"~": "\xa0", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}", b"\n": "\n", b"\r": "\n"}
_UNREAD: Final = frozenset(
    b"fonttbl colortbl stylesheet info pict object header footer headerl headerr headerf footerl footerr footerf"
    b" listtable listoverridetable revtbl themedata datastore latentstyles fldinst generator xmlnstbl filetbl".split()
)
# \fcharset of a font: the code page of its octets.
_CODEPAGES: Final = {
    0: 1252, 77: 10000, 128: 932, 129: 949, 130: 1361, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255,
    178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250,
}  # fmt: skip


# Windows' numbers of code pages that are no "cp…" to anybody else.
_NUMBERED: Final = {
    1361: "johab", 10000: "macintosh", 20127: "us-ascii", 20866: "koi8-r", 21866: "koi8-u", 20932: "euc-jp",
    50220: "iso-2022-jp", 50221: "iso-2022-jp", 50222: "iso-2022-jp", 51932: "euc-jp", 51949: "euc-kr",
    54936: "gb18030", 65000: "utf-7", 65001: "utf-8",
}  # fmt: skip


def charset_of(codepage: int) -> str:
    """The name of one of Windows' code pages as a charset."""
    if 28591 <= codepage <= 28606:
        return f"iso-8859-{codepage - 28590}"
    return _NUMBERED.get(codepage, f"cp{codepage}")


def decompressed(data: bytes) -> bytes:
    """The RTF of a PidTagRtfCompressed; what there is of one that was cut, b"" for what is none."""
    if len(data) < _HEAD.size:
        return b""
    _, size, how, _ = _HEAD.unpack_from(data)
    most = min(size, _RAW_CAP)
    if how == _AS_IT_IS:
        return data[_HEAD.size : _HEAD.size + most]
    if how != _COMPRESSED:
        return b""
    window = bytearray(_FILL.ljust(_WINDOW, b"\0"))
    out = bytearray()
    at, put = _HEAD.size, len(_FILL)
    while at < len(data) and len(out) < most:
        flags, at = data[at], at + 1
        for bit in range(8):
            if at >= len(data):
                break
            if not flags >> bit & 1:
                window[put] = data[at]
                out.append(data[at])
                put, at = (put + 1) % _WINDOW, at + 1
                continue
            pair = int.from_bytes(data[at : at + 2], "big")
            at += 2
            offset, length = pair >> 4, (pair & 15) + 2
            if offset == put:
                return bytes(out[:most])
            for step in range(length):
                octet = window[(offset + step) % _WINDOW]
                window[put] = octet
                out.append(octet)
                put = (put + 1) % _WINDOW
    return bytes(out[:most])


@dataclass(slots=True)
class _Group:
    """What holds up to the next closing brace."""

    codepage: int = 1252
    unread: bool = False  # a destination of no words
    markup: bool = False  # {\*\htmltag …}: html as it stands
    shadow: bool = False  # \htmlrtf: what only readers of RTF are shown
    fonts: bool = False
    skip: int = 1  # \uc: octets behind \u for those who know no Unicode


def rtf_words(data: bytes) -> tuple[str, str]:
    """(text, html): one of both is "". Html where the RTF says that it was made of html."""
    data = data[:_RAW_CAP]
    if not data.lstrip()[:5].startswith(b"{\\rt"):
        return "", ""
    reader = _Reader(from_html=b"\\fromhtml" in data[:2000])
    for token in _TOKEN.finditer(data):
        if not reader.take(token):
            break
    reader.flush()
    words = "".join(reader.pieces)
    return ("", words) if reader.from_html else (words.strip("\n"), "")


class _Reader:
    def __init__(self, *, from_html: bool) -> None:
        self.from_html = from_html
        self.pieces: list[str] = []
        self.groups = [_Group()]
        self.octets = bytearray()
        self.default = 1252
        self.font = 0
        self.fonts: dict[int, int] = {}  # the code page of each
        self.skipping = 0
        self.starred = False
        self.high = 0  # the first half of a character beyond the BMP

    def take(self, token: re.Match[bytes]) -> bool:
        """Whether it goes on: RTF that nests past bearing ends there."""
        word, number, octet, escaped, brace, plain = token.groups()
        starred, self.starred = self.starred, escaped == b"*"
        if word is not None:
            self._word(word, int(number) if number else None, starred=starred)
        elif brace is not None:
            self._brace(opens=brace == b"{")
        elif octet is not None:
            self._octets(bytes.fromhex(octet.decode("ascii")))
        elif escaped in _ESCAPED:
            self._sign(_ESCAPED[escaped])
        elif plain is not None:
            self._octets(plain)
        return len(self.groups) <= _GROUPS_CAP

    def _brace(self, *, opens: bool) -> None:
        self.flush()
        if opens:
            self.groups.append(replace(self.groups[-1]))
        elif len(self.groups) > 1:
            self.groups.pop()

    def _word(self, word: bytes, number: int | None, *, starred: bool) -> None:
        group = self.groups[-1]
        if word in _UNREAD:
            group.unread, group.fonts = True, word == b"fonttbl"
        elif word == b"htmltag":
            group.unread, group.markup = False, True
        elif starred:
            group.unread = True
        elif word == b"htmlrtf":
            self.flush()
            group.shadow = number != 0
        elif word in _SIGNS:
            self._sign(_SIGNS[word])
        elif word == b"u" and number is not None:
            self._unicode(number & 0xFFFF)
        elif word == b"uc" and number is not None:
            group.skip = max(0, min(number, 10))
        else:
            self._font(group, word, number)

    def _font(self, group: _Group, word: bytes, number: int | None) -> None:
        """What says how octets are to be read."""
        if word == b"ansicpg" and number:
            group.codepage = self.default = number
        elif word == b"f" and number is not None:
            self.flush()
            self.font = number
            group.codepage = self.fonts.get(number, self.default)
        elif word == b"fcharset" and group.fonts and number and len(self.fonts) < _GROUPS_CAP:
            self.fonts[self.font] = _CODEPAGES.get(number, self.default)
        elif word == b"plain":
            self.flush()
            group.codepage = self.default

    def _unicode(self, number: int) -> None:
        if 0xD800 <= number < 0xDC00:
            self.high = number
        elif 0xDC00 <= number < 0xE000:
            if self.high:
                self._sign(chr(0x10000 + ((self.high - 0xD800) << 10) + number - 0xDC00))
            self.high = 0
        else:
            self._sign(chr(number))
        self.skipping = self.groups[-1].skip

    def _octets(self, octets: bytes) -> None:
        group = self.groups[-1]
        gone = min(self.skipping, len(octets))
        self.skipping -= gone
        if not group.unread and not group.shadow:
            self.octets += octets[gone:]

    def _sign(self, sign: str) -> None:
        self.flush()
        group = self.groups[-1]
        if not group.unread and not group.shadow:
            escaped = entities.escape(sign, quote=False) if self.from_html and not group.markup else sign
            self.pieces.append(escaped)

    def flush(self) -> None:
        """Octets become characters where what they are in ends: a character may be of several tokens."""
        self.skipping = 0
        if self.octets:
            octets, self.octets = bytes(self.octets), bytearray()
            self._sign(decode(octets, charset_of(self.groups[-1].codepage))[0])
