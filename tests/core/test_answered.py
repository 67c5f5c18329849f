"""How fast a first answer came, and whether it was in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kept import new_case
from mailgate.cases.answered import IN_TIME, LATE, LONGER, NOT_YET, UNPROMISED, Answered, answered
from mailgate.cases.case import Case, Status
from mailgate.cases.course import Course
from mailgate.cases.ref import Names
from mailgate.policy.load import load_policy
from mailgate.policy.policy import Policy
from moments import NOON


@pytest.fixture(scope="module")
def policy() -> Policy:
    """Priority 3 is promised an answer in 4 hours."""
    return load_policy(Path(__file__).parents[2] / "config" / "policies" / "default.toml")


def case(after: timedelta | None, **changed: object) -> Case:
    course = Course(NOON, NOON, answered_at=None if after is None else NOON + after)
    made = replace(new_case(Names("2611000001", "00D", "500", b"", "example.com")), course=course)
    return replace(made, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("minutes", "found"),
    [
        (15, Answered("15 min", IN_TIME)),
        (16, Answered("30 min", IN_TIME)),
        (240, Answered("4 h", IN_TIME)),
        (241, Answered("8 h", LATE)),
        (60 * 24 * 3 + 1, Answered(LONGER, LATE)),
    ],
)
def test_an_answer_is_counted_by_how_long_it_took_and_against_what_was_promised(
    policy: Policy, minutes: int, found: Answered
) -> None:
    assert answered(case(timedelta(minutes=minutes)), policy, NOON + timedelta(days=9)) == found


def test_an_answer_that_is_still_to_come_is_late_once_it_is_due(policy: Policy) -> None:
    waiting = case(None)
    assert answered(waiting, policy, NOON + timedelta(hours=4)) == Answered(NOT_YET, IN_TIME)
    assert answered(waiting, policy, NOON + timedelta(hours=5)) == Answered(NOT_YET, LATE)


def test_where_nothing_was_promised_nothing_is_late(policy: Policy) -> None:
    priorities = tuple(replace(one, response=None) for one in policy.priorities)
    unpromising = replace(policy, priorities=priorities)
    assert answered(case(timedelta(days=2)), unpromising, NOON) == Answered("3 days", UNPROMISED)


def test_nobody_waited_for_an_answer_to_history_or_to_what_was_closed_without_one(policy: Policy) -> None:
    imported = case(None)
    assert answered(replace(imported, course=replace(imported.course, owed=False)), policy, NOON) is None
    assert answered(case(None, status=Status.CLOSED), policy, NOON) is None
    assert answered(case(timedelta(hours=1), status=Status.CLOSED), policy, NOON) is not None
