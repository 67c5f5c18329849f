"""Did the same mail (Message-ID, From, mailbox, within 7 days) come already with other bytes: direct, and by a list?"""

from __future__ import annotations

from mailgate.checks.finding import Finding, Known
from mailgate.mail.message import Mail


def look(mail: Mail, known: Known) -> Finding | None:
    if known.copy_of is None:
        return None
    return Finding("duplicate", f"{mail.message_id} is on case {known.copy_of} already")
