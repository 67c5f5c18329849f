"""What of plain words may go out to a customer: no marks of our letters, no private signature, no private address.

The rest of an engineer's mail (html, files) is `going_out.py`'s, which needs libraries that this does not.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from mailgate.mail import quote_marks as marks
from mailgate.mail import quote_words
from mailgate.mail.additions import sent_by
from mailgate.mail.already_said import Remains
from mailgate.mail.message import Address, GoingOut
from mailgate.mail.private import Private, marker_spans

_RULE = re.compile(r"[ \t]*(?:-[- \t]*-[- \t]*-|_[_ \t]*_[_ \t]*_)[-_ \t]*")
_TELEPHONE = re.compile(r"\+?\d[\d ()/.\u2011-]{5,24}\d")
_CONTACT = re.compile(r"\S@\S|https?:|www\.|\b(?:tel|phone|mobile|fax|mob|cell|telefon|mobil)\b", re.IGNORECASE)
_SIGNATURE_LINES: Final = 25
_ABOVE = re.compile(quote_words.ABOVE)
SHOWN = re.compile(r"\[(?:cid|image):\s?([^\]\n]{1,300})\]")


def words_going_out(words: str, private: frozenset[str], ours: Address, signature: str = "") -> GoingOut:
    """What of words without html and files goes out; `signature` are the letters of what was marked as such."""
    unmarked = without_marks(words)
    own = without_signature(unmarked, signature)
    hidden = Private(private, ours).hide(own).strip("\n")
    return GoingOut(hidden, None, (), unparted=len(unmarked) < len(words))


def less_going_out(out: GoingOut, words: str, remains: Remains, private: frozenset[str], ours: Address) -> GoingOut:
    """`out` with those of its `words` alone that were left when ours were taken away. Nobody has proved that the html
    says the same, so it stays here, and the pictures in it go as files.

    Nothing may be left below ours: nobody can tell it from a piece of our letter that was not known again. Where its
    marks stood among the words, nor may a line right above it that looks like one of an intro.
    """
    less = words_going_out(SHOWN.sub("[image]", words), private, ours, out.signature)
    above = next((line.rstrip() for line in reversed(remains.reply.splitlines()) if line.strip()), "")
    doubt = above.endswith((":", "：")) or "@" in above
    return replace(
        out,
        text=less.text,
        html=None,
        attachments=tuple(replace(one, inline=False, content_id="") for one in out.attachments),
        unparted=less.unparted or remains.below or not remains.reply or (out.unparted and doubt),
    )


def without_marks(words: str) -> str:
    """Without the lines that hold a marker, or the line above which was to be written."""
    spans = marker_spans(words)
    kept: list[str] = []
    at = passed = 0
    for line in words.splitlines(keepends=True):
        end = at + len(line)
        while passed < len(spans) and spans[passed][1] <= at:
            passed += 1
        marked = passed < len(spans) and spans[passed][0] < end
        if not marked and not (len(line) <= marks.WIDTH and _ABOVE.search(line.casefold())):
            kept.append(line)
        at = end
    return "".join(kept)


def without_signature(words: str, marked: str) -> str:
    lines = words.splitlines()
    opening = next((at for at, line in enumerate(lines) if line == "-- "), len(lines))
    if _first_word(lines) == "--":  # some programs strip its space; nothing but a signature begins with it
        return ""
    lines = _without_marked(lines[:opening], marked)
    while lines and (not lines[-1].strip() or sent_by(lines[-1])):
        lines.pop()
    rule = next((at for at in range(len(lines) - 1, max(-1, len(lines) - _SIGNATURE_LINES - 2), -1)
                 if _RULE.fullmatch(lines[at][: marks.WIDTH])), None)  # fmt: skip
    if rule is not None:
        below = lines[rule + 1 :]
        if not any(map(str.strip, below)) or any(map(_is_contact, below)):
            lines = lines[:rule]
    return "\n".join(lines).strip("\n")


def letters(text: str) -> str:
    """Letters and digits alone: what two renderings of the same words have in common."""
    return "".join(filter(str.isalnum, text))


def _first_word(lines: list[str]) -> str:
    return next((line.strip() for line in lines if line.strip()), "")


def _without_marked(lines: list[str], marked: str) -> list[str]:
    """Without the lines at the end whose letters are those of the marked signature."""
    if not marked:
        return lines
    left = marked
    for at in range(len(lines) - 1, -1, -1):
        said = letters(lines[at])
        if not left.endswith(said):
            return lines
        left = left[: len(left) - len(said)]
        if not left:
            return lines[:at]
    return lines


def _is_contact(line: str) -> bool:
    head = line[: marks.WIDTH]
    return bool(_CONTACT.search(head) or _TELEPHONE.search(head))
