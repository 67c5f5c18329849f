"""What it means for a case that somebody acted on it, ours or the customer, other than by writing. A room of `decide`.

Whether he may was asked before; here it is only carried out, in a fixed order: words and work, who has it, its
priority and kind, its rung, and its status last; but what is over is opened before all else, so that what is done in
the same breath counts for the clocks that begin with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from mailgate.cases.agenda import clocks_run, due_at, reachable, targets
from mailgate.cases.case import Case, Decision, Entry, EntryKind, Letter, Outcome, Status
from mailgate.cases.course import Course, StepName
from mailgate.cases.events import CustomerActed, EngineerActed
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.letters import Says, to_customer, to_our_people
from mailgate.cases.moves import closed_for_good, move
from mailgate.cases.notices import told
from mailgate.cases.participants import MOST
from mailgate.cases.passing import escalated
from mailgate.cases.ref import Names
from mailgate.cases.settled import settled
from mailgate.errors import NotAllowed
from mailgate.mail.message import Address
from mailgate.policy.policy import Policy
from mailgate.policy.translation import in_language

RESPONSES = (StepName.FIRST_RESPONSE_DUE, StepName.ANY_RESPONSE_DUE)


@dataclass(slots=True)
class _Doing:
    """One action as it is carried out: the case so far, and what it brings."""

    case: Case
    policy: Policy
    names: Names
    now: datetime
    actor: str
    entries: tuple[Entry, ...] = ()
    letters: tuple[Letter, ...] = ()
    left: tuple[str, ...] = ()
    revoked: str | None = None

    def note(self, kind: EntryKind, text: str) -> None:
        self.entries += (Entry(self.now, kind, self.actor, text),)

    def move(self, status: Status) -> None:
        self.case, entries = move(self.case, status, self.actor, self.policy, self.now)
        self.entries += entries

    def tell(self, kind: LetterKind, says: Says = ()) -> None:
        """A letter to the customer about what was done; each action is one occasion of its own."""
        occasion = f"{self.case.version + 1}"
        self.letters += to_customer(kind, occasion, self.case, self.policy, self.names, says)

    def done(self) -> Decision:
        case = replace(self.case, updated_at=self.now)
        decision = Decision(Outcome.FILED, "acted", case, entries=self.entries, letters=self.letters, left=self.left)
        return replace(decision, revoked=self.revoked)


def engineer_acted(case: Case, event: EngineerActed, policy: Policy, names: Names, now: datetime) -> Decision:
    """Somebody of ours did something. NotAllowed where it does not go with the state of the case."""
    if event.status is None and (event.spam or event.wait_days is not None):
        event = replace(event, status=Status.CLOSED if event.spam else Status.WAITING)
    doing = _Doing(case, policy, names, now, event.actor)
    if event.status is Status.OPEN and case.status in {Status.RESOLVED, Status.CLOSED}:
        doing.move(Status.OPEN)
    if event.answered or event.activated or event.workaround:
        _worked(doing, event)
    if event.owner is not None or event.level is not None:
        _hand_on(doing, event)
    _people(doing, event)
    _change(doing, event.priority, event.kind, by_support=True)
    if event.approve or event.decline:
        brought = settled(doing.case, event, policy, names, now)
        doing.case, doing.entries = brought.case, (*doing.entries, brought.entry)
        doing.letters += brought.letters
    if event.escalate:
        _escalate(doing, event.reason)
    _finish(doing, event)
    return doing.done()


def _finish(doing: _Doing, event: EngineerActed) -> None:
    """What the customer is asked for, and the status, last of all."""
    policy, now, status = doing.policy, doing.now, event.status
    if event.ask:
        words = in_language(policy, doing.case.language).texts
        doing.tell(LetterKind.MORE_NEEDED, (("ask_for", words.ask_for),))
        course = spoken(doing.case.course, now)
        if doing.case.status is Status.WAITING:  # who is asked anew has the whole time anew
            course = replace(course, status_since=now, notice_accepted_at=None, undelivered_at=None)
        doing.case = replace(doing.case, course=course)
        doing.note(EntryKind.NOTE, "the customer was asked for what is needed to verify the request")
        status = status or Status.WAITING
    if event.spam:
        doing.note(EntryKind.NOTE, "it is spam")
    if event.approve or event.decline:  # he has it to finish, or it is over
        status = status or (Status.WAITING if event.approve else Status.CLOSED)
    if status is not None:
        doing.move(status)
    if event.wait_days is not None and doing.case.status is Status.WAITING:
        until = policy.calendar.days_after(now, event.wait_days)
        doing.case = replace(doing.case, course=replace(doing.case.course, away_until=until))
        doing.note(EntryKind.NOTE, f"the customer has {event.wait_days} days before he is reminded")


def customer_acted(case: Case, event: CustomerActed, policy: Policy, names: Names, now: datetime) -> Decision:
    """The customer did something. NotAllowed where policy or the state of the case forbids it."""
    doing = _Doing(case, policy, names, now, event.actor)
    if event.reopen:
        _reopen(doing)
    if event.leave:
        _part(doing, (event.actor,))
    if event.priority is not None and not policy.triage.customer_may_change:
        raise NotAllowed(f'policy "{policy.name}" lets support alone change a priority')
    _change(doing, event.priority, event.kind, by_support=False)
    if event.escalate:
        _escalate(doing, "asked for by the customer")
    if event.confirm and case.status is not Status.RESOLVED:
        raise NotAllowed(f"case {case.number} is {case.status.value}: only what is resolved can be confirmed")
    if event.confirm or event.close:
        doing.move(Status.CLOSED)
    return doing.done()


def _reopen(doing: _Doing) -> None:
    case = doing.case
    if case.status not in {Status.RESOLVED, Status.CLOSED}:
        raise NotAllowed(f"case {case.number} is {case.status.value}: only what is over can be opened again")
    if closed_for_good(case, doing.policy, doing.now):
        raise NotAllowed(f"case {case.number} is closed for good: a message about it opens one that follows it")
    doing.move(Status.OPEN)


def _worked(doing: _Doing, event: EngineerActed) -> None:
    now, course = doing.now, doing.case.course
    if event.answered:
        course = spoken(course, now)
        doing.note(EntryKind.NOTE, "a person answered the customer")
    if event.activated and course.activated_at is None:
        course = replace(course, activated_at=now)
        doing.note(EntryKind.NOTE, "activated: work on the request has begun")
    if event.workaround and course.workaround_at is None:
        course = replace(course, workaround_at=now)
        doing.note(EntryKind.NOTE, "there is a workaround")
    doing.case = replace(doing.case, course=course)
    if doing.case.status is Status.NEW and event.status is None:
        doing.move(Status.OPEN)


def spoken(course: Course, now: datetime) -> Course:
    """The course once a person's words have gone to the customer: a first answer is given."""
    return replace(course, answered_at=course.answered_at or now, spoke_at=now)


