"""Opens the wrappers that mail programs put round words and files: winmail.dat, and what S/MIME signed. One level.

Each is small enough to be opened, or stays a file as it came. What lies in it is told by ranges, never copied.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mailgate.mail.cms import signed_content
from mailgate.mail.files import Found, Place
from mailgate.mail.headers import read_header
from mailgate.mail.protection import CMS_TYPES, of_cms
from mailgate.mail.rtf import rtf_words
from mailgate.mail.skeleton import Part, Skeleton, walk, walk_body
from mailgate.mail.tnef import Tnef, read_tnef
from mailgate.mail.transfer import undo

OPENED_CAP: Final = 8 * 1024 * 1024  # encoded octets, of all wrappers of a mail
_TNEF_TYPES: Final = frozenset(("application/ms-tnef", "application/vnd.ms-tnef", "application/x-tnef"))
_BYTES: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Letter:
    """A TNEF: its files, and its words as (plain, html)."""

    files: tuple[Found, ...]
    plain: str
    html: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """A CMS. `skeleton` is the mail that was signed in it, None where there is none to be read; it lies at `place`."""

    protection: str
    skeleton: Skeleton | None
    place: Place


def is_wrapper(part: Part) -> bool:
    """By its type, or by its name where its type says nothing."""
    name = part.name.lower()
    return part.type in _TNEF_TYPES | CMS_TYPES or (part.type == _BYTES and name in {"winmail.dat", "smime.p7m"})


def opened(part: Part, data: bytes, place: Place) -> Letter | Sealed | None:
    """What is in a wrapper; None where it is none after all."""
    octets = undo(data[part.start : part.end], part.encoding)[0]
    if part.type in CMS_TYPES or part.name.lower().endswith(".p7m"):
        content = signed_content(octets)
        skeleton = walk(content) if content else None
        return Sealed(of_cms(part, octets), skeleton, place.within(part, signed=True))
    tnef = read_tnef(octets)
    return _letter(tnef, octets, place.within(part, signed=False)) if tnef else None


def is_encoded_multipart(part: Part) -> bool:
    """A multipart encoded as a whole, which RFC 2045 §6.4 forbids; so no part was found in it."""
    return bool(part.encoding and not part.parts and part.type == "text/plain" and part.params.get("boundary"))


def decoded_multipart(part: Part, data: bytes) -> Skeleton | None:
    """The parts of such a one; None where there are none."""
    said = read_header(data, part.header_start, part.start).first("content-type")
    skeleton = walk_body(undo(data[part.start : part.end], part.encoding)[0], said)
    return skeleton if skeleton.root.parts else None


def _letter(tnef: Tnef, octets: bytes, place: Place) -> Letter:
    files = tuple(
        Found(
            Part(
                type=one.type if "/" in one.type else _BYTES,
                header_start=one.start,
                start=one.start,
                end=one.end,
                name=one.name,
                content_id=one.content_id,
            ),
            octets,
            place,
        )
        for one in tnef.files
    )
    plain, html = rtf_words(tnef.rtf) if tnef.rtf else ("", "")
    return Letter(files, tnef.plain or plain, tnef.html or html)
