"""Finds the lines of code in a mail, which look as if they were quoted, ruled or headed, and are their writer's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mailgate.mail.quote_marks import QUOTE

_PROMPT: Final = ">>>"  # Python's
_FENCE: Final = "```"


def code_lines(lines: Sequence[str], kinds: str) -> list[int]:
    """Which of `lines`, whose classes are `kinds`, are code: all between two fences; and those of a Python session,
    where nothing else is quoted, for nobody quotes three levels deep alone."""
    fences = [at for at, line in enumerate(lines) if line.startswith(_FENCE)]
    found = [at for first, last in zip(fences[::2], fences[1::2], strict=False) for at in range(first, last + 1)]
    quotes = [at for at, kind in enumerate(kinds) if kind == QUOTE]
    if all(lines[at].lstrip().startswith(_PROMPT) for at in quotes):
        found += quotes
    return found
