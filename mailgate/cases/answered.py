"""How fast a case's first answer came, and whether it was in time: what the desk's pictures count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mailgate.cases.agenda import due_at, targets
from mailgate.cases.case import Case, Status
from mailgate.cases.course import StepName
from mailgate.policy.policy import Policy

# What a first answer is counted under: the longest that it took, and how people say that.
WITHIN: tuple[tuple[timedelta, str], ...] = (
    (timedelta(minutes=15), "15 min"),
    (timedelta(minutes=30), "30 min"),
    (timedelta(hours=1), "1 h"),
    (timedelta(hours=2), "2 h"),
    (timedelta(hours=4), "4 h"),
    (timedelta(hours=8), "8 h"),
    (timedelta(days=1), "1 day"),
    (timedelta(days=3), "3 days"),
)
LONGER, NOT_YET = "longer", "not yet"
IN_TIME, LATE, UNPROMISED = "in time", "late", "no target"
_ANSWERS = {StepName.FIRST_RESPONSE_DUE, StepName.ANY_RESPONSE_DUE}


@dataclass(frozen=True, slots=True)
class Answered:
    """`took` is a name of WITHIN, LONGER or NOT_YET; `verdict` is IN_TIME (or not due yet), LATE or UNPROMISED."""

    took: str
    verdict: str


def answered(case: Case, policy: Policy, now: datetime) -> Answered | None:
    """None where nobody waited for an answer: history that was imported, and what was closed without one."""
    course = case.course
    if not course.owed or (course.answered_at is None and case.status is Status.CLOSED):
        return None
    took = NOT_YET if course.answered_at is None else _within(course.answered_at - course.started_at)
    due = [due_at(case, policy, one) for one in targets(case, policy) if one.step in _ANSWERS]
    if not due:
        return Answered(took, UNPROMISED)
    return Answered(took, IN_TIME if (course.answered_at or now) <= min(due) else LATE)


def _within(span: timedelta) -> str:
    return next((name for longest, name in WITHIN if span <= longest), LONGER)
