"""Takes out of a mail's new words what we ourselves sent, whatever its writer's program did or did not mark as quoted.

It knows no language and no program: it compares words in a row (`shingles.py`) with the letters that we hold. A run of
ours goes where it is long, fills its lines, and has no links but ours; with it goes what stands above it to say who of
us wrote it, and when. Whatever is in doubt stays: a piece of our letter that is read twice costs less than a person's
words that are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from mailgate.mail.links import links_in, same_link
from mailgate.mail.shingles import in_a_row, plain, weight

LEAST: Final = 12  # words of a run that goes: a sentence of ours that somebody repeats is shorter, by and large
_IN_A_ROW: Final = 5  # words: fewer are said by chance
_SURELY: Final = 40  # words of a run that goes although its first, or its last line says something else too
_COMPARED: Final = 400_000  # characters; what stands below them stays
_WIDTH: Final = 300  # characters of a line that may be an intro
_INTRO_LINES: Final = 3
_HEADER_LINES: Final = 8
_PLACES: Final = 6  # at which one row of words stands: frames are the same in every letter
_MISSING: Final = 2  # lines between two of ours

_SILENT = re.compile(r"[\s>|*_=~#\-\u2013\u2014\u2022\u00b7\u2500-\u257f]*")  # a line without a word in it
_LABELLED = re.compile(r"[\s>|*]*[^\s:：][^:：]{0,40}[:：]")
_FRAMED = re.compile(r"[\s>]*[-_=*]{3,}[^-_=*][^\n]{0,60}[-_=*]{3,}\s*")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter of ours as its readers have it. `texts` are its renderings, `names` what an intro may call its sender
    (display name, address), `at` when it was written (aware UTC)."""

    texts: tuple[str, ...]
    names: tuple[str, ...] = ()
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Remains:
    """`reply` is what is left of the new words, "" where all of them are ours; `taken` what was taken away, `words` how
    many words that is. `below`: something of `reply` stands below what was taken."""

    reply: str
    taken: str
    words: int
    below: bool


def without_ours(reply: str, sent: Sequence[Sent], shared: Sequence[str] | None = None) -> Remains | None:
    """`reply` without what is of these letters; None where nothing surely is.

    `shared` is for mail of our own people alone. What a notice only repeats of those texts stays where it stands by
    itself: who answers may mean to quote it. And the short lines at both ends of what is found go too, for they may go
    out to a customer; of a customer's mail they stay: he may have left one standing as his answer. Linear in all.
    """
    page = _Page(reply[:_COMPARED].splitlines())
    ours = _Known(text for letter in sent for text in letter.texts)
    _take(page, ours)
    if shared is not None and any(page.gone):
        _take_ends(page, ours)
        _spare(page, _Known(shared))
    if not any(page.gone):
        return None
    words = sum(end - start for (start, end), gone in zip(page.spans, page.gone, strict=True) if gone)
    for first in [first for first, _ in page.stretches()]:
        _take_intro(page, first, sent)
    page.take_silence()
    rest = reply[_COMPARED:].splitlines()
    below = any(map(_says, page.left(page.gone.index(True)))) or any(map(_says, rest))
    left = _trimmed((*page.left(), *rest))
    return Remains(left if _says(left) else "", _trimmed(page.taken()), words, below)


