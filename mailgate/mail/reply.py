"""The new words of a reply, apart from quoted ones. Both are kept; nothing is thrown away.

What a line is, `quote_marks.py` says; what html marks as quoted, `html_quotes.py`. Here lines are put on one side or
the other: quotes, their intros, `-- ` signatures, "Sent from my …" and legal footers go; a closing ("Regards, Ann")
stays; a forwarded mail stays whole, for it is what the writer wants read.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import compress
from typing import Final

from mailgate.mail import quote_marks as marks
from mailgate.mail.armour import without_armour
from mailgate.mail.html_quotes import as_html, quick_text, without_quotes
from mailgate.mail.ordinary import ordinary
from mailgate.mail.quote_marks import EMPTY, QUOTE, RULE, TEXT
from mailgate.mail.text import html_to_text

_WORD = re.compile(r"\w+")
_CONTACT = re.compile(r"@|https?:|www\.|\d[\d ()/.-]{5,}\d")
_SLASHES: Final = ("/", "／")  # what a command of `cases/commands.py` begins with
_SIGNATURE_LINES: Final = 25
_COMPARED: Final = 200_000  # characters; more are not compared, the lines alone decide


@dataclass(frozen=True, slots=True)
class Words:
    """`reply` holds the writer's own words, `elided` what was taken away, both in the order in which they stood."""

    reply: str
    elided: str


def new_words(text: str, html: str = "") -> Words:
    """Part the words of `text`; `html`, where the mail has it, tells by its programs' marks what they quoted."""
    text, armour = without_armour(text)
    words = _new_words(text, html)
    return Words(words.reply, f"{words.elided}\n{armour}".strip("\n")) if armour else words


def _new_words(text: str, html: str) -> Words:
    by_lines = _Sorting(text).words()
    marked = without_quotes(html) if html else None
    if marked is None:
        return by_lines
    quick = _Sorting(quick_text(marked)).words().reply
    if _WORD.search(quick) and alike(quick, by_lines.reply, 0.97):
        return by_lines  # without the slow reading, which would say the same
    by_marks = _Sorting(html_to_text(as_html(marked))).words().reply
    if not _WORD.search(by_marks) or alike(by_marks, by_lines.reply, 0.9) or _only_commands_in(by_marks, text):
        return by_lines
    if not text.strip():
        return Words(by_marks, "")
    taken = {line.strip() for line in by_marks.splitlines()}
    return Words(by_marks, _trimmed([line for line in text.splitlines() if line.strip() not in taken]))


def _only_commands_in(html_words: str, text: str) -> bool:
    """Whether the html opens with a line like a command's ("/close") that the plain text has not: then it is in doubt,
    and what is in doubt commands nothing."""
    opening = html_words.split("\n", 1)[0].lstrip("*_` \xa0")
    return opening.startswith(_SLASHES) and " ".join(opening.split()) not in " ".join(text.split())


def alike(one: str, other: str, share: float) -> bool:
    """Whether two texts hold nearly the same words; then the plain text's own lines are the better copy."""
    if one.split() == other.split():
        return True
    a, b = Counter(_WORD.findall(one[:_COMPARED])), Counter(_WORD.findall(other[:_COMPARED]))
    return 2 * (a & b).total() >= share * (a.total() + b.total())


def _trimmed(lines: list[str]) -> str:
    """Lines as text: no empty lines at the ends, none doubled where something was taken out."""
    kept: list[str] = []
    for line in lines:
        bare = line.rstrip()
        if bare or (kept and kept[-1]):
            kept.append(bare)
    return "\n".join(kept).strip("\n")


