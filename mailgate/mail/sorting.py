"""Puts the lines of one text on one side or the other: what its writer wrote, and what was quoted or added.

One pass, from the first line to the last. What a line is, `quote_marks.py` and `additions.py` say.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from typing import Final

from mailgate.mail import additions
from mailgate.mail import quote_marks as marks
from mailgate.mail.code_lines import code_lines
from mailgate.mail.notes_heads import lotus_block
from mailgate.mail.ordinary import ordinary
from mailgate.mail.parted import Words, letters, trimmed
from mailgate.mail.pasted_heads import is_pasted
from mailgate.mail.quote_marks import EMPTY, QUOTE, RULE, TEXT

_SLASHES: Final = ("/", "／")  # what a command of `cases/commands.py` begins with
_HEAD_LINES: Final = 24
# Quoting programs' other marks: a bar, the initials of whom they quote.
_OTHER_MARK = re.compile(r"[ \t]{0,3}(\||[A-Za-z]{1,4}>)(?=[ \t]|$)")
_INDENT = re.compile(r"(?: {2,}|\t)(?=\S)")


def sort_lines(text: str, gone: AbstractSet[str] = frozenset()) -> Words:
    """The words of `text`, parted; lines whose `letters` are in `gone` are no words of the writer's."""
    return _Sorting(text).words(gone)


