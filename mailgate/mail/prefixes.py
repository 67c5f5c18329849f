"""What stands before a subject, and whether a mail program answers or forwards with it (words: `forward_words.py`)."""

from __future__ import annotations

import re
from typing import Final

from mailgate.mail.forward_words import (
    AMBIGUOUS_PREFIXES,
    DOUBTFUL_PREFIXES,
    FORWARD_PREFIXES,
    REPLY_PREFIXES,
)

# With any counter: "Re[2]:", "AW (3):", "Re^2:", "Re2:", "回复（2）：".
PREFIX: Final = re.compile(
    r"^\s*("
    + "|".join(
        re.escape(word).replace("_", r"\s")
        for word in sorted((*REPLY_PREFIXES, *FORWARD_PREFIXES, *AMBIGUOUS_PREFIXES), key=len, reverse=True)
    )
    + r")\.?\s{0,3}([\[(（]\s?\d{1,3}\s?[\])）]|[\^*]?\d{1,3})?\s{0,3}[:：]",
    re.IGNORECASE,
)
_FORWARDING: Final = frozenset(word.casefold().replace("_", " ") for word in FORWARD_PREFIXES)
_TAGS = re.compile(r"^(?:\s{0,5}\[(?!fwd:)[^\[\]]{1,80}\]:?){1,5}\s*", re.IGNORECASE)
# Netscape's "[Fwd: Printer]", Pine's "Printer (fwd)"
_BRACKETED = re.compile(r"^\s*\[fwd:([^\[\]]*)\]", re.IGNORECASE)
# What gateways put before a subject: "[EXTERNAL]", "***SPAM***", "【外部】", "EXTERNAL:".
_GATE = (
    r"(?:external|extern|externe|externo|esterno|ext|zewn[ęe]trzny|외부|外部|внешн\w{0,4}|caution|spam|suspected spam"
    r"|spam\?+)"
)
_GATE_TAG = re.compile(
    rf"^\s*(?:[\[(<{{【]\s?\**\s?{_GATE}(?:[ :-]{{1,3}}(?:e-?mail|mail|sender|message|user|メール|邮件|郵件))?"
    r"\s?\**\s?[\])>}】]"
    rf"|\*{{1,6}}\s?{_GATE}\s?\*{{1,6}}|(?:external|extern(?! \w)|ext)(?=\s?:))\s*[:：]?",
    re.IGNORECASE,
)
_PREFIXES_CAP = 200
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


def without_prefixes(subject: str) -> str:
    """What the mail is about: no prefixes of replies and forwards, no tags of gateways, in any order and number."""
    sure = False  # has a prefix been met that is no word
    for _ in range(_PREFIXES_CAP):
        if bracketed := _BRACKETED.match(subject):
            subject = f"{bracketed[1]} {subject[bracketed.end() :]}".strip()
            sure = True
            continue
        if tag := _GATE_TAG.match(subject):
            subject = subject[tag.end() :].lstrip()
            continue
        found = PREFIX.match(subject)
        if found is None or not (sure or _is_prefix(found, subject)):
            break
        subject, sure = subject[found.end() :].lstrip(), True
    return _SUFFIX.sub("", subject).rstrip()


def _is_prefix(found: re.Match[str], subject: str) -> bool:
    """Is it no word of the subject? Doubtful ones are not beside another prefix, or with a counter."""
    if found[1].casefold() not in DOUBTFUL_PREFIXES or found[2]:
        return True
    rest = subject[found.end() :].lstrip()
    while tag := _GATE_TAG.match(rest):
        rest = rest[tag.end() :].lstrip()
    return PREFIX.match(rest) is not None


def without_forward(subject: str) -> str:
    """The subject that was forwarded, as far as the forwarding one tells."""
    if bracketed := _BRACKETED.match(subject):
        return bracketed[1].strip()
    rest = _SUFFIX.sub("", _TAGS.sub("", subject))
    found = PREFIX.match(rest)
    return (rest[found.end() :] if found and outermost(rest) != "reply" else rest).strip()
