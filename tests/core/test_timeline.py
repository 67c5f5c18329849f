"""A timeline is what the walk itself would do, told beforehand: it is derived, not a second opinion."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate import shipped
from mailgate.cases.agenda import CLOSING, agenda
from mailgate.cases.case import Case, Status
from mailgate.cases.course import Course, StepName
from mailgate.cases.decide import decide
from mailgate.cases.events import EngineerActed, LetterAccepted, TimePassed
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.ref import Names
from mailgate.cases.timeline import FEEDBACKS, timeline
from mailgate.mail.message import Address
from mailgate.policy.duration import Duration, Unit
from mailgate.policy.load import load_policy
from mailgate.policy.policy import Closing, Policy
from mailgate.policy.service import Escalation, Reminders, Rung

NAMES = Names("2611000001", "00DABCDEF", "5001234567890ABC", b"s" * 32, "mail.example.com")
POLICIES = {file.stem: load_policy(file) for file in sorted((shipped.folder("config") / "policies").glob("*.toml"))}
NOON = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)


def walked(policy: Policy, opened: datetime, priority: int, status: Status, since: datetime) -> list[datetime]:
    """The moments at which the walk does something for such a case until it is closed, or for 60 days."""
    case = Case(
        "2611000001", "00DABCDEF", "5001234567890ABC", "x", Status.NEW, priority, "support", policy.name,
        Address("", "ann@example.com"), ("ann@example.com",), opened, opened, Course(opened, opened),
        level=policy.opening.level,
    )  # fmt: skip
    if status is not Status.NEW:
        decided = decide(case, EngineerActed("operator", status=status, answered=True), policy, NAMES, since)
        case = decided.case or case
    moments: list[datetime] = []
    while (steps := agenda(case, policy)) and (now := steps[0].at) <= opened + timedelta(days=60):
        decided = decide(case, TimePassed(), policy, NAMES, now)
        assert decided.case is not None
        case = decided.case
        moments.append(now)
        for letter in decided.letters:
            if letter.kind is LetterKind.CLOSING_NOTICE:
                accepted = LetterAccepted(letter.to.address, letter.kind.value)
                case = decide(case, accepted, policy, NAMES, now).case or case
    assert not moments or case.status in {status, Status.CLOSED}
    return moments


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(POLICIES)),
    st.integers(0, 700 * 24 * 60),
    st.integers(1, 4),
    st.sampled_from([Status.NEW, Status.WAITING, Status.RESOLVED]),
    st.timedeltas(timedelta(), timedelta(days=9)),
)
def test_the_walk_takes_each_step_at_the_moment_of_the_timeline(
    name: str, minutes: int, priority: int, status: Status, later: timedelta
) -> None:
    policy, opened = POLICIES[name], datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    since = opened if status is Status.NEW else opened + timedelta(minutes=later // timedelta(minutes=1))
    steps = timeline(policy, opened, priority, status, since)
    last = [step.at for step in steps if StepName.FEEDBACK_DUE in {step.name, step.about}]
    until = last[-1] if last else opened + timedelta(days=60)  # beyond it the timeline is silent of feedback
    told = sorted({step.at for step in steps if step.at <= until})
    done = sorted(moment for moment in set(walked(policy, opened, priority, status, since)) if moment <= until)
    assert told == done


def test_a_feedback_is_shown_three_times_with_its_reminders() -> None:
    steps = timeline(POLICIES["roxen"], NOON, 1)
    assert Counter(step.name for step in steps if step.name is StepName.FEEDBACK_DUE) == {StepName.FEEDBACK_DUE: 3}
    assert len([step for step in steps if step.about == StepName.FEEDBACK_DUE.value]) == FEEDBACKS == 3
    assert steps[-1].name is StepName.FEEDBACK_DUE
    assert steps[0].at == NOON  # activated, at once


def test_a_ladder_is_climbed_rung_by_rung() -> None:
    rungs = (Rung("lead", after=Duration(2, Unit.HOURS)), Rung("head", after=Duration(5, Unit.HOURS)), Rung("by hand"))
    steps = timeline(replace(Policy("x"), escalation=Escalation(rungs=rungs)), NOON, 4)
    climbed = [(step.about, step.at) for step in steps if step.name is StepName.ESCALATE]
    assert climbed == [("lead", NOON + timedelta(hours=2)), ("head", NOON + timedelta(hours=5))]


def test_a_policy_that_never_closes_ends_with_its_reminders() -> None:
    quiet = replace(Policy("x"), closing=Closing(waiting=None), reminders=Reminders(customer=(Duration(1, Unit.DAYS),)))
    (only,) = timeline(quiet, NOON, 3, Status.WAITING)
    assert (only.name, only.about, only.at) == (StepName.CUSTOMER_REMINDER, "", NOON + timedelta(days=1))


@pytest.mark.parametrize("status", [Status.WAITING, Status.RESOLVED])
def test_a_close_comes_after_the_last_reminder_and_its_grace(status: Status) -> None:
    *_, notice, close = timeline(POLICIES["beyondtrust"], NOON, 3, status)
    assert (notice.about, close.name) == (CLOSING, StepName.AUTO_CLOSE)
    assert notice.due == close.at
    assert POLICIES["beyondtrust"].calendar.days_after(notice.at, 2) == close.at


def test_letters_to_a_customer_keep_their_hour_between_them_here_too() -> None:
    hasty = Reminders(customer=(Duration(10, Unit.MINUTES), Duration(20, Unit.MINUTES)))
    steps = timeline(replace(Policy("x"), reminders=hasty), NOON, 3, Status.WAITING)
    assert [step.at - NOON for step in steps[:2]] == [timedelta(minutes=10), timedelta(minutes=70)]
