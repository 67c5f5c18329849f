"""Takes out of a mail's new words what we ourselves sent, whatever its writer's program did or did not mark as quoted.

It knows no language and no program: it compares words in a row (`shingles.py`) with the letters that we hold. A run of
ours goes where it is long, fills its lines, and has no links but ours; with it goes what stands above it to say who of
us wrote it, and when. Whatever is in doubt stays: a piece of our letter that is read twice costs less than a person's
words that are not read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import compress, pairwise
from typing import Final

from mailgate.mail.pages import Known, Page, around, says
from mailgate.mail.shingles import plain, weight

LEAST: Final = 12  # words of a run that goes: a sentence of ours that somebody repeats is shorter, by and large
_SURELY: Final = 30  # words of a run that goes although its first, or its last line says something else too
_COMPARED: Final = 250_000  # characters; what stands below them stays
_WIDTH: Final = 300  # characters of a line that may be an intro
_INTRO_LINES: Final = 3
_HEADER_LINES: Final = 8
_QUOTED: Final = (">", "|")
_MISSING: Final = 2  # lines between two of ours

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
class Read:
    """The words of a mail as they were read before it was known whose letters it answers (`Mail`)."""

    text: str
    reply: str
    elided: str = ""


@dataclass(frozen=True, slots=True)
class Remains:
    """`reply` is what is left of the new words, "" where all of them are ours, and `elided` what is not; `words` is how
    many words of ours were taken for new ones. `below`: something of `reply` stands below words of ours."""

    reply: str
    elided: str
    words: int
    below: bool


def without_ours(read: Read, sent: Sequence[Sent], told: Sequence[str] = ()) -> Remains | None:
    """The new words of a mail without what is of these letters; None where nothing surely is.

    What was written into a letter of ours is new, too, whoever took it for quoted (Outlook marks no answer that stands
    in the quoted mail): unless it was `told` before. Linear in all of them.
    """
    page, kept, whole = _page(read)
    ours = Known(letter.texts for letter in sent)
    _take(page, ours, once=True)
    found = _written_into(page, kept, ours, told)
    return _remains(page, [one or other for one, other in zip(kept, found, strict=True)], sent, read, whole=whole)


def without_notices(read: Read, sent: Sequence[Sent], shared: Sequence[str]) -> Remains | None:
    """The same of mail of our own people, which may go out to a customer.

    The short lines beside what is found go too (of a customer's mail they stay: he may have left one standing as his
    answer). What a notice only repeats of the `shared` texts stays where it stands by itself: who answers may mean to
    quote it. What was taken for quoted stays so.
    """
    page, kept, whole = _page(read)
    ours = Known(letter.texts for letter in sent)
    _take(page, ours, once=False)
    _take_ends(page, ours)
    _spare(page, Known([shared]), kept)
    return _remains(page, kept, sent, read, whole=whole)


def _page(read: Read) -> tuple[Page, list[bool], bool]:
    """The lines of the mail, and which of them were taken for new; True. Where the new ones do not stand in its text
    (they were read in the html), or may stand in several places, they alone are the page; False."""
    new = read.reply[:_COMPARED].splitlines()
    lines = read.text.splitlines() if len(read.text) <= _COMPARED else []
    kept = _places(lines, new)
    if kept is not None and kept == (_places(lines[::-1], new[::-1]) or [])[::-1]:
        return Page(lines), kept, True
    return Page(new), [True] * len(new), False


def _places(lines: Sequence[str], new: Sequence[str]) -> list[bool] | None:
    """Which of the lines are the new ones, each the next that is like it; None where they do not stand there so."""
    wanted = [line.strip() for line in new if line.strip()]
    at, kept = 0, list[bool]()
    for line in lines:
        bare = line.strip()
        kept.append(not bare or (at < len(wanted) and bare == wanted[at]))
        at += bool(bare) and kept[-1]
    return kept if at == len(wanted) else None


def _remains(page: Page, kept: list[bool], sent: Sequence[Sent], read: Read, *, whole: bool) -> Remains | None:
    """What is left of the lines that are `kept` as new ones, and of those below them that nobody looked at."""
    if not any(page.gone):
        return None
    for first in [first for first, _ in page.stretches()]:
        _take_intro(page, first, sent)
    page.take_silence()
    rest = [] if whole else read.reply[_COMPARED:].splitlines()
    stays = [new and not gone for gone, new in zip(page.gone, kept, strict=True)]
    left = _trimmed((*(line if stay else "" for line, stay in zip(page.lines, stays, strict=True)), *rest))
    if left.split() == read.reply.split():
        return None
    away = _trimmed("" if stay else line for line, stay in zip(page.lines, stays, strict=True))
    first = page.gone.index(True)
    below = any(map(says, (*compress(page.lines[first:], stays[first:]), *rest)))
    words = sum(
        end - start for (start, end), gone, new in zip(page.spans, page.gone, kept, strict=True) if gone and new
    )
    elided = away if whole else "\n\n".join(filter(None, (away, read.elided)))
    return Remains(left if says(left) else "", elided, words, below)


def _written_into(page: Page, kept: Sequence[bool], ours: Known, told: Sequence[str]) -> list[bool]:
    """The lines, not taken for new, that part two pieces of ours which stand together in our letter."""
    found = [False] * len(kept)
    known = {line.strip() for text in told for line in text.splitlines()}
    for (start, above), (below, end) in pairwise(page.stretches()):
        between = [at for at in range(above, below) if says(page.lines[at])]
        lines = [page.lines[at].strip() for at in between]
        if (
            any(kept[at] for at in between)
            or any(line.startswith(_QUOTED) for line in lines)
            or known.issuperset(lines)
        ):
            continue
        one, other = page.spanned(start, above), page.spanned(below, end)
        if one[0] == one[1] or other[0] == other[1]:
            continue
        ends, begins = ours.lines_at(page.words, *one, last=True), ours.lines_at(page.words, *other, last=False)
        if any(0 <= begin - end <= _MISSING for end in ends for begin in begins):
            found[above:below] = [True] * (below - above)
    return found


def _once(words: Sequence[str], found: Iterable[tuple[int, int]], ours: Known) -> list[tuple[int, int]]:
    """Those runs that a letter of ours accounts for: who quotes all of it, and a sentence of it once more, means that
    sentence."""
    used, kept = Counter[str](), list[tuple[int, int]]()
    for start, end in sorted(found, key=lambda run: run[0] - run[1]):
        rows = ours.rows(words[start:end])
        if all(used[row] >= letters for row, letters in rows):
            continue
        used.update(row for row, _ in rows)
        kept.append((start, end))
    return sorted(kept)


def _take(page: Page, ours: Known, *, once: bool) -> None:
    """The lines that hold nothing but long runs of ours; `once`: each of them as often as we said it."""
    words = page.words
    line_of = [at for at, (start, end) in enumerate(page.spans) for _ in range(start, end)]
    long = [(start, end) for start, end in ours.rows_in(words) if weight(words[start:end]) >= LEAST]
    long = _once(words, long, ours) if once else long
    covered = _covered(len(words), long)
    for start, end in long:
        first, last = line_of[start], line_of[end - 1]
        begins = start == page.spans[first][0] or covered[start - 1]
        ends = end == page.spans[last][1] or covered[end]
        if (begins and ends) or ((begins or ends) and weight(words[start:end]) >= _SURELY):
            continue
        # Of one that begins or ends within somebody's line, the paragraphs that are whole.
        top = first if begins else next((at for at in range(first + 1, last + 1) if not says(page.lines[at - 1])), last)
        foot = last if ends else next((at for at in range(last - 1, top, -1) if not says(page.lines[at])), top - 1)
        kept = page.spanned(top, foot + 1) if top <= foot else (end, end)
        kept = max(kept[0], start), min(kept[1], end)
        enough = weight(words[slice(*kept)]) >= LEAST
        for gap in ((start, kept[0]), (kept[1], end)) if enough else ((start, end),):
            covered[slice(*gap)] = bytes(gap[1] - gap[0])
    for at, (start, end) in enumerate(page.spans):
        links = page.links[at]
        beside = covered[max(start - 1, 0) : end + 1] if links and start == end else covered[start:end]
        if (start < end or links) and beside and all(beside):
            page.gone[at] = all(ours.has_link(link, around(words, place)) for place, link in links)


def _covered(length: int, found: Iterable[tuple[int, int]]) -> bytearray:
    covered = bytearray(length)
    for start, end in found:
        covered[start:end] = b"\x01" * (end - start)
    return covered


def _take_ends(page: Page, ours: Known) -> None:
    """Short lines of ours beside a stretch, as they stand beside it in our letter."""
    for first, end in page.stretches():
        start, stop = page.spanned(first, end)
        if start < stop:
            _follow(page, first, -1, ours.lines_at(page.words, start, stop, last=False), ours)
            _follow(page, end - 1, 1, ours.lines_at(page.words, start, stop, last=True), ours)


def _follow(page: Page, at: int, step: int, near: set[int], ours: Known) -> None:
    """From a taken line on, up or down: every next line that is one of ours `near`, of which a few may be missing."""
    for line in range(at + step, len(page.lines) if step > 0 else -1, step):
        start, end = page.spans[line]
        if not says(page.lines[line]):
            continue
        beside = {one + step * skipped for one in near for skipped in range(1, _MISSING + 2)}
        near = {one for one in beside if ours.line(one) == page.words[start:end]}
        if start == end or not near or page.links[line]:
            return
        page.gone[line] = True


def _spare(page: Page, shared: Known, kept: Sequence[bool]) -> None:
    """New stretches that say nothing but what the writer may quote on purpose."""
    covered = _covered(len(page.words), shared.rows_in(page.words))
    for first, end in page.stretches(kept):
        if kept[first] and all(covered[slice(*page.spanned(first, end))]):
            page.gone[first:end] = [False] * (end - first)


def _take_intro(page: Page, first: int, sent: Sequence[Sent]) -> None:
    """What stands directly above a stretch and says that it is ours: "On … wrote:", or the head of a mail."""
    at = first
    while at and not says(page.lines[at - 1]):
        at -= 1
    top = next((top for top in _intros(page.lines, at) if _tells_of_us(page.lines[top:at], sent)), None)
    if top is None:
        return
    while top and (not says(page.lines[top - 1]) or _FRAMED.fullmatch(page.lines[top - 1][:_WIDTH])):
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
            if not says(lines[top]) or len(lines[top]) > _WIDTH:
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


def _trimmed(lines: Iterable[str]) -> str:
    kept: list[str] = []
    for line in lines:
        bare = line.rstrip()
        if bare or (kept and kept[-1]):
            kept.append(bare)
    return "\n".join(kept).strip("\n")
