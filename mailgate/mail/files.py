"""The parts that a person would call files become attachments: where each lies, what it is called, whether it is shown
among the words. Which parts these are, `body.py` says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from mailgate.mail.encoded import read_value
from mailgate.mail.headers import first_line, read_header
from mailgate.mail.message import Attachment, Inner
from mailgate.mail.names import safe_name
from mailgate.mail.skeleton import Part
from mailgate.mail.transfer import decoded_size, undo

_SHOWS = re.compile(r"(?:\bsrc|\bbackground|url)\s{0,5}[=(]\s{0,5}[\"']?([^\"'\s>)]{1,500})", re.IGNORECASE)
_CID = re.compile(r"\bcid:([^\"'\s>)]{1,300})", re.IGNORECASE)
_LETTER_CAP: Final = 64 * 1024  # encoded octets of an attached mail in which its subject is looked for


@dataclass(frozen=True, slots=True)
class Place:
    """What ranges count in: the raw mail, or what the last of `steps` holds (`signed`: what was signed in it)."""

    steps: tuple[Inner, ...] = ()
    signed: bool = False

    def of(self, part: Part) -> tuple[Inner, ...]:
        return (*self.steps, Inner(part.start, part.end, part.encoding, self.signed))

    def within(self, part: Part, *, signed: bool) -> Place:
        return Place(self.of(part), signed)


RAW: Final = Place()


@dataclass(frozen=True, slots=True)
class Found:
    """A part met on the walk that is a file. Its ranges count in `data`, which lies at `place`."""

    part: Part
    data: bytes
    place: Place
    related: bool = False


def attachments(found: Iterable[Found], html: str) -> tuple[Attachment, ...]:
    """In the order of the mail. `html` is what its words are shown as, "" where they are plain."""
    files = list(found)
    if not files:
        return ()
    cids = {unquote(one).lower() for one in _CID.findall(html)}
    sources = {unquote(one) for one in _SHOWS.findall(html)}
    return tuple(_attachment(one, cids, sources, bool(html)) for one in files)


def _attachment(found: Found, cids: set[str], sources: set[str], html: bool) -> Attachment:
    part = found.part
    first, *inner = found.place.of(part)
    name = safe_name(part.name)
    return Attachment(
        name=name,
        type=part.type,
        size=decoded_size(found.data, part.start, part.end, part.encoding),
        start=first.start,
        end=first.end,
        encoding=first.encoding,
        content_id=part.content_id,
        inline=_is_shown(found, cids, sources, html),
        inner=tuple(inner),
        title="" if name else _title(found),
    )


def _is_shown(found: Found, cids: set[str], sources: set[str], html: bool) -> bool:
    """Does a person see it within the words? Where the html names it, or as a picture that stands between them."""
    part = found.part
    if part.content_id and part.content_id.lower() in cids:
        return True
    picture = part.type.startswith("image/")
    if picture and {part.location, part.name} - {""} & sources:
        return True
    if part.disposition == "attachment" or not picture:
        return False
    if not part.name:
        return bool(part.content_id or part.location or found.related)  # else a file whose name was lost
    return html and (part.disposition == "inline" or (found.related and bool(part.content_id)))


def _title(found: Found) -> str:
    """What an attached mail may be called: by its subject."""
    part = found.part
    if part.type != "message/rfc822":
        return ""
    octets = undo(found.data[part.start : min(part.end, part.start + _LETTER_CAP)], part.encoding)[0]
    header = read_header(octets, first_line(octets), len(octets))
    subject = safe_name(read_value(header.first("subject")).replace("/", "-").replace("\\", "-")[:100])
    return f"{subject or 'message'}.eml"
