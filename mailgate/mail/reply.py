"""The new words of a reply, apart from quoted ones. Both are kept; nothing is thrown away.

What html marks as quoted, `html_quotes.py` says; the lines of a text are parted in `sorting.py`. Here is decided which
of the two is believed. Quotes, their intros, `-- ` signatures, "Sent from my …", legal footers and banners of gateways
go; a closing ("Regards, Ann") stays; a forwarded mail stays whole, for it is what the writer wants read.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from mailgate.mail.armour import without_armour
from mailgate.mail.html_quotes import as_html, quick_text, whole_text, without_quotes
from mailgate.mail.parted import Words, letters, trimmed
from mailgate.mail.sorting import sort_lines
from mailgate.mail.text import html_to_text

_WORD = re.compile(r"\w+")
_SLASHES: Final = ("/", "／")  # what a command of `cases/commands.py` begins with
_COMPARED: Final = 200_000  # characters; more are not compared, the lines alone decide
_NEAR: Final = 4_000  # letters within which a line of the plain text is looked for in the html's words


def new_words(text: str, html: str = "") -> Words:
    """Part the words of `text`; `html`, where the mail has it, tells by its programs' marks what they quoted."""
    text, above, below = without_armour(text)
    words = _new_words(text, html)
    if not above:
        return words
    return Words(words.reply, "\n".join(filter(None, (above, words.elided, below))))


def _new_words(text: str, html: str) -> Words:
    by_lines = sort_lines(text)
    marked = without_quotes(html) if html else None
    if marked is None:
        return by_lines
    quick = sort_lines(quick_text(marked)).reply
    if _WORD.search(quick) and alike(quick, by_lines.reply, 0.97):
        return by_lines  # without the slow reading, which would say the same
    by_marks = sort_lines(html_to_text(as_html(marked))).reply
    if not _WORD.search(by_marks) or _only_commands_in(by_marks, text):
        return by_lines
    if alike(by_marks, by_lines.reply, 0.9):
        return sort_lines(text, _marked_lines(by_lines.reply, by_marks, html))
    if not text.strip():
        return Words(by_marks, "")
    return Words(by_marks, _rest_of(text, by_marks))


def _marked_lines(by_lines: str, by_marks: str, html: str) -> frozenset[str]:
    """The letters of those lines that the html holds, and marks as no new words."""
    own = letters(by_marks[:_COMPARED])
    doubtful = {said for line in by_lines[:_COMPARED].splitlines() if (said := letters(line)) and said not in own}
    if not doubtful:
        return frozenset()
    whole = letters(whole_text(html)[:_COMPARED])
    return frozenset(said for said in doubtful if said in whole)


def _rest_of(text: str, own: str) -> str:
    """The lines of the plain `text` that are not among the writer's `own` words, as the html gave these."""
    said = letters(own)
    rest: list[str] = []
    at = 0
    for line in text.splitlines():
        wanted = letters(line)
        found = said.find(wanted, at, at + len(wanted) + _NEAR) if wanted else at
        if found < 0:
            rest.append(line)
        elif wanted:
            at = found + len(wanted)
        elif rest and not line.strip():
            rest.append(line)
    return trimmed(rest)


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
