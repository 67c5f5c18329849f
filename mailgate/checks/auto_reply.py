"""Did a machine write it: an auto-reply, monitoring, a list?"""

from __future__ import annotations

from mailgate.checks.finding import Finding, Known
from mailgate.mail.message import AutomaticKind, Mail


def look(mail: Mail, known: Known) -> Finding | None:  # noqa: ARG001 - every check has this form
    if mail.automatic is None or mail.automatic.kind is AutomaticKind.BOUNCE:
        return None
    return Finding(mail.automatic.kind.value, mail.automatic.reason)
