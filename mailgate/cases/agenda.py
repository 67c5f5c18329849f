"""agenda(): what time will bring to a case, soonest first. It says when; what then happens, `passing.py` decides.

Nothing here is remembered: the steps follow from the case, its course and its policy, each time anew, so that a policy
can change and a clock can be turned. Steps are measured from the last one really taken: after an outage the next does
not come in the same breath, and time alone writes to a customer about one case at most once an hour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mailgate.cases.case import Case, Status
from mailgate.cases.course import Course, StepName
from mailgate.policy.duration import Duration, Unit, parse_duration
from mailgate.policy.policy import Extent, Policy, Priority

BETWEEN_LETTERS = timedelta(hours=1)
_BUSINESS = frozenset({Unit.BUSINESS_HOURS, Unit.BUSINESS_DAYS})
CLOSING = "closing"  # what the last reminder before closing is about
UNTAKEN = "untaken"  # what the operator is told of
_OWED = frozenset(
    {
        StepName.FIRST_RESPONSE_DUE,
        StepName.ANY_RESPONSE_DUE,
        StepName.ACTIVATED_DUE,
        StepName.WORKAROUND_DUE,
        StepName.FEEDBACK_DUE,
    }
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step to come. `about` is the name of what is due (of a reminder), or of the rung; `since` what it is measured
    from; `due` the moment that a reminder speaks of, or a notice."""

    name: StepName
    at: datetime
    since: datetime
    about: str = ""
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A clock of a service level: how long it may run, and how to see in the course that it was met."""

    step: StepName
    allowed: Duration
    met_at: datetime | None


def agenda(case: Case, policy: Policy) -> tuple[Step, ...]:
    """Every step that time brings to the case if nothing else happens, as far as it is known; soonest first."""
    if case.status is Status.CLOSED:
        return ()
    steps = [*_owed(case, policy), *_to_customer(case, policy)]
    return tuple(sorted(steps, key=lambda step: (step.at, step.name, step.about)))


def owed_at(case: Case, policy: Policy, steps: Sequence[Step]) -> datetime | None:
    """When the soonest of what we owe the customer runs out, or ran out without being met; None where nothing is owed
    now. `steps` are its agenda: what stands in there is not reckoned twice."""
    if not clocks_run(case, policy):
        return None
    coming = {step.name: step.due for step in steps if step.due is not None and step.name in _OWED}
    unmet = (target for target in targets(case, policy) if target.met_at is None and target.step not in coming)
    return min((*coming.values(), *(due_at(case, policy, one) for one in unmet)), default=None)


def idle_because(case: Case, policy: Policy) -> str:
    """Why time brings nothing to the case, as a fixed name; "" where it does."""
    if agenda(case, policy):
        return ""
    if case.status is Status.CLOSED:
        return "closed"
    if not case.course.owed and case.status in {Status.NEW, Status.OPEN}:
        return "history"  # imported: nobody waits until the customer writes again
    if case.status in {Status.NEW, Status.OPEN}:
        return "nothing_owed"  # all that the policy promises was given, or is overdue and was told
    if case.course.undelivered_at is not None:
        return "undelivered"
    if not reachable(case):
        return "no_contact"
    noticed = case.course.since(case.course.status_since, StepName.CUSTOMER_REMINDER, CLOSING)
    if noticed and case.course.notice_accepted_at is None:
        return "notice_not_accepted"
    return "never_closes"


def targets(case: Case, policy: Policy) -> tuple[Target, ...]:
    """The clocks of the case's service levels that run to one moment each, met or not."""
    course = case.course
    priority = _priority(case, policy)
    allowed = (
        (StepName.FIRST_RESPONSE_DUE, priority.response, course.answered_at),
        (StepName.ANY_RESPONSE_DUE, policy.service.any_response, course.answered_at),
        (StepName.ACTIVATED_DUE, priority.activated, course.activated_at),
        (StepName.WORKAROUND_DUE, priority.workaround, course.workaround_at),
    )
    found = ((step, allowance or _as_promised(course, step), met) for step, allowance, met in allowed)
    return tuple(Target(step, allowance, met) for step, allowance, met in found if allowance is not None)


