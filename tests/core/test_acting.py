"""What our people and the customer do to a case by hand: to whom it is told, and which clocks it counts for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailgate.cases.agenda import CLOSING, agenda, idle_because
from mailgate.cases.case import Case, Status
from mailgate.cases.course import Course, StepName
from mailgate.cases.decide import decide
from mailgate.cases.events import CustomerActed, EngineerActed, Event, LetterAccepted, TimePassed
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.ref import Names
from mailgate.errors import NotAllowed
from mailgate.mail.message import Address
from mailgate.policy.duration import Duration, Unit
from mailgate.policy.policy import Extent, Letters, Policy
from mailgate.policy.service import Escalation, Reminders, Rung
from moments import NOON

ANN = Address("Ann", "ann@customer.test")
BOB = "bob@engineers.test"
POLICY = Policy(
    "default",
    letters=Letters(priority_changed=True),
    escalation=Escalation(rungs=(Rung("Head", ("head@example.net",)),)),
)
NAMES = Names("2611000009", "00D000000", "5000000000000000", b"s" * 32, "example.com")
LATER = NOON + timedelta(hours=1)


def a_case(status: Status = Status.OPEN, **course: object) -> Case:
    return Case(
        number="2611000009",
        org="00D000000",
        key="5000000000000000",
        subject="Printer",
        status=status,
        priority=3,
        mailbox="support",
        policy="default",
        contact=ANN,
        participants=(ANN.key,),
        opened_at=NOON,
        updated_at=NOON,
        course=replace(Course(started_at=NOON, status_since=NOON), **course),  # type: ignore[arg-type]
    )


def told(case: Case, event: Event) -> list[LetterKind]:
    return [letter.kind for letter in decide(case, event, POLICY, NAMES, LATER).letters]


def test_a_new_priority_is_told_to_nobody_to_whom_nothing_was_confirmed_until_a_person_has_written_to_him() -> None:
    urgent = EngineerActed(BOB, priority=1)
    assert told(a_case(), urgent) == [LetterKind.PRIORITY_CHANGED]
    assert told(a_case(extent=Extent.NONE), urgent) == []
    assert told(a_case(extent=Extent.NONE, spoke_at=NOON), urgent) == [LetterKind.PRIORITY_CHANGED]
    assert told(a_case(undelivered_at=NOON), urgent) == []


def test_a_new_priority_of_a_closed_case_is_told_to_nobody() -> None:
    assert told(a_case(Status.CLOSED), EngineerActed(BOB, priority=1)) == []


@pytest.mark.parametrize("status", [Status.WAITING, Status.RESOLVED])
def test_a_new_priority_promises_no_moment_while_clocks_stand_still(status: Status) -> None:
    decision = decide(a_case(status), EngineerActed(BOB, priority=1), POLICY, NAMES, LATER)
    (letter,) = decision.letters
    assert letter.says == (("was", 3),)
    assert decision.case is not None
    assert decision.case.course.promises == ()


@pytest.mark.parametrize("event", [EngineerActed(BOB, escalate=True), CustomerActed(ANN.key, escalate=True)])
def test_a_closed_case_is_escalated_by_nobody(event: Event) -> None:
    with pytest.raises(NotAllowed, match="2611000009 is closed: open it"):
        decide(a_case(Status.CLOSED), event, POLICY, NAMES, LATER)


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.CLOSED])
def test_what_is_done_in_the_breath_that_opens_a_case_again_counts_for_the_clocks_that_begin_then(
    status: Status,
) -> None:
    event = EngineerActed(BOB, Status.OPEN, answered=True, workaround=True, escalate=True)
    case = decide(a_case(status), event, POLICY, NAMES, LATER).case
    assert case is not None
    assert (case.status, case.rung, case.course.started_at) == (Status.OPEN, 1, LATER)
    assert (case.course.answered_at, case.course.workaround_at) == (LATER, LATER)


def test_who_is_asked_once_more_has_the_whole_time_once_more() -> None:
    asked = decide(a_case(), EngineerActed(BOB, ask=True), POLICY, NAMES, NOON).case
    late = NOON + timedelta(days=20)
    for day in range(21):
        asked = decide(asked, TimePassed(), POLICY, NAMES, NOON + timedelta(days=day)).case
    asked = decide(asked, LetterAccepted(ANN.address, LetterKind.CLOSING_NOTICE), POLICY, NAMES, late).case
    again = decide(asked, EngineerActed(BOB, ask=True), POLICY, NAMES, late).case
    afresh = decide(a_case(), EngineerActed(BOB, ask=True), POLICY, NAMES, late).case
    assert asked is not None
    assert again is not None
    assert afresh is not None
    assert [step.name for step in agenda(asked, POLICY)] == [StepName.AUTO_CLOSE]
    assert [(step.name, step.at) for step in agenda(again, POLICY)] == [
        (step.name, step.at) for step in agenda(afresh, POLICY)
    ]


def test_a_new_priority_promises_no_moment_that_is_over() -> None:
    decision = decide(a_case(), EngineerActed(BOB, priority=1), POLICY, NAMES, NOON + timedelta(minutes=29))
    assert ("response_due", NOON + timedelta(minutes=30)) in decision.letters[0].says
    decision = decide(a_case(), EngineerActed(BOB, priority=1), POLICY, NAMES, NOON + timedelta(hours=6))
    assert decision.letters[0].says == (("was", 3),)
    assert decision.case is not None
    assert decision.case.course.promises == ()


def test_what_a_letter_promised_is_owed_though_the_policy_no_longer_promises_it() -> None:
    promised = a_case().course.promised({StepName.FIRST_RESPONSE_DUE: LATER}, NOON)
    nothing = replace(POLICY, priorities=tuple(replace(one, response=None) for one in POLICY.priorities))
    case = replace(a_case(), course=promised)
    assert [(step.name, step.at) for step in agenda(case, nothing) if step.name is StepName.FIRST_RESPONSE_DUE] == [
        (StepName.FIRST_RESPONSE_DUE, LATER)
    ]
    assert agenda(a_case(), nothing) == ()
    silent = replace(nothing, letters=Letters())
    after = decide(case, EngineerActed(BOB, priority=1), silent, NAMES, NOON).case
    assert after is not None
    assert after.course.promises == promised.promises


def test_progress_is_told_to_an_unproved_sender_only_once_a_person_has_written_to_him() -> None:
    hourly = tuple(replace(one, feedback=Duration(1, Unit.HOURS)) for one in POLICY.priorities)
    policy = replace(POLICY, priorities=hourly, reminders=Reminders(progress=True))

    def kinds(case: Case) -> list[LetterKind]:
        return [letter.kind for letter in decide(case, TimePassed(), policy, NAMES, LATER).letters]

    assert kinds(a_case()) == [LetterKind.PROGRESS]
    assert kinds(a_case(extent=Extent.NEUTRAL)) == []
    assert kinds(a_case(extent=Extent.NEUTRAL, spoke_at=NOON)) == [LetterKind.PROGRESS]


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (EngineerActed(BOB, escalate=True), 'policy "bare" has no .*nobody to escalate to'),
        (EngineerActed(BOB, level=9), 'policy "bare" has no level 9; it has none'),
    ],
)
def test_a_policy_without_ladder_or_levels_says_so(event: Event, why: str) -> None:
    with pytest.raises(NotAllowed, match=why):
        decide(a_case(), event, Policy("bare"), NAMES, LATER)


def test_a_case_whose_policy_came_to_never_close_is_not_said_to_wait_for_its_relay() -> None:
    never = replace(POLICY, closing=replace(POLICY.closing, resolved=None))
    noticed = a_case(Status.RESOLVED).course.took(NOON, StepName.CUSTOMER_REMINDER, CLOSING, NOON)
    assert idle_because(replace(a_case(Status.RESOLVED), course=noticed), never) == "notice_not_accepted"
    accepted = replace(noticed, notice_accepted_at=LATER)
    assert idle_because(replace(a_case(Status.RESOLVED), course=accepted), never) == "never_closes"


def test_a_longer_grace_in_a_new_policy_moves_no_close_that_a_notice_has_told() -> None:
    case = a_case(Status.RESOLVED)
    notice_at = agenda(case, POLICY)[0].at
    told = decide(case, TimePassed(), POLICY, NAMES, notice_at).case
    assert told is not None
    accepted = decide(told, LetterAccepted(ANN.address, LetterKind.CLOSING_NOTICE), POLICY, NAMES, notice_at).case
    assert accepted is not None
    patient = replace(POLICY, closing=replace(POLICY.closing, grace=Duration(5, Unit.BUSINESS_DAYS)))
    assert agenda(accepted, patient)[0].at == agenda(accepted, POLICY)[0].at
