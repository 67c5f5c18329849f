"""The clocks of a case as people see them: what is owed, until when, what is left of it, and whether it runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mailgate.cases.agenda import clocks_run, due_at, feedback_due, targets
from mailgate.cases.case import Case, Status
from mailgate.cases.course import StepName
from mailgate.policy.duration import Duration, Unit
from mailgate.policy.policy import Policy

_BUSINESS = frozenset({Unit.BUSINESS_HOURS, Unit.BUSINESS_DAYS})


class ClockState(StrEnum):
    """What a clock does at this moment."""

    RUNNING = "running"
    STOPPED = "stopped"  # it stands still while we wait for the customer
    OVERDUE = "overdue"
    MET = "met"
    ENDED = "ended"  # the case was resolved without it


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock. `due` is when it runs out, of one that stands still as if it went on now. `left` is the time until
    then, counted as the policy counts it (business hours where it promises those): None once it is met or ended."""

    name: StepName
    allowed: Duration
    state: ClockState
    due: datetime
    left: timedelta | None = None
    met_at: datetime | None = None


def clocks(case: Case, policy: Policy, now: datetime) -> tuple[Clock, ...]:
    """Every clock that the policy sets the case, in the order of service levels, feedback last."""
    found = []
    for target in targets(case, policy):
        due = due_at(case, policy, target)
        if target.met_at is not None:
            found.append(Clock(target.step, target.allowed, ClockState.MET, due, met_at=target.met_at))
        else:
            found.append(_unmet(target.step, target.allowed, due, case, policy, now))
    feedback, priority = feedback_due(case, policy), policy.priority_or_none(case.priority)
    if feedback and priority and priority.feedback:
        found.append(_unmet(StepName.FEEDBACK_DUE, priority.feedback, feedback[1], case, policy, now))
    return tuple(found)


def _unmet(name: StepName, allowed: Duration, due: datetime, case: Case, policy: Policy, now: datetime) -> Clock:
    if case.status in {Status.RESOLVED, Status.CLOSED}:
        return Clock(name, allowed, ClockState.ENDED, due)
    if not clocks_run(case, policy):
        stopped_at = case.course.pauses[-1].start if case.course.pauses else now
        return Clock(name, allowed, ClockState.STOPPED, due, _left(allowed, stopped_at, due, policy))
    state = ClockState.OVERDUE if due <= now else ClockState.RUNNING
    return Clock(name, allowed, state, due, _left(allowed, now, due, policy))


def _left(allowed: Duration, now: datetime, due: datetime, policy: Policy) -> timedelta:
    if due <= now:
        return timedelta(0)
    return policy.calendar.worked(now, due) if allowed.unit in _BUSINESS else due - now
