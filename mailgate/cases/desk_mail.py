"""What it means for a case that one of our people wrote about it. A room of `decide`.

His words stay among us: a note, which no customer reads.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mailgate.cases.case import Case, Decision, Entry, EntryKind, Outcome
from mailgate.cases.events import MailArrived
from mailgate.cases.may import may
from mailgate.cases.ruling import Action
from mailgate.policy.policy import Policy


def desk_wrote(case: Case, event: MailArrived, policy: Policy, now: datetime) -> Decision:
    """A note on the case."""
    mail = event.mail
    ruling = may(event.actor, Action.NOTE, case, policy)
    author = mail.identity.address if mail.identity else ""
    entry = Entry(now, EntryKind.NOTE, author, mail.reply_text, mail.elided, mail.envelope.authentication)
    return Decision(Outcome.FILED, "note", replace(case, updated_at=now), entries=(entry,), rulings=(ruling,))
