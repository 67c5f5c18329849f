"""Where in a case the words stand that somebody searched for: a line of what was said, in pieces, for pages to mark."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select

from mailgate.store.search_index import SEARCHED
from mailgate.store.searchable import Asked, asked_for, folded, is_unspaced
from mailgate.store.tables import entry

_CHARACTERS = 20_000  # of an entry
_BEFORE, _LENGTH = 60, 200
_WORD = r"[^\W_]"
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some characters as they were written; `marked` where they are what was searched for."""

    text: str
    marked: bool = False


def snippets(connection: Connection, words: str, numbers: Sequence[str]) -> dict[str, list[Piece]]:
    """By case, the first place where one of the words stands; none for a case in whose entries none of them does."""
    pattern = _pattern(asked_for(words))
    if pattern is None or not numbers:
        return {}
    found: dict[str, list[Piece]] = {}
    for number, text in connection.execute(_said, {"numbers": list(numbers)}):
        if number not in found and (pieces := _pieces(text, pattern)):
            found[number] = pieces
    return found


def marked(text: str, words: str) -> list[Piece]:
    """All of a text, in pieces."""
    pattern = _pattern(asked_for(words))
    plain, places = _plain(text)
    return list(_cut(text, 0, len(text), _spans(plain, places, pattern))) if pattern else [Piece(text)]


def _pattern(asked: Asked) -> re.Pattern[str] | None:
    """Finds the words in a folded text; pairs of letters of a script without spaces stand anywhere."""
    any_of = [word if is_unspaced(word) else rf"(?<!{_WORD}){word}(?!{_WORD})" for word in asked.words]
    if asked.beginning:
        any_of.insert(0, rf"(?<!{_WORD}){asked.beginning}{_WORD}*")
    return re.compile("|".join(any_of)) if any_of else None


def _pieces(text: str, pattern: re.Pattern[str]) -> list[Piece]:
    text = _SPACE.sub(" ", text).strip()
    plain, places = _plain(text)
    spans = list(_spans(plain, places, pattern))
    if not spans:
        return []
    begin = max(0, spans[0][0] - _BEFORE)
    begin = text.find(" ", begin, spans[0][0]) + 1 or begin if begin else 0
    end = min(len(text), max(begin + _LENGTH, spans[0][1]))
    cut = list(_cut(text, begin, end, spans))
    return [*([Piece("… ")] if begin else ()), *cut, *([Piece(" …")] if end < len(text) else ())]


def _plain(text: str) -> tuple[str, Sequence[int]]:
    """The text as letters are compared, and for each character of it the place that it had."""
    if text.isascii():
        return text.lower(), range(len(text) + 1)
    plain, places = [], []
    for place, character in enumerate(text):
        as_compared = folded(character)
        plain.append(as_compared)
        places += [place] * len(as_compared)
    return "".join(plain), [*places, len(text)]


def _spans(plain: str, places: Sequence[int], pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    for match in pattern.finditer(plain):
        yield places[match.start()], places[match.end() - 1] + 1


def _cut(
    text: str, begin: int, end: int, spans: Iterator[tuple[int, int]] | Sequence[tuple[int, int]]
) -> Iterator[Piece]:
    at = begin
    for start, stop in spans:
        if start < at or stop > end:
            continue
        if start > at:
            yield Piece(text[at:start])
        yield Piece(text[start:stop], marked=True)
        at = stop
    if at < end:
        yield Piece(text[at:end])


_said = (
    select(entry.c.case_number, func.substr(entry.c.text, 1, _CHARACTERS))
    .where(entry.c.case_number.in_(bindparam("numbers", expanding=True)), entry.c.kind.in_(SEARCHED))
    .order_by(entry.c.id)
)