def _hand_on(doing: _Doing, event: EngineerActed) -> None:
    """To another owner or level; whoever has it from now on hears of it."""
    case, because = doing.case, f": {event.reason}" if event.reason else ""
    said = []
    if event.level is not None and event.level != case.level:
        known = [level.level for level in doing.policy.levels]
        if event.level not in known:
            has = ", ".join(map(str, known)) or "none"
            raise NotAllowed(f'policy "{doing.policy.name}" has no level {event.level}; it has {has}')
        said.append(f"level: {case.level} → {event.level}")
        case = replace(case, level=event.level, owner="")
    if event.owner is not None and (owner := event.owner.casefold()) != case.owner:
        said.append(f"owner: {case.owner or 'nobody'} → {owner or 'nobody'}")
        case = replace(case, owner=owner)
    if not said:
        return
    doing.case = case
    doing.note(EntryKind.HANDED_ON, "; ".join(said) + because)
    to = [one for one in event.desk.hears_of(case, doing.policy) if one.casefold() != event.actor.casefold()]
    says: Says = (("level", case.level), ("owner", case.owner), ("by", event.actor), ("reason", event.reason))
    says += (("recent", told(event.recent, doing.policy)),)
    doing.letters += to_our_people(
        LetterKind.HANDED_ON, f"{case.version + 1}", case, to, doing.policy, doing.names, says
    )
    if case.owner and doing.case.status is Status.NEW and event.status is None:
        doing.move(Status.OPEN)


def _people(doing: _Doing, event: EngineerActed) -> None:
    """Who takes part, and whose tokens end. The contact stays: it is his case. Who is one of ours, the caller knows."""
    joining = [key for key in dict.fromkeys(map(_key, event.join)) if key not in doing.case.participants]
    _part(doing, event.leave)
    if len(doing.case.participants) + len(joining) > MOST:
        raise NotAllowed(f"at most {MOST} take part in a case")
    if joining:
        doing.note(EntryKind.PEOPLE, f"takes part from now on: {', '.join(joining)}")
        doing.case = replace(doing.case, participants=(*doing.case.participants, *joining))
    if event.revoke is not None:
        doing.revoked = _key(event.revoke)
        doing.note(EntryKind.PEOPLE, f"the reply tokens of {event.revoke or 'everybody'} were revoked")


