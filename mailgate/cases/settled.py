"""What becomes of an account that is asked for: approved or declined by one of ours, finished by who asked. A room of
`decide`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from mailgate.cases.account_events import AccountAsked, AccountFinished
from mailgate.cases.asked import account_asked
from mailgate.cases.case import Case, Decision, Entry, EntryKind, Letter, Outcome, Status
from mailgate.cases.events import EngineerActed
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.letters import Says, to_customer
from mailgate.cases.moves import move
from mailgate.cases.ref import Names
from mailgate.errors import NotAllowed
from mailgate.policy.policy import Policy


def about_account(
    case: Case | None, event: AccountAsked | AccountFinished, policy: Policy, names: Names, now: datetime
) -> Decision:
    """What the customer does about an account of his. NotAllowed where nobody asked for it, or it is over."""
    if isinstance(event, AccountAsked):
        return account_asked(event, policy, names, now)
    if case is None:
        raise ValueError("what is finished was asked for")
    return _finished(case, event, policy, now)


@dataclass(frozen=True, slots=True)
class Settled:
    """What it means for the case that its account was approved or declined."""

    case: Case
    entry: Entry
    letters: tuple[Letter, ...]


def settled(case: Case, event: EngineerActed, policy: Policy, names: Names, now: datetime) -> Settled:
    """Somebody of ours decided, once: he who asks hears that he may finish it, or why it is declined, where that is
    said. NotAllowed where there is nothing to decide."""
    if case.kind != policy.accounts.kind:
        raise NotAllowed(f"case {case.number} asks for no account")
    if case.course.settled_at is not None:
        raise NotAllowed(f"the account that case {case.number} asks for was approved or declined already")
    if event.approve and event.decline:
        raise NotAllowed("an account is approved or declined, not both")
    # That is the answer that he waited for; but he has not shown yet that it is he who asked.
    course = replace(case.course, settled_at=now, answered_at=case.course.answered_at or now)
    after, occasion = replace(case, account=event.organisation or case.account, course=course), f"{case.version + 1}"
    if event.approve:
        of = f", as one of {event.organisation}" if event.organisation else ""
        link: Says = (("account_link", event.link),)
        letters = to_customer(LetterKind.ACCOUNT_READY, occasion, after, policy, names, link)
        return Settled(after, Entry(now, EntryKind.NOTE, event.actor, f"the account was approved{of}"), letters)
    because, why = (f": {event.reason}", (("reason", event.reason),)) if event.reason else ("", None)
    told = to_customer(LetterKind.ACCOUNT_DECLINED, occasion, after, policy, names, why) if why else ()
    return Settled(after, Entry(now, EntryKind.NOTE, event.actor, f"the account was declined{because}"), told)


def _finished(case: Case, event: AccountFinished, policy: Policy, now: datetime) -> Decision:
    """Who asked is a contact from now on, once. NotAllowed where nobody approved it, or the case is over."""
    if case.course.settled_at is None:
        raise NotAllowed(f"nobody has approved the account that case {case.number} asks for")
    if case.course.finished_at is not None or case.status is Status.CLOSED:
        raise NotAllowed(f"case {case.number} is over: its account was finished, or the time for it has passed")
    text = f"the account was finished: {event.actor} is a contact of {event.account}"
    after, moved = move(case, Status.CLOSED, event.actor, policy, now)
    after = replace(after, account=event.account, course=replace(after.course, finished_at=now))
    return Decision(Outcome.FILED, "acted", after, entries=(Entry(now, EntryKind.NOTE, event.actor, text), *moved))
