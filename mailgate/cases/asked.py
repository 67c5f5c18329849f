"""What somebody asks for on a page: an account, which begins a case without a mail, or a code. A room of `decide`."""

from __future__ import annotations

from datetime import datetime

from mailgate.cases.account_events import AccountAsked
from mailgate.cases.case import Case, Decision, Entry, EntryKind, Outcome, Status
from mailgate.cases.code_asked import CodeAsked
from mailgate.cases.course import Course
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.letters import Says, to_customer, to_our_people
from mailgate.cases.ref import Names
from mailgate.policy.policy import Extent, Policy
from mailgate.policy.service import ChosenBy


def account_asked(event: AccountAsked, policy: Policy, names: Names, now: datetime) -> Decision:
    """The new case, which the CSM is told of. He who asks gets no letter yet: anybody can ask in another's name."""
    case = Case(
        number=names.number,
        org=names.org,
        key=names.key,
        subject=f"Account for {event.contact.address}",
        status=Status.NEW,
        priority=policy.opening.priority,
        mailbox=event.mailbox,
        policy=policy.name,
        contact=event.contact,
        participants=(event.contact.key,),
        opened_at=now,
        updated_at=now,
        # The words that he chose are shown to our people alone.
        course=Course(started_at=now, status_since=now, extent=Extent.NEUTRAL),
        level=policy.opening.level,
        kind=policy.accounts.kind,
        provisional=policy.triage.priority is ChosenBy.SUPPORT,
        account=event.account,
        account_status=event.account_status,
    )
    says: Says = (
        ("telephone_given", event.telephone),
        ("preferred", event.preferred),
        ("by", event.by),
        ("approve_link", event.link),
    )
    csm = event.csm or policy.accounts.csm
    letters = to_our_people(LetterKind.ACCOUNT_ASKED, "1", case, (csm,), policy, names, says)
    told = f"told: {csm}" if letters else "there is no CSM to tell"
    text = (
        f"asks for an account; telephone: {event.telephone or 'none given'}; "
        f"preferred contact: {event.preferred or 'none given'}; {told}"
    )
    text += f"; asked by {event.by}" if event.by else ""
    entry = Entry(now, EntryKind.NOTE, event.by or event.contact.address, text)
    return Decision(Outcome.FILED, "account_asked", case, opened=True, entries=(entry,), letters=letters)


def code_asked(case: Case, event: CodeAsked, policy: Policy, names: Names) -> Decision:
    """The letter that brings it; nothing of the case changes, and its history is not told."""
    says: Says = (("code", event.code), ("minutes", event.minutes))
    letters = to_customer(LetterKind.PAGE_CODE, f"{case.version + 1}", case, policy, names, says, to=event.actor)
    return Decision(Outcome.FILED, "code", case, letters=letters)
