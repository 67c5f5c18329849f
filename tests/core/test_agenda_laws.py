"""What holds for every case in every history under every policy: a year of mails, actions, bounces and time, at random.

Time comes as it does to the gate: now and then in small ticks, now and then not for days.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate.cases.agenda import BETWEEN_LETTERS, CLOSING, agenda, idle_because
from mailgate.cases.case import Case, Decision, Letter, Status
from mailgate.cases.clocks import ClockState, clocks
from mailgate.cases.course import StepName
from mailgate.cases.decide import decide
from mailgate.cases.desk import Desk
from mailgate.cases.events import (
    CustomerActed,
    DeliveryFailed,
    EngineerActed,
    Event,
    LetterAccepted,
    MailArrived,
    Returned,
    TimePassed,
)
from mailgate.cases.letter_kinds import INTERNAL_LETTERS, LetterKind
from mailgate.cases.match import Match, Signal, Standing
from mailgate.cases.moves import MOVES
from mailgate.cases.ref import Names
from mailgate.checks.finding import Verdict
from mailgate.errors import NotAllowed
from mailgate.mail.message import (
    Address,
    Authentication,
    Automatic,
    AutomaticKind,
    Envelope,
    FailedRecipient,
    Mail,
    Report,
)
from mailgate.policy.duration import Duration, Unit
from mailgate.policy.policy import Closing, Handling, Letters, Opening, Policy, Priority
from mailgate.policy.service import Escalation, Hours, Level, Reminders, Rung, Service
from moments import NOON

ANN = Address("Ann Lee", "ann@customer.test")
BOB, OPERATOR = "bob@engineers.test", "postmaster@example.com"
EXAMPLES = int(os.environ.get("MAILGATE_SEQUENCES", "300"))
_GOING = {ClockState.RUNNING, ClockState.OVERDUE}
TIMED_TO_CUSTOMER = {LetterKind.CUSTOMER_REMINDER, LetterKind.CLOSING_NOTICE, LetterKind.PROGRESS, LetterKind.CLOSED}


def minutes(amount: int) -> Duration:
    return Duration(amount, Unit.MINUTES)


durations = st.builds(
    Duration,
    st.integers(1, 6),
    st.sampled_from([Unit.HOURS, Unit.DAYS, Unit.BUSINESS_HOURS, Unit.BUSINESS_DAYS]),
)
owed = st.none() | durations | st.just(minutes(0)) | st.just(minutes(30))
OFFICE = Hours(("Mon-Fri 04:00-22:00",), (), ("12-24",))
LADDER = (
    Rung("lead", ("lead@engineers.test",), Duration(1, Unit.DAYS)),
    Rung("boss", ("boss@engineers.test", BOB), Duration(3, Unit.DAYS)),
    Rung("owner", ("owner@engineers.test",)),
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    priorities = tuple(
        Priority(level, f"P{level}", "", draw(owed), draw(owed), draw(owed), draw(st.none() | durations))
        for level in (1, 2, 3)
    )
    closing = draw(st.sampled_from([(10, 15, 2), (3, 2, 1), (1, 5, 0)]))
    days = [Duration(amount, Unit.BUSINESS_DAYS) for amount in closing]
    customer = draw(st.sampled_from([(3, 6), (1,), ()]))
    return Policy(
        "drawn",
        zone=draw(st.sampled_from(["UTC", "America/New_York", "Europe/Berlin"])),
        priorities=priorities,
        opening=Opening(3),
        hours=draw(st.sampled_from([Hours(), OFFICE])),
        service=Service(draw(owed), draw(st.booleans())),
        reminders=Reminders(
            draw(st.sampled_from([(75,), (50, 90), ()])),
            tuple(Duration(amount, Unit.BUSINESS_DAYS) for amount in customer),
            draw(st.none() | durations),
            draw(st.booleans()),
        ),
        closing=Closing(14, draw(st.sampled_from([None, days[0]])), draw(st.sampled_from([None, days[1]])), days[2]),
        levels=(Level(1, "one", "queue@engineers.test"), Level(2, "two")),
        escalation=Escalation("", draw(st.integers(0, 3)), draw(st.sampled_from([(), LADDER[:1], LADDER]))),
        letters=Letters(priority_changed=draw(st.booleans()), closed=draw(st.booleans())),
    )


@dataclass(frozen=True)
class Happening:
    """One thing of a history: after so long (None: exactly when something is due), an event for the case of then."""

    after: timedelta | None
    make: Callable[[Case, datetime], Event]


def a_mail(number: int, kind: AutomaticKind | None = None, report: Report | None = None, **known: object) -> Mail:
    envelope = Envelope("support", "", ("support@example.com",), "test", NOON, **known)  # type: ignore[arg-type]
    automatic = Automatic(kind, "it says so") if kind else None
    return Mail(
        envelope,
        f"<{number}@customer.test>",
        ANN,
        ANN,
        subject="Printer",
        reply_text="x",
        automatic=automatic,
        report=report,
    )


def writes(
    case: Case | None, mail: Mail, handling: Handling = Handling.ACCEPT, away: datetime | None = None
) -> MailArrived:
    reason = mail.automatic.kind.value if mail.automatic else ""
    verdict, match = Verdict(handling, reason), Match(case, Signal.THREAD if case else None, Standing.PARTICIPANT)
    arrived = 100 + case.version if case else 7  # each mail comes once
    return MailArrived(arrived, mail, verdict, match, away_until=away)


def out_of_office(case: Case, now: datetime) -> Event:
    return writes(case, a_mail(3, AutomaticKind.AUTO_REPLY), Handling.MATCH_OR_HOLD, now + timedelta(days=9))


def bounced(case: Case, _: datetime) -> Event:
    report = Report((FailedRecipient(ANN.address, permanent=True),), failed=True)
    event = writes(case, a_mail(4, AutomaticKind.BOUNCE, report), Handling.MATCH_OR_HOLD)
    return replace(event, returned=Returned(3, LetterKind.CUSTOMER_REMINDER, ANN.address, NOON, by_path=True))


def moved_to(status: Status) -> Callable[[Case, datetime], Event]:
    return lambda _case, _now: EngineerActed(BOB, status)


happenings = st.builds(
    Happening,
    after=st.none()
    | st.none()
    | st.sampled_from(
        [timedelta(minutes=1), timedelta(minutes=37), timedelta(hours=5), timedelta(days=2), timedelta(days=20)]
    ),
    make=st.sampled_from(
        [
            *[lambda _case, _now: TimePassed(Desk(operator=OPERATOR))] * 8,
            lambda case, _now: writes(case, a_mail(2)),
            out_of_office,
            bounced,
            lambda _case, _now: DeliveryFailed(ANN.address, LetterKind.CUSTOMER_REMINDER, "550 no"),
            *[moved_to(status) for status in Status],
            moved_to(Status.WAITING),
            moved_to(Status.RESOLVED),
            lambda _case, _now: EngineerActed(BOB, answered=True),
            lambda _case, _now: EngineerActed(BOB, activated=True, owner=BOB),
            lambda _case, _now: EngineerActed(BOB, workaround=True),
            lambda _case, _now: EngineerActed(BOB, priority=1),
            lambda _case, _now: EngineerActed(BOB, level=2, reason="harder than it looked"),
            lambda _case, _now: EngineerActed(BOB, escalate=True),
            lambda _case, _now: EngineerActed(BOB, ask=True),
            lambda _case, _now: CustomerActed(ANN.address, priority=2),
            lambda _case, _now: CustomerActed(ANN.address, confirm=True),
            lambda _case, _now: CustomerActed(ANN.address, close=True),
            lambda _case, _now: CustomerActed(ANN.address, escalate=True),
        ]
    ),
)


class History:
    """A case as it goes through its year, and all that was said about it. The relay takes `accepts` of every letter."""

    def __init__(self, policy: Policy, opened_by: Authentication, *, accepts: bool) -> None:
        self.policy, self.accepts, self.now, self.count = policy, accepts, NOON, 0
        self.letters: dict[str, Letter] = {}
        self.to_customer: list[datetime] = []
        self.accepted_at: datetime | None = None
        decision = self._decide(None, writes(None, a_mail(1, authentication=opened_by)))
        assert decision.case is not None
        self.case = decision.case

    def _decide(self, case: Case | None, event: Event) -> Decision:
        self.count += 1
        names = Names("2611000001", "00D000000", "5000000000000000", self.count.to_bytes(32), "example.com")
        decision = decide(case, event, self.policy, names, self.now)
        assert decide(case, event, self.policy, names, self.now) == decision
        return decision

    def happens(self, event: Event) -> None:
        before = self.case
        if isinstance(event, MailArrived):
            event = replace(event, inbound_id=self.count)  # each mail is one of its own
        try:
            decision = self._decide(before, event)
        except NotAllowed:
            return
        if decision.opened or decision.case is None:
            return  # it was closed for good: what follows is another case
        self.case = replace(decision.case, version=before.version + 1)  # as the store counts
        self._keeps_the_laws(before, event, decision)
        for letter in decision.letters:
            self.accept(letter)

    def accept(self, letter: Letter) -> None:
        """The relay takes it, or does not yet."""
        if self.accepts and letter.kind is LetterKind.CLOSING_NOTICE:
            self.accepted_at = self.now
            self.happens(LetterAccepted(letter.to.address, letter.kind))

    def _keeps_the_laws(self, before: Case, event: Event, decision: Decision) -> None:
        after = self.case
        assert after.status is before.status or after.status in MOVES[before.status]
        assert after.next_due_at == next((step.at for step in agenda(after, self.policy)), None)
        running = [one.due for one in clocks(after, self.policy, self.now) if one.state in _GOING]
        assert after.owed_at == min(running, default=None)
        assert (after.next_due_at is None) is (idle_because(after, self.policy) != "")
        for letter in decision.letters:
            assert letter.key not in self.letters
            self.letters[letter.key] = letter
            assert (letter.to.key == ANN.key) is (letter.kind not in INTERNAL_LETTERS)
        if isinstance(event, TimePassed):
            self._time_keeps_the_laws(before, decision)

    def _time_keeps_the_laws(self, before: Case, decision: Decision) -> None:
        after = self.case
        assert after.next_due_at is None or after.next_due_at > self.now
        told = [letter for letter in decision.letters if letter.kind in TIMED_TO_CUSTOMER]
        assert len(told) <= 1
        if told:
            assert not self.to_customer or self.now - self.to_customer[-1] >= BETWEEN_LETTERS
            assert before.course.undelivered_at is None
            self.to_customer.append(self.now)
        if after.status is not before.status:
            assert (before.status, after.status) in {(Status.WAITING, Status.CLOSED), (Status.RESOLVED, Status.CLOSED)}
            notice = before.course.since(before.course.status_since, StepName.CUSTOMER_REMINDER, CLOSING)
            assert notice is not None
            assert self.accepted_at is not None
            assert before.course.status_since <= notice.at <= self.accepted_at
            assert self.now >= self.policy.calendar.add(self.accepted_at, self.policy.closing.grace)


@settings(max_examples=EXAMPLES, deadline=None)
@given(policies(), st.lists(happenings, max_size=40), st.sampled_from(Authentication), st.booleans())
def test_any_year_of_any_case_keeps_the_laws_of_time(
    policy: Policy, year: list[Happening], opened_by: Authentication, accepts: bool
) -> None:
    history = History(policy, opened_by, accepts=accepts)
    for happening in year:
        if happening.after is None:
            due = history.case.next_due_at
            history.now = max(history.now, due) if due else history.now + timedelta(hours=1)
        else:
            history.now += happening.after
        history.happens(happening.make(history.case, history.now))


@settings(max_examples=EXAMPLES, deadline=None)
@given(policies(), st.sampled_from([Status.NEW, Status.OPEN, Status.WAITING, Status.RESOLVED]))
def test_a_case_that_is_left_alone_comes_to_rest_or_to_its_close(policy: Policy, status: Status) -> None:
    """Nothing but feedback recurs: whatever else there is, it is told and done within a year."""
    silent = replace(policy, priorities=tuple(replace(one, feedback=None) for one in policy.priorities))
    history = History(silent, Authentication.PASS, accepts=True)
    history.happens(EngineerActed(BOB, status))
    for _ in range(60):
        if history.case.next_due_at is None:
            break
        history.now = max(history.now, history.case.next_due_at)
        history.happens(TimePassed(Desk(operator=OPERATOR)))
    assert history.case.next_due_at is None
    assert history.now < NOON + timedelta(days=365)
    closes = {Status.WAITING: policy.closing.waiting, Status.RESOLVED: policy.closing.resolved}.get(status)
    assert (history.case.status is Status.CLOSED) is (closes is not None)


@settings(max_examples=EXAMPLES, deadline=None)
@given(policies(), st.lists(happenings, max_size=10))
def test_what_is_due_is_the_soonest_of_the_agenda_and_nothing_lies_before_the_case(
    policy: Policy, year: list[Happening]
) -> None:
    history = History(policy, Authentication.PASS, accepts=True)
    for happening in year:
        history.now += happening.after or timedelta(hours=2)
        history.happens(happening.make(history.case, history.now))
        steps = agenda(history.case, policy)
        assert [step.at for step in steps] == sorted(step.at for step in steps)
        assert all(step.at >= NOON for step in steps)
