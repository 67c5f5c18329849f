"""Which words does a mail say? Two that say the same get the same key: machines repeat themselves, people hardly do."""

from __future__ import annotations

import hashlib
import re

from mailgate.cases.ref import find_numbers
from mailgate.cases.subject import case_subject
from mailgate.mail.message import Mail

_WORDS = re.compile(r"[^\W_]+")
_NUMBERED = re.compile(r"\d{10}")
_DIGITS = re.compile(r"\d+")
# The same for ASCII, which most text is: a table is ten times as fast as a pattern.
_ASCII = [chr(code) for code in range(128)]
_ASCII_WORDS = str.maketrans({one: one.lower() if one.isalnum() else " " for one in _ASCII})
_AS_ZEROS = str.maketrans({one: "0" for one in _ASCII if one.isdigit()})
_WITHOUT_DIGITS = str.maketrans("", "", "0123456789")
# So much text is hardly written twice on a day but by a form or a program, which may number what it writes.
_LONG = 60
_MOST = 1_000  # of a text: each mail is looked at, and more makes no difference


def words_key(mail: Mail, org: str) -> str:
    """One key (hex) for all mails of these words; "" where there are files, which may be what was to be said.

    Quotes are left out, and lines that name a case of ours: an answer that repeats our letter says something else each
    time. In long texts numbers do not count; in subjects they do, where people number what they ask.
    """
    if mail.attachments:
        return ""
    text = mail.reply_text[:_MOST]
    if _is_numbered(text):
        text = "\n".join(line for line in text.splitlines() if not (_is_numbered(line) and find_numbers(line)))
    said, about = " ".join(_words(text)), " ".join(_words(case_subject(mail.subject, org)))
    if len(said) - said.count(" ") >= _LONG:
        said = said.translate(_WITHOUT_DIGITS) if said.isascii() else _DIGITS.sub("", said)
    return hashlib.sha256(f"{about}\n{said}".encode("utf-8", "replace")).hexdigest()[:32]


def _is_numbered(text: str) -> bool:
    """Whether ten digits stand there in a row."""
    if text.isascii():
        return "0" * 10 in text.translate(_AS_ZEROS)
    return _NUMBERED.search(text) is not None


def _words(text: str) -> list[str]:
    """Letters and digits in a row, in small letters."""
    return text.translate(_ASCII_WORDS).split() if text.isascii() else _WORDS.findall(text.casefold())
