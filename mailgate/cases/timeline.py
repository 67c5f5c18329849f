"""timeline(): all that time would bring to a case of a policy if nothing else happened. For people who write policies.

It asks the agenda of a case that nobody has, as `decide` would, step after step: each is taken at its moment, the relay
takes the last reminder at once, and neither the customer nor anybody of ours does anything more.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime

from mailgate.cases.agenda import CLOSING, Step, agenda, taken
from mailgate.cases.case import Case, Status
from mailgate.cases.course import Course, StepName
from mailgate.cases.moves import move
from mailgate.mail.message import Address
from mailgate.policy.policy import Policy

FEEDBACKS = 3  # it comes back for ever: so often shows its pace
_MOST_STEPS = 200


def timeline(
    policy: Policy, opened: datetime, priority: int, status: Status = Status.NEW, since: datetime | None = None
) -> tuple[Step, ...]:
    """The steps, soonest first, of a case opened then (aware UTC) at that priority.

    With `status` waiting or resolved it is so since `since` (None: since it was opened): somebody of ours answered, and
    asked or solved. Then only what comes after that is told.
    """
    case = _case(policy, opened, priority, status, since or opened)
    steps: list[Step] = []
    while len(steps) < _MOST_STEPS and case.status is not Status.CLOSED:
        coming = [step for step in agenda(case, policy) if not _enough(step, steps)]
        if not coming:
            break
        steps.append(coming[0])
        case = _taken(case, coming[0], policy)
    return tuple(steps)


def _new(policy: Policy, opened: datetime, priority: int) -> Case:
    """A new case of that policy that nobody has: authentic, with somebody to write to."""
    contact = Address("", "customer@example.com")
    return Case(
        number="",
        org="",
        key="",
        subject="",
        status=Status.NEW,
        priority=priority,
        mailbox="",
        policy=policy.name,
        contact=contact,
        participants=(contact.key,),
        opened_at=opened,
        updated_at=opened,
        course=Course(started_at=opened, status_since=opened),
        level=policy.opening.level,
    )


def _case(policy: Policy, opened: datetime, priority: int, status: Status, since: datetime) -> Case:
    case = _new(policy, opened, priority)
    if status is Status.NEW:
        return case
    answered = replace(case, course=replace(case.course, answered_at=since, spoke_at=since))
    return move(answered, status, "", policy, since)[0]


def _enough(step: Step, steps: list[Step]) -> bool:
    """Whether it is about a feedback beyond the last that is shown."""
    of_feedback = StepName.FEEDBACK_DUE in {step.name, step.about}
    return of_feedback and Counter(one.name for one in steps)[StepName.FEEDBACK_DUE] >= FEEDBACKS


def _taken(case: Case, step: Step, policy: Policy) -> Case:
    """The case once that step was taken at its moment, as `passing.py` takes it."""
    after, at = taken(case, step, step.at), step.at
    if step.name is StepName.AUTO_CLOSE:
        return move(after, Status.CLOSED, "", policy, at)[0]
    if step.name is StepName.ESCALATE:
        return replace(after, rung=after.rung + 1)
    course = after.course
    if step.name is StepName.CUSTOMER_REMINDER:
        course = replace(course, told_at=at)
    if step.name is StepName.FEEDBACK_DUE and policy.reminders.progress:
        course = replace(course, told_at=at)
    if step.about == CLOSING:
        course = replace(course, notice_accepted_at=at)
    return replace(after, course=course)
