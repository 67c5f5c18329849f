"""Content-Type and Content-Disposition become a value and parameters: one linear pass, RFC 2231 in all its dialects.

The standard library's reading is quadratic in semicolons (FACTS: 100 KB take over 15 s); here 8 KB are the cap as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from mailgate.mail.charset import decode
from mailgate.mail.charset_names import codec_of
from mailgate.mail.doubled import undoubled
from mailgate.mail.encoded import decode_words, read_value

VALUE_CAP = 8 * 1024
_PARAMS_CAP = 200
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,4}))?(\*)?$")
_QUOTED_PAIR = re.compile(rb'\\(["\\])')
_LONGEST_PIECE = 200  # of a name, behind a semicolon
_NAMES = ("name", "filename")
# Seen in the wild: parameters with a space or a comma between them (never behind a name, which may hold both).
_NEXT = re.compile(rb"(?<![\s,])[\s,]++([A-Za-z][A-Za-z0-9-]{0,40}(?:\*\d{0,4}\*?)?[ \t]?=.*)", re.DOTALL)
_PLAIN_PARAM = re.compile(rb""";[ \t]*+([A-Za-z-]++)=(?:"([A-Za-z0-9 _.:=+'()/,-]++)"|([A-Za-z0-9_.:=+/-]++))""")
_PLAIN = re.compile(rb"([A-Za-z]++(?:/[A-Za-z0-9.+-]++)?)((?:%b)*+)" % _PLAIN_PARAM.pattern)
_PLAIN_CAP = 400
_ESCAPE = re.compile(rb"%[0-9A-Fa-f]{2}")
_EXTENDED = re.compile(rb"([A-Za-z0-9_.:-]{2,40})'[A-Za-z-]{0,10}'(?=.)")


@dataclass(frozen=True, slots=True)
class Valued:
    """`value; name=text; …`: the value in lower case, parameter names in lower case, texts decoded."""

    value: str
    params: dict[str, str] = field(default_factory=dict)
    capped: bool = False


def read_params(raw: bytes) -> Valued:
    """Never raises; of two parameters with one name the first counts, and `name*=` counts before `name=`."""
    if plain := _plainly(raw):
        return plain
    capped = len(raw) > VALUE_CAP
    pieces = _split(raw[:VALUE_CAP])
    first = next(pieces, b"").strip()
    value = first.strip(b'"').lower().decode("ascii", "replace")
    read = _Reading()
    if "=" in value:
        kind, _, rest = first.partition(b" ")
        if b"=" in kind:
            value = ""  # Seen in the wild: "Content-Type: charset=utf-8", "Content-Disposition: filename=a.pdf".
            read.take(first)
        else:
            value = kind.strip(b'",').lower().decode("ascii", "replace")  # 'attachment filename="a.pdf"'
            read.take(rest)
    for count, piece in enumerate(pieces):
        if count >= _PARAMS_CAP:
            break
        read.take(piece)
    params = {name: _plain(name, text) for name, text in read.plain.items()}
    for name, numbered in read.sections.items():
        joined = _joined(numbered)
        if joined or name not in params:
            params[name] = joined
    for name in _NAMES:
        if meant := undoubled(params.get(name, ""), enough=1):
            params[name] = meant
    return Valued(value, params, capped)


def _plainly(raw: bytes) -> Valued | None:
    """The same of what most mails say, in which nothing is to be decoded."""
    if not raw:
        return Valued("")
    found = _PLAIN.fullmatch(raw) if len(raw) <= _PLAIN_CAP else None
    if found is None:
        return None
    params: dict[str, str] = {}
    for name, quoted, bare in _PLAIN_PARAM.findall(found[2]):
        params.setdefault(name.decode("ascii").lower(), (quoted or bare).decode("ascii"))
    return Valued(found[1].decode("ascii").lower(), params)


def file_name(disposition: Valued, kind: Valued) -> str:
    """`filename` of the Content-Disposition before `name` of the Content-Type (RFC 2183 §2.3), unless the first lost
    characters that the second has: some programs write it in a charset that lacks them. Seen in the wild:
    `Content-Type: …; filename=…`, `Content-Disposition: attachment; name=…`; in a form's part (RFC 7578) that is the
    field's name."""
    name, other = disposition.params.get("filename", ""), kind.params.get("name", "")
    if (
        other
        and len(name) == len(other)
        and all(a == b or (a in "?_\ufffd" and b > "\x7f") for a, b in zip(name, other, strict=True))
    ):
        return other
    other = other or kind.params.get("filename", "")
    return name or other or ("" if disposition.value == "form-data" else disposition.params.get("name", ""))


