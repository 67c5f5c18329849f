"""Did a machine write it: an auto-reply, monitoring, a list?"""

from __future__ import annotations

from mailgate.checks.finding import Finding, Known
from mailgate.mail.lists import came_by
from mailgate.mail.message import AutomaticKind, Mail


def look(mail: Mail, known: Known) -> Finding | None:
    if mail.automatic is None or mail.automatic.kind is AutomaticKind.BOUNCE:
        return None
    if came_by(mail, known.own_lists):
        return None  # a person wrote it, and the list stands in front of our mailbox
    return Finding(mail.automatic.kind.value, mail.automatic.reason)
