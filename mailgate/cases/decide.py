"""decide(): what an event means for a case. The one place in the house where a status changes. Pure.

What a mail means stands here; what the passing of time means is in `passing.py`, what somebody's action means in
`acting.py`. Whatever it was, the case leaves with the moment at which time has something for it next.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mailgate.cases import notices
from mailgate.cases.account_events import AccountAsked, AccountFinished
from mailgate.cases.acting import customer_acted, engineer_acted, response_due
from mailgate.cases.agenda import CLOSING, agenda, owed_at
from mailgate.cases.asked import code_asked
from mailgate.cases.called_up import asks, by_us, called_up, engineer_called
from mailgate.cases.case import Case, Decision, Entry, EntryKind, Outcome
from mailgate.cases.code_asked import CodeAsked
from mailgate.cases.course import StepName
from mailgate.cases.customer_mail import appended, by_machine, customer_wrote, entry_of, filed, kind_of
from mailgate.cases.desk_mail import desk_wrote
from mailgate.cases.entitled import lacks, turned_away
from mailgate.cases.events import (
    CustomerActed,
    DeliveryFailed,
    EngineerActed,
    EngineerReplied,
    Event,
    LetterAccepted,
    MailArrived,
    MergeAsked,
    SplitAsked,
    TimePassed,
)
from mailgate.cases.forwards import Directed, directed, greeting, vouched
from mailgate.cases.held import held_for_rights
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.letters import Answer
from mailgate.cases.match import Signal, Standing
from mailgate.cases.may import may
from mailgate.cases.merging import merge
from mailgate.cases.moves import closed_for_good
from mailgate.cases.opening import open_case, opening_says
from mailgate.cases.participants import left_out
from mailgate.cases.passing import time_passed
from mailgate.cases.ref import Names
from mailgate.cases.replied import engineer_replied
from mailgate.cases.ruling import Action
from mailgate.cases.settled import about_account
from mailgate.cases.splitting import split
from mailgate.cases.undelivered import given_up, reaching
from mailgate.mail.message import HISTORY, AutomaticKind
from mailgate.policy.policy import Handling, Policy

_OURS = frozenset({Standing.ENGINEER, Standing.COLLEAGUE})


def decide(case: Case | None, event: Event, policy: Policy, names: Names, now: datetime) -> Decision:
    """What `event` means for `case` (None: it is about no case yet) under `policy`, at `now` (aware UTC)."""
    decision = reaching(_decide(case, event, policy, names, now), event, policy, names, now)
    return _completed(decision, policy)


def surely_opens(event: MailArrived, policy: Policy) -> bool:
    """Whether `decide` will open a case for that mail, told in advance of what most mail that opens one looks like:
    then its names may be minted at once. False says nothing."""
    accepted = _handling(event) in {Handling.ACCEPT, Handling.QUIET}
    plain = event.passing is None and not event.missing and not event.match.conflict
    return accepted and plain and event.match.case is None and not asks(event.mail, event.here or policy)


def _completed(decision: Decision, policy: Policy) -> Decision:
    """With what follows for each of its cases: its entries that hold words are numbered, and time looks at it again."""
    entries, last = list[Entry](), decision.case.last_entry if decision.case else 0
    for entry in decision.entries:
        last += entry.holds_words
        entries.append(replace(entry, n=last) if entry.holds_words else entry)
    case = decision.case
    if case is not None:
        steps = agenda(case, policy)
        next_due_at = steps[0].at if steps else None
        case = replace(case, next_due_at=next_due_at, owed_at=owed_at(case, policy, steps), last_entry=last)
    along = tuple(_completed(one, policy) for one in decision.along)
    return replace(decision, case=case, entries=tuple(entries), along=along)


def _decide(case: Case | None, event: Event, policy: Policy, names: Names, now: datetime) -> Decision:
    match event:
        case MailArrived():
            return _mail_arrived(case, event, policy, names, now)
        case TimePassed():
            return time_passed(_there(case), event, policy, names, now)
        case EngineerActed():
            return engineer_acted(_there(case), event, policy, names, now)
        case EngineerReplied():
            return engineer_replied(_there(case), event, policy, names, now)
        case MergeAsked() | SplitAsked():
            return _rearranged(_there(case), event, policy, names, now)
        case AccountAsked() | AccountFinished():
            return about_account(case, event, policy, names, now)
        case CodeAsked() | CustomerActed():
            return _on_the_page(_there(case), event, policy, names, now)
        case DeliveryFailed():
            return given_up(_there(case), event, policy, names, now)
        case LetterAccepted():
            return _letter_accepted(_there(case), event, now)


def _rearranged(case: Case, event: MergeAsked | SplitAsked, policy: Policy, names: Names, now: datetime) -> Decision:
    if isinstance(event, MergeAsked):
        return merge(case, event.into, event.actor, policy, now)
    return split(case, event.chosen, event.actor, event.desk, policy, names, now)


def _on_the_page(case: Case, event: CodeAsked | CustomerActed, policy: Policy, names: Names, now: datetime) -> Decision:
    if isinstance(event, CodeAsked):
        return code_asked(case, event, policy, names)
    done = customer_acted(case, event, policy, names, now)
    return replace(done, letters=(*done.letters, *notices.of_action(done, event, policy, names, now)))


def _there(case: Case | None) -> Case:
    if case is None:
        raise ValueError("this event is always about a case")
    return case


def _mail_arrived(case: Case | None, event: MailArrived, policy: Policy, names: Names, now: datetime) -> Decision:
    handling = _handling(event)
    decision = _mail_filed_or_held(case, event, handling, policy, names, now)
    if event.passing is not None:
        decision = vouched(decision, event, event.passing, policy, names, now)
    elif event.not_passed is not None:
        decision = replace(decision, rulings=(event.not_passed, *decision.rulings))
    if handling is not Handling.ACCEPT or not asks(event.mail, event.here or policy):
        return decision
    return called_up(decision, event, (event.here or policy) if decision.opened else policy, names, now)


def _mail_filed_or_held(
    case: Case | None, event: MailArrived, handling: Handling, policy: Policy, names: Names, now: datetime
) -> Decision:
    if handling is Handling.HOLD:
        return Decision(Outcome.HELD, event.verdict.reason)
    if event.match.conflict and not event.released_by:
        return Decision(Outcome.HELD, "two_refs")
    if case is None:
        return _unmatched(event, handling, policy, names, now)
    return _about_case(case, event, handling, policy, names, now)


def _about_case(
    case: Case, event: MailArrived, handling: Handling, policy: Policy, names: Names, now: datetime
) -> Decision:
    if handling is Handling.ATTACH:
        kind = EntryKind.NOTE if event.actor.standing in _OURS else EntryKind.COPY
        return appended(case, event, kind, "copy", now)
    actor = event.actor
    if by_us(actor) and handling is Handling.ACCEPT and asks(event.mail, event.here or policy):
        return engineer_called(case, event, now)
    ruling = may(actor, Action.APPEND, case, policy)
    if not ruling.allowed and not event.released_by and event.passing is None:
        # A machine that knows neither token nor thread is a stranger too: what it says of itself is only its word.
        reason = event.verdict.reason if handling is Handling.MATCH_OR_HOLD else ruling.reason
        return held_for_rights(case, event, replace(ruling, reason=reason), policy, names)
    if event.match.holds_it:
        return appended(case, event, EntryKind.COPY, "copy", now)
    if _answers_through_a_list(event) and handling is Handling.QUIET and not closed_for_good(case, policy, now):
        return customer_wrote(case, event, policy, names, now, kind=EntryKind.LIST)
    if handling in {Handling.MATCH_OR_HOLD, Handling.QUIET}:
        return appended(case, event, kind_of(event), event.verdict.reason or "reply", now)
    if actor.standing in _OURS:
        return desk_wrote(case, event, policy, names, now)
    if closed_for_good(case, policy, now):
        return _opened(event, event.here or policy, names, now, reason="follow_up", follows=case.number)
    return customer_wrote(case, event, policy, names, now)


def _answers_through_a_list(event: MailArrived) -> bool:
    """Whether a person's answer to a mail of the case came by his list: it wakes the case as any does, and gets no
    letter (law 12)."""
    machine, answers = event.mail.automatic, event.match.how in {Signal.REPLY_TOKEN, Signal.THREAD}
    by_list = machine is not None and machine.kind is AutomaticKind.LIST and HISTORY not in event.mail.envelope.marks
    return by_list and answers and event.actor.standing not in _OURS and not event.released_by


def _handling(event: MailArrived) -> Handling:
    """What is to be done: what the policy says of the finding, once a person's release has been heard."""
    verdict = event.verdict
    handling = verdict.handling
    if event.released_by and handling in {Handling.HOLD, Handling.MATCH_OR_HOLD}:
        handling = Handling.ACCEPT if verdict.reason in {"block", "too_big"} else Handling.QUIET
    if event.passing is not None and handling is Handling.MATCH_OR_HOLD:
        handling = Handling.QUIET  # a machine's mail, and a person of ours wants it on a case
    # Law 12. It matters where a policy accepts repeats: a machine's repeat gets no letter and moves no case, either.
    quiet = by_machine(event) or HISTORY in event.mail.envelope.marks
    return Handling.QUIET if handling is Handling.ACCEPT and quiet else handling