class _Known:
    """Texts as rows of words: where each row stands, what their lines are, and where their links stand."""

    def __init__(self, texts: Iterable[str]) -> None:
        page = _Page([line for text in texts for line in (*text.splitlines(), "\0")])
        self._lines = [page.words[start:end] for start, end in page.spans if start < end]
        self._line_of = [at for at, line in enumerate(self._lines) for _ in line]
        self._vocabulary = frozenset(page.words)
        self._places: dict[str, list[int]] = {}
        for start, end in in_a_row(page.words, _IN_A_ROW):
            places = self._places.setdefault(" ".join(page.words[start:end]), [])
            if len(places) < _PLACES:
                places.append(start)
        stand = [(page.words, place, link) for links in page.links for place, link in links]
        self._links = {link for _, _, link in stand}
        self._between = {_around(words, place) for words, place, _ in stand}

    def rows_in(self, words: Sequence[str]) -> Iterator[tuple[int, int]]:
        """(start, end) of every run of `words` that stands so in these texts."""
        at = 0
        for known, group in groupby(words, self._vocabulary.__contains__):
            piece = list(group)
            if known:
                yield from ((at + start, at + end) for start, end in self._runs(piece))
            at += len(piece)

    def _runs(self, words: Sequence[str]) -> Iterator[tuple[int, int]]:
        begun = reached = -1
        for start, end in in_a_row(words, _IN_A_ROW):
            if " ".join(words[start:end]) in self._places:
                begun, reached = (start if begun < 0 else begun), end
            elif begun >= 0:
                yield begun, reached
                begun = -1
        if begun >= 0:
            yield begun, reached

    def lines_at(self, words: Sequence[str], start: int, end: int, *, last: bool) -> set[int]:
        """In which lines of these texts the first row of that run begins, or where its `last` row ends."""
        if last:
            start = next(at for at in range(end - 1, -1, -1) if weight(words[at:end]) >= _IN_A_ROW)
        else:
            end = next(at for at in range(start + 1, len(words) + 1) if weight(words[start:at]) >= _IN_A_ROW)
        ends = end - start - 1 if last else 0
        return {self._line_of[place + ends] for place in self._places.get(" ".join(words[start:end]), ())}

    def line(self, number: int) -> list[str]:
        """The words of that line; none for one that there is not."""
        return self._lines[number] if 0 <= number < len(self._lines) else []

    def has_link(self, link: str, around: tuple[str, str]) -> bool:
        """Whether we wrote that link, or, where a scanner wrote it anew, one that stood in that very place."""
        return around in self._between or same_link(link, self._links)


