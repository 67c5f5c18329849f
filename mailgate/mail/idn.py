"""A domain that is not ASCII becomes its ASCII form (RFC 5890), where every reader makes the same of it; else none.

The form is what DNS is asked for and what people are shown, so that a domain which only looks like another is none.
"""

from __future__ import annotations

import unicodedata
from encodings import idna

# Scripts that one name may mix (Unicode TS 39 §5.2, "highly restrictive"); any other has one alone.
_TOGETHER = (frozenset(("LATIN", "CJK", "HIRAGANA", "KATAKANA")), frozenset(("HANGUL", "CJK")))
# What names are made of (RFC 5892 §2.1), and the hyphen.
_NAMING = frozenset(("Ll", "Lo", "Lm", "Mn", "Mc", "Nd", "Pd"))


def a_labels(domain: str) -> str | None:
    """`bücher.test` -> `xn--bcher-kva.test`; None where it is to be doubted. ASCII only becomes lower case."""
    labels = [_a_label(label) for label in domain.split(".")]
    return ".".join(label for label in labels if label) if all(labels) else None


def is_one_spelling(word: str) -> bool:
    """Whether it has letters, marks and digits alone (ASCII apart), and none that another spelling equals: ß and ss,
    the Kelvin sign and k, composed and decomposed. Two people must not be one to us."""
    signs = [sign for sign in word if not sign.isascii()]
    return (
        all(unicodedata.category(sign)[0] in "LMN" for sign in signs)
        and unicodedata.normalize("NFKC", word) == word
        and word.casefold() == word.lower()
        and unicodedata.normalize("NFKC", word.casefold()) == word.casefold()
    )


def _a_label(label: str) -> str | None:
    small = label.lower()
    if label.isascii():
        return small
    # The standard library's IDNA is of 2003. What it reads unlike IDNA 2008 (ß, ς, joiners), and letters whose case has
    # more than one answer (İ, ı), are doubts.
    if not is_one_spelling(label) or small.upper().lower() != small or len(small) != len(label):
        return None
    if not _is_of_one_script(small) or small.startswith("-") or small.endswith("-") or small[2:4] == "--":
        return None  # RFC 5891 §4.2.3
    if unicodedata.category(small[0]).startswith("M") or not {unicodedata.category(s) for s in small} <= _NAMING:
        return None
    try:
        ascii_form = idna.ToASCII(small)
        back = idna.ToUnicode(ascii_form)
    except UnicodeError:
        return None
    return ascii_form.decode() if back == small else None


def _is_of_one_script(label: str) -> bool:
    scripts = {
        unicodedata.name(sign, "?").replace("-", " ").partition(" ")[0]
        for sign in label
        if unicodedata.category(sign).startswith("L")
    }
    return len(scripts) <= 1 or any(scripts <= together for together in _TOGETHER)
