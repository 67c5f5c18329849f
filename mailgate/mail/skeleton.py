"""One linear pass over the bytes: the tree of MIME parts with byte ranges, and the caps. It decodes no content.

Ranges are of the raw mail, never copies. What stands inside an attached message is not walked: it is one leaf, whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mailgate.mail.headers import Field, Header, first_line, read_header
from mailgate.mail.params import Valued, file_name, read_params

DEPTH_CAP = 20
PARTS_CAP = 500

_SLASH = re.compile(r" {0,20}/ {0,20}")
_MISTAKEN = frozenset(("plain", "unknown", "none", "ascii", "txt"))  # no top-level media types
_TYPE = re.compile(r"([!#$&^_.+a-z0-9-]{1,100})/[!#$&^_.+a-z0-9-]{1,100}")
# A line that is a delimiter if anything is: two dashes, a token, and a part's header (or an empty line) after it.
_LIKELY_DELIMITER = re.compile(
    rb"(?:^|\n)--([^\s-][^\r\n]{0,200}?|-[^\r\n]{1,200}?)[ \t]{0,20}\r{0,3}\n(?=content-|\r{0,3}\n)", re.IGNORECASE
)
# A body that is parts from its first line on.
_OPENS = re.compile(
    rb"\s{0,100}(?:This is a multi-?part message[^\n]{0,100}\n\s{0,20})?--([^\s-][^\r\n]{0,200}?|-[^\r\n]{1,200}?)"
    rb"[ \t]{0,20}\r{0,3}\n(?=content-)",
    re.IGNORECASE,
)
_AFTER_CLOSE = re.compile(rb"--(?![A-Za-z0-9'()+_,./:=?-])")
_LOOKS_CAP = 20_000  # lines that only begin like a delimiter, in the whole mail: millions would take seconds
_GUESS_WITHIN = 64 * 1024
_WINDOW = 64 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """One part. `header_start:start` is its header section, `start:end` its encoded body in the raw mail.

    `type` is a whole media type in lower case; `disposition` is "attachment", "inline" or "" (RFC 2183);
    `name` is decoded but not yet safe; `encoding` is "base64", "quoted-printable", "x-uuencode" or "".
    `location` is its Content-Location (RFC 2557), by which an html may show it.
    """

    type: str
    header_start: int
    start: int
    end: int
    charset: str = ""
    disposition: str = ""
    name: str = ""
    encoding: str = ""
    content_id: str = ""
    location: str = ""
    params: dict[str, str] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()

    def leaves(self) -> tuple[Part, ...]:
        """All parts below that hold something themselves, in the order of the mail."""
        return (self,) if not self.parts else tuple(leaf for part in self.parts for leaf in part.leaves())


@dataclass(frozen=True, slots=True)
class Skeleton:
    """`data` is what the ranges count in: the raw bytes, CR line ends turned into LF where there is no LF at all."""

    data: bytes
    header: Header
    root: Part
    defects: tuple[str, ...]


def walk(data: bytes) -> Skeleton:
    """The structure of any bytes. Never raises."""
    if b"\n" not in data and b"\r" in data:
        data = data.replace(b"\r", b"\n")  # a Macintosh of old; the length stays, so the ranges do
    walker = _Walker(data)
    start = first_line(data)
    header = read_header(data, start, len(data))
    walker.defects.extend(header.defects)
    root = walker.part(header, start, len(data), depth=0, default="text/plain")
    return Skeleton(data, header, root, tuple(dict.fromkeys(walker.defects)))


def walk_body(data: bytes, content_type: bytes) -> Skeleton:
    """The structure of a body alone, by the Content-Type that stood elsewhere."""
    walker = _Walker(data)
    header = Header((Field("content-type", content_type),), body=0, whole=True)
    root = walker.part(header, 0, len(data), depth=0, default="text/plain")
    return Skeleton(data, header, root, tuple(dict.fromkeys(walker.defects)))


class _Walker:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.count = 0
        self.looks = 0
        self.defects: list[str] = []

    def part(self, header: Header, header_start: int, end: int, depth: int, default: str) -> Part:
        self.count += 1
        disposition = self._read(header.first("content-disposition"))
        kind = self._kind(header, end)
        media = _media_type(kind, header, default)
        start = min(header.body, end)
        encoding = _encoding(header.first("content-transfer-encoding"))
        children: tuple[Part, ...] = ()
        if depth == 0 and media == "text/plain" and (not kind.value or "boundary" in kind.params):
            media = self._unsaid(kind, start, end) or media
        if media.startswith("multipart/") and depth >= DEPTH_CAP:
            self.defects.append("over a cap: parts nested deeper than 20")  # it stays one leaf, whole
        elif media.startswith("multipart/"):
            # One that was encoded as a whole is found in its octets (`wrapped.py`), not guessed at here.
            guesses = not (encoding and kind.params.get("boundary"))
            children = self._children(media, kind.params.get("boundary", ""), start, end, depth, guesses=guesses)
            if not children:
                media = "text/plain"  # nothing in it could be told apart: a person would read it as it stands
                end = self._before_close(kind.params.get("boundary", ""), start, end)
        return Part(
            type=media,
            header_start=header_start,
            start=start,
            end=end,
            charset=kind.params.get("charset", ""),
            disposition=disposition.value if disposition.value in ("attachment", "inline") else "",
            name=file_name(disposition, kind),
            encoding=encoding,
            content_id=header.first("content-id").decode("ascii", "replace").strip(" <>\t")[:200],
            location=header.first("content-location").decode("ascii", "replace").strip(' <>\t"')[:500],
            params=kind.params,
            parts=children,
        )

    def _unsaid(self, kind: Valued, start: int, end: int) -> str:
        """A mail whose Content-Type was lost, or is text/plain: parts, if nothing stands before them and they close."""
        opens = _OPENS.match(self.data, start, end)
        if not opens or self.data.find(b"\n--" + opens[1] + b"--", opens.end(), end) < 0:
            return ""
        kind.params["boundary"] = opens[1].decode("utf_8", "surrogateescape")
        self.defects.append("parts without a Content-Type that says so")
        return "multipart/mixed"

    def _kind(self, header: Header, end: int) -> Valued:
        """Of several Content-Type fields the first; but the one whose boundary stands there, if one's does."""
        kinds = [self._read(value) for value in header.all("content-type")[:5]] or [self._read(b"")]
        for kind in kinds[1:]:
            mark = b"--" + kind.params.get("boundary", "").encode("utf_8", "surrogateescape")
            if kind.value.startswith("multipart/") and len(mark) > 2 and self.data.find(mark, header.body, end) >= 0:
                return kinds[0] if kinds[0].value.startswith("multipart/") else kind
        return kinds[0]

    def _read(self, value: bytes) -> Valued:
        read = read_params(value)
        if read.capped:
            self.defects.append("over a cap: Content-Type or Content-Disposition longer than 8 KiB")
        return read

    def _children(
        self, media: str, boundary: str, start: int, end: int, depth: int, *, guesses: bool
    ) -> tuple[Part, ...]:
        ranges = self._ranges(boundary, start, end) if boundary else []
        if not ranges and guesses:
            self.defects.append("multipart whose boundary is missing or never comes")
            # From the line break before, which a delimiter in the first line needs.
            guessed = _LIKELY_DELIMITER.search(self.data, max(start - 1, 0), min(end, start + _GUESS_WITHIN))
            ranges = self._split(guessed.group(1), start, end) if guessed else []
        default = "message/rfc822" if media == "multipart/digest" else "text/plain"
        parts: list[Part] = []
        for first, last in ranges:
            if self.count >= PARTS_CAP:
                self.defects.append("over a cap: more than 500 parts")
                break
            header = read_header(self.data, first, last)
            self.defects.extend(header.defects)
            parts.append(self.part(header, first, last, depth + 1, default))
        return tuple(parts)

    def _before_close(self, boundary: str, start: int, end: int) -> int:
        """Where a multipart without parts is closed, if it is."""
        closed = next(iter(self._delimiters(boundary.encode("utf_8", "surrogateescape"), start, end)), None)
        return closed[0] if closed and boundary and closed[2] else end

    def _ranges(self, boundary: str, start: int, end: int) -> list[tuple[int, int]]:
        wanted = boundary.encode("utf_8", "surrogateescape")[:300]
        # Raw 8-bit boundaries were decoded with the other parameters; few exist, and a guess finds them again.
        return self._split(wanted.rstrip(), start, end) or (
            self._split(wanted.strip(b"\"' \t"), start, end) if wanted.strip(b"\"' \t") != wanted.rstrip() else []
        )

    def _split(self, boundary: bytes, start: int, end: int) -> list[tuple[int, int]]:
        """The ranges between delimiter lines. Parts after a closing delimiter count too: better shown than lost."""
        if not boundary:
            return []
        ranges: list[tuple[int, int]] = []
        opened, closed = -1, False
        for line, after, closing in self._delimiters(boundary, start, end):
            if opened >= 0:
                ranges.append((opened, _without_break(self.data, opened, line)))
            opened, closed = (-1, True) if closing else (after, False)
            if len(ranges) > PARTS_CAP:
                break
        if opened >= 0:
            ranges.append((opened, end))
            if not closed:
                self.defects.append("a boundary that is never closed")
        return ranges

    def _delimiters(self, boundary: bytes, start: int, end: int) -> list[tuple[int, int, bool]]:
        """(start of the line, start of the next, closes) of each delimiter line, RFC 2046 §5.1.1."""
        data, mark = self.data, b"--" + boundary
        rest = re.compile(rb"(--)?[ \t\r]*+(?:\n|\Z)")
        found: list[tuple[int, int, bool]] = []
        at = start if data.startswith(mark, start, end) else _line(data, mark, start, end)
        while at >= 0:
            tail = rest.match(data, at + len(mark), end)
            self.looks += 1
            if tail is None and _AFTER_CLOSE.match(data, at + len(mark), end):
                # Seen in the wild: text glued to the closing delimiter. It closes all the same.
                line_end = data.find(b"\n", at, end)
                found.append((at, end if line_end < 0 else line_end + 1, True))
            elif tail is not None:
                found.append((at, tail.end(), tail.group(1) is not None))
            if len(found) > PARTS_CAP + 1:
                break
            if self.looks > _LOOKS_CAP:
                self.defects.append("over a cap: more than 20,000 lines that begin like a boundary")
                break
            at = _line(data, mark, at, end)
        return found


