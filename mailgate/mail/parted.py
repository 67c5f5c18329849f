"""The two sides of a reply's words, and what makes lines of text comparable and presentable."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NOT_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Words:
    """`reply` holds the writer's own words, `elided` what was taken away, both in the order in which they stood."""

    reply: str
    elided: str


def letters(line: str) -> str:
    """A line's letters and digits alone: the same in a plain text and in the html that says the same."""
    return _NOT_LETTERS.sub("", line).casefold()


def trimmed(lines: list[str]) -> str:
    """Lines as text: no empty lines at the ends, none doubled where something was taken out."""
    kept: list[str] = []
    for line in lines:
        bare = line.rstrip()
        if bare or (kept and kept[-1]):
            kept.append(bare)
    return "\n".join(kept).strip("\n")