def _unmatched(event: MailArrived, handling: Handling, policy: Policy, names: Names, now: datetime) -> Decision:
    if handling is Handling.MATCH_OR_HOLD:
        return Decision(Outcome.HELD, event.verdict.reason)
    return _opened(event, policy, names, now, reason="opened", quiet=handling is not Handling.ACCEPT)


def _opened(
    event: MailArrived,
    policy: Policy,
    names: Names,
    now: datetime,
    *,
    reason: str,
    follows: str | None = None,
    quiet: bool = False,
) -> Decision:
    held = turned_away(event, policy, names, now, quiet=quiet)
    if held is not None:
        return held
    mail = event.mail
    case = open_case(event, policy, names, now, follows=follows, quiet=quiet)
    # The opening mail is kept whole: a forward's quoted words are what it is about.
    entry = entry_of(mail, kind_of(event), now, whole=True)
    notes = (Entry(now, EntryKind.NOTE, "mailgate", lacks(event)),) if event.missing else ()
    begun = Directed(case)
    if event.passing is not None:
        begun = directed(case, event, event.passing, policy, names, now, opened=True)
        case = begun.case
    reply = Answer()
    if not quiet:
        due = response_due(case, policy)
        says = opening_says(case, event, policy, due)
        reply = greeting(LetterKind.CONFIRMATION, "1", case, event, policy, names, says)
        if reply.letter:
            case = replace(case, course=case.course.promised(due, now))
    decision = filed(reason, case, entry, reply, mail, now, opened=True)
    told = notices.of_entry(LetterKind.NEW_CASE, case, event, entry, policy, names, now)
    return replace(
        decision,
        entries=(*decision.entries, *left_out(case, event, policy, now), *notes, *begun.entries),
        letters=(*decision.letters, *begun.letters, *told),
    )


def _letter_accepted(case: Case, event: LetterAccepted, now: datetime) -> Decision:
    """Only the last reminder before closing is waited for; what was accepted after the case moved on says nothing."""
    course = case.course
    notice = course.since(course.status_since, StepName.CUSTOMER_REMINDER, CLOSING)
    if event.letter == LetterKind.CLOSING_NOTICE and notice is not None and course.notice_accepted_at is None:
        course = replace(course, notice_accepted_at=now, undelivered_at=None)
        return Decision(Outcome.FILED, "accepted", replace(case, course=course))
    return Decision(Outcome.FILED, "accepted", case)
