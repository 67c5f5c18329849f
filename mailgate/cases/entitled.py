"""What becomes of a mail that would open a case, from somebody who lacks what the policy needs. A room of `decide`."""

from __future__ import annotations

from datetime import datetime

from mailgate.cases.case import Decision, Entry, EntryKind, Outcome
from mailgate.cases.events import MailArrived
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.letters import Answer, Says, caseless_answer
from mailgate.cases.ref import Names
from mailgate.mail.message import HISTORY
from mailgate.policy.policy import Policy
from mailgate.policy.service import Need, Others
from mailgate.policy.translation import in_language

REASON = "entitlement"


def turned_away(event: MailArrived, policy: Policy, names: Names, now: datetime, *, quiet: bool) -> Decision | None:
    """Held until a person releases it, and answered once; None where it may open a case.

    Past mail that is imported was let in by whoever imports it. `quiet`: a machine's, which gets no letter.
    """
    if policy.entitlement.others is Others.OPEN or not event.missing or event.released_by:
        return None
    if HISTORY in event.mail.envelope.marks:
        return None
    reply = Answer() if quiet else _letter(event, policy, names)
    notes = [lacks(event), *([f"held together with mail {event.held_before}"] if event.held_before else []), reply.why]
    # A held mail has no history: these lines stand in its trace.
    entries = tuple(Entry(now, EntryKind.NOTE, "mailgate", text) for text in notes if text)
    return Decision(Outcome.HELD, REASON, entries=entries, letters=(reply.letter,) if reply.letter else ())


def lacks(event: MailArrived) -> str:
    """What the writer of a mail lacks, in a line; "" where nothing."""
    return f"its writer lacks: {', '.join(need.value for need in event.missing)}" if event.missing else ""


def _letter(event: MailArrived, policy: Policy, names: Names) -> Answer:
    kind = LetterKind.ENTITLEMENT_MISSING
    if event.told_missing:
        return Answer(why=f"{kind.value} not sent: its writer was told within the last 30 days")
    says: Says = (
        ("missing", in_language(policy, event.language).texts.missing),
        ("no_contact", int(Need.CONTACT in event.missing)),
        ("no_contract", int(Need.CONTRACT in event.missing)),
    )
    return caseless_answer(kind, event, policy, names, says)