class _Page:
    """The lines of a text with their words; `gone` are those that are taken away."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.words: list[str] = []
        self.spans: list[tuple[int, int]] = []
        self.links: list[list[tuple[int, str]]] = []
        self.gone = [False] * len(lines)
        for line in lines:
            start = len(self.words)
            words, links = links_in(plain(line))
            self.words += words
            self.spans.append((start, len(self.words)))
            self.links.append([(start + place, link) for place, link in links])

    def stretches(self) -> list[tuple[int, int]]:
        """(first, end) of lines in a row that are taken; silent lines part none."""
        found: list[tuple[int, int]] = []
        for at, gone in enumerate(self.gone):
            if not gone:
                continue
            between = self.lines[found[-1][1] : at] if found else ()
            if found and not any(map(_says, between)):
                found[-1] = found[-1][0], at + 1
            else:
                found.append((at, at + 1))
        return found

    def take_silence(self) -> None:
        """Lines and rules beside what is taken, which part it from something else."""
        for order in (range(1, len(self.lines)), range(len(self.lines) - 2, -1, -1)):
            for at in order:
                beside = at - order.step
                self.gone[at] = self.gone[at] or (self.gone[beside] and not _says(self.lines[at]))

    def left(self, start: int = 0) -> Iterator[str]:
        """The lines that stay from there on; an empty one where something went."""
        return ("" if gone else line for line, gone in zip(self.lines[start:], self.gone[start:], strict=True))

    def taken(self) -> Iterator[str]:
        return (line if gone else "" for line, gone in zip(self.lines, self.gone, strict=True))


def _take(page: _Page, ours: _Known) -> None:
    """The lines that hold nothing but long runs of ours."""
    words = page.words
    line_of = [at for at, (start, end) in enumerate(page.spans) for _ in range(start, end)]
    long = [(start, end) for start, end in ours.rows_in(words) if weight(words[start:end]) >= LEAST]
    covered = _covered(len(words), long)
    for start, end in long:
        first, last = page.spans[line_of[start]][0], page.spans[line_of[end - 1]][1]
        whole = start == first or covered[start - 1], end == last or covered[end]
        if not (all(whole) or (any(whole) and weight(words[start:end]) >= _SURELY)):
            covered[start:end] = bytes(end - start)
    for at, (start, end) in enumerate(page.spans):
        links = page.links[at]
        beside = covered[max(start - 1, 0) : end + 1] if links and start == end else covered[start:end]
        if (start < end or links) and beside and all(beside):
            page.gone[at] = all(ours.has_link(link, _around(words, place)) for place, link in links)


def _covered(length: int, found: Iterable[tuple[int, int]]) -> bytearray:
    covered = bytearray(length)
    for start, end in found:
        covered[start:end] = b"\x01" * (end - start)
    return covered


def _take_ends(page: _Page, ours: _Known) -> None:
    """Short lines of ours beside a stretch, as they stand beside it in our letter."""
    for first, end in page.stretches():
        start, stop = page.spans[first][0], page.spans[end - 1][1]
        if start < stop:
            _follow(page, first, -1, ours.lines_at(page.words, start, stop, last=False), ours)
            _follow(page, end - 1, 1, ours.lines_at(page.words, start, stop, last=True), ours)


def _follow(page: _Page, at: int, step: int, near: set[int], ours: _Known) -> None:
    """From a taken line on, up or down: every next line that is one of ours `near`, of which a few may be missing."""
    for line in range(at + step, len(page.lines) if step > 0 else -1, step):
        start, end = page.spans[line]
        if not _says(page.lines[line]):
            continue
        beside = {one + step * skipped for one in near for skipped in range(1, _MISSING + 2)}
        near = {one for one in beside if ours.line(one) == page.words[start:end]}
        if start == end or not near or page.links[line]:
            return
        page.gone[line] = True


def _spare(page: _Page, shared: _Known) -> None:
    """Stretches that say nothing but what the writer may quote on purpose."""
    covered = _covered(len(page.words), shared.rows_in(page.words))
    for first, end in page.stretches():
        if all(covered[page.spans[first][0] : page.spans[end - 1][1]]):
            page.gone[first:end] = [False] * (end - first)


def _take_intro(page: _Page, first: int, sent: Sequence[Sent]) -> None:
    """What stands directly above a stretch and says that it is ours: "On … wrote:", or the head of a mail."""
    at = first
    while at and not _says(page.lines[at - 1]):
        at -= 1
    top = next((top for top in _intros(page.lines, at) if _tells_of_us(page.lines[top:at], sent)), None)
    if top is None:
        return
    while top and (not _says(page.lines[top - 1]) or _FRAMED.fullmatch(page.lines[top - 1][:_WIDTH])):
        top -= 1
    page.gone[top:first] = [True] * (first - top)


def _intros(lines: list[str], end: int) -> Iterator[int]:
    """Where an intro may begin that ends there: one to three lines, of which the last ends with a colon, or more of a
    mail's head, each with its label."""
    top = end
    while top and end - top < _HEADER_LINES and _LABELLED.match(lines[top - 1]) and len(lines[top - 1]) <= _WIDTH:
        top -= 1
    if end - top >= _INTRO_LINES:
        yield top
    if end and lines[end - 1].rstrip(" \t*_>").endswith((":", "：")):
        for top in range(end - 1, max(-1, end - 1 - _INTRO_LINES), -1):
            if not _says(lines[top]) or len(lines[top]) > _WIDTH:
                return
            yield top


def _tells_of_us(lines: Sequence[str], sent: Sequence[Sent]) -> bool:
    """Whether it names a sender of ours with the day of his letter, as whatever calendar's day it was there."""
    said = plain(" ".join(lines))
    numbers = {int(one) for one in _NUMBER.findall(said)[:40] if len(one) <= 4}
    for letter in sent:
        if letter.at is None or not any(plain(name) in said for name in letter.names if len(name) > 1):
            continue
        for day in (letter.at + timedelta(days=one) for one in (-1, 0, 1)):
            if day.day in numbers and not numbers.isdisjoint((day.year, day.year % 100, day.year + 543)):
                return True
    return False


def _around(words: Sequence[str], place: int) -> tuple[str, str]:
    return " ".join(words[max(0, place - 2) : place]), " ".join(words[place : place + 2])


def _says(line: str) -> bool:
    return _SILENT.fullmatch(line) is None


def _trimmed(lines: Iterable[str]) -> str:
    kept: list[str] = []
    for line in lines:
        bare = line.rstrip()
        if bare or (kept and kept[-1]):
            kept.append(bare)
    return "\n".join(kept).strip("\n")
