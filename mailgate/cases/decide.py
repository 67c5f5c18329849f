"""decide(): what an event means for a case. The one place in the house where a status changes. Pure.

What a mail means stands here; what the passing of time means is in `passing.py`, what somebody's action means in
`acting.py`. Whatever it was, the case leaves with the moment at which time has something for it next.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from mailgate.cases.acting import customer_acted, engineer_acted, response_due
from mailgate.cases.agenda import CLOSING, next_due
from mailgate.cases.asked import account_asked
from mailgate.cases.called_up import asks, by_us, called_up, engineer_called
from mailgate.cases.case import Case, Decision, Entry, EntryKind, LetterKind, Outcome, Status
from mailgate.cases.course import Course, StepName
from mailgate.cases.desk_mail import desk_wrote
from mailgate.cases.entitled import lacks, turned_away
from mailgate.cases.events import (
    AccountAsked,
    CustomerActed,
    DeliveryFailed,
    EngineerActed,
    Event,
    LetterAccepted,
    MailArrived,
    TimePassed,
)
from mailgate.cases.held import held_for_rights
from mailgate.cases.letters import Answer, answer
from mailgate.cases.match import Standing
from mailgate.cases.may import may
from mailgate.cases.moves import move
from mailgate.cases.opening import open_case, opening_says
from mailgate.cases.participants import joined
from mailgate.cases.passing import time_passed
from mailgate.cases.ref import Names
from mailgate.cases.ruling import Action
from mailgate.mail.lists import came_by
from mailgate.mail.message import HISTORY, TOO_BIG, Address, Mail, Report
from mailgate.policy.policy import Handling, Policy

# A customer's words wake these; a new or open case is awake already.
_WOKEN_BY_CUSTOMER = frozenset({Status.WAITING, Status.RESOLVED, Status.CLOSED})


def decide(case: Case | None, event: Event, policy: Policy, names: Names, now: datetime) -> Decision:
    """What `event` means for `case` (None: it is about no case yet) under `policy`, at `now` (aware UTC)."""
    decision = _decide(case, event, policy, names, now)
    after = decision.case
    return replace(decision, case=replace(after, next_due_at=next_due(after, policy))) if after else decision


def _decide(case: Case | None, event: Event, policy: Policy, names: Names, now: datetime) -> Decision:
    match event:
        case MailArrived():
            return _mail_arrived(case, event, policy, names, now)
        case TimePassed():
            return time_passed(_there(case), event, policy, names, now)
        case EngineerActed():
            return engineer_acted(_there(case), event, policy, names, now)
        case AccountAsked():
            return account_asked(event, policy, names, now)
        case CustomerActed():
            return customer_acted(_there(case), event, policy, names, now)
        case DeliveryFailed():
            return _delivery_failed(_there(case), event, now)
        case LetterAccepted():
            return _letter_accepted(_there(case), event, now)


def _there(case: Case | None) -> Case:
    if case is None:
        raise ValueError("this event is always about a case")
    return case


def _mail_arrived(case: Case | None, event: MailArrived, policy: Policy, names: Names, now: datetime) -> Decision:
    handling = _handling(event)
    decision = _mail_filed_or_held(case, event, handling, policy, names, now)
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
        return _appended(case, event, EntryKind.COPY, "copy", now)
    actor = event.actor
    if by_us(actor) and handling is Handling.ACCEPT and asks(event.mail, event.here or policy):
        return engineer_called(case, event, now)
    ruling = may(actor, Action.APPEND, case, policy)
    if not ruling.allowed and not event.released_by:
        # A machine that knows neither token nor thread is a stranger too: what it says of itself is only its word.
        reason = event.verdict.reason if handling is Handling.MATCH_OR_HOLD else ruling.reason
        return held_for_rights(case, event, replace(ruling, reason=reason), policy, names)
    if event.match.holds_it:
        return _appended(case, event, EntryKind.COPY, "copy", now)
    if handling in {Handling.MATCH_OR_HOLD, Handling.QUIET}:
        return _appended(case, event, _kind(event), event.verdict.reason or "reply", now)
    if actor.standing in {Standing.ENGINEER, Standing.COLLEAGUE}:
        return desk_wrote(case, event, policy, now)
    if closed_for_good(case, policy, now):
        return _opened(event, event.here or policy, names, now, reason="follow_up", follows=case.number)
    return _customer_wrote(case, event, policy, names, now)


def _handling(event: MailArrived) -> Handling:
    """What is to be done: what the policy says of the finding, once a person's release has been heard."""
    verdict = event.verdict
    handling = verdict.handling
    if event.released_by and handling in {Handling.HOLD, Handling.MATCH_OR_HOLD}:
        handling = Handling.ACCEPT if verdict.reason in {"block", "too_big"} else Handling.QUIET
    # Law 12. It matters where a policy accepts repeats: a machine's repeat gets no letter and moves no case, either.
    quiet = _by_machine(event) or HISTORY in event.mail.envelope.marks
    return Handling.QUIET if handling is Handling.ACCEPT and quiet else handling


