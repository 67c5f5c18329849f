"""Tells a plain text that only says where the words are, in the html, from one that says them itself."""

from __future__ import annotations

import re
from typing import Final

STUB_CAP: Final = 300  # characters; a longer text says something
# "This email must be viewed in HTML mode": a plain text that only says so is none. HTML is HTML in every language.
_STUB = re.compile(r"\bhtml\b", re.IGNORECASE)
_SLASHES = ("/", "／")  # what a command of `cases/commands.py` begins with


def is_stub(plain: str, rich: str) -> bool:
    """Does a short plain text only say that the words are elsewhere? It says so of html, or what it says stands nowhere
    in the html, and there is far more of that."""
    if _STUB.search(plain):
        return len(rich) >= 2 * len(plain)
    # Two renderings that differ leave it in doubt what was said; what is in doubt commands nothing (`reply.py`).
    if len(rich) < 4 * len(plain) or rich.lstrip().startswith(_SLASHES):
        return False
    lines, all_of_it = [_letters(line) for line in plain.splitlines()], _letters(rich)
    return 3 * sum(len(line) for line in lines if line in all_of_it) < sum(map(len, lines))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
