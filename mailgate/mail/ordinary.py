"""Knows at a glance the lines that are a writer's plain words, so that `quote_marks.py` need not look at them.

The patterns for intros, markers and "Sent from my …" in forty languages cost thirty times as much as reading the rest
of a mail. So here is asked first how a line begins, how it ends, and whether the text holds certain rare words at all.
The answer may be a needless "no", never a wrong "yes"; it is made from the same words as those patterns.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mailgate.mail import quote_words as words
from mailgate.mail.forward_words import FORWARDS
from mailgate.mail.quote_marks import BIDI, COLONS, TO, WIDTH
from mailgate.mail.sent_words import SENT_BY, SENT_WITHIN

_MARKERS = words.ORIGINALS | FORWARDS
_HEADS: Final = frozenset(head[:4].strip() for head in (*SENT_BY, *_MARKERS, *TO))

_LAST_WORDS = [verb.split()[-1] for verb in words.VERBS.replace("\\", "").split("|")]
_TAILS: Final = frozenset(word[-5:] for word in _LAST_WORDS if len(word) >= 5)
_SHORT_TAILS: Final = frozenset(word[-3:] for word in _LAST_WORDS if len(word) < 5)
_AFTER: Final = "*_->=~" + "".join(filter(str.isspace, map(chr, range(0x3001))))  # may follow an intro's last word

# A line that holds one of these is looked at, wherever it stands in it.
_HINTS: Final = (
    *(*COLONS[1:], *map(chr, BIDI), *SENT_WITHIN, *words.ABOVE_HOLDS),
    *(verb.split()[-1] for verb in words.VERBS_UNSPACED.split("|")),
    *(marker for marker in _MARKERS if len(marker) < 4),
)
_LATIN_HINTS: Final = tuple(hint for hint in _HINTS if max(hint) <= "\xff")
_LETTERS = re.compile(f"[{''.join({max(hint) for hint in _HINTS if max(hint) > chr(0xFF)})}]")  # of all other hints


def ordinary(lines: Sequence[str]) -> list[bool]:
    """Which lines are surely TEXT, and no marker, label, intro or "Sent from my …". They may open a footer."""
    if not lines:
        return []
    folded = "\n".join([line[:WIDTH] for line in lines]).casefold()
    likely = _LATIN_HINTS if folded.isascii() or not _LETTERS.search(folded) else _HINTS
    hints = [hint for hint in likely if hint in folded]
    heads = folded.split("\n")
    found = [
        (opening := line[:40].lstrip())[:1].isalnum()
        and ":" not in line
        and "@" not in line
        and opening[:4].rstrip() not in _HEADS
        and (tail := line.rstrip(_AFTER)[-5:]) not in _TAILS
        and tail[-3:].lstrip() not in _SHORT_TAILS
        for line in heads
    ]
    for hint in hints:
        found = [plain and hint not in line for plain, line in zip(found, heads, strict=True)]
    return found