def _line(data: bytes, mark: bytes, start: int, end: int) -> int:
    """Where the next line below `start` begins with `mark`, which begins with a dash; -1 where none does."""
    wanted, at = b"\n" + mark, start
    # Base64, which most of a big mail is, has no dash, and one sign is looked for ten times faster than a row of them.
    while (dash := data.find(b"-", at, end)) >= 0:
        first = max(at, dash - 1)
        at = first + _WINDOW
        found = data.find(wanted, first, min(at + len(wanted), end))
        if found >= 0:
            return found + 1
    return -1


def _without_break(data: bytes, start: int, line: int) -> int:
    """The line break before a delimiter belongs to the delimiter (RFC 2046 §5.1.1)."""
    end = line - 1 if line > start else line
    return end - 1 if end > start and data[end - 1 : end] == b"\r" else max(end, start)


def _media_type(kind: Valued, header: Header, default: str) -> str:
    """RFC 2045 §5.2: what cannot be read as a media type is text/plain; where a file is named it is just bytes."""
    found = _TYPE.match(_SLASH.sub("/", kind.value))
    if found and found[1] not in _MISTAKEN:
        return found.group()
    if not header.first("content-type"):
        return default
    if kind.value in ("html", "text"):
        return "text/html" if kind.value == "html" else "text/plain"
    named = "name" in kind.params or b"filename" in header.first("content-disposition")
    return "application/octet-stream" if named else "text/plain"


def _encoding(value: bytes) -> str:
    """Content-Transfer-Encoding by its beginning: "Base64;", "quoted/printable", "(comment) base64" are seen."""
    text = re.sub(rb"\([^()]*\)|[^a-z0-9]", b"", value.lower()[:80])
    if text.startswith((b"base64", b"b64")):
        return "base64"
    if text.startswith((b"quotedprintable", b"qp")):
        return "quoted-printable"
    return "x-uuencode" if text.startswith((b"xuuencode", b"uuencode", b"xuue")) else ""
