"""Was it so big that its door took in the header alone?"""

from __future__ import annotations

from mailgate.checks.finding import Finding, Known
from mailgate.mail.message import TOO_BIG, Mail


def look(mail: Mail, _known: Known) -> Finding | None:
    for mark in mail.envelope.marks:
        name, _, size = mark.partition(": ")
        if name == TOO_BIG:
            return Finding("too_big", f"it has {size}, more than its door takes; only its header is here")
    return None
