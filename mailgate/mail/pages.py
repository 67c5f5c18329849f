"""Texts as lines of words, and where one text's words stand in others. What that means, `already_said.py` decides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, groupby
from typing import Final

from mailgate.mail.links import links_in, same_link
from mailgate.mail.shingles import plain, rows_of, weight

_IN_A_ROW: Final = 5  # words: fewer are said by chance
_PLACES: Final = 6  # at which one row of words stands: frames are the same in every letter
_SILENT = re.compile(r"[\s>|*_=~#\-\u2013\u2014\u2022\u00b7\u2500-\u257f]*")  # a line without a word in it


class Known:
    """Texts as rows of words: where each row stands, what their lines are, and where their links stand."""

    def __init__(self, letters: Iterable[Sequence[str]]) -> None:
        """Each letter with its renderings, or one text of several."""
        page, ends = Page([]), list[int]()
        for texts in letters:
            page.add(line for text in texts for line in text.splitlines())
            ends.append(len(page.words))
        self._lines = [page.words[start:end] for start, end in page.spans if start < end]
        self._line_of = [at for at, line in enumerate(self._lines) for _ in line]
        self._vocabulary = frozenset(page.words)
        self._places: dict[str, list[int]] = {}
        self._letters: dict[str, tuple[int, int]] = {}
        letter = 0
        for start, _, row in rows_of(page.words, _IN_A_ROW):
            places = self._places.setdefault(row, [])
            if len(places) < _PLACES:
                places.append(start)
            letter += ends[letter] <= start
            many, last = self._letters.get(row, (0, -1))
            if last != letter:
                self._letters[row] = many + 1, letter
        stand = [(page.words, place, link) for links in page.links for place, link in links]
        self._links = {link for _, _, link in stand}
        self._between = {around(words, place) for words, place, _ in stand}

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
        for start, end, row in rows_of(words, _IN_A_ROW):
            if row in self._places:
                begun, reached = (start if begun < 0 else begun), end
            elif begun >= 0:
                yield begun, reached
                begun = -1
        if begun >= 0:
            yield begun, reached

    def rows(self, words: Sequence[str]) -> list[tuple[str, int]]:
        """The rows of a run, each with the number of letters that it stands in."""
        return [(row, self._letters.get(row, (0, 0))[0]) for _, _, row in rows_of(words, _IN_A_ROW)]

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

    def has_link(self, link: str, place: tuple[str, str]) -> bool:
        """Whether we wrote that link, or, where a scanner wrote it anew, one that stood in that very place."""
        return place in self._between or same_link(link, self._links)


class Page:
    """The lines of a text with their words; `gone` are those that are taken away."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines: list[str] = []
        self.words: list[str] = []
        self.spans: list[tuple[int, int]] = []
        self.links: list[list[tuple[int, str]]] = []
        self.gone: list[bool] = []
        self.add(lines)

    def add(self, lines: Iterable[str]) -> None:
        """More lines below."""
        for line in lines:
            self.lines.append(line)
            self.gone.append(False)
            start = len(self.words)
            if not line:
                self.spans.append((start, start))
                self.links.append([])
                continue
            words, links = links_in(plain(line))
            self.words += words
            self.spans.append((start, len(self.words)))
            self.links.append([(start + place, link) for place, link in links])

    def stretches(self, sorts: Sequence[bool] | None = None) -> list[tuple[int, int]]:
        """(first, end) of lines in a row that are taken, and of one of the `sorts`; silent lines part none."""
        found: list[tuple[int, int]] = []
        for at in compress(range(len(self.gone)), self.gone):
            alike = bool(found) and (sorts is None or sorts[found[-1][0]] == sorts[at])
            if alike and not any(map(says, self.lines[found[-1][1] : at])):
                found[-1] = found[-1][0], at + 1
            else:
                found.append((at, at + 1))
        return found

    def spanned(self, first: int, end: int) -> tuple[int, int]:
        """(start, end) of the words of these lines."""
        return self.spans[first][0], self.spans[end - 1][1]

    def take_silence(self) -> None:
        """Lines and rules beside what is taken, which part it from something else."""
        for order in (range(1, len(self.lines)), range(len(self.lines) - 2, -1, -1)):
            for at in order:
                beside = at - order.step
                self.gone[at] = self.gone[at] or (self.gone[beside] and not says(self.lines[at]))


def around(words: Sequence[str], place: int) -> tuple[str, str]:
    """The words on both sides of a place between words: two and two."""
    return " ".join(words[max(0, place - 2) : place]), " ".join(words[place : place + 2])


def says(line: str) -> bool:
    """Whether there is more in the line than spaces, rules and marks of quotes."""
    return line[:1].isalnum() or _SILENT.fullmatch(line) is None
