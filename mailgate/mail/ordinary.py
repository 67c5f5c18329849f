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
_BEGINNINGS: Final = (*SENT_BY, *_MARKERS, *TO)
_HEADS: Final = frozenset(head[:4].strip() for head in _BEGINNINGS)
# As far as each stands for itself, and is looked at; of "envoyée? de " not what may be missing.
_OPENING: Final = 24
_ITSELF = re.compile(r"[^\\(\[.?*{|+]*+(?![?*{])|[^\\(\[.?*{|+]*(?=[^\\(\[.?*{|+][?*{])")
_OPENINGS: Final = tuple({_ITSELF.match(head)[0][:_OPENING] for head in _BEGINNINGS})  # type: ignore[index]  # always

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
_SMALL: Final = bytes(
    small[0] if len(small := chr(octet).casefold().encode("latin_1", "ignore")) == 1 else octet for octet in range(256)
)
_LETTERS = re.compile(f"[{''.join({max(hint) for hint in _HINTS if max(hint) > chr(0xFF)})}]")  # of all other hints


def ordinary(lines: Sequence[str]) -> list[bool]:
    """Which lines are surely TEXT, and no marker, label, intro or "Sent from my …". They may open a footer."""
    found = [False] * len(lines)
    worded = [at for at, line in enumerate(lines) if _begins_with_a_word(line)]
    folded, western = _folded("\n".join([lines[at][:WIDTH] for at in worded]))
    likely = _LATIN_HINTS if western or not _LETTERS.search(folded) else _HINTS
    hints = [hint for hint in likely if hint in folded]
    for at, line in zip(worded, folded.split("\n"), strict=bool(worded)):
        found[at] = (
            ":" not in line
            and "@" not in line
            and (tail := line.rstrip(_AFTER)[-5:]) not in _TAILS
            and tail[-3:].lstrip() not in _SHORT_TAILS
            and (line[:40].lstrip()[:4].rstrip() not in _HEADS or not _opens(line))
            and not (hints and any(hint in line for hint in hints))
        )
    return found


def _begins_with_a_word(line: str) -> bool:
    first = line[:1]
    return first.isalnum() or (first.isspace() and line[:40].lstrip()[:1].isalnum())


def _opens(line: str) -> bool:
    """Whether a line in small letters may be a marker, or "Sent from my …": by all of what such a one begins with."""
    opening = " ".join(line.split())[:_OPENING]
    if "#" in line or not opening.isascii():
        return True  # a link may stand between its words, or they are written otherwise
    return opening.startswith(_OPENINGS)


def _folded(text: str) -> tuple[str, bool]:
    """`text.casefold()`, and whether all of it is Latin-1: then it takes a tenth of the time."""
    try:
        octets = text.encode("latin_1")
    except UnicodeEncodeError:
        return text.casefold(), False
    if b"\xb5" in octets:
        return text.casefold(), False  # the micro sign becomes a Greek letter
    return octets.translate(_SMALL).replace(b"\xdf", b"ss").decode("latin_1"), True
