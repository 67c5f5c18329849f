"""Finds the lines in a mail which look as if they were quoted, and are their writer's own: code, menus, documents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mailgate.mail import quote_marks as marks
from mailgate.mail.quote_marks import EMPTY, QUOTE, RULE, TEXT, WIDTH
from mailgate.mail.quote_words import ANSWERS, ARTICLES

_PROMPT: Final = ">>>"  # Python's
_FENCE: Final = "```"
_DEEP = re.compile(r"(?: {4,}|\t)\s*")  # so far no program indents its ">"
_DIFF = re.compile(r"\d+(?:,\d+)?[acd]\d+(?:,\d+)?$")  # what `diff` says above the lines that were changed
_CODE = re.compile(r".*[{};\\]$|[\w.-]+ ?= ?\S+$|[$#%] |</?\w[^<>]*>$")
_WORD = re.compile(r"\w")
_SENTENCE_END: Final = tuple(".?!:。？！")
_GREETING_END: Final = (",", "-", "–")
_TO_HIM = re.compile(
    r"(?<!\w)(?:told|wrote|said|sent|schrieb|sagte|schickte|a écrit|a dit) (?:to )?(?:me|us|mir|uns)(?!\w)"
)
_MORE_THAN = re.compile(r"\s*> ?\d")  # "50"
_ARTICLE = re.compile(rf"(?:{ARTICLES})\s")
_ANSWER = re.compile(ANSWERS)


def code_lines(lines: Sequence[str], kinds: str) -> list[int]:
    """Which of `lines`, whose classes are `kinds`, are code: all between two fences; and those of a Python session,
    where nothing else is quoted, for nobody quotes three levels deep alone."""
    fences = [at for at, line in enumerate(lines) if line.startswith(_FENCE)]
    found = [at for first, last in zip(fences[::2], fences[1::2], strict=False) for at in range(first, last + 1)]
    quotes = [at for at, kind in enumerate(kinds) if kind == QUOTE]
    if all(lines[at].lstrip().startswith(_PROMPT) for at in quotes):
        return found + quotes
    return found + _own_blocks(lines, kinds)


def leads_to_own(line: str) -> bool:
    """Whether a line such as "This is what the log says:" leads to something that its writer pasted.

    A program's intro begins with no article, names a day or an address, and has but a name and a verb without them.
    """
    said = line[:WIDTH].strip(" \t\xa0*_")
    if not said.endswith((":", "：")) or len(line) > WIDTH or marks.marker(line):
        return False
    said = said.casefold()
    if _TO_HIM.search(said) and "@" not in said and not _ANSWER.search(said):
        return True
    if any(sign.isdigit() or sign == "@" for sign in said) or _ANSWER.search(said):
        return False
    if _ARTICLE.match(said) or marks.speaks_for_himself(said):
        return True
    return said.count(" ") >= 3 and not marks.has_verb(said)


def _own_blocks(lines: Sequence[str], kinds: str) -> list[int]:
    """The ">" lines above all quotes of a program's making, if each block of them shows that it is the writer's.

    One that does not tells of answers between quoted words: then all are quoted.
    """
    found: list[int] = []
    at = kinds.find(QUOTE)
    while at >= 0:
        end = at
        while kinds[end : end + 1] == QUOTE:
            end += 1
        if _is_introduced(lines, kinds, at):
            break
        same_paragraph = bool(found) and EMPTY not in kinds[found[-1] : at]
        if not same_paragraph and not _is_own(lines, kinds, at, end):
            return []
        found += range(at, end)
        at = kinds.find(QUOTE, end)
    return found


def _is_introduced(lines: Sequence[str], kinds: str, at: int) -> bool:
    """Whether a program's intro, marker or head stands above a block of ">" lines or begins it, or was taken out."""
    first = lines[at][:WIDTH].lstrip("> \t")
    if not _WORD.search(first) or marks.label(first) or marks.marker(first):
        return True
    if marks.intro_before([first], TEXT, 0, quoted=False) is not None:
        return True
    lead = _above(kinds, at)
    if lead is None or leads_to_own(lines[lead]):
        return False
    return bool(marks.marker(lines[lead])) or marks.intro_before(lines, kinds, lead, quoted=True) is not None


def _is_own(lines: Sequence[str], kinds: str, at: int, end: int) -> bool:
    """Whether a block of ">" lines is the writer's: he leads to it, his sentence goes on below it, a log's rules stand
    around it, code or his indented text stands above it."""
    lead = _above(kinds, at)
    if lead is None:
        return False
    if leads_to_own(lines[lead]):
        return True
    if _in_diff(lines, at) or (kinds[at - 1] == TEXT and _CODE.match(lines[at - 1][:WIDTH].strip())):
        return True
    if kinds[at - 1] == RULE or kinds[end : end + 1] == RULE:
        return kinds.find(RULE, 0, at) >= 0 and kinds.find(RULE, end) >= 0
    if all(_DEEP.match(line) for line in (lines[at - 1], *lines[at:end])):
        return True
    above = lines[lead].rstrip()
    if kinds[at - 1] == TEXT and _MORE_THAN.match(lines[at]) and above.count(" ") > 1 and above.split()[-1].islower():
        return True
    below = end
    while kinds[below : below + 1] == EMPTY:
        below += 1
    if below >= len(lines) or kinds[below] != TEXT or above.endswith((*_SENTENCE_END, *_GREETING_END)):
        return False
    return lines[below].lstrip()[:1].islower() and not any(
        line.rstrip().endswith(_SENTENCE_END) for line in lines[at:end]
    )


def _in_diff(lines: Sequence[str], at: int) -> bool:
    above = lines[at - 1].strip()
    return bool(_DIFF.match(above)) or (above == "---" and at > 1 and lines[at - 2].startswith("<"))


def _above(kinds: str, at: int) -> int | None:
    """The line of text above this one, past few empty ones."""
    line = at - 1
    while line >= max(0, at - 3) and kinds[line] == EMPTY:
        line -= 1
    return line if line >= 0 and kinds[line] in (TEXT, RULE) else None
