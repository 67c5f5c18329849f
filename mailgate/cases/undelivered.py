"""What it means that a letter of ours did not arrive: on its case, for our people, and for what else would go to that
address. A room of `decide`.

A report is believed where it shows that it is about a letter of ours (`store/reach.py`), to the one it was sent to; any
other is a mail on its case and no more. People of ours are told of replies, which one of them wrote, and never of what
machines wrote: whoever forges senders has our confirmations come back by the thousand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from mailgate.cases.case import Case, Decision, Entry, EntryKind, Letter, Outcome
from mailgate.cases.customer_mail import by_machine
from mailgate.cases.desk import Desk
from mailgate.cases.events import (
    Acted,
    DeliveryFailed,
    EngineerActed,
    Event,
    MailArrived,
    Returned,
    SplitAsked,
    TimePassed,
)
from mailgate.cases.letter_kinds import INTERNAL_LETTERS, LetterKind
from mailgate.cases.letters import Says, to_our_people
from mailgate.cases.lost import Lost
from mailgate.cases.ref import Names, without_tokens
from mailgate.mail.enhanced_status import meaning, nowhere, refused_at_rcpt, server_said, status_in, status_of
from mailgate.mail.message import HISTORY, Address, Authentication, AutomaticKind
from mailgate.policy.policy import Policy

_INTERNAL = frozenset(kind.value for kind in INTERNAL_LETTERS)
_TYPE = re.compile(r"^[\w-]{1,20}\s?;\s?")  # of a diagnostic: "smtp; 550 no such user" (RFC 3464 §2.3.6)
_NOT_HANDED_ON = "our mail server could not hand it on"


@dataclass(frozen=True, slots=True)
class _Failure:
    """One letter that did not arrive. `said` are the words of the server, masked and safe."""

    letter: Returned
    why: str
    status: str
    said: str
    nowhere: bool
    returned: bool = True

    @property
    def ours(self) -> bool:
        """Whether it went to people of ours."""
        return self.letter.kind in _INTERNAL

    @property
    def told(self) -> str:
        status = f" ({self.status})" if self.status else ""
        who = "the server" if self.returned else "our mail server"
        return f"{self.why}{status}" + (f"; {who} said: {self.said}" if self.said else "")

    def lost(self) -> Lost:
        key = Address("", self.letter.recipient).key
        return Lost(self.letter.id, key, self.told, self.returned, self.nowhere and not self.ours)


def reaching(decision: Decision, event: Event, policy: Policy, names: Names, now: datetime) -> Decision:
    """The decision with all that the event says of who can be reached, and without letters to where nothing arrives."""
    if isinstance(event, MailArrived):
        decision = _reported(decision, event, policy, names, now)
    return _written_to(_revived(decision, event, now), event, now)


def given_up(case: Case, event: DeliveryFailed, policy: Policy, names: Names, now: datetime) -> Decision:
    """Our relay refused the letter, or took it for too long not; or a person did away with it."""
    if event.dropped:
        entry = Entry(now, EntryKind.DELIVERY_FAILED, "mailgate", _not_delivered(event, event.why))
        return Decision(Outcome.FILED, "delivery_failed", replace(case, updated_at=now), entries=(entry,))
    decision = Decision(Outcome.FILED, "delivery_failed", case)
    return _on_case(decision, case, _refused(event, now), event.desk, policy, names, now)


def lost_on_no_case(event: DeliveryFailed, now: datetime) -> Lost | None:
    """What is to be kept of a letter about no case that was given up."""
    return None if event.dropped else _refused(event, now).lost()


def _refused(event: DeliveryFailed, now: datetime) -> _Failure:
    status = status_in(event.why)
    return _Failure(
        Returned(event.id, event.letter, event.recipient, event.written_at or now),
        meaning(status) if status else _NOT_HANDED_ON,
        status,
        server_said(without_tokens(event.why)),
        nowhere=nowhere(refused_at_rcpt(event.why), event.why),
        returned=False,
    )


def _reported(decision: Decision, event: MailArrived, policy: Policy, names: Names, now: datetime) -> Decision:
    """A report came in. One that was held for another reason than that nothing but a report is known of it (its From is
    forged, say) is not believed."""
    failure = _failure(event)
    held = decision.outcome is Outcome.HELD
    if failure is None or (held and (decision.reason != event.verdict.reason or decision.about is not None)):
        return decision
    if decision.case is None or failure.letter.known:
        return replace(decision, lost=failure.lost())
    return _on_case(decision, decision.case, failure, event.desk, policy, names, now)


def _failure(event: MailArrived) -> _Failure | None:
    """The letter that the report says, for good, did not arrive; None where it says or proves no such thing."""
    letter, mail = event.returned, event.mail
    if letter is None:
        return None
    machine, report = mail.automatic, mail.report
    if report is None:
        # Whatever else comes to a return path: absence notices, and people whose programs answer to it.
        is_report = letter.by_path and machine is not None and machine.kind is AutomaticKind.BOUNCE
        return _Failure(letter, meaning(""), "", "", nowhere=False) if is_report else None
    if not report.failed:
        return None
    key = Address("", letter.recipient).key
    about = next((one for one in report.recipients if Address("", one.address).key == key), None)
    if about is None:
        unnamed = letter.by_path and not report.recipients
        return _Failure(letter, meaning(""), "", "", nowhere=False) if unnamed else None
    status = status_of(about)
    said = server_said(without_tokens(_TYPE.sub("", about.diagnostic)))
    return _Failure(
        letter, meaning(status), status, said, nowhere=report.standard and nowhere(status, about.diagnostic)
    )


def _on_case(
    decision: Decision, case: Case, failure: _Failure, desk: Desk, policy: Policy, names: Names, now: datetime
) -> Decision:
    """A line of the history, who of ours is told, and time that pauses where it is the contact who was not reached."""
    letter, course = failure.letter, case.course
    is_contact = case.contact is not None and Address("", letter.recipient).key == case.contact.key
    if is_contact and not failure.ours:
        course = replace(course, undelivered_at=course.undelivered_at or now)
    after = replace(case, updated_at=now, course=course)
    told: tuple[Letter, ...] = ()
    if failure.ours:
        told = _tell_others(after, failure, desk, policy, names, now)
    elif letter.kind == LetterKind.REPLY:
        to, says = desk.hears_of(after, policy), _says(failure, is_contact)
        told = to_our_people(LetterKind.NOT_DELIVERED, f"{letter.id}", after, to, policy, names, says)
    entry = Entry(now, EntryKind.DELIVERY_FAILED, "mailgate", _not_delivered(letter, failure.told))
    entries, letters = (*decision.entries, entry), (*decision.letters, *told)
    return replace(decision, case=after, entries=entries, letters=letters, lost=failure.lost())


def _tell_others(
    case: Case, failure: _Failure, desk: Desk, policy: Policy, names: Names, now: datetime
) -> tuple[Letter, ...]:
    """Who else hears of the case is told that one of ours is not reached: once a day, whatever came back."""
    recipient = failure.letter.recipient
    to = desk.hears_instead(recipient, case, policy)
    letters = to_our_people(LetterKind.NOT_DELIVERED, "ours", case, to, policy, names, _says(failure, pauses=False))
    day = f"desk/{LetterKind.NOT_DELIVERED}/{now:%Y-%m-%d}/{recipient.casefold()}"
    return tuple(replace(one, key=f"{day}/{one.to.key}") for one in letters)


def _says(failure: _Failure, pauses: bool) -> Says:
    return (
        ("recipient", failure.letter.recipient),
        ("why", failure.why),
        ("delivery_status", failure.status),
        ("server_said", failure.said),
        ("written", failure.letter.written_at),
        ("ours", int(failure.ours)),
        ("pauses", int(pauses)),
        ("nowhere", int(failure.nowhere)),
    )


def _not_delivered(letter: Returned | DeliveryFailed, why: str) -> str:
    kind = letter.kind if isinstance(letter, Returned) else letter.letter
    which = f" (letter {letter.id})" if letter.id else ""
    return f"The letter “{kind}”{which} to {letter.recipient} was not delivered: {why}"


def _revived(decision: Decision, event: Event, now: datetime) -> Decision:
    """Addresses that are written to again: somebody of ours said so, or whoever has it wrote from it, surely he."""
    alive = set(decision.alive)
    if isinstance(event, EngineerActed):
        alive |= {one.casefold() for one in event.join}
    if isinstance(event, MailArrived) and _lives(event):
        alive.add(event.actor.address)
    if not alive:
        return decision
    decision = replace(decision, alive=tuple(sorted(alive)))
    known, case = sorted(alive & _dead(event)), decision.case
    if not known or case is None:
        return decision
    course = case.course
    if case.contact is not None and case.contact.key in known:
        course = replace(course, undelivered_at=None)
    entry = Entry(now, EntryKind.NOTE, "mailgate", f"letters go to {', '.join(known)} again")
    return replace(decision, case=replace(case, course=course), entries=(*decision.entries, entry))


def _lives(event: MailArrived) -> bool:
    """Whether the mail shows that somebody is there, at an address where nothing arrived."""
    if not event.dead:
        return False
    actor, envelope = event.actor, event.mail.envelope
    if actor.address not in event.dead or by_machine(event) or HISTORY in envelope.marks:
        return False
    proved = actor.own_token and envelope.authentication is not Authentication.FAIL
    return proved or envelope.authentication is Authentication.PASS


def _written_to(decision: Decision, event: Event, now: datetime) -> Decision:
    """The decision without its letters to customers at whose address nothing arrives: a line of its history each.

    Our own people are written to all the same: the roster is somebody's word, and who else is to hear of the case?
    """
    if not _dead(event):
        return decision
    dead = _dead(event).difference(decision.alive)
    kept = tuple(one for one in decision.letters if one.kind in INTERNAL_LETTERS or one.to.key not in dead)
    left_out = tuple(one for one in decision.letters if one not in kept)
    notes = tuple(
        Entry(now, EntryKind.NOTE, "mailgate", f"{one.kind.value} not sent: nothing arrives at {one.to.address}")
        for one in left_out
    )
    along = tuple(_written_to(one, event, now) for one in decision.along)
    decision = replace(decision, letters=kept, entries=(*decision.entries, *notes), along=along)
    case = decision.case
    if case is None or case.contact is None or case.contact.key not in dead:
        return decision
    # A reply has left him out already (`relaying.copies`).
    if left_out or any(one.kind is LetterKind.REPLY for one in kept):
        course = replace(case.course, undelivered_at=case.course.undelivered_at or now)
        decision = replace(decision, case=replace(case, course=course))
    return decision


def _dead(event: Event) -> frozenset[str]:
    return event.dead if isinstance(event, MailArrived | Acted | SplitAsked | TimePassed) else frozenset()
