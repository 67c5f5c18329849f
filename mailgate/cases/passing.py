"""What the passing of time means for a case: which due steps are taken, and what each brings. A room of `decide`.

All that is due is taken in one decision, each step seen in the light of those before it; `agenda` sees to it that what
was missed for long does not come in one breath.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from mailgate.cases.agenda import CLOSING, UNTAKEN, Step, agenda, reachable, taken
from mailgate.cases.case import Case, Decision, Entry, EntryKind, Letter, Outcome, Status
from mailgate.cases.course import StepName
from mailgate.cases.desk import Desk
from mailgate.cases.events import TimePassed
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.letters import Says, ladder_of, to_customer, to_our_people
from mailgate.cases.moves import move
from mailgate.cases.ref import Names
from mailgate.policy.policy import Extent, Policy

_MOST_STEPS = 50  # in one decision; more would be a policy that is due for ever, and the rest comes with the next tick


@dataclass(frozen=True, slots=True)
class _Brought:
    """What one step brings."""

    case: Case
    entries: tuple[Entry, ...] = ()
    letters: tuple[Letter, ...] = ()


@dataclass(frozen=True, slots=True)
class _Moment:
    """What each step is given beside the case: its policy, names for letters, and what time it is."""

    policy: Policy
    names: Names
    desk: Desk
    now: datetime


def time_passed(case: Case, event: TimePassed, policy: Policy, names: Names, now: datetime) -> Decision:
    """All steps that are due at `now`. Where none is, the case is as it was ("not_due")."""
    moment = _Moment(policy, names, event.desk, now)
    before = case
    entries: tuple[Entry, ...] = ()
    letters: tuple[Letter, ...] = ()
    for _ in range(_MOST_STEPS):
        due = [step for step in agenda(case, policy) if step.at <= now]
        if not due:
            break
        brought = _TAKE[due[0].name](case, due[0], moment)
        case, entries, letters = brought.case, entries + brought.entries, letters + brought.letters
    reason = "time_passed" if case is not before else "not_due"
    return Decision(Outcome.FILED, reason, case, entries=entries, letters=letters)


def _overdue(case: Case, step: Step, moment: _Moment) -> _Brought:
    """Something that was owed to the customer is not there: its engineer and the ladder hear of it.

    What is owed at once is no breach in the moment it is asked for: then the engineer is told alone.
    """
    policy, after = moment.policy, taken(case, step, moment.now)
    at_once, told = step.due == step.since, _said_of_the_other(case, step, moment.now)
    kind = LetterKind.ENGINEER_REMINDER if at_once else LetterKind.BREACH
    to = (
        moment.desk.hears_of(case, policy)
        if at_once
        else (*moment.desk.hears_of(case, policy), *ladder_of(case, policy, policy.escalation.breach))
    )
    says: Says = (("about", step.name.value), ("due", step.at), ("overdue", 1))
    occasion = f"due/{step.name.value}/{_occasion(after, step)}"  # apart from the reminders of what is due
    letters = () if told else to_our_people(kind, occasion, case, to, policy, moment.names, says)
    text = f"{_words(step.name)}: now" if at_once else f"{_words(step.name)}: was due, and has not been met"
    text = text if told else _with(text, letters)
    return _Brought(after, (Entry(moment.now, EntryKind.BREACH, "mailgate", text),), letters)


def _said_of_the_other(case: Case, step: Step, now: datetime) -> bool:
    """Both targets of the first answer run out together: one letter says enough."""
    responses = {StepName.FIRST_RESPONSE_DUE, StepName.ANY_RESPONSE_DUE}
    others = (case.course.last(name) for name in responses - {step.name})
    return step.name in responses and any(other is not None and other.at == now for other in others)


def _feedback(case: Case, step: Step, moment: _Moment) -> _Brought:
    """A word to the customer is due: its engineer hears of it, and by policy the customer hears that work goes on."""
    policy, after = moment.policy, taken(case, step, moment.now)
    says: Says = (("about", step.name.value), ("due", step.due or step.at), ("overdue", 1))
    to = moment.desk.hears_of(case, policy)
    letters = to_our_people(LetterKind.ENGINEER_REMINDER, _occasion(after, step), case, to, policy, moment.names, says)
    # It comes back for ever: to an address that nobody has proved or answered it would be a flood for a forged mail.
    known = case.course.extent is Extent.FULL or case.course.spoke_at is not None
    if policy.reminders.progress and known and reachable(case):
        begun = case.course.answered_at is not None or case.course.activated_at is not None
        letters += to_customer(
            LetterKind.PROGRESS, _occasion(after, step), case, policy, moment.names, (("begun", int(begun)),)
        )
        after = _told(after, moment.now)
    text = _with("feedback to the customer is due", letters)
    return _Brought(after, (Entry(moment.now, EntryKind.REMINDER, "mailgate", text),), letters)


def _remind_engineer(case: Case, step: Step, moment: _Moment) -> _Brought:
    policy, after = moment.policy, taken(case, step, moment.now)
    if step.due is not None and step.due <= moment.now:
        return _Brought(after)  # it comes too late: the breach itself is told in the same breath
    occasion = _occasion(after, step)
    if step.about == UNTAKEN:
        to = (moment.desk.operator,) if moment.desk.operator else moment.desk.hears_of(case, policy)
        letters = to_our_people(LetterKind.UNTAKEN, occasion, case, to, policy, moment.names)
        text = _with("nobody has taken this case", letters)
    else:
        says: Says = (("about", step.about), ("due", step.due or step.at), ("overdue", 0))
        to = moment.desk.hears_of(case, policy)
        letters = to_our_people(LetterKind.ENGINEER_REMINDER, occasion, case, to, policy, moment.names, says)
        text = _with(f"{_words(StepName(step.about))}: is due soon", letters)
    # A reminder of nobody is no line of a history.
    entries = (Entry(moment.now, EntryKind.REMINDER, "mailgate", text),) if letters else ()
    return _Brought(after, entries, letters)


def _remind_customer(case: Case, step: Step, moment: _Moment) -> _Brought:
    after = _told(taken(case, step, moment.now), moment.now)
    policy, occasion = moment.policy, _occasion(after, step)
    if step.about == CLOSING:
        closes = _closes(after, step, moment)
        after = replace(
            after,
            course=after.course.promised({StepName.AUTO_CLOSE: closes}, moment.now, str(moment.policy.closing.grace)),
        )
        says: Says = (("closes", closes), ("resolved", int(case.status is Status.RESOLVED)))
        letters = to_customer(LetterKind.CLOSING_NOTICE, occasion, case, policy, moment.names, says)
        text = _with("the last reminder before closing", letters)
    else:
        says = (("since", case.course.status_since),)
        letters = to_customer(LetterKind.CUSTOMER_REMINDER, occasion, case, policy, moment.names, says)
        text = _with("we wait for the customer's answer", letters)
    return _Brought(after, (Entry(moment.now, EntryKind.REMINDER, "mailgate", text),), letters)


def _closes(case: Case, step: Step, moment: _Moment) -> datetime:
    """When the case would close if the relay took the notice now: what the notice promises."""
    earliest = moment.policy.calendar.add(moment.now, moment.policy.closing.grace)
    away = case.course.away_until
    later = (moment.policy.calendar.add(away, moment.policy.closing.grace),) if away else ()
    return max(step.due or earliest, earliest, *later)


def _escalate(case: Case, step: Step, moment: _Moment) -> _Brought:
    return escalated(
        taken(case, step, moment.now), "mailgate", "no solution yet", moment.policy, moment.names, moment.now
    )


def _close(case: Case, step: Step, moment: _Moment) -> _Brought:
    policy = moment.policy
    after, entries = move(taken(case, step, moment.now), Status.CLOSED, "mailgate", policy, moment.now)
    letters: tuple[Letter, ...] = ()
    if policy.letters.closed:
        says: Says = (("reopen_days", policy.closing.reopen_days), ("resolved", int(case.status is Status.RESOLVED)))
        letters = to_customer(LetterKind.CLOSED, _occasion(after, step), case, policy, moment.names, says)
        after = _told(after, moment.now)
    return _Brought(after, entries, letters)


_TAKE: Mapping[StepName, Callable[[Case, Step, _Moment], _Brought]] = {
    StepName.FIRST_RESPONSE_DUE: _overdue,
    StepName.ANY_RESPONSE_DUE: _overdue,
    StepName.ACTIVATED_DUE: _overdue,
    StepName.WORKAROUND_DUE: _overdue,
    StepName.FEEDBACK_DUE: _feedback,
    StepName.ENGINEER_REMINDER: _remind_engineer,
    StepName.CUSTOMER_REMINDER: _remind_customer,
    StepName.ESCALATE: _escalate,
    StepName.AUTO_CLOSE: _close,
}


def escalated(case: Case, actor: str, reason: str, policy: Policy, names: Names, now: datetime) -> _Brought:
    """One rung up, whoever asks for it; nothing where the ladder ends or there is none."""
    rungs = policy.escalation.rungs
    if case.rung >= len(rungs):
        return _Brought(case)
    rung, after = rungs[case.rung], replace(case, rung=case.rung + 1, updated_at=now)
    says: Says = (("rung", after.rung), ("rung_name", rung.name), ("by", actor), ("reason", reason))
    occasion = f"{after.rung}"
    letters = to_our_people(LetterKind.ESCALATED, occasion, after, rung.to, policy, names, says)
    text = _with(f"escalated to {after.rung} ({rung.name})" + (f": {reason}" if reason else ""), letters)
    return _Brought(after, (Entry(now, EntryKind.ESCALATION, actor, text),), letters)


def _told(case: Case, now: datetime) -> Case:
    return replace(case, course=replace(case.course, told_at=now))


def _occasion(after: Case, step: Step) -> str:
    """What makes the letter's key unique for ever: which step, about what, and the how-manieth of its kind."""
    last = after.course.last(step.name, step.about)
    return "/".join(filter(None, (step.about.replace("/", "_"), str(last.n if last else 1))))


def _words(name: StepName) -> str:
    return name.value.removesuffix("_due").replace("_", " ")


def _with(text: str, letters: tuple[Letter, ...]) -> str:
    told = ", ".join(letter.to.address for letter in letters)
    return f"{text}; told: {told}" if told else f"{text}; there is nobody to tell"
