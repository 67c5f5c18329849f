"""Makes patterns of words match as they are written in the wild: with their accents, or plain ("Echec", "Reponse")."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_DIGRAPHS: Final = {"ä": "ae?", "ö": "oe?", "ü": "ue?", "ß": "ss", "ø": "oe?", "å": "aa?"}
_ODD: Final = {"ł": "l", "ı": "i", "đ": "d", "æ": "ae", "œ": "oe"}


def with_or_without(pattern: str) -> re.Pattern[str]:
    """The pattern, whatever case, its accented Latin letters also plain. No such letter may stand in a set of it."""
    return re.compile("".join(_either(one) for one in pattern), re.IGNORECASE)


def _either(letter: str) -> str:
    if not "\u00c0" <= letter <= "\u024f":
        return letter
    plain = _DIGRAPHS.get(letter) or _ODD.get(letter) or unicodedata.normalize("NFD", letter)[0]
    return letter if plain == letter else f"(?:{letter}|{plain})"
