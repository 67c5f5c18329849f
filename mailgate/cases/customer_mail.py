"""What it means for a case that mail of its customer, or of a machine, goes on it. A room of `decide`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mailgate.cases import notices
from mailgate.cases.case import Case, Decision, Entry, EntryKind, Letter, Outcome, Status
from mailgate.cases.course import Course
from mailgate.cases.customer_commands import commanded
from mailgate.cases.events import MailArrived
from mailgate.cases.forwards import greeting
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.letters import Answer
from mailgate.cases.moves import move
from mailgate.cases.participants import joined
from mailgate.cases.ref import Names, without_tokens
from mailgate.mail.lists import came_by
from mailgate.mail.message import HISTORY, TOO_BIG, Address, AutomaticKind, Mail, Report
from mailgate.policy.policy import Policy

# A customer's words wake these; a new or open case is awake already.
_WOKEN_BY_CUSTOMER = frozenset({Status.WAITING, Status.RESOLVED, Status.CLOSED})


def customer_wrote(
    case: Case,
    event: MailArrived,
    policy: Policy,
    names: Names,
    now: datetime,
    *,
    kind: EntryKind = EntryKind.MAIL,
) -> Decision:
    """A person's words: they wake the case, unless he says with them that it is over; our people hear of it. What came
    by a list (`kind`) is answered with no letter."""
    reopened = case.status in {Status.RESOLVED, Status.CLOSED}
    course = replace(case.course, last_mail=event.mail.message_id, undelivered_at=None, away_until=None)
    if not course.owed and HISTORY not in event.mail.envelope.marks:
        course = course.afresh(now)  # the case came from an archive: only now somebody waits for an answer
    after = replace(case, updated_at=now, course=course)
    after, people, rulings = joined(after, event, policy, now)
    entries, letters = people, tuple[Letter, ...]()
    done = commanded(after, event, policy, names, now)
    if done is not None:
        after, entries, letters = done.case or after, (*people, *done.entries), done.letters
        rulings = (*rulings, *done.rulings)
    over = done is not None and after.status is Status.CLOSED and done.reason == "acted"
    if case.status in _WOKEN_BY_CUSTOMER and not over:
        after, moved = move(after, Status.OPEN, "mailgate", policy, now)
        entries = (*entries, *moved)
    reply = Answer()
    if kind is EntryKind.MAIL:
        reply = greeting(LetterKind.REPLY_RECEIVED, str(event.inbound_id), after, event, policy, names)
    entry = entry_of(event.mail, kind, now)
    decision = filed("reopened" if reopened and not over else "reply", after, entry, reply, event.mail, now)
    told = notices.of_entry(LetterKind.NEW_ENTRY, after, event, entry, policy, names, now)
    return replace(
        decision,
        thread_ids=decision.thread_ids if kind is EntryKind.MAIL else (),  # all who read the list answer it
        entries=(*decision.entries, *entries),
        letters=(*decision.letters, *letters, *told),
        rulings=rulings,
    )


def appended(case: Case, event: MailArrived, kind: EntryKind, reason: str, now: datetime) -> Decision:
    """On the case, without moving it and without a letter."""
    entry = entry_of(event.mail, kind, now)
    after = replace(case, updated_at=now, course=_learnt(case, event, kind))
    decision = filed(reason, after, entry, Answer(), event.mail, now)
    # Nobody comes to know a case by answering its machines' mail.
    return replace(decision, thread_ids=()) if by_machine(event) else decision


def _learnt(case: Case, event: MailArrived, kind: EntryKind) -> Course:
    """What an out-of-office tells: until when. What a report tells, `undelivered.py` says."""
    course, author = case.course, event.mail.identity
    if kind is EntryKind.AUTO_REPLY and event.away_until is not None and author and _is_contact(author, case):
        course = replace(course, away_until=event.away_until)
    return course


def _is_contact(author: Address, case: Case) -> bool:
    return case.contact is not None and author.key == case.contact.key


def by_machine(event: MailArrived) -> bool:
    """What came by a list of our own is a person's."""
    own_lists = event.here.intake.own_lists if event.here else ()
    return event.mail.automatic is not None and not came_by(event.mail, own_lists)


def kind_of(event: MailArrived) -> EntryKind:
    """What the mail is on its case."""
    machine = event.mail.automatic if by_machine(event) else None
    # RFC 3834 §4: absence notices, too, go to the return path, where else only reports come.
    away = machine is not None and machine.kind is AutomaticKind.AUTO_REPLY
    if event.verdict.reason == EntryKind.BOUNCE.value and not away:
        return EntryKind.BOUNCE
    return EntryKind(machine.kind.value) if machine else EntryKind.MAIL


def entry_of(mail: Mail, kind: EntryKind, now: datetime, *, whole: bool = False) -> Entry:
    """The mail as a line of its case's history: its new words, or the `whole` of it."""
    author = mail.identity or mail.shown_from
    words, elided = (_words(mail, mail.text), "") if whole else (_words(mail, mail.reply_text), mail.elided)
    if mail.report and mail.report.recipients:
        words = f"{_not_reached(mail.report)}\n\n{words}"
    if kind is EntryKind.BOUNCE:
        words = without_tokens(words)
    return Entry(now, kind, author.address if author else "", words, elided, mail.envelope.authentication)


def _words(mail: Mail, said: str) -> str:
    if mail.unread:
        return f"(This mail could not be read: {mail.unread}. The raw mail is kept whole.)"
    cut = [mark for mark in mail.envelope.marks if mark.startswith(TOO_BIG)]
    if cut:
        return f"(This mail was {cut[0]}. Only its header is here.)"
    if mail.is_encrypted:
        protected = f"(This mail is {mail.protection} and cannot be read here. The raw mail is kept whole.)"
        return f"{protected}\n\n{said}".rstrip("\n")
    return said


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


def filed(
    reason: str, case: Case, entry: Entry, reply: Answer, mail: Mail, now: datetime, *, opened: bool = False
) -> Decision:
    """The mail is on its case; `reply` is the letter to its writer, or why there is none."""
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
