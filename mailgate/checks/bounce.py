"""Is it a delivery report, or does it come to an address where only reports come?"""

from __future__ import annotations

from mailgate.cases.ref import is_bounce_address
from mailgate.checks.finding import Finding, Known
from mailgate.mail.message import AutomaticKind, Mail


def look(mail: Mail, known: Known) -> Finding | None:  # noqa: ARG001 - every check has this form
    if mail.automatic is not None and mail.automatic.kind is AutomaticKind.BOUNCE:
        return Finding("bounce", mail.automatic.reason)
    if any(is_bounce_address(recipient) for recipient in mail.envelope.recipients):
        return Finding("bounce", "it came to a return path of ours")
    return None
