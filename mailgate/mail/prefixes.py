"""What stands before a subject, and whether a mail program answers or forwards with it (words: `forward_words.py`)."""

from __future__ import annotations

import re
from typing import Final

from mailgate.mail.forward_words import AMBIGUOUS_PREFIXES, FORWARD_PREFIXES, REPLY_PREFIXES

# With any counter: "Re[2]:", "AW (3):".
PREFIX: Final = re.compile(
    r"^\s*("
    + "|".join(
        re.escape(word).replace("_", r"\s")
        for word in sorted((*REPLY_PREFIXES, *FORWARD_PREFIXES, *AMBIGUOUS_PREFIXES), key=len, reverse=True)
    )
    + r")\s{0,3}(?:[\[(]\d{1,3}[\])]|\^\d{1,3})?\s{0,3}[:：]",
    re.IGNORECASE,
)
_FORWARDING: Final = frozenset(word.casefold().replace("_", " ") for word in FORWARD_PREFIXES)
_TAGS = re.compile(r"^(?:\s{0,5}\[(?!fwd:)[^\[\]]{1,80}\]:?){1,5}\s*", re.IGNORECASE)
# Netscape's "[Fwd: Printer]", Pine's "Printer (fwd)"
_BRACKETED = re.compile(r"^\s*\[fwd:([^\[\]]*)\]", re.IGNORECASE)
_SUFFIX = re.compile(r"\(fwd\)\s*$", re.IGNORECASE)


def outermost(subject: str) -> str:
    """ "forward", "reply", "either" (a word that some languages forward and others answer with), or "" for none."""
    subject = _TAGS.sub("", subject)
    if _BRACKETED.match(subject):
        return "forward"
    found = PREFIX.match(subject)
    if found is None:
        return "forward" if _SUFFIX.search(subject) else ""
    word = found[1].casefold()
    if word in AMBIGUOUS_PREFIXES:
        return "either"
    return "forward" if word in _FORWARDING else "reply"


def without_forward(subject: str) -> str:
    """The subject that was forwarded, as far as the forwarding one tells."""
    if bracketed := _BRACKETED.match(subject):
        return bracketed[1].strip()
    rest = _SUFFIX.sub("", _TAGS.sub("", subject))
    found = PREFIX.match(rest)
    return (rest[found.end() :] if found and outermost(rest) != "reply" else rest).strip()
