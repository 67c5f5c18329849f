"""The part tree becomes what a person sees: the words (plain and html) and the attachments, in their order.

It says which part is body and which is a file; undoing encodings is `transfer.py`, reading characters `charset.py`.
"""

from __future__ import annotations

import html as markup
import re
from collections.abc import Callable
from dataclasses import dataclass

from mailgate.mail.charset import decode
from mailgate.mail.flowed import unflow
from mailgate.mail.message import Attachment
from mailgate.mail.names import safe_name
from mailgate.mail.skeleton import Part, Skeleton
from mailgate.mail.transfer import decoded_size, undo

TEXT_CAP = 1024 * 1024  # characters
_ENCODED_CAP = 4 * TEXT_CAP  # bytes of an encoded text part that are looked at
_ENCODED_HTML_CAP = 12 * TEXT_CAP  # pictures written into the html (data:) take the most of it
_WORDS = ("text/plain", "text/html", "text/enriched", "text/richtext", "text/markdown", "text/x-markdown")
# Renderings for other readers (AMP, watches): a person's mail program shows one of the others, and no file either.
_OTHER_RENDERINGS = ("text/x-amp-html", "text/watch-html")
_PICTURE_DATA = re.compile(r"data:[a-z]{1,20}/[a-z0-9.+-]{1,40};base64,[A-Za-z0-9+/=%\s]{500,}", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta[^<>]{0,200}?charset\s{0,5}=\s{0,5}[\"']?([a-z0-9_.:-]{1,40})", re.IGNORECASE)
_LOOKS_HTML = re.compile(rb"\s*(?:<!doctype html|<html[\s>])", re.IGNORECASE)
# "This email must be viewed in HTML mode": a plain text that only says so is none. HTML is HTML in every language.
_STUB = re.compile(r"\bhtml\b", re.IGNORECASE)
# What lists and scanners append stands after </html>; browsers show it all the same.
_CLOSED = re.compile(r"</(?:body|html)\s{0,10}>", re.IGNORECASE)
_STUB_CAP = 300
_TAG = re.compile(r"<<|<[^<>]{0,100}>")


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of the words: as plain text, as html, or as both (two renderings of one)."""

    plain: str = ""
    html: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """`text` is for a person, `html` the senders' html as it came ("" where there is none)."""

    text: str
    html: str
    attachments: tuple[Attachment, ...]
    defects: tuple[str, ...]


def read_body(skeleton: Skeleton, to_text: Callable[[str], str]) -> Body:
    """The words and files of a walked mail. `to_text` makes readable text of html."""
    reader = _Reader(skeleton, to_text)
    pieces = reader.pieces(skeleton.root, within="") or reader.named_words()
    text = reader.capped("\n".join(reader.text_of(piece) for piece in pieces).strip("\n"), "text")
    html = ""
    if any(piece.html for piece in pieces):
        html = "\n".join(piece.html or f"<pre>{markup.escape(piece.plain)}</pre>" for piece in pieces)
    html = reader.capped(html, "html")
    return Body(text, html, reader.attachments(html), tuple(dict.fromkeys(reader.defects)))


class _Reader:
    def __init__(self, skeleton: Skeleton, to_text: Callable[[str], str]) -> None:
        self.data = skeleton.data
        self.root = skeleton.root
        self.to_text = to_text
        self.defects: list[str] = []
        self.files: list[tuple[Part, bool]] = []  # (part, stands in a multipart/related)

    def pieces(self, part: Part, within: str) -> list[Piece]:
        """The words of a part, in order; every file met on the way is noted. `within` is the type of what holds it."""
        if part.parts:
            parts = [self.pieces(child, part.type) for child in part.parts]
            if part.type == "multipart/alternative":
                return self._alternative(parts)
            return self._same_twice([piece for pieces in parts for piece in pieces])
        if within == "multipart/alternative" and part.type in _OTHER_RENDERINGS:
            return []
        if not self._is_words(part, within):
            self.files.append((part, within == "multipart/related"))
            return []
        return self._read(part)

    def _read(self, part: Part) -> list[Piece]:
        text = self._characters(part)
        if not text.strip():
            return []
        if part.type == "text/html" or self._is_unlabelled_html(part):
            return [Piece(html=text)]
        if part.type in ("text/enriched", "text/richtext"):
            return [Piece(plain=_TAG.sub(lambda tag: "<" if tag.group() == "<<" else "", text))]
        return [Piece(plain=text)]

    def _is_words(self, part: Part, within: str) -> bool:
        """Is this leaf something to read, rather than a file? A name makes a text a file, except where it is one of
        several renderings or all there is (some senders name their body)."""
        if part.type not in _WORDS or part.disposition == "attachment":
            return False
        return not part.name or within == "multipart/alternative" or part is self.root

    def _is_unlabelled_html(self, part: Part) -> bool:
        unlabelled = part is self.root and not part.params
        return unlabelled and part.type == "text/plain" and bool(_LOOKS_HTML.match(self.data, part.start, part.end))

    def _characters(self, part: Part) -> str:
        cap = _ENCODED_HTML_CAP if part.type == "text/html" else _ENCODED_CAP
        end = min(part.end, part.start + cap)
        if end < part.end:
            self.defects.append("over a cap: a text part of which only the beginning was read")
        data, trouble = undo(self.data[part.start : end], part.encoding)
        text, misread = decode(data, part.charset or _charset_within(part, data))
        self.defects.extend(filter(None, (trouble, misread)))
        if "\r" in text:
            text = text.replace("\r\n", "\n")
            text = re.sub("\r++\n?", "\n", text) if "\r" in text else text
        if part.type == "text/html":
            return _PICTURE_DATA.sub("data:,", text) if len(text) > TEXT_CAP else text
        if part.params.get("format", "").lower() == "flowed":
            return unflow(text, delete_space=part.params.get("delsp", "").lower() == "yes")
        return text

    def named_words(self) -> list[Piece]:
        """Where nothing else is to be read: the first file, if it is a text that mail programs show in its place."""
        part = self.files[0][0] if self.files else None
        if part is None or part.type not in _WORDS or part.disposition == "attachment":
            return []
        return self._read(part)

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
        if not piece.html or (piece.plain.strip() and not _STUB.search(piece.plain[:_STUB_CAP])):
            return piece.plain
        text = self.to_text(_CLOSED.sub("", piece.html))
        if piece.plain.strip() and (len(piece.plain) > _STUB_CAP or len(text) < 2 * len(piece.plain)):
            return piece.plain
        return text

    def capped(self, text: str, what: str) -> str:
        if len(text) > TEXT_CAP:
            self.defects.append(f"over a cap: {what} longer than 1 MB")
            return text[:TEXT_CAP]
        return text

    def attachments(self, html: str) -> tuple[Attachment, ...]:
        return tuple(self._attachment(part, related, html) for part, related in self.files)

    def _attachment(self, part: Part, related: bool, html: str) -> Attachment:
        return Attachment(
            name=safe_name(part.name),
            type=part.type,
            size=decoded_size(self.data, part.start, part.end, part.encoding),
            start=part.start,
            end=part.end,
            encoding=part.encoding,
            content_id=part.content_id,
            inline=self._is_shown(part, related, html),
        )

    def _is_shown(self, part: Part, related: bool, html: str) -> bool:
        """Does a person see it within the words? By its Content-ID, or as a picture that stands between them."""
        if part.disposition == "attachment":
            return bool(part.content_id) and f"cid:{part.content_id}" in html
        if part.content_id and (related or f"cid:{part.content_id}" in html):
            return True
        return part.type.startswith("image/") and (not part.name or (part.disposition == "inline" and bool(html)))


def _charset_within(part: Part, data: bytes) -> str:
    """The charset that an html names itself, where its header names none."""
    found = _META_CHARSET.search(data[:4096]) if part.type == "text/html" else None
    name = found.group(1).decode("ascii") if found else ""
    return "" if name.lower().startswith("utf-16") else name  # it was read as ASCII up to here
