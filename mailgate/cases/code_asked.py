"""What asks for a code at the page of a case. What it means, `asked.py` says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CodeAsked:
    """Somebody at the page wants the code that acting takes (`Policy.page`). `actor` is the address key that his link
    is for; `minutes` is how long the code is good."""

    actor: str
    code: str
    minutes: int
