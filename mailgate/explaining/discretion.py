"""What is never shown, in whichever form we tell it: reply tokens, the tokens of return paths, signed links; by
`explain` refs neither, for what it says is handed on."""

from __future__ import annotations

import re
from typing import Any

from mailgate.cases.ref import find_refs, without_refs, without_tokens

_KEY = re.compile(r"\b(500[0-9A-Z]{4})[0-9A-Z]{9,57}\b", re.IGNORECASE)


def discreet(value: Any) -> Any:
    """The same plain value with refs and "#number:" labels away and "…" for tokens, in every text of it."""
    if isinstance(value, str):
        return _words(value)
    if isinstance(value, dict):
        return {name: discreet(inner) for name, inner in value.items()}
    return [discreet(one) for one in value] if isinstance(value, list) else value


def _words(text: str) -> str:
    for ref in find_refs(text):
        text = re.sub(" {2,}", " ", without_refs(text, ref.org)).strip()
    return _KEY.sub(r"\1…", without_tokens(text))