def _by_machine(event: MailArrived) -> bool:
    """What came by a list of our own is a person's."""
    own_lists = event.here.intake.own_lists if event.here else ()
    return event.mail.automatic is not None and not came_by(event.mail, own_lists)


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
    entry = _entry(replace(mail, reply_text=mail.text, elided=""), _kind(event), now)
    notes = (Entry(now, EntryKind.NOTE, "mailgate", lacks(event)),) if event.missing else ()
    reply = Answer()
    if not quiet:
        due = response_due(case, policy)
        reply = answer(LetterKind.CONFIRMATION, "1", case, event, policy, names, opening_says(case, event, policy, due))
        if reply.letter:
            case = replace(case, course=case.course.promised(due, now))
    decision = _decision(reason, case, entry, reply, mail, now, opened=True)
    return replace(decision, entries=(*decision.entries, *notes))


def _appended(case: Case, event: MailArrived, kind: EntryKind, reason: str, now: datetime) -> Decision:
    """On the case, without moving it and without a letter."""
    entry = _entry(event.mail, kind, now)
    after = replace(case, updated_at=now, course=_learnt(case, event, kind, now))
    decision = _decision(reason, after, entry, Answer(), event.mail, now)
    # Nobody comes to know a case by answering its machines' mail.
    return replace(decision, thread_ids=()) if _by_machine(event) else decision


def _customer_wrote(case: Case, event: MailArrived, policy: Policy, names: Names, now: datetime) -> Decision:
    reopened = case.status in {Status.RESOLVED, Status.CLOSED}
    course = replace(case.course, last_mail=event.mail.message_id, undelivered_at=None, away_until=None)
    if not course.owed and HISTORY not in event.mail.envelope.marks:
        course = course.afresh(now)  # the case came from an archive: only now somebody waits for an answer
    after = replace(case, updated_at=now, course=course)
    after, people, rulings = joined(after, event, policy, now)
    moved: tuple[Entry, ...] = ()
    if case.status in _WOKEN_BY_CUSTOMER:
        after, moved = move(after, Status.OPEN, "mailgate", policy, now)
    reply = answer(LetterKind.REPLY_RECEIVED, str(event.inbound_id), after, event, policy, names)
    decision = _decision(
        "reopened" if reopened else "reply", after, _entry(event.mail, EntryKind.MAIL, now), reply, event.mail, now
    )
    return replace(decision, entries=(*decision.entries, *people, *moved), rulings=rulings)


def _delivery_failed(case: Case, event: DeliveryFailed, now: datetime) -> Decision:
    text = f"The letter “{event.letter}” to {event.recipient} was not delivered: {event.why}"
    entry = Entry(now, EntryKind.DELIVERY_FAILED, "mailgate", text)
    course = case.course
    if not event.dropped and case.contact is not None and Address("", event.recipient).key == case.contact.key:
        course = replace(course, undelivered_at=course.undelivered_at or now)
    return Decision(Outcome.FILED, "delivery_failed", replace(case, updated_at=now, course=course), entries=(entry,))


