"""The part tree becomes what a person sees: the words (plain and html) and the attachments, in their order.

It says which part is body and which is a file; undoing encodings is `transfer.py`, reading characters `charset.py`.
"""

from __future__ import annotations

import html as markup
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from mailgate.mail import protection
from mailgate.mail.charset import decode
from mailgate.mail.encoded import read_value
from mailgate.mail.files import RAW, Found, Place, attachments
from mailgate.mail.flowed import unflow
from mailgate.mail.invitation import invitation_words
from mailgate.mail.message import Attachment
from mailgate.mail.mislabelled import undo_words
from mailgate.mail.rtf import rtf_words
from mailgate.mail.skeleton import Part, Skeleton
from mailgate.mail.stub import STUB_CAP, is_stub
from mailgate.mail.transfer import undo, undo_lines
from mailgate.mail.uuencoded import blocks
from mailgate.mail.wrapped import OPENED_CAP, Letter, decoded_multipart, is_encoded_multipart, is_wrapper, opened

TEXT_CAP = 1024 * 1024  # characters
_ENCODED_CAP = 4 * TEXT_CAP  # bytes of an encoded text part that are looked at
_ENCODED_HTML_CAP = 12 * TEXT_CAP  # pictures written into the html (data:) take the most of it
_WORDS = (
    "text/plain",
    "text/html",
    "text/enriched",
    "text/richtext",
    "text/markdown",
    "text/x-markdown",
    "application/xhtml+xml",
)
_HTML = ("text/html", "application/xhtml+xml")
# Texts for programs, not for people, also where they are all of a mail.
_NOT_WORDS = ("text/calendar", "text/vcard", "text/x-vcard", "text/directory", "text/rtf", "text/rfc822-headers")
_RICH = ("text/rtf", "application/rtf")
_CALENDARS = ("text/calendar", "application/ics")
_RESOURCE_FORK = "application/applefile"  # of a Macintosh's file; its data fork stands beside it (RFC 1740)
_WRAPPERS_CAP = 3  # one in another
_BYTES = "application/octet-stream"
# Renderings for other readers (AMP, watches): a person's mail program shows one of the others, and no file either.
_OTHER_RENDERINGS = ("text/x-amp-html", "text/watch-html")
_PICTURE_DATA = re.compile(r"data:[a-z]{1,20}/[a-z0-9.+-]{1,40};base64,[A-Za-z0-9+/=%\s]{500,}", re.IGNORECASE)
_PICTURE_BYTES = re.compile(_PICTURE_DATA.pattern.encode(), re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta[^<>]{0,200}?charset\s{0,5}=\s{0,5}[\"']?([a-z0-9_.:-]{1,40})", re.IGNORECASE)
_LOOKS_HTML = re.compile(rb"\s*(?:<!doctype html|<html[\s>])", re.IGNORECASE)
# What lists and scanners append stands after </html>; browsers show it all the same.
_CLOSED = re.compile(r"</(?:body|html)\s{0,10}>", re.IGNORECASE)
_CUT = "over a cap: a text part of which only the beginning was read"
_PARAM = re.compile(r"<param>[^<]{0,1000}</param>", re.IGNORECASE)  # RFC 1896: of fonts and colours
_TAG = re.compile(r"<<|<[^<>]{0,100}>")


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of the words: as plain text, as html, or as both (two renderings of one)."""

    plain: str = ""
    html: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """`text` is for a person, `html` the senders' html as it came ("" where there is none). `protection` as in Mail."""

    text: str
    html: str
    attachments: tuple[Attachment, ...]
    defects: tuple[str, ...]
    protection: str = ""


def read_body(skeleton: Skeleton, to_text: Callable[[str], str]) -> Body:
    """The words and files of a walked mail. `to_text` makes readable text of html."""
    reader = _Reader(to_text)
    pieces = reader.pieces(skeleton.root, _Source(skeleton.data, skeleton.root), within="") or reader.other_words()
    text = reader.capped("\n".join(reader.text_of(piece) for piece in pieces).strip("\n"), "text")
    html = ""
    if any(piece.html for piece in pieces):
        html = "\n".join(piece.html or f"<pre>{markup.escape(piece.plain)}</pre>" for piece in pieces)
    html = reader.capped(html, "html")
    protected = protection.strongest([*filter(None, reader.protections), *filter(None, [protection.of_words(text)])])
    return Body(text, html, attachments(reader.files, html), tuple(dict.fromkeys(reader.defects)), protected)


@dataclass(frozen=True, slots=True)
class _Source:
    """What is being read: the mail, or one that lies within it. Ranges of parts count in `data`."""

    data: bytes
    root: Part
    place: Place = RAW


class _Reader:
    def __init__(self, to_text: Callable[[str], str]) -> None:
        self.to_text = to_text
        self.defects: list[str] = []
        self.protections: list[str] = []
        self.files: list[Found] = []
        self.unused: list[Piece] = []  # words of wrappers, for a mail that has no others
        self.opened = 0  # encoded octets of wrappers

    def pieces(self, part: Part, source: _Source, within: str) -> list[Piece]:
        """The words of a part, in order; every file met on the way is noted. `within` is the type of what holds it."""
        if part.parts:
            self.protections.append(protection.of_multipart(part))
            parts = [self.pieces(child, source, part.type) for child in part.parts]
            if part.type == "multipart/alternative":
                return self._alternative(parts)
            return self._same_twice([piece for pieces in parts for piece in pieces])
        if is_encoded_multipart(part) and self._opens(part, source) and (held := decoded_multipart(part, source.data)):
            self.defects.extend(held.defects)
            place = source.place.within(part, signed=False)
            return self.pieces(held.root, _Source(held.data, held.root, place), within)
        if (within == "multipart/alternative" and part.type in _OTHER_RENDERINGS) or (
            within == "multipart/appledouble" and part.type == _RESOURCE_FORK
        ):
            return []
        if self._is_words(part, source, within):
            return self._read(part, source)
        found = Found(part, source.data, source.place, within == "multipart/related")
        if is_wrapper(part) and self._opens(part, source):
            return self._unwrapped(found)
        self.protections.append(protection.of_file(part))
        self.files.append(found)
        return []

    def _opens(self, part: Part, source: _Source) -> bool:
        """Is a wrapper small enough, with all those before it, and not too deep in others?"""
        self.opened += part.end - part.start
        return self.opened <= OPENED_CAP and len(source.place.steps) < _WRAPPERS_CAP

    def _unwrapped(self, found: Found) -> list[Piece]:
        """The words and files in a wrapper. That of a signature stays among the files: it is the proof."""
        held = opened(found.part, found.data, found.place)
        if isinstance(held, Letter):
            self.files.extend(held.files or (found,))
            self.unused.extend([Piece(held.plain, held.html)] if held.plain.strip() or held.html.strip() else [])
            return []
        self.files.append(found)
        if held is None:
            return []
        self.protections.append(held.protection)
        if held.skeleton is None:
            return []
        self.defects.extend(held.skeleton.defects)
        root = held.skeleton.root
        return self.pieces(root, _Source(held.skeleton.data, root, held.place), within="")

    def _read(self, part: Part, source: _Source) -> list[Piece]:
        text = self._characters(part, source)
        if not text.strip():
            return []
        if part.type in _HTML or _is_unlabelled_html(part, source):
            return [Piece(html=text)]
        if part.type in ("text/enriched", "text/richtext"):
            return [Piece(plain=_TAG.sub(lambda tag: "<" if tag.group() == "<<" else "", _PARAM.sub("", text)))]
        return [Piece(plain=text)]

    def _is_words(self, part: Part, source: _Source, within: str) -> bool:
        """Is this leaf something to read, rather than a file? A name makes a text a file, except where it is one of
        several renderings or all there is (some senders name their body)."""
        alone = part is source.root
        if part.disposition == "attachment" and not (alone and not part.name and part.type in _WORDS):
            return False
        if part.type not in _WORDS:
            return alone and not part.name and part.type.startswith("text/") and part.type not in _NOT_WORDS
        return not part.name or within == "multipart/alternative" or alone

    def _characters(self, part: Part, source: _Source) -> str:
        data, trouble = self._octets(part, source)
        text, misread = decode(data, part.charset or _charset_within(part, data))
        del data
        self.defects.extend(filter(None, (trouble, misread)))
        if "\r" in text:
            text = text.replace("\r\n", "\n")
            text = re.sub("\r++\n?", "\n", text) if "\r" in text else text
        if part.type in _HTML:
            return _PICTURE_DATA.sub("data:,", text)[: TEXT_CAP + 1] if len(text) > TEXT_CAP else text
        if part.params.get("format", "").lower() == "flowed":
            return unflow(text, delete_space=part.params.get("delsp", "").lower() == "yes")
        return text

    def _octets(self, part: Part, source: _Source) -> tuple[bytes, str]:
        """Of a text as it was before it was encoded, and what was wrong with that. Each copy of a big html counts
        (FACTS: less than 20 MB above a mail's own bytes)."""
        cap = _ENCODED_HTML_CAP if part.type in _HTML else _ENCODED_CAP
        end = min(part.end, part.start + cap)
        long = part.encoding == "base64" and end - part.start > TEXT_CAP
        if long and (data := undo_lines(source.data, part.start, end)) is not None:
            if end < part.end:
                self.defects.append(_CUT)
            return bytes(_without_pictures(data)), ""
        if not part.encoding and part.type == "text/plain":
            octets = self._without_files(part, source)
        else:
            octets = source.data[part.start : end]
        if end < part.end and len(octets) >= cap:
            self.defects.append(_CUT)
        octets, trouble = undo_words(octets, part.encoding)
        return bytes(_without_pictures(octets)), trouble

    def _without_files(self, part: Part, source: _Source) -> bytes:
        """The octets without what is uuencoded in them; each of that is a file."""
        kept, at, left = [], part.start, _ENCODED_CAP
        for block in blocks(source.data, part.start, part.end):
            name = read_value(block.name)
            file = Part(_BYTES, block.start, block.start, block.end, name=name, encoding="x-uuencode")
            self.files.append(Found(file, source.data, source.place))
            kept.append(source.data[at : min(block.start, at + left)])
            at, left = block.end, left - len(kept[-1])
        return b"".join([*kept, source.data[at : min(part.end, at + left)]])

    def other_words(self) -> list[Piece]:
        """Where nothing else is to be read: what stands in a wrapper; the first file, if it is a text that mail
        programs show in its place; what an invitation says."""
        if self.unused:
            return self.unused
        shown = [found for found in self.files if found.part.disposition != "attachment"]
        first = shown[0] if shown and shown[0] is self.files[0] else None
        if first and first.part.type in _WORDS:
            return self._read(first.part, _Source(first.data, first.part, first.place))
        if first and first.part.type in _RICH:
            octets = first.data[first.part.start : min(first.part.end, first.part.start + _ENCODED_CAP)]
            plain, html = rtf_words(undo(octets, first.part.encoding)[0])
            return [Piece(plain, html)] if plain.strip() or html.strip() else []
        for found in self.files:
            if found.part.type in _CALENDARS:
                part = replace(found.part, params={})
                words = invitation_words(self._characters(part, _Source(found.data, part, found.place)))
                return [Piece(words)] if words else []
        return []

    def _alternative(self, parts: list[list[Piece]]) -> list[Piece]:
        """RFC 2046 §5.1.4: renderings of one content, the richest last. The first that has plain words gives the
        plain text, the last that has html gives the html."""
        filled = [pieces for pieces in parts if pieces]
        if len(filled) <= 1:
            return filled[0] if filled else []
        plain = next((pieces for pieces in filled if any(piece.plain for piece in pieces)), [])
        html = next((pieces for pieces in reversed(filled) if any(piece.html for piece in pieces)), [])
        if not plain or not html or plain is html:
            return plain or html
        return [
            Piece(
                "\n".join(self.text_of(piece) for piece in plain),
                "\n".join(piece.html or f"<pre>{markup.escape(piece.plain)}</pre>" for piece in html),
            )
        ]

    def _same_twice(self, pieces: list[Piece]) -> list[Piece]:
        """A plain text and an html side by side that say the same: some senders write mixed for alternative."""
        if len(pieces) != 2 or not (pieces[0].plain and not pieces[0].html and pieces[1].html and not pieces[1].plain):
            return pieces
        plain, rich = pieces[0].plain.split(), self.to_text(pieces[1].html).split()
        common = len(set(plain) & set(rich))
        if common * 10 >= 8 * max(len(set(plain)), len(set(rich)), 1):
            return [Piece(pieces[0].plain, pieces[1].html)]
        return pieces

    def text_of(self, piece: Piece) -> str:
        plain = piece.plain.strip()
        if not piece.html or len(plain) > STUB_CAP:
            return piece.plain
        text = self.to_text(_CLOSED.sub("", piece.html))
        return text if not plain or is_stub(plain, text) else piece.plain

    def capped(self, text: str, what: str) -> str:
        if len(text) > TEXT_CAP:
            self.defects.append(f"over a cap: {what} longer than 1 MB")
            return text[:TEXT_CAP]
        return text


def _without_pictures(data: bytes | bytearray) -> bytes | bytearray:
    """What is read of a text that is too long: its beginning, the pictures written into it left out."""
    if len(data) <= _ENCODED_CAP:
        return data
    return (_PICTURE_BYTES.sub(b"data:,", data) if b"data:" in data else data)[:_ENCODED_CAP]


def _is_unlabelled_html(part: Part, source: _Source) -> bool:
    unlabelled = part is source.root and not part.params
    return unlabelled and part.type == "text/plain" and bool(_LOOKS_HTML.match(source.data, part.start, part.end))


def _charset_within(part: Part, data: bytes) -> str:
    """The charset that an html names itself, where its header names none."""
    found = _META_CHARSET.search(data[:4096]) if part.type in _HTML else None
    name = found.group(1).decode("ascii") if found else ""
    return "" if name.lower().startswith("utf-16") else name  # it was read as ASCII up to here
