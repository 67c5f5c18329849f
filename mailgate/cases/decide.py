"""decide(): what an event means for a case. The one place in the house where a status changes. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from mailgate.cases.case import Case, Decision, Entry, EntryKind, LetterKind, Outcome, Status
from mailgate.cases.events import DeliveryFailed, EngineerActed, Event, MailArrived
from mailgate.cases.letters import Answer, answer
from mailgate.cases.match import Standing
from mailgate.cases.ref import Names
from mailgate.cases.subject import case_subject
from mailgate.mail.lists import came_by
from mailgate.mail.message import HISTORY, TOO_BIG, Mail, Report
from mailgate.policy.policy import Handling, Policy

# A customer's words wake these; a new or open case is awake already.
_WOKEN_BY_CUSTOMER = frozenset({Status.WAITING, Status.RESOLVED, Status.CLOSED})


def decide(case: Case | None, event: Event, policy: Policy, names: Names, now: datetime) -> Decision:
    """What `event` means for `case` (None: it is about no case yet) under `policy`, at `now` (aware UTC)."""
    match event:
        case MailArrived():
            return _mail_arrived(case, event, policy, names, now)
        case DeliveryFailed():
            return _delivery_failed(_there(case), event, now)
        case EngineerActed():
            return _engineer_acted(_there(case), event, now)


def _there(case: Case | None) -> Case:
    if case is None:
        raise ValueError("this event is always about a case")
    return case


def _mail_arrived(case: Case | None, event: MailArrived, policy: Policy, names: Names, now: datetime) -> Decision:
    handling = _handling(event)
    if handling is Handling.HOLD:
        return Decision(Outcome.HELD, event.verdict.reason)
    if event.match.conflict and not event.released_by:
        return Decision(Outcome.HELD, "two_refs")
    if case is None:
        return _unmatched(event, handling, policy, names, now)
    if handling is Handling.ATTACH:
        return _appended(case, event, EntryKind.COPY, "copy", now)
    if event.match.standing in {Standing.STRANGER, Standing.NOBODY} and not event.released_by:
        # A machine that knows neither token nor thread is a stranger too: what it says of itself is only its word.
        return Decision(Outcome.HELD, event.verdict.reason if handling is Handling.MATCH_OR_HOLD else "stranger")
    if event.match.holds_it:
        return _appended(case, event, EntryKind.COPY, "copy", now)
    if handling in {Handling.MATCH_OR_HOLD, Handling.QUIET}:
        return _appended(case, event, _kind(event), event.verdict.reason or "reply", now)
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
    mail = event.mail
    case = Case(
        number=names.number,
        org=names.org,
        key=names.key,
        subject=case_subject(mail.subject, names.org),
        status=Status.NEW,
        priority=policy.opening.priority,
        mailbox=mail.envelope.mailbox,
        policy=policy.name,
        contact=mail.identity,
        participants=(mail.identity.key,) if mail.identity else (),
        opened_at=now,
        updated_at=now,
        follows=follows,
    )
    # The opening mail is kept whole: a forward's quoted words are what it is about.
    entry = _entry(replace(mail, reply_text=mail.text, elided=""), _kind(event), now)
    reply = Answer() if quiet else answer(LetterKind.CONFIRMATION, "1", case, event, policy, names)
    return _decision(reason, case, entry, reply, mail, now, opened=True)


def _appended(case: Case, event: MailArrived, kind: EntryKind, reason: str, now: datetime) -> Decision:
    """On the case, without moving it and without a letter."""
    entry = _entry(event.mail, kind, now)
    decision = _decision(reason, replace(case, updated_at=now), entry, Answer(), event.mail, now)
    # Nobody comes to know a case by answering its machines' mail.
    return replace(decision, thread_ids=()) if _by_machine(event) else decision


def _customer_wrote(case: Case, event: MailArrived, policy: Policy, names: Names, now: datetime) -> Decision:
    reopened = case.status in {Status.RESOLVED, Status.CLOSED}
    after = replace(case, updated_at=now)
    moved: tuple[Entry, ...] = ()
    if case.status in _WOKEN_BY_CUSTOMER:
        after, moved = _moved(after, Status.OPEN, "mailgate", now)
    reply = answer(LetterKind.REPLY_RECEIVED, str(event.inbound_id), after, event, policy, names)
    decision = _decision(
        "reopened" if reopened else "reply", after, _entry(event.mail, EntryKind.MAIL, now), reply, event.mail, now
    )
    return replace(decision, entries=(*decision.entries, *moved))


def _delivery_failed(case: Case, event: DeliveryFailed, now: datetime) -> Decision:
    text = f"The letter “{event.letter}” to {event.recipient} was not delivered: {event.why}"
    entry = Entry(now, EntryKind.DELIVERY_FAILED, "mailgate", text)
    return Decision(Outcome.FILED, "delivery_failed", replace(case, updated_at=now), entries=(entry,))


def _engineer_acted(case: Case, event: EngineerActed, now: datetime) -> Decision:
    after = replace(case, updated_at=now)
    entries: tuple[Entry, ...] = ()
    if event.priority is not None and event.priority != case.priority:
        after = replace(after, priority=event.priority)
        entries = (Entry(now, EntryKind.STATUS, event.actor, f"priority: {case.priority} → {event.priority}"),)
    if event.status is not None and event.status is not case.status:
        after, moved = _moved(after, event.status, event.actor, now)
        entries = (*entries, *moved)
    return Decision(Outcome.FILED, "acted", after, entries=entries)


def _moved(case: Case, status: Status, actor: str, now: datetime) -> tuple[Case, tuple[Entry, ...]]:
    after = replace(
        case,
        status=status,
        resolved_at=now if status is Status.RESOLVED else None if status is not Status.CLOSED else case.resolved_at,
        closed_at=now if status is Status.CLOSED else None,
    )
    return after, (Entry(now, EntryKind.STATUS, actor, f"status: {case.status.value} → {status.value}"),)


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