class _Reading:
    """Parameters as they were written: plain ones, and the sections of RFC 2231 (number: starred, text)."""

    def __init__(self) -> None:
        self.plain: dict[str, bytes] = {}
        self.sections: dict[str, dict[int, tuple[bool, bytes]]] = {}
        self.open = ""  # the name without quotes that was read last: a semicolon may be part of it

    def take(self, piece: bytes) -> None:
        while True:
            name, equals, text = piece.partition(b"=")
            key = _SECTION.match(name.strip().lower().decode("ascii", "replace")) if equals else None
            if key is None or not key.group(1).strip():
                if self.open and not equals and 0 < len(piece.strip()) <= _LONGEST_PIECE:
                    self.plain[self.open] += b";" + piece.rstrip()
                return
            text, rest = _unquoted(text.strip(), is_name=key.group(1) in _NAMES)
            self.open = ""
            if key.group(2) is None and key.group(3) is None:
                if key.group(1) in _NAMES and key.group(1) not in self.plain and b'"' not in piece:
                    self.open = key.group(1)
                self.plain.setdefault(key.group(1), text)
            else:
                numbered = self.sections.setdefault(key.group(1), {})
                numbered.setdefault(int(key.group(2) or 0), (key.group(3) is not None, text))
            if not rest:
                return
            piece = rest


def _split(raw: bytes) -> Iterator[bytes]:
    """Pieces between semicolons that stand outside quotes. A quote that never closes quotes nothing."""
    start = at = 0
    while True:
        semicolon = raw.find(b";", at)
        quote = raw.find(b'"', at)
        if semicolon < 0:
            yield raw[start:]
            return
        if 0 <= quote < semicolon:
            close = _closing(raw, quote)
            if close < 0:
                yield from raw[start:].split(b";")
                return
            at = close + 1
            continue
        yield raw[start:semicolon]
        start = at = semicolon + 1


def _closing(raw: bytes, quote: int) -> int:
    """The index of the quote that closes the one at `quote`, -1 where there is none."""
    at = quote + 1
    while True:
        close = raw.find(b'"', at)
        if close < 0:
            return -1
        escapes = close - len(raw[at:close].rstrip(b"\\")) - at
        # Seen in the wild: name="C:\" with its last backslash meant as one; a quote that ends the piece closes it.
        if escapes % 2 == 0 or raw[close + 1 :].lstrip()[:1] == b";" or not raw[close + 1 :].strip():
            return close
        at = close + 1


def _unquoted(text: bytes, *, is_name: bool) -> tuple[bytes, bytes]:
    """What was said, and the parameter that follows without a semicolon, if any."""
    if not text.startswith(b'"'):
        following = None if is_name else _NEXT.search(text)
        if following:
            return text[: following.start()].strip(), following[1]
        return (_bare_name(text) if is_name else text), b""
    if text.startswith(b'""') and text.strip(b'"'):
        return text.strip(b'"'), b""
    close = _closing(text, 0)
    inner = text[1:close] if close > 0 else text[1:]
    following = _NEXT.match(b" " + text[close + 1 :]) if close > 0 else None
    # Only \" and \\ are undone: Outlook writes paths ("C:\temp\a.pdf") without doubling, and "\t" there is no tab.
    return _QUOTED_PAIR.sub(rb"\1", inner), following[1] if following else b""


def _bare_name(text: bytes) -> bytes:
    if len(text) > 2 and text[:1] == text[-1:] == b"'":
        return text[1:-1]
    return text.rstrip(b'"')


def _plain(name: str, text: bytes) -> str:
    """A parameter without a star. Names are seen as RFC 2231 or browsers would write them, the star left out."""
    if name not in _NAMES:
        return decode_words(text.decode("utf_8", "replace"))  # no guess: there may be thousands of them
    if b"%" not in text:
        return read_value(text)
    extended = _EXTENDED.match(text)
    if extended and codec_of(extended[1].decode("ascii")):
        return _joined({0: (True, text)})
    undone = unquote_to_bytes(text)
    # "100%25 sure.pdf" is meant as it stands; what has no space but escapes it, or escapes UTF-8, is not.
    if len(_ESCAPE.findall(text)) == text.count(b"%") and (b"%20" in text or not undone.isascii()) and b" " not in text:
        try:
            return undone.decode("utf_8")
        except UnicodeDecodeError:
            pass
    return read_value(text)


def _joined(numbered: dict[int, tuple[bool, bytes]]) -> str:
    """RFC 2231 §3, §4: sections in the order of their numbers; those with a star are percent-encoded, the first of
    them names the charset. Bytes are joined before they are read, so a character may be cut between sections."""
    ordered = [numbered[number] for number in sorted(numbered)]
    charset, first = "", ordered[0][1]
    starless = not any(encoded for encoded, _ in ordered) and bool(_EXTENDED.match(first)) and b"%" in first
    if (ordered[0][0] or starless) and b"'" in first:
        name, *_, rest = first.split(b"'", 2)
        charset = name.decode("ascii", "replace")
        if first.count(b"'") >= 2 or codec_of(charset):  # one of the two is sometimes forgotten
            first = rest
    data = b""
    for index, (encoded, text) in enumerate(ordered):
        text = first if index == 0 else text  # noqa: PLW2901 - the first without its charset
        data += unquote_to_bytes(text) if encoded or starless else text
    if not charset or codec_of(charset) is None:
        return read_value(data)  # Seen in the wild: RFC 2047 words cut into RFC 2231 sections.
    return decode_words(decode(data, charset)[0])
