"""How a text becomes the words that it is found by, one way for both databases: they are given our words, ready made.

Letters are compared without their case and their accents. Scripts that put no spaces between words are cut into letters
and pairs of them. It knows no database.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailgate.cases.ref import find_refs

_LONGEST_WORD = 40  # characters; what is longer is no word of a language
_MOST_CHARACTERS = 100_000  # of one text: a log that somebody pasted
_MOST_WORDS = 5_000  # different ones of one case
_MOST_ASKED = 12
_LEAST_BEGINNING = 3  # letters

_ACCENTS = re.compile("[\u0300-\u036f]")
# Kana, Han, and what is written in South-East Asia.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_ANY_UNSPACED = re.compile(f"[{_UNSPACED}]")
_RUN = re.compile(rf"(?P<unspaced>[{_UNSPACED}]+)|(?:(?![{_UNSPACED}])[^\W_])+")
_WORD = re.compile(r"[^\W_]+")  # the same, five times as fast, where all scripts put spaces between words
# Beyond these, and in two of them, a word may begin or end elsewhere once it is folded.
_BEYOND_LATIN = re.compile("[^\x00-\u02ff\u2010-\u2027\u20ac]|[\u0130\u01f0]")
_SPACED = {code: " " for code in range(128) if not chr(code).isalnum()}


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody searches for: `words` stand in a case as they are, `beginning` begins a word of it ("" for none).
    Nothing but letters and digits is in any of them."""

    words: tuple[str, ...] = ()
    beginning: str = ""

    def __bool__(self) -> bool:
        return bool(self.words or self.beginning)


def words_of(texts: Iterable[str]) -> list[str]:
    """The different words of all these texts, in the order in which they come first."""
    found: dict[str, None] = {}
    for text in texts:
        found.update(dict.fromkeys(_indexed(text[:_MOST_CHARACTERS])))
        if len(found) > _MOST_WORDS:
            return list(found)[:_MOST_WORDS]
    return list(found)


def asked_for(text: str) -> Asked:
    """What a person typed: each word of it, and the last one's beginning, for it may not be typed to its end. A ref is
    one word, its key."""
    for ref in find_refs(text):
        return Asked((ref.key.lower(),))
    runs = list(_RUN.finditer(folded(text[:1000])))
    words: list[str] = []
    for run in runs:
        words += _pairs(run[0]) if run["unspaced"] else [run[0][:_LONGEST_WORD]]
    if not words:
        return Asked()
    last, beginning = words[-1], ""
    # Numbers are typed whole, and of one or two letters too many words begin.
    if runs[-1]["unspaced"] is None and len(last) >= _LEAST_BEGINNING and last.isalpha():
        words, beginning = words[:-1], last
    return Asked(tuple(dict.fromkeys(words))[:_MOST_ASKED], beginning)


def is_unspaced(word: str) -> bool:
    """Whether it is of a script that puts no spaces between words: then it is found within others."""
    found = _RUN.fullmatch(word)
    return found is not None and found["unspaced"] is not None


def folded(text: str) -> str:
    """As letters are compared."""
    if text.isascii():
        return text.lower()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return unicodedata.normalize("NFC", bare.casefold())


def _indexed(text: str) -> Iterator[str]:
    if text.isascii():
        return (word[:_LONGEST_WORD] for word in dict.fromkeys(text.lower().translate(_SPACED).split()))
    if not _BEYOND_LATIN.search(text):
        # Most words come again and again, and most of them are ASCII.
        words = dict.fromkeys(_WORD.findall(text.casefold()))
        pieces = ((word,) if word.isascii() else _WORD.findall(folded(word)) for word in words)
        return (piece[:_LONGEST_WORD] for some in pieces for piece in some)
    text = folded(text)
    if not _ANY_UNSPACED.search(text):
        return (word[:_LONGEST_WORD] for word in dict.fromkeys(_WORD.findall(text)))
    return _cut(text)


def _cut(text: str) -> Iterator[str]:
    for run in _RUN.finditer(text):
        if run["unspaced"]:
            yield from (*_pairs(run[0]), *run[0])
        else:
            yield run[0][:_LONGEST_WORD]


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]