def _part(doing: _Doing, addresses: tuple[str, ...]) -> None:
    """These take part no more. The contact stays: it is his case."""
    case = doing.case
    leaving = tuple(key for key in dict.fromkeys(map(_key, addresses)) if key in case.participants)
    if case.contact is not None and case.contact.key in leaving:
        raise NotAllowed(f"{case.contact.address} is the contact of case {case.number}: its customer cannot leave it")
    strangers = [one for one in addresses if _key(one) not in case.participants]
    if strangers:
        raise NotAllowed(f"{', '.join(strangers)} does not take part in case {case.number}")
    if leaving:
        doing.note(EntryKind.PEOPLE, f"takes part no more: {', '.join(leaving)}")
    stay = tuple(key for key in case.participants if key not in leaving)
    doing.case, doing.left = replace(case, participants=stay), leaving


def _key(address: str) -> str:
    return Address("", address).key


def _change(doing: _Doing, priority: int | None, kind: str, *, by_support: bool) -> None:
    """The priority, and with it what is not yet promised; by policy a letter says so, and promises anew."""
    case, policy = doing.case, doing.policy
    if kind and kind != case.kind:
        if kind not in (*policy.opening.kinds, policy.accounts.kind):
            raise NotAllowed(
                f'policy "{policy.name}" has no kind "{kind}"; it has {", ".join(policy.opening.kinds) or "none"}'
            )
        doing.note(EntryKind.STATUS, f"kind: {case.kind or 'none'} → {kind}")
        doing.case = case = replace(case, kind=kind)
    if priority is None or (priority == case.priority and not (by_support and case.provisional)):
        return
    if priority not in {one.level for one in policy.priorities}:
        known = ", ".join(str(one.level) for one in policy.priorities)
        raise NotAllowed(f'policy "{policy.name}" has no priority {priority}; it has {known}')
    if priority != case.priority:
        doing.note(EntryKind.STATUS, f"priority: {case.priority} → {priority}")
    else:
        doing.note(EntryKind.NOTE, f"priority {priority} was validated")
    was, doing.case = case.priority, replace(case, priority=priority, provisional=case.provisional and not by_support)
    doing.case = replace(doing.case, course=_still_promised(doing.case, policy))
    if policy.letters.priority_changed and priority != was and reachable(case) and case.status is not Status.CLOSED:
        _tell_of_priority(doing, was)


def _tell_of_priority(doing: _Doing, was: int) -> None:
    """A letter that says so, and promises anew; no moment that is over, and none while clocks stand still."""
    due: dict[StepName, datetime] = {}
    if clocks_run(doing.case, doing.policy):
        doing.case = replace(doing.case, course=replace(doing.case.course, promises=()))
        due = {step: at for step, at in response_due(doing.case, doing.policy).items() if at > doing.now}
    doing.tell(LetterKind.PRIORITY_CHANGED, (("was", was), *_when(due)))
    doing.case = replace(doing.case, course=doing.case.course.promised(due, doing.now))


def _still_promised(case: Case, policy: Policy) -> Course:
    """The course without what a letter told and the new priority outdoes: nobody waits longer than he was told."""
    told = response_due(case, policy)
    now = response_due(replace(case, course=replace(case.course, promises=())), policy)
    sooner = {step for step, due in told.items() if now.get(step, due) < due}
    return replace(case.course, promises=tuple(one for one in case.course.promises if one.step not in sooner))


def response_due(case: Case, policy: Policy) -> dict[StepName, datetime]:
    """By when a person answers at the latest, as far as nobody did: what a letter may promise."""
    return {
        target.step: due_at(case, policy, target)
        for target in targets(case, policy)
        if target.step in RESPONSES and target.met_at is None
    }


def _when(due: dict[StepName, datetime]) -> Says:
    return (("response_due", min(due.values())),) if due else ()


def _escalate(doing: _Doing, reason: str) -> None:
    if doing.case.status is Status.CLOSED:
        raise NotAllowed(f"case {doing.case.number} is closed: open it to escalate it")
    if not doing.policy.escalation.rungs:
        raise NotAllowed(f'policy "{doing.policy.name}" has no [[escalation.rung]]: there is nobody to escalate to')
    if doing.case.rung >= len(doing.policy.escalation.rungs):
        raise NotAllowed(f"case {doing.case.number} is on the highest rung of its policy's ladder already")
    brought = escalated(doing.case, doing.actor, reason, doing.policy, doing.names, doing.now)
    doing.case, doing.entries, doing.letters = (
        brought.case,
        doing.entries + brought.entries,
        doing.letters + brought.letters,
    )
