"""Is it a delivery report, or does it come to an address where only reports come?"""

from __future__ import annotations

from mailgate.checks.finding import Finding, Known
from mailgate.mail.message import AutomaticKind, Mail


def look(mail: Mail, known: Known) -> Finding | None:
    if mail.automatic is not None and mail.automatic.kind is AutomaticKind.BOUNCE:
        return Finding("bounce", mail.automatic.reason)
    if known.to_return_path:
        return Finding("bounce", "it came to a return path of ours")
    return None