def _as_promised(course: Course, step: StepName) -> Duration | None:
    """What a letter allowed where the policy promises it no longer, in minutes of the day and the night."""
    promise = course.promise(step)
    return Duration(int((promise.due - promise.told_at).total_seconds() // 60), Unit.MINUTES) if promise else None


def due_at(case: Case, policy: Policy, target: Target) -> datetime:
    """When that clock runs out; while it stands still, when it would if it went on now."""
    promise = case.course.promise(target.step)
    start = promise.told_at if promise else case.course.started_at
    due = promise.due if promise else policy.calendar.add(start, target.allowed)
    return _put_off(due, start, case, policy, target.allowed)


def feedback_due(case: Case, policy: Policy) -> tuple[datetime, datetime] | None:
    """Since when the customer is owed a word, and until when; None where the priority promises none."""
    priority = _priority(case, policy)
    if priority.feedback is None:
        return None
    course = case.course
    last = course.last(StepName.FEEDBACK_DUE)
    told_at = last.at if last else None
    moments = (course.started_at, course.activated_at, course.answered_at, course.spoke_at, told_at)
    since = max(moment for moment in moments if moment is not None)
    return since, _put_off(policy.calendar.add(since, priority.feedback), since, case, policy, priority.feedback)


def clocks_run(case: Case, policy: Policy) -> bool:
    """Whether the clocks of service levels run in the case's status."""
    running = {Status.NEW, Status.OPEN} | (set() if policy.service.waiting_stops_clocks else {Status.WAITING})
    return case.course.owed and case.status in running


def reachable(case: Case) -> bool:
    """Whether time may write to the customer at all: to whom we did not dare to confirm, only after a person did."""
    if case.contact is None or case.course.undelivered_at is not None:
        return False
    return case.course.extent is not Extent.NONE or case.course.spoke_at is not None


def taken(case: Case, step: Step, at: datetime) -> Case:
    """The case once that step was taken at `at`."""
    return replace(case, course=case.course.took(step.since, step.name, step.about, at))


def _priority(case: Case, policy: Policy) -> Priority:
    """That of the case; one that promises nothing where the policy knows it no longer."""
    return policy.priority_or_none(case.priority) or Priority(case.priority, "")


def _owed(case: Case, policy: Policy) -> Iterator[Step]:
    """What people of ours owe, as long as the clocks run."""
    if not clocks_run(case, policy):
        return
    course = case.course
    for target in targets(case, policy):
        if target.met_at is None and not course.since(course.started_at, target.step):
            due = due_at(case, policy, target)
            yield Step(target.step, due, course.started_at, due=due)
            yield from _reminders(case, policy, target.step, course.started_at, target.allowed, due)
    if feedback := feedback_due(case, policy):
        since, due = feedback
        priority = _priority(case, policy)
        yield Step(StepName.FEEDBACK_DUE, _spaced(course, due) if policy.reminders.progress else due, since, due=due)
        if priority.feedback is not None:
            yield from _reminders(case, policy, StepName.FEEDBACK_DUE, since, priority.feedback, due)
    untaken = policy.reminders.untaken
    if untaken and not case.owner and not course.since(course.started_at, StepName.ENGINEER_REMINDER, UNTAKEN):
        at = _put_off(policy.calendar.add(course.started_at, untaken), course.started_at, case, policy, untaken)
        yield Step(StepName.ENGINEER_REMINDER, at, course.started_at, UNTAKEN)
    yield from _escalation(case, policy)


def _reminders(
    case: Case, policy: Policy, about: StepName, since: datetime, allowed: Duration, due: datetime
) -> Iterator[Step]:
    """The next reminder of an engineer that comes before something is due: after so much of the time that the clocks
    ran."""
    last = case.course.since(since, StepName.ENGINEER_REMINDER, about)
    rest = policy.reminders.engineer_percent[last.round if last else 0 :]
    if not rest or due <= since:
        return
    counted = _counted(policy, allowed)
    ran = counted(since, due)
    for pause in case.course.pauses:
        if pause.end is not None and pause.end > since and pause.start < due:
            ran -= counted(max(pause.start, since), min(pause.end, due))
    part = ran * rest[0] / 100
    at = policy.calendar.after(since, part) if allowed.unit in _BUSINESS else since + part
    yield Step(StepName.ENGINEER_REMINDER, _put_off(at, since, case, policy, allowed), since, about, due)


def _escalation(case: Case, policy: Policy) -> Iterator[Step]:
    """The next rung that is reached by itself: so long after the one before as the ladder says, or later."""
    start, rungs = case.course.started_at, policy.escalation.rungs
    if case.rung >= len(rungs):
        return
    rung, below = rungs[case.rung], rungs[case.rung - 1] if case.rung else None
    if rung.after is None:
        return
    at = plan = policy.calendar.add(start, rung.after)
    last = below and case.course.last(StepName.ESCALATE, below.name)
    if below and last:
        before = policy.calendar.add(start, below.after) if below.after else start
        at = max(at, last.at + (plan - before))
    yield Step(StepName.ESCALATE, _put_off(at, start, case, policy, rung.after), start, rung.name)


def _to_customer(case: Case, policy: Policy) -> Iterator[Step]:
    """Reminders while we wait for the customer, the last of them, and the close."""
    if not reachable(case) or case.status not in {Status.WAITING, Status.RESOLVED}:
        return
    waiting = case.status is Status.WAITING
    course, patience = case.course, policy.closing.waiting if waiting else policy.closing.resolved
    start, notice = course.status_since, course.since(course.status_since, StepName.CUSTOMER_REMINDER, CLOSING)
    closes = policy.calendar.add(start, patience) if patience else None
    if notice is None:
        asked = course.since(start, StepName.CUSTOMER_REMINDER)
        plans = [policy.calendar.add(start, one) for one in policy.reminders.customer] if waiting else []
        last_call = policy.calendar.subtract(closes, policy.closing.grace) if closes else None
        plans = [plan for plan in plans if last_call is None or plan < last_call]
        done = min(asked.round, len(plans)) if asked else 0
        before, late = (plans[done - 1], asked.at) if asked and done else (start, start)
        for plan in plans[done : done + 1]:
            yield Step(StepName.CUSTOMER_REMINDER, _not_before(course, plan, late + (plan - before)), start)
        if last_call is not None:
            at = _not_before(course, last_call, late + (last_call - before))
            yield Step(StepName.CUSTOMER_REMINDER, at, start, CLOSING, closes)
    elif closes is not None and course.notice_accepted_at is not None:
        promise, grace = course.promise(StepName.AUTO_CLOSE), policy.closing.grace
        if promise is not None and promise.told_at == notice.at:
            closes, grace = promise.due, parse_duration(promise.grace)
        moments = [
            closes,
            policy.calendar.add(course.notice_accepted_at, grace),
        ]
        if course.away_until is not None:
            moments.append(policy.calendar.add(course.away_until, grace))
        yield Step(StepName.AUTO_CLOSE, _spaced(course, max(moments)), start)


def _not_before(course: Course, *moments: datetime) -> datetime:
    """The latest of these, when the customer is back, and when he may be written to again."""
    latest = max(moments)
    return _spaced(course, max(latest, course.away_until) if course.away_until else latest)


def _spaced(course: Course, at: datetime) -> datetime:
    return max(at, course.told_at + BETWEEN_LETTERS) if course.told_at else at


def _put_off(due: datetime, start: datetime, case: Case, policy: Policy, allowed: Duration) -> datetime:
    """`due`, later by as much as the clocks stood still between `start` and then."""
    counted = _counted(policy, allowed)
    for pause in case.course.pauses:
        begin = max(pause.start, start)
        if pause.end is None or pause.end <= begin or begin >= due:
            continue
        stood = counted(begin, pause.end)
        due = policy.calendar.after(due, stood) if allowed.unit in _BUSINESS else due + stood
    return due


def _counted(policy: Policy, allowed: Duration) -> Callable[[datetime, datetime], timedelta]:
    """How much time passes between two moments, as that duration counts it."""
    return policy.calendar.worked if allowed.unit in _BUSINESS else lambda begin, end: end - begin
