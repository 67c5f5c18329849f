"""Finds what must not leave: addresses of our people, reply tokens, links to our pages, however they are written.

A text is read as a person or a program would read it in the end: html entities and percent signs undone (also twice),
soft hyphens and zero-width characters passed over, full-width letters and capitals made plain. Every folded character
knows where it stood, so what is found is replaced in the text as it was.
"""

from __future__ import annotations

import html as entities
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from mailgate.mail.message import Address

HIDDEN: Final = "▮"  # stands where our own address would spell a private one with what is around it
_ROUNDS: Final = 3

_UNSEEN: Final = frozenset(
    map(chr, (0xAD, 0x34F, 0x61C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, 0xFEFF))
)
_WRITTEN = re.compile(
    r"&(?:amp;){0,4}(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});?|%(?:25){0,4}[0-9a-fA-F]{2}|.", re.DOTALL
)
# The marker line of our letters to engineers: 20 characters of Crockford's base32, kind to its look-alikes.
_MARKER = re.compile(r"\[\s*r\s*:\s*(?:[0-9a-z]\s*){20}\]")
# The same token in our Reply-To and return paths, and in our Message-IDs.
_TOKEN_ELSEWHERE = re.compile(r"\+[rb][0-9a-hjkmnp-tv-z]{20}(?=@)|(?<=<)r[0-9a-hjkmnp-tv-z]{20}(?=\.)")
# Where a link to a page of ours leads, which whoever has it is taken to be the reader of.
_PAGE = re.compile(r"/(?:case/[0-9]{10,14}|account|organisation|approve|finish|sign-in)/[a-z0-9_-]{40,512}")


@dataclass(frozen=True, slots=True)
class _Folded:
    """`text` is what is searched; its character n stood at `starts[n]:ends[n]` of the original."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


@dataclass(frozen=True, slots=True)
class Cut:
    """`start:end` of a text is to become `instead`."""

    start: int
    end: int
    instead: str

    def within(self, start: int, end: int) -> Cut:
        """Its share of the piece `start:end`, counted from there: what stands instead, stands where it begins."""
        at = max(self.start, start)
        return Cut(at - start, min(self.end, end) - start, self.instead if at == self.start else "")


@dataclass(frozen=True, slots=True)
class Private:
    """The addresses that nobody outside may see, and ours, which stands in their place."""

    addresses: frozenset[str]
    ours: Address
    _locals: dict[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)  # of each domain, longest first

    def __post_init__(self) -> None:
        folded = {_fold(one).text for one in self.addresses} - {_fold(self.ours.address).text}
        wanted = sorted((one for one in folded if "@" in one), key=lambda one: (-len(one), one))
        by_domain: dict[str, tuple[str, ...]] = {}
        for local, _, domain in sorted(
            (one.rpartition("@") for one in wanted), key=lambda one: (-len(one[2]), -len(one[0]))
        ):
            by_domain[domain] = (*by_domain.get(domain, ()), local)
        object.__setattr__(self, "_locals", by_domain)

    def hide(self, text: str) -> str:
        """`text` with every private address made ours, without reply tokens and links to pages. Linear; any text."""
        for _ in range(_ROUNDS):
            cuts = [*self.cuts(text)]
            if not cuts:
                return text
            text = apply(text, cuts)
        while cuts := [Cut(cut.start, cut.end, HIDDEN) for cut in self.cuts(text)]:
            text = apply(text, cuts)
        return text

    def cuts(self, text: str) -> Iterator[Cut]:
        """What is to change in `text`, in order, never overlapping."""
        folded = _fold(text)
        found = [(start, end, self.ours.address) for start, end in self._addresses(folded.text)]
        found += [(match.start(), match.end(), "") for match in _tokens(folded.text)]
        last = 0
        for start, end, instead in sorted(found):
            at, to = folded.starts[start], folded.ends[end - 1]
            if at >= last:
                yield Cut(at, to, instead)
                last = to

    def named_in(self, text: str) -> bool:
        """Whether anything that must not leave stands in `text`."""
        return next(self.cuts(text), None) is not None

    def held_by(self, data: bytes) -> bool:
        """Whether a file holds a private address or a marker in plain octets: UTF-8, or UTF-16 as Windows has it."""
        lower = data.lower()
        for domain, locals_ in self._locals.items():
            for codec in ("utf_8", "utf_16_le"):
                if f"@{domain}".encode(codec, "replace") not in lower:
                    continue
                if any(f"{local}@{domain}".encode(codec, "replace") in lower for local in locals_):
                    return True
        return b"[r:" in lower and bool(_MARKER.search(lower.decode("latin_1")))

    def _addresses(self, text: str) -> Iterator[tuple[int, int]]:
        """Each occurrence, the longest at its "@": one that only begins or ends like ours is none."""
        our_local, _, our_domain = _fold(self.ours.address).text.rpartition("@")
        at = text.find("@")
        while at >= 0:
            ours = text.startswith(our_domain, at + 1) and text.endswith(our_local, 0, at)
            for domain, locals_ in self._locals.items():
                if not text.startswith(domain, at + 1):
                    continue
                within = our_local if ours and our_domain.startswith(domain) else None
                for local in locals_:
                    if text.endswith(local, 0, at) and not (within and within.endswith(local)):
                        yield at - len(local), at + 1 + len(domain)
                        break
            at = text.find("@", at + 1)


def marker_spans(text: str) -> list[tuple[int, int]]:
    """Where markers stand in `text`."""
    folded = _fold(text)
    return [(folded.starts[one.start()], folded.ends[one.end() - 1]) for one in _MARKER.finditer(folded.text)]


def apply(text: str, cuts: Sequence[Cut]) -> str:
    """`text` with the cuts made; they are in order and do not overlap."""
    pieces, last = [], 0
    for cut in cuts:
        pieces += [text[last : cut.start], cut.instead]
        last = cut.end
    return "".join([*pieces, text[last:]])


def _tokens(folded: str) -> Iterator[re.Match[str]]:
    yield from _MARKER.finditer(folded)
    yield from _TOKEN_ELSEWHERE.finditer(folded)
    yield from _PAGE.finditer(folded)


def _fold(text: str) -> _Folded:
    if text.isascii() and "&" not in text and "%" not in text:
        return _Folded(text.lower(), range(len(text)), range(1, len(text) + 1))
    known: dict[str, str] = {}
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _WRITTEN.finditer(text):
        written, at, end = match.group(), match.start(), match.end()
        read = written if end == at + 1 else _undone(written)
        alone = read == written  # then each of its characters stands for itself
        for place, one in enumerate(read):
            plain = known.get(one)
            if plain is None:
                plain = known[one] = _plain(one)
            for sign in plain:
                pieces.append(sign)
                starts.append(at + place if alone else at)
                ends.append(at + place + 1 if alone else end)
    return _Folded("".join(pieces), starts, ends)


def _undone(written: str) -> str:
    """What an entity or a percent sign stands for; itself where it is neither."""
    if written[0] == "%":
        code = int(written[-2:], 16)
        return chr(code) if code < 0x80 else written
    read = entities.unescape("&" + written[1:].replace("amp;", ""))
    return written if read == written.replace("amp;", "") else read


def _plain(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character).casefold()
    return "".join(one for one in folded if one not in _UNSEEN)