def _letter_accepted(case: Case, event: LetterAccepted, now: datetime) -> Decision:
    """Only the last reminder before closing is waited for; what was accepted after the case moved on says nothing."""
    course = case.course
    notice = course.since(course.status_since, StepName.CUSTOMER_REMINDER, CLOSING)
    if event.letter == LetterKind.CLOSING_NOTICE and notice is not None and course.notice_accepted_at is None:
        course = replace(course, notice_accepted_at=now, undelivered_at=None)
        return Decision(Outcome.FILED, "accepted", replace(case, course=course))
    return Decision(Outcome.FILED, "accepted", case)


def _learnt(case: Case, event: MailArrived, kind: EntryKind, now: datetime) -> Course:
    """What a machine's mail tells about reaching the customer: a bounce that we do not, an out-of-office until when."""
    course, report = case.course, event.mail.report
    if kind is EntryKind.BOUNCE and case.contact is not None and (report is None or report.failed):
        named = {Address("", one.address).key for one in report.recipients} if report else set()
        # One that names nobody is about whoever the letter went to: an engineer's says nothing about the customer.
        if case.contact.key in (named or {event.match.owner or case.contact.key}):
            course = replace(course, undelivered_at=course.undelivered_at or now)
    author = event.mail.identity
    if kind is EntryKind.AUTO_REPLY and event.away_until is not None and author and _is_contact(author, case):
        course = replace(course, away_until=event.away_until)
    return course


def _is_contact(author: Address, case: Case) -> bool:
    return case.contact is not None and author.key == case.contact.key


def closed_for_good(case: Case, policy: Policy, now: datetime) -> bool:
    """Whether a customer's mail no longer reopens the case, but opens one that follows it."""
    if case.status is not Status.CLOSED or case.closed_at is None:
        return False
    return now > case.closed_at + timedelta(days=policy.closing.reopen_days)


def _kind(event: MailArrived) -> EntryKind:
    if event.verdict.reason == EntryKind.BOUNCE.value:  # also what only came to a return path of ours
        return EntryKind.BOUNCE
    machine = event.mail.automatic if _by_machine(event) else None
    return EntryKind(machine.kind.value) if machine else EntryKind.MAIL


def _entry(mail: Mail, kind: EntryKind, now: datetime) -> Entry:
    author = mail.identity or mail.shown_from
    words = f"{_not_reached(mail.report)}\n\n{_words(mail)}" if mail.report and mail.report.recipients else _words(mail)
    return Entry(now, kind, author.address if author else "", words, mail.elided, mail.envelope.authentication)


def _words(mail: Mail) -> str:
    if mail.unread:
        return f"(This mail could not be read: {mail.unread}. The raw mail is kept whole.)"
    cut = [mark for mark in mail.envelope.marks if mark.startswith(TOO_BIG)]
    return f"(This mail was {cut[0]}. Only its header is here.)" if cut else mail.reply_text


def _not_reached(report: Report) -> str:
    """Who was not reached and why, a line each; at most ten."""
    lines = []
    for one in report.recipients[:10]:
        ends = {True: "failed for good", False: "failed for now", None: "failed"}[one.permanent]
        status = f" ({one.status})" if one.status else ""
        why = " ".join(one.diagnostic.split())
        lines.append(f"Delivery to {one.address} {ends if report.failed else 'is delayed'}{status}: {why}".rstrip(": "))
    more = len(report.recipients) - len(lines)
    return "\n".join([*lines, f"and {more} others"] if more else lines)


def _decision(
    reason: str, case: Case, entry: Entry, reply: Answer, mail: Mail, now: datetime, *, opened: bool = False
) -> Decision:
    notes = (Entry(now, EntryKind.NOTE, "mailgate", reply.why),) if reply.why else ()
    return Decision(
        Outcome.FILED,
        reason,
        case,
        opened=opened,
        entries=(entry, *notes),
        letters=(reply.letter,) if reply.letter else (),
        thread_ids=(mail.message_id,) if mail.message_id else (),
    )