class _Sorting:
    """One pass over the lines of one text."""

    def __init__(self, text: str) -> None:
        every = text.splitlines()
        known = marks.bearing(every)
        self.lines, self.rest = every[:known], every[known:]
        self.plain = ordinary(self.lines)
        self.kinds = marks.classes(self.lines, self.plain)
        self.kept = [True] * len(self.lines)
        self.first_own: int | None = None  # the first line that the writer wrote
        self.shedding = False  # within a signature or a footer
        self.intros = 0
        self.cut = False  # all below is quoted

    def words(self) -> Words:
        at = 0
        while at < len(self.lines):
            at = self._look(at)
        self._drop_rules_above(len(self.lines))
        reply = list(compress(self.lines, self.kept))
        elided = [] if all(self.kept) else [line for line, kept in zip(self.lines, self.kept, strict=True) if not kept]
        for line in self.rest:  # past all bearing: quotes go, the rest shares the fate of what stands above it
            (elided if self.cut or line.startswith(">") else reply).append(line)
        words = Words(_trimmed(reply), _trimmed(elided))
        if not words.reply.strip() and not self.intros and TEXT not in self.kinds:
            # Nothing but ">" lines and no word of whom they quote: then they are the writer's.
            return Words(words.elided, "")
        return words

    def _look(self, at: int) -> int:
        """Settle the line `at`; the next line to look at."""
        kind = self.kinds[at]
        if kind == QUOTE:
            self.kept[at] = self.shedding = False
        elif kind == RULE:
            self._rule(at)
        elif kind == TEXT:
            return self._text(at)
        else:
            self.kept[at] = not self.shedding
        return at + 1

    def _text(self, at: int) -> int:
        if self.plain[at]:
            self._own(at)
            return at + 1
        line = self.lines[at]
        mark = marks.marker(line)
        if mark == "forward":
            return len(self.lines)  # kept whole, with all that was forwarded before it
        if mark == "original" and (marks.dashed(line) or self._headed(at + 1)):
            return self._cut_from(at)
        block = marks.header_block(self.lines, self.kinds, at, marked=self._marked(at)) if marks.label(line) else None
        if block is not None:
            return self._cut_from(at) if self.first_own is not None else block
        head = marks.lotus_block(self.lines, at)
        if head is not None and self.first_own is not None:
            return self._cut_from(max(head, self.first_own + 1))
        if self._intro(at):
            return len(self.lines) if self.cut else at + 1
        self._own(at)
        return at + 1

    def _own(self, at: int) -> None:
        """A line of the writer's, unless it is of a signature, a footer, or the wrapped end of a quoted line."""
        if self._wrapped(at):
            self.kept[at] = False
            return
        if not self.plain[at] and marks.sent_by(self.lines[at]):
            self.shedding = self.first_own is not None
            self.kept[at] = False
            return
        opens = at == 0 or self.kinds[at - 1] != TEXT
        if self.first_own is not None and opens and marks.opens_footer(self.lines, self.kinds, at):
            self.shedding = True
        self.kept[at] = not self.shedding
        if self.first_own is None and not self.shedding:
            self.first_own = at

    def _intro(self, at: int) -> bool:
        """Settle an intro that ends with this line. Without quoted lines below it, all below is quoted."""
        following = self.kinds[at + 1 : at + 4].lstrip(EMPTY)[:1]
        start = marks.intro_before(self.lines, self.kinds, at, quoted=following == QUOTE)
        if start is None:
            return False
        above = self.first_own is not None and self.first_own < start
        if following != QUOTE and not above:
            return False  # a bottom-posted reply without marks: no one can tell where it begins
        self.intros += 1
        if not above:
            self.first_own = None
        if following != QUOTE:
            self._cut_from(start)
            return True
        for line in range(start, at + 1):
            self.kept[line] = False
        return True

    def _cut_from(self, at: int) -> int:
        """All from here on is quoted, if the writer wrote anything above; else all of it stays."""
        if self.first_own is None or self.first_own >= at:
            return len(self.lines)
        self.cut = True
        for line in range(at, len(self.lines)):
            self.kept[line] = False
        self._drop_rules_above(at)
        return len(self.lines)

    def _drop_rules_above(self, at: int) -> None:
        """A rule that parts the new words from what was cut away belongs to the latter."""
        for line in range(at - 1, 0, -1):
            if not self.kept[line]:
                continue
            if self.kinds[line] not in (EMPTY, RULE) and not (self.cut and marks.framed_words(self.lines[line])):
                return
            self.kept[line] = False

    def _rule(self, at: int) -> None:
        line = self.lines[at].strip("\r\n")
        if self.first_own is not None and not self.shedding:
            self.shedding = self._signature(at, line) or marks.opens_list_footer(self.lines, self.kinds, at)
        self.kept[at] = not self.shedding

    def _signature(self, at: int, line: str) -> bool:
        """`-- ` opens a signature (RFC 3676 §4.3); without its space, or as another rule, only when little follows."""
        if line == "-- ":
            return True
        below: list[str] = []
        for other in range(at + 1, len(self.lines)):
            if self.kinds[other] == QUOTE or marks.marker(self.lines[other]) or len(below) > _SIGNATURE_LINES:
                break
            if self.kinds[other] != EMPTY:
                below.append(self.lines[other])
        if line.strip() == "--":
            return len(below) <= _SIGNATURE_LINES
        short = 0 < len(below) <= 8 and all(len(one) <= 70 for one in below)
        return short and any(map(_CONTACT.search, below))

    def _wrapped(self, at: int) -> bool:
        """A program broke a quoted line and left its end without a mark: a quoted line follows, or it looks like a
        command, which nobody writes right under a long quoted line."""
        if at == 0 or self.kinds[at - 1] != QUOTE:
            return False
        if self.kinds[at + 1 : at + 2] != QUOTE and not self.lines[at].lstrip().startswith(_SLASHES):
            return False
        above = self.lines[at - 1].rstrip()
        return len(above) >= 60 and (above[-1] not in ".!?:>" or self.lines[at][:1].islower())

    def _marked(self, at: int) -> bool:
        above = self._above(at)
        return above is not None and (
            self.kinds[above] == RULE or bool(marks.marker(self.lines[above])) or marks.framed_words(self.lines[above])
        )

    def _headed(self, at: int) -> bool:
        return any(marks.label(line) for line in self.lines[at : at + 3])

    def _above(self, at: int) -> int | None:
        return next((line for line in range(at - 1, max(-1, at - 4), -1) if self.kinds[line] != EMPTY), None)
