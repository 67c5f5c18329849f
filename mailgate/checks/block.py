"""Has a person of ours blocked this sender?"""

from __future__ import annotations

from mailgate.checks.finding import Finding, Known
from mailgate.mail.message import Mail


def look(mail: Mail, known: Known) -> Finding | None:  # noqa: ARG001 - every check has this form
    if known.blocked_by is None:
        return None
    return Finding("block", f"the sender is blocked by the rule {known.blocked_by}")