class _Sorting:
    def __init__(self, text: str) -> None:
        every = text.splitlines()
        known = marks.bearing(every)
        self.lines, self.rest = every[:known], every[known:]
        self.plain = ordinary(self.lines)
        self.kinds = marks.classes(self.lines, self.plain)
        self.kept = [True] * len(self.lines)
        self.first_own: int | None = None  # the first line that the writer wrote
        self.shedding = False  # within a signature or a footer
        self.sent_by = False  # which began with "Sent from my iPhone"
        self.leading: dict[int, bool] = {}
        self.intros = 0
        self.breaks = 0  # of quoted lines, which a program made
        self.cut = False  # all below is quoted

    def words(self, gone: AbstractSet[str]) -> Words:
        for code in code_lines(self.lines, self.kinds):
            self.kinds = f"{self.kinds[:code]}{TEXT}{self.kinds[code + 1 :]}"
            self.plain[code] = True
        at = self._past_banner()
        while at < len(self.lines):
            at = self._look(at)
        self._drop_lead_above(len(self.lines))
        reply: list[str] = []
        elided: list[str] = []
        for line, kept in zip(self.lines, self.kept, strict=True):
            (reply if kept and not (gone and letters(line) in gone) else elided).append(line)
        for line in self.rest:  # past all bearing: quotes go, the rest shares the fate of what stands above it
            (elided if self.cut or line.startswith(">") else reply).append(line)
        words = Words(trimmed(reply), trimmed(elided))
        if not words.reply.strip() and not self.intros and TEXT not in self.kinds:
            # Nothing but ">" lines and no word of whom they quote: then they are the writer's.
            return Words(words.elided, "")
        if not words.reply.strip() and not self.cut and additions.speaks(words.elided):
            return Words(words.elided, "")  # who writes but one sentence means it, whatever it begins like
        return words

    def _past_banner(self) -> int:
        """What a gateway wrote above the mail is not its writer's, if he wrote anything."""
        end = additions.banner_end(self.lines, self.kinds)
        if TEXT not in self.kinds[end:]:
            return 0
        self.kept[:end] = [False] * end
        return end

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
        block = marks.header_block(self.lines, self.kinds, at, marked=self._marked(at))
        block = block or marks.foreign_head(self.lines, self.kinds, at)
        if block is not None and is_pasted(self.lines, self.kinds, at):
            for own in range(at, block):
                self._own(own)
            return block
        if block is not None:
            return self._cut_from(at) if self.first_own is not None else self._head_on_top(at, block)
        head = lotus_block(self.lines, at)
        if head is not None and self.first_own is not None:
            return self._cut_from(max(head, self.first_own + 1))
        if marks.runs_on(line) and self.first_own is not None:
            return self._cut_from(at)
        if self._intro(at):
            return len(self.lines) if self.cut else at + 1
        self._own(at)
        return at + 1

    def _head_on_top(self, at: int, end: int) -> int:
        """The head of a quoted mail above all of the writer's words goes where its words are marked as quoted."""
        while self.kinds[end : end + 1] == TEXT and end - at < _HEAD_LINES:  # the last value goes on
            end += 1
        if self.kinds[end : end + 3].lstrip(EMPTY)[:1] == QUOTE:
            self.intros += 1
            self.kept[at:end] = [False] * (end - at)
        return end

    def _own(self, at: int) -> None:
        """A line of the writer's, unless it is of a signature, a footer, or the wrapped end of a quoted line."""
        if at and self.kinds[at - 1] == QUOTE and self._wrapped(at):
            self.breaks += 1
            self.kept[at] = False
            return
        if not self.plain[at] and additions.sent_by(self.lines[at]):
            self.sent_by = self.first_own is not None and (self.sent_by or not self.shedding)
            self.shedding = self.first_own is not None
            self.kept[at] = False
            return
        if self.shedding and self.sent_by and additions.goes_on(self.lines, self.kinds, at):
            self.shedding = False
        if self.first_own is not None and not self.shedding:
            self.shedding = additions.opens_footer(self.lines, self.kinds, at)
            self.sent_by = False
        self.kept[at] = not self.shedding
        if self.first_own is None and not self.shedding:
            self.first_own = at

    def _intro(self, at: int) -> bool:
        """Settle an intro that ends with this line. Without quoted lines below it, all below is quoted."""
        quoted = self.kinds[at + 1 : at + 4].lstrip(EMPTY)[:1] == QUOTE or self._marked_otherwise(at)
        start = marks.intro_before(self.lines, self.kinds, at, quoted=quoted)
        if start is None:
            return False
        above = self.first_own is not None and self.first_own < start
        if not quoted and self._indented(at):
            quoted = True
        if not quoted and not above:
            return False  # a bottom-posted reply without marks: no one can tell where it begins
        self.intros += 1
        if not above:
            self.first_own = None
        if not quoted:
            self._cut_from(start)
            return True
        self.kept[start : at + 1] = [False] * (at + 1 - start)
        return True

    def _marked_otherwise(self, at: int) -> bool:
        """Whether lines below an intro have a quoting mark of another kind; then they are quoted ones."""
        first = self._below(at)
        found = _OTHER_MARK.match(self.lines[first]) if first is not None else None
        start = marks.intro_before(self.lines, self.kinds, at, quoted=True) if found else None
        if first is None or found is None or start is None or self.lines[first].rstrip().endswith(" |"):
            return False
        if not any(sign.isdigit() or sign == "@" for sign in "".join(self.lines[start : at + 1])):
            return False
        end = first
        while end < len(self.lines) and (self.kinds[end] == EMPTY or self.lines[end].lstrip().startswith(found[1])):
            end += 1
        self._take_as_quoted(first, end)
        return True

    def _indented(self, at: int) -> bool:
        """Whether all paragraphs below an intro are indented, down to one that is not, which the writer began."""
        first = self._below(at)
        if first is None or not _INDENT.match(self.lines[first]):
            return False
        end = first
        while end < len(self.lines) and (self.kinds[end] == EMPTY or _INDENT.match(self.lines[end])):
            end += 1
        if end < len(self.lines) and self.kinds[end - 1] != EMPTY:
            return False
        self._take_as_quoted(first, end)
        return True

    def _take_as_quoted(self, first: int, end: int) -> None:
        same = "".join(EMPTY if kind == EMPTY else QUOTE for kind in self.kinds[first:end])
        self.kinds = f"{self.kinds[:first]}{same}{self.kinds[end:]}"

    def _cut_from(self, at: int) -> int:
        """All from here on is quoted, if the writer wrote anything above; else all of it stays."""
        if self.first_own is None or self.first_own >= at:
            return len(self.lines)
        self.cut = True
        self.kept[at:] = [False] * (len(self.lines) - at)
        self._drop_lead_above(at)
        return len(self.lines)

    def _drop_lead_above(self, at: int) -> None:
        """What parts the new words from what was cut away, or leads to it, belongs to the latter."""
        line = at - 1
        while line > 0 and line != self.first_own:
            if self.kept[line] and self.kinds[line] != EMPTY:
                lead = self._lead(line)
                if lead is None:
                    return
                self.kept[lead : line + 1] = [False] * (line + 1 - lead)
                line = lead
            self.kept[line] = False
            line -= 1

    def _lead(self, line: int) -> int | None:
        """Where what leads to the quoted words begins, if it ends with this line."""
        if self.kinds[line] == RULE:
            paired = not self.cut and self.lines[line].strip() in map(str.strip, self.lines[:line])
            return None if paired else line
        if self.cut and (self._names_sender(line) or marks.framed_words(self.lines[line])):
            return line
        if self.plain[line] or not self.cut:
            return None
        start = marks.intro_before(self.lines, self.kinds, line, quoted=True)
        return start if start is not None and self.first_own is not None and start > self.first_own else None

    def _names_sender(self, line: int) -> bool:
        """Foxmail writes the address alone above the head, far below the writer's words."""
        said = self.lines[line][: marks.WIDTH].strip()
        below = self._below(line)
        far = self.kinds[line - 2 : line] == EMPTY * 2 and below is not None
        return far and said.count("@") == 1 and " " not in said and bool(marks.label(self.lines[below or line]))

    def _rule(self, at: int) -> None:
        line = self.lines[at].strip("\r\n")
        if self.first_own is not None and not self.shedding:
            self.shedding = self._signature(at, line) or additions.opens_list_footer(self.lines, self.kinds, at)
        self.kept[at] = not self.shedding

    def _signature(self, at: int, line: str) -> bool:
        """`-- ` opens a signature (RFC 3676 §4.3)."""
        return line == "-- " or additions.opens_signature(self.lines, self.kinds, at, self._leads)

    def _leads(self, at: int) -> bool:
        """Whether a mark or an intro ends here, below which all is quoted."""
        if self.plain[at]:
            return False
        if at not in self.leading:  # a mail of rules asks for each line many times
            self.leading[at] = bool(marks.marker(self.lines[at])) or (
                marks.intro_before(self.lines, self.kinds, at, quoted=False) is not None
            )
        return self.leading[at]

    def _wrapped(self, at: int) -> bool:
        """Below a quoted line: a program broke that and left its end without a mark: a quoted line follows, or it looks
        like a command, which nobody writes right under a long quoted line, or it did so before."""
        line, below = self.lines[at], self.kinds[at + 1 : at + 2]
        last = self.breaks > 0 and below != TEXT and line[:1].islower()
        if below != QUOTE and not last and not line.lstrip().startswith(_SLASHES):
            return False
        above = self.lines[at - 1].rstrip()
        return len(above) >= 60 and (above[-1] not in ".!?:>" or line[:1].islower())

    def _marked(self, at: int) -> bool:
        above = self._above(at)
        return above is not None and (
            self.kinds[above] == RULE or bool(marks.marker(self.lines[above])) or marks.framed_words(self.lines[above])
        )

    def _headed(self, at: int) -> bool:
        return any(marks.label(line) for line in self.lines[at : at + 3])

    def _above(self, at: int) -> int | None:
        return next((line for line in range(at - 1, max(-1, at - 4), -1) if self.kinds[line] != EMPTY), None)

    def _below(self, at: int) -> int | None:
        return next((line for line in range(at + 1, min(at + 4, len(self.lines))) if self.kinds[line] != EMPTY), None)
