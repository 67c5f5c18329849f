"""How a case comes from one status to another: the arrows of the diagram (`mailgate/cases/__init__.py`), and what each
does to the case's clocks. Only `decide` and its rooms call this; nothing else sets a status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from mailgate.cases.case import Case, Entry, EntryKind, Status
from mailgate.cases.course import Course, Pause
from mailgate.errors import NotAllowed
from mailgate.policy.policy import Policy

# Nothing becomes new again, and a closed case is opened before anything else is done with it.
MOVES: Mapping[Status, frozenset[Status]] = {
    Status.NEW: frozenset({Status.OPEN, Status.WAITING, Status.RESOLVED, Status.CLOSED}),
    Status.OPEN: frozenset({Status.WAITING, Status.RESOLVED, Status.CLOSED}),
    Status.WAITING: frozenset({Status.OPEN, Status.RESOLVED, Status.CLOSED}),
    Status.RESOLVED: frozenset({Status.OPEN, Status.WAITING, Status.CLOSED}),
    Status.CLOSED: frozenset({Status.OPEN}),
}
_OVER = frozenset({Status.RESOLVED, Status.CLOSED})


def move(case: Case, status: Status, actor: str, policy: Policy, now: datetime) -> tuple[Case, tuple[Entry, ...]]:
    """The case in its new status, and the line of its history that says so; as it is where it has that status.

    NotAllowed where no arrow leads there.
    """
    if status is case.status:
        return case, ()
    if status not in MOVES[case.status]:
        could = " or ".join(sorted(one.value for one in MOVES[case.status]))
        raise NotAllowed(f"case {case.number} is {case.status.value}: it can become {could}, not {status.value}")
    after = replace(
        case,
        status=status,
        updated_at=now,
        resolved_at=now if status is Status.RESOLVED else case.resolved_at if status is Status.CLOSED else None,
        closed_at=now if status is Status.CLOSED else None,
        course=_course(case, status, policy, now),
    )
    return after, (Entry(now, EntryKind.STATUS, actor, f"status: {case.status.value} → {status.value}"),)


def _course(case: Case, status: Status, policy: Policy, now: datetime) -> Course:
    course = replace(case.course, status_since=now, notice_accepted_at=None, undelivered_at=None)
    if case.status in _OVER and status not in _OVER:
        course = course.afresh(now)  # what was promised and done before belongs to what was resolved before
    if course.pauses and course.pauses[-1].end is None:
        course = replace(course, pauses=(*course.pauses[:-1], Pause(course.pauses[-1].start, now)))
    if status is Status.WAITING and policy.service.waiting_stops_clocks:
        course = replace(course, pauses=(*course.pauses, Pause(now)))
    if status is not Status.WAITING:
        course = replace(course, away_until=None)
    return course


def closed_for_good(case: Case, policy: Policy, now: datetime) -> bool:
    """Whether a customer's mail no longer reopens the case, but opens one that follows it."""
    if case.status is not Status.CLOSED or case.closed_at is None:
        return False
    return now > case.closed_at + timedelta(days=policy.closing.reopen_days)
