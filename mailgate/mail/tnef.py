"""Reads TNEF, the wrapper of Outlook's that arrives as winmail.dat (MS-OXTNEF): its words, and where its files lie.

Files are ranges of the octets given, never copies. Own code: the library there is (tnefparse, of 2021) copies each
file, and tells what it cannot read in the log alone.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from mailgate.mail.charset import decode
from mailgate.mail.rtf import charset_of, decompressed

_SIGNATURE: Final = b"\x78\x9f\x3e\x22"
_HEAD: Final = struct.Struct("<BII")  # level, attribute, length
_ATTRIBUTES_CAP: Final = 10_000
_PROPERTIES_CAP: Final = 5_000
_VALUES_CAP: Final = 1_000
_FILES_CAP: Final = 500
_WORDS_CAP: Final = 4 * 1024 * 1024  # octets of a body

# MS-OXTNEF §2.1.3.1: attributes of the message, and of one file after another, each of which begins with _RENDERING.
_CODEPAGE, _BODY, _PROPERTIES = 0x00069007, 0x0002800C, 0x00069003
_RENDERING, _TITLE, _DATA, _FILE_PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
# MS-OXPROPS: properties within _PROPERTIES and _FILE_PROPERTIES.
_PLAIN, _RTF, _HTML, _HTML_CODEPAGE = 0x1000, 0x1009, 0x1013, 0x3FDE
_LONG_NAME, _SHORT_NAME, _SHOWN_NAME, _TYPE, _CONTENT_ID = 0x3707, 0x3704, 0x3001, 0x370E, 0x3712
_FILE_DATA, _METHOD = 0x3701, 0x3705
_EMBEDDED, _OLE = 5, 6  # values of _METHOD
_INTERFACE: Final = 16  # octets before an embedded message, which say what it is

# MS-OXCDATA §2.11.1: types of fixed length with their octets, padded to four.
_FIXED: Final = {0x02: 4, 0x03: 4, 0x04: 4, 0x0A: 4, 0x0B: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x14: 8, 0x40: 8, 0x48: 16}
_STRING, _UNICODE, _OBJECT, _BINARY = 0x1E, 0x1F, 0x0D, 0x102
_MANY = 0x1000
_NAMED = 0x8000


@dataclass(frozen=True, slots=True)
class TnefFile:
    """One file: `start:end` in the TNEF. `name`, not yet safe, and `type` are "" where nothing says them."""

    name: str
    type: str
    start: int
    end: int
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Tnef:
    """The bodies that there are; `rtf` is not compressed any more."""

    plain: str
    html: str
    rtf: bytes
    files: tuple[TnefFile, ...]


@dataclass(frozen=True, slots=True)
class _Property:
    kind: int
    start: int
    end: int


_Properties = dict[int, _Property]


def read_tnef(data: bytes) -> Tnef | None:
    """What there is to be read, of one that was cut as well; None where it is no TNEF. Linear; never raises."""
    if not data.startswith(_SIGNATURE):
        return None
    reader = _Reader(data)
    for attribute, start, end in reader.attributes():
        reader.take(attribute, start, end)
    return reader.result()


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.charset = "cp1252"
        self.body = ""
        self.message: _Properties = {}
        self.files: list[TnefFile] = []

    def attributes(self) -> Iterator[tuple[int, int, int]]:
        """(attribute, start, end) of each. A length past the end is the end: what was cut may still be of use."""
        at = len(_SIGNATURE) + 2
        for _ in range(_ATTRIBUTES_CAP):
            if at + _HEAD.size > len(self.data):
                return
            level, attribute, length = _HEAD.unpack_from(self.data, at)
            if level not in (1, 2):
                return
            start = at + _HEAD.size
            yield attribute, start, min(start + length, len(self.data))
            at = start + length + 2

    def take(self, attribute: int, start: int, end: int) -> None:
        if attribute == _CODEPAGE and end - start >= 4:
            self.charset = charset_of(self._number(start))
        elif attribute == _BODY:
            self.body = self._string(start, end)
        elif attribute == _PROPERTIES and not self.message:
            self.message = self._properties(start, end)
        elif attribute == _RENDERING and len(self.files) < _FILES_CAP:
            self.files.append(TnefFile("", "", 0, 0))
        elif self.files and attribute in {_TITLE, _DATA, _FILE_PROPERTIES}:
            self.files[-1] = self._file(self.files[-1], attribute, start, end)

    def _file(self, file: TnefFile, attribute: int, start: int, end: int) -> TnefFile:
        if attribute == _TITLE:
            return replace(file, name=file.name or self._string(start, end))
        if attribute == _DATA:
            return replace(file, start=start, end=end)
        known = self._properties(start, end)
        said = self._text(known, _LONG_NAME) or file.name or self._text(known, _SHORT_NAME)
        file = replace(
            file,
            name=said or self._text(known, _SHOWN_NAME),
            type=self._text(known, _TYPE).lower(),
            content_id=self._text(known, _CONTENT_ID).strip("<>"),
        )
        held = known.get(_FILE_DATA)
        if held is None or file.end > file.start:
            return file
        method = known.get(_METHOD)
        how = self._number(method.start) if method else 0
        if how != _EMBEDDED:
            skip = _INTERFACE if how == _OLE else 0
            return replace(file, start=min(held.start + skip, held.end), end=held.end)
        # A whole message, in TNEF again: it stays closed, as every attached message does.
        name = self._text(known, _SHOWN_NAME) or file.name or "message"
        inner = min(held.start + _INTERFACE, held.end)
        return replace(file, name=f"{name}.tnef", type="application/ms-tnef", start=inner, end=held.end)

    def _properties(self, start: int, end: int) -> _Properties:
        """The first value of each property. What does not add up ends the reading, not what was read."""
        found: _Properties = {}
        if end - start < 4:
            return found
        at = start + 4
        for _ in range(min(self._number(start), _PROPERTIES_CAP)):
            if at + 4 > end:
                break
            kind, key = struct.unpack_from("<HH", self.data, at)
            at += 4
            if key >= _NAMED:
                at = self._behind_name(at, end)
            ranges, at = self._values(kind, at, end)
            if at > end or (not ranges and kind & ~_MANY not in {*_FIXED, _STRING, _UNICODE, _OBJECT, _BINARY}):
                break
            if ranges and key < _NAMED:
                found.setdefault(key, _Property(kind & ~_MANY, *ranges))
        return found

    def _behind_name(self, at: int, end: int) -> int:
        """A named property (MS-OXTNEF §2.1.3.4): 16 octets of a GUID, then a number or a name."""
        if at + 24 > end:
            return end + 1
        long = self._number(at + 20) if self._number(at + 16) else 0
        return at + 24 + _padded(long)

    def _values(self, kind: int, at: int, end: int) -> tuple[tuple[int, int] | None, int]:
        """The range of the first value, and where the next property begins; behind `end` where it does not add up."""
        many, kind = bool(kind & _MANY), kind & ~_MANY
        if kind in _FIXED:
            count = self._number(at) if many and at + 4 <= end else 1
            at += 4 if many else 0
            behind = at + _FIXED[kind] * count
            return ((at, at + _FIXED[kind]) if count and behind <= end else None), behind
        if kind not in {_STRING, _UNICODE, _OBJECT, _BINARY} or at + 4 > end:
            return None, end + 1
        count = self._number(at)
        at += 4
        first: tuple[int, int] | None = None
        for _ in range(min(count, _VALUES_CAP)):
            if at + 4 > end:
                return first, end + 1
            length = self._number(at)
            at += 4
            if first is None and at + length <= end:
                first = (at, at + length)
            at += _padded(length)
        return first, at if count <= _VALUES_CAP else end + 1

    def _number(self, at: int) -> int:
        return int.from_bytes(self.data[at : at + 4], "little")

    def _string(self, start: int, end: int) -> str:
        return decode(self.data[start : min(end, start + _WORDS_CAP)], self.charset)[0].rstrip("\0")

    def _text(self, known: _Properties, key: int) -> str:
        held = known.get(key)
        if held is None:
            return ""
        if held.kind == _UNICODE:
            octets = self.data[held.start : min(held.end, held.start + _WORDS_CAP)]
            return octets.decode("utf_16_le", "replace").rstrip("\0")
        return self._string(held.start, held.end) if held.kind in {_STRING, _BINARY} else ""

    def result(self) -> Tnef:
        rtf, codepage = self.message.get(_RTF), self.message.get(_HTML_CODEPAGE)
        plain = self._text(self.message, _PLAIN) or self.body
        if codepage:
            self.charset = charset_of(self._number(codepage.start))
        return Tnef(
            plain=plain.replace("\r\n", "\n"),
            html=self._text(self.message, _HTML),
            rtf=decompressed(self.data[rtf.start : min(rtf.end, rtf.start + _WORDS_CAP)]) if rtf else b"",
            files=tuple(file for file in self.files if file.end > file.start),
        )


def _padded(length: int) -> int:
    return length + -length % 4
