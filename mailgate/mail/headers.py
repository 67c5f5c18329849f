"""A header section becomes a list of fields: where it ends, what is one field, the caps. It decodes no words.

One rule of line ends holds for all of `mail/`: LF ends a line, any CRs before it belong to it, and a CR elsewhere is
content. Python's parsers take a bare CR for a line end, so `Subject: hello\\rX-Auth: engineer` makes a field there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

SECTION_CAP = 128 * 1024
FIELDS_CAP = 1_000
PREFIX = 1024 * 1024  # the beginning of a mail; a header within the caps ends in it
FIELD_CAP = 16 * 1024

_BLANK = re.compile(rb"\n\r*+\n")
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")  # RFC 5322 §3.6.8; white space before the colon: §4.5
_UNFOLDED = re.compile(rb"\n(?![ \t])")  # the line ends between fields
_ODD_FIELD = re.compile(rb"[^\s:]{0,60}:(?:[ \t]|\r|\Z)")  # a name that no field can have: it continues none
_MANY = 4  # fields of a header; the head of a forwarded message in a body has no more
_BREAK = re.compile(rb"[\x00\r\n]+")
_LEAD = re.compile(rb"\x00{0,4096}+(?:\xef\xbb\xbf)?(?:[ \t]{0,200}+\r{0,3}\n){0,50}")
_FIRST_FIELD = re.compile(rb"(?:From |[!-9;-~]{1,200}[ \t]*:)")
_EMPTY_LINE = re.compile(rb"\r*+\n")
_KNOWN = re.compile(
    rb"(?:from|to|cc|bcc|subject|date|message-id|in-reply-to|references|mime-version|content-[a-z-]+|received|sender|"
    rb"return-path|reply-to|delivered-to|dkim-signature|list-[a-z-]+|x-[!-9;-~]+|user-agent|importance|priority|"
    rb"thread-[a-z]+|auto-submitted|precedence|errors-to|resent-[a-z-]+|organization|arc-[a-z-]+|"
    rb"authentication-results|received-spf|domainkey-signature|status|lines|newsgroups|comments|keywords)[ \t]*:",
    re.IGNORECASE,
)


class Field(NamedTuple):
    """One header field: the name in lower case, the value unfolded, still bytes."""

    name: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Header:
    """The fields of one section, in order. `body` is where the body begins; `whole` is False where a cap cut anything,
    `cut` is True where fields are missing from its end."""

    fields: tuple[Field, ...]
    body: int
    whole: bool
    defects: tuple[str, ...] = ()
    cut: bool = False

    def first(self, name: str) -> bytes:
        """The first value of that (lower-case) name, b"" where there is none."""
        for known, value in self.fields:
            if known == name:
                return value
        return b""

    def all(self, name: str) -> tuple[bytes, ...]:
        return tuple([value for known, value in self.fields if known == name])


def first_line(data: bytes) -> int:
    """Where a mail's header begins: NULs, empty lines, a byte order mark before it are skipped if a field follows."""
    lead = _LEAD.match(data)
    return lead.end() if lead and _FIRST_FIELD.match(data, lead.end()) else 0


def read_header(data: bytes, start: int, end: int) -> Header:
    """The header section that begins at `start` of `data[:end]`. Linear in its length; never raises."""
    empty = _EMPTY_LINE.match(data, start, end)
    if empty:
        return Header((), empty.end(), whole=True)
    blank = _BLANK.search(data, start, end)
    stop, body = (blank.start(), blank.end()) if blank else (end, end)
    defects: list[str] = []
    cut = stop - start > SECTION_CAP
    if cut:
        defects.append("over a cap: header section longer than 128 KiB")
        stop = start + SECTION_CAP
    fields = _plain_fields(data[start:stop], defects)
    if fields is None:
        lines = data[start:stop].split(b"\n")
        fields, broken_at = _fields(lines, defects)
        if broken_at is not None:
            # RFC 5322 wants an empty line; where it is missing, the first line that cannot be a field begins the body.
            body = start + sum(len(line) + 1 for line in lines[:broken_at])
    if len(fields) > FIELDS_CAP:
        defects.append("over a cap: more than 1,000 header fields")
    whole = not any(defect.startswith("over a cap") for defect in defects)
    cut = cut or len(fields) > FIELDS_CAP
    return Header(tuple(fields[:FIELDS_CAP]), min(body, end), whole, tuple(defects), cut)


def _plain_fields(section: bytes, defects: list[str]) -> list[Field] | None:
    """The fields of a section that holds nothing else; None where something else stands there, or too many."""
    wholes = _UNFOLDED.split(section)
    heads = [head for head in map(_FIELD.match, wholes) if head is not None]
    if len(heads) < len(wholes) or len(heads) > FIELDS_CAP:
        return None
    return [
        _field(head[1].decode("ascii").lower(), whole[head.end() :].split(b"\n"), defects)
        for head, whole in zip(heads, wholes, strict=True)
    ]


def _fields(lines: list[bytes], defects: list[str]) -> tuple[list[Field], int | None]:
    """The fields of these lines, and the index of the line where the body begins without an empty line before it. Of
    lines that may be anything."""
    grouped: list[tuple[str, list[bytes]]] = []
    for number, line in enumerate(lines):
        if line[:1] in (b" ", b"\t") and grouped:
            grouped[-1][1].append(line)
            continue
        head = _FIELD.match(line)
        if head:
            if len(grouped) > FIELDS_CAP:
                break
            grouped.append((head.group(1).decode("ascii").lower(), [line[head.end() :]]))
            continue
        if line.startswith(b">From ") or (number == 0 and line.startswith(b"From ")) or not line.strip():
            continue  # an mbox separator, also quoted; white space alone
        if not _header_goes_on(lines, number):
            defects.append("no empty line between header and body")
            return [_field(name, value, defects) for name, value in grouped], number
        defects.append("a broken line in the header")
        if grouped and not _ODD_FIELD.match(line):
            grouped[-1][1].append(b" " + line)
    return [_field(name, value, defects) for name, value in grouped], None


def _header_goes_on(lines: list[bytes], number: int) -> bool:
    """Is this odd line inside a header (a field wrapped without its indent)? Known fields soon after say so."""
    if any(_KNOWN.match(line) for line in lines[number + 1 : number + 4]):
        return True
    # Seen in the wild: tabs of folded Received fields turned into "\\t" or lost, over many lines in a row.
    return sum(1 for line in lines[number + 1 : number + 60] if _KNOWN.match(line)) >= _MANY


def _field(name: str, lines: list[bytes], defects: list[str]) -> Field:
    value = b" ".join(filter(None, map(bytes.strip, lines)))
    if b"\r" in value or b"\0" in value:  # breaks within a line
        value = unfold(b"\n".join(lines))
    if len(value) > FIELD_CAP:
        defects.append(f"over a cap: field {name[:40]} longer than 16 KiB")
        # The newest mails of a thread stand last (RFC 5322 §3.6.4), and it is our letter that is looked for.
        value = value[-FIELD_CAP:] if name == "references" else value[:FIELD_CAP]
    return Field(name, value)


def unfold(value: bytes) -> bytes:
    """One line: a fold with its white space is one space, and so is a bare CR or NUL."""
    # Split and joined rather than substituted: a pattern for "white space, then a break" is quadratic in white space.
    if _BREAK.search(value):
        return b" ".join(filter(None, (piece.strip() for piece in _BREAK.split(value))))
    return value.strip()
