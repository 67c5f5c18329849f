"""The status machine: what each event does to a case in each status, as a table; and what holds for any history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.cases.case import WRITTEN, Case, Decision, Entry, EntryKind, Outcome, Status
from mailgate.cases.decide import decide
from mailgate.cases.events import (
    CustomerActed,
    DeliveryFailed,
    EngineerActed,
    Event,
    LetterAccepted,
    MailArrived,
    TimePassed,
)
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.match import Match, Signal, Standing
from mailgate.cases.moves import MOVES
from mailgate.cases.ref import Names, tokens_of_message_ids
from mailgate.checks.finding import Had, Verdict
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
from mailgate.policy.policy import Closing, Handling, Letters, Policy
from moments import NOON

ANN = Address("Ann Lee", "ann@customer.test")
POLICY = Policy("default", letters=Letters(reply_received=True), closing=Closing(reopen_days=14))
NAMES = Names("2611000001", "00D000000", "5000000000000000", b"s" * 32, "example.com")
NEXT = replace(NAMES, number="2611000002", key="5000000000000001")
NEW, OPEN, WAITING, RESOLVED, CLOSED = Status
LATER = NOON + timedelta(days=3)
LONG_AFTER = NOON + timedelta(days=15)

KINDS = {kind.value: kind for kind in AutomaticKind}
# What checks find, and what policies may do about it (`policy.load.ALLOWED`, and none found).
MACHINES = (Handling.MATCH_OR_HOLD, Handling.QUIET, Handling.HOLD)
VERDICTS = [
    Verdict(Handling.ACCEPT),
    *(Verdict(handling, reason) for reason in KINDS for handling in MACHINES),
    *(Verdict(handling, "loop") for handling in (Handling.HOLD, Handling.QUIET)),
    *(Verdict(handling, "block") for handling in (Handling.HOLD, Handling.QUIET, Handling.ACCEPT)),
    *(Verdict(handling, "duplicate") for handling in (Handling.ATTACH, Handling.QUIET, Handling.HOLD, Handling.ACCEPT)),
]


def a_mail(
    number: int = 1,
    *,
    machine: AutomaticKind | None = None,
    by: Address | None = ANN,
    authentication: Authentication = Authentication.UNKNOWN,
) -> Mail:
    envelope = Envelope("support", "", ("support@example.com",), "test", NOON, authentication=authentication)
    automatic = Automatic(machine, "it says so") if machine else None
    return Mail(
        envelope, f"<{number}@customer.test>", by, by, subject="Printer", reply_text="It burns.", automatic=automatic
    )


def opened(status: Status = NEW, policy: Policy = POLICY) -> Case:
    """A case of Ann's, brought to that status at noon by an engineer."""
    case = decide(None, arrival(None), policy, NAMES, NOON).case
    assert case is not None
    if status is NEW:
        return case
    moved = decide(case, EngineerActed("bob@engineers.test", status), policy, NAMES, NOON).case
    assert moved is not None
    return moved


def arrival(
    case: Case | None,
    verdict: Verdict = VERDICTS[0],
    mail: Mail | None = None,
    standing: Standing = Standing.PARTICIPANT,
    **more: int | str,
) -> MailArrived:
    match = Match(case, Signal.THREAD if case else None, standing)
    return MailArrived(7, mail or a_mail(2), verdict, match, **more)  # type: ignore[arg-type]


def machine(reason: str, handling: Handling = Handling.QUIET) -> tuple[Verdict, Mail]:
    return Verdict(handling, reason), a_mail(2, machine=KINDS[reason])


# The diagram of `mailgate/cases/__init__.py`, read off it: (event, statuses before) -> status after.
DIAGRAM = {
    "a customer writes": {NEW: NEW, OPEN: OPEN, WAITING: OPEN, RESOLVED: OPEN, CLOSED: OPEN},
    "a machine writes": {status: status for status in Status},
    "the mail comes again": {status: status for status in Status},
    "a letter fails": {status: status for status in Status},
    "an engineer sets the priority": {status: status for status in Status},
    "time passes": {status: status for status in Status},
    "an engineer says new": {NEW: NEW},
    "an engineer says open": dict.fromkeys(Status, OPEN),
    "an engineer says waiting": {NEW: WAITING, OPEN: WAITING, WAITING: WAITING, RESOLVED: WAITING},
    "an engineer says resolved": {NEW: RESOLVED, OPEN: RESOLVED, WAITING: RESOLVED, RESOLVED: RESOLVED},
    "an engineer says closed": dict.fromkeys(Status, CLOSED),
    "the customer closes": dict.fromkeys(Status, CLOSED),
    "the customer confirms": {RESOLVED: CLOSED},
    "the last reminder is accepted": {status: status for status in Status},
}


def events(case: Case) -> dict[str, Event]:
    return {
        "a customer writes": arrival(case),
        "a machine writes": arrival(case, *machine("auto_reply", Handling.MATCH_OR_HOLD)),
        "the mail comes again": arrival(case, Verdict(Handling.ATTACH, "duplicate")),
        "a letter fails": DeliveryFailed(ANN.address, "confirmation", "550 no"),
        "an engineer sets the priority": EngineerActed("bob@engineers.test", priority=1),
        "time passes": TimePassed(),
        "the customer closes": CustomerActed(ANN.address, close=True),
        "the customer confirms": CustomerActed(ANN.address, confirm=True),
        "the last reminder is accepted": LetterAccepted(ANN.address, LetterKind.CLOSING_NOTICE),
        **{f"an engineer says {after}": EngineerActed("bob@engineers.test", after) for after in Status},
    }


@pytest.mark.parametrize(("what", "before"), [*product(DIAGRAM, Status)])
def test_each_event_moves_a_case_as_the_diagram_draws_it(what: str, before: Status) -> None:
    case = opened(before)
    if before not in DIAGRAM[what]:
        with pytest.raises(NotAllowed, match=f"{case.number} is {before}"):
            decide(case, events(case)[what], POLICY, NEXT, LATER)
        return
    decision = decide(case, events(case)[what], POLICY, NEXT, LATER)
    after = decision.case
    assert after is not None
    assert (after.number, after.status) == (case.number, DIAGRAM[what][before])
    assert [entry.text for entry in decision.entries if entry.text.startswith("status: ")] == (
        [f"status: {before} → {after.status}"] if after.status is not before else []
    )


@pytest.mark.parametrize(
    ("after", "number", "status"),
    [
        (timedelta(0), NAMES.number, OPEN),
        (timedelta(days=14), NAMES.number, OPEN),
        (timedelta(days=14, microseconds=1), NEXT.number, NEW),
    ],
)
def test_a_closed_case_is_reopened_within_its_days_and_followed_by_a_new_one_later(
    after: timedelta, number: str, status: Status
) -> None:
    case = opened(CLOSED)
    decision = decide(case, arrival(case), POLICY, NEXT, NOON + after)
    assert decision.case is not None
    assert (decision.case.number, decision.case.status) == (number, status)
    assert decision.case.follows == (case.number if decision.opened else None)
    assert decision.reason == ("follow_up" if decision.opened else "reopened")


def test_a_machine_does_not_follow_up_a_case_that_is_closed_for_good() -> None:
    case = opened(CLOSED)
    decision = decide(case, arrival(case, *machine("auto_generated")), POLICY, NEXT, LONG_AFTER)
    assert (decision.opened, decision.case and decision.case.status, decision.letters) == (False, CLOSED, ())


@pytest.mark.parametrize(
    ("reason", "handling", "outcome"),
    [
        ("bounce", Handling.MATCH_OR_HOLD, "held"),
        ("auto_reply", Handling.MATCH_OR_HOLD, "held"),
        ("auto_generated", Handling.QUIET, "opened"),
        ("bulk", Handling.QUIET, "opened"),
    ],
)
def test_a_machines_mail_that_belongs_nowhere(reason: str, handling: Handling, outcome: str) -> None:
    decision = decide(None, arrival(None, *machine(reason, handling)), POLICY, NAMES, NOON)
    assert (decision.outcome is Outcome.HELD, decision.opened) == (outcome == "held", outcome == "opened")
    assert decision.letters == ()


def test_a_repeated_machines_mail_is_a_machines_mail_where_repeats_are_accepted() -> None:
    case, verdict = opened(RESOLVED), Verdict(Handling.ACCEPT, "duplicate")
    for known in (case, None):
        event = arrival(known, verdict, a_mail(2, machine=AutomaticKind.AUTO_GENERATED))
        decision = decide(known, event, POLICY, NEXT, LATER)
        assert decision.letters == ()
        assert decision.case is not None
        assert decision.case.status is (RESOLVED if known else NEW)


CUSTOMERS = (
    Standing.PARTICIPANT,
    Standing.ACQUAINTED,
    Standing.ORGANISATION,
    Standing.STRANGER,
    Standing.NOBODY,
)


@pytest.mark.parametrize("standing", CUSTOMERS)
def test_only_those_who_know_the_case_write_on_it_until_a_person_releases_them(standing: Standing) -> None:
    case = opened(WAITING)
    held = standing in {Standing.STRANGER, Standing.NOBODY}
    decision = decide(case, arrival(case, standing=standing), POLICY, NEXT, LATER)
    assert (decision.outcome, decision.reason) == (Outcome.HELD, "stranger") if held else (Outcome.FILED, "reply")
    released = decide(case, arrival(case, standing=standing, released_by="operator"), POLICY, NEXT, LATER)
    assert released.outcome is Outcome.FILED


@dataclass(frozen=True)
class Step:
    """One event of a history, of whichever case it is then about."""

    kind: str
    after: timedelta
    verdict: Verdict
    mail: Mail
    standing: Standing
    released_by: str
    conflict: str
    had: Had
    matched: bool
    status: Status | None
    priority: int | None

    def event(self, case: Case | None, number: int) -> Event:
        if case is not None and self.kind == "act":
            may = self.status if self.status in MOVES[case.status] else None
            return EngineerActed("bob@engineers.test", may, priority=self.priority)
        if case is not None and self.kind == "fail":
            return DeliveryFailed(ANN.address, "confirmation", "550 no")
        match = Match(case if self.matched else None, Signal.THREAD, self.standing, self.conflict)
        mail = replace(self.mail, message_id=f"<{number}@customer.test>")
        return MailArrived(number, mail, self.verdict, match, self.had, self.released_by)


mails = st.builds(
    a_mail,
    machine=st.none() | st.sampled_from(AutomaticKind),
    by=st.sampled_from([ANN, ANN, Address("", "no-reply@shop.test"), None]),
    authentication=st.sampled_from(Authentication),
)
steps = st.builds(
    Step,
    kind=st.sampled_from(["mail", "mail", "mail", "act", "fail"]),
    after=st.sampled_from([timedelta(0), timedelta(seconds=1), timedelta(days=10), timedelta(days=20)]),
    verdict=st.sampled_from(VERDICTS),
    mail=mails,
    standing=st.sampled_from(CUSTOMERS),
    released_by=st.sampled_from(["", "", "operator"]),
    conflict=st.sampled_from(["", "", "", "two refs"]),
    had=st.builds(
        Had,
        hour=st.sampled_from([0, 0, 4, 5, 19, 20]),
        day=st.sampled_from([0, 1, 2, 39, 40]),
        same_words=st.booleans(),
        case=st.sampled_from([0, 0, 9, 10]),
        here=st.sampled_from([0, 0, 1, 2]),
    ),
    matched=st.sampled_from([True, True, False]),
    status=st.none() | st.sampled_from(Status),
    priority=st.none() | st.sampled_from([1, 2, 3, 4]),
)


@given(st.lists(steps, max_size=12))
def test_any_history_keeps_the_laws(history: list[Step]) -> None:
    case: Case | None = None
    now, entries, keys = NOON, list[Entry](), set[str]()
    for number, step in enumerate(history, 1):
        now += step.after
        event = step.event(case, number)
        about = event.match.case if isinstance(event, MailArrived) else case
        names = replace(NAMES, number=f"2611{number:06}", key=f"500{number:013}", seed=bytes([number]) * 32)
        decision = decide(about, event, POLICY, names, now)
        assert decide(about, event, POLICY, names, now) == decision  # no chance, no clock, no memory
        _holds(about, event, decision, names, now)
        assert keys.isdisjoint(letter.key for letter in decision.letters)
        keys |= {letter.key for letter in decision.letters}
        if decision.case is not None:
            entries = [*([] if decision.opened else entries), *decision.entries]
            assert sorted(entries, key=lambda entry: entry.at) == entries
            case = decision.case


def _holds(before: Case | None, event: Event, decision: Decision, names: Names, now: datetime) -> None:
    after = decision.case
    if decision.outcome is Outcome.HELD:
        assert isinstance(event, MailArrived)  # only mail is held, and with it nothing happens
        assert decision == Decision(Outcome.HELD, decision.reason, rulings=decision.rulings, about=decision.about)
        assert decision.reason
        return
    assert after is not None
    assert after.updated_at == now
    assert {entry.at for entry in decision.entries} <= {now}
    if decision.opened:
        assert (after.number, after.key, after.status, after.priority) == (names.number, names.key, NEW, 3)
        assert after.follows == (before.number if before else None)
    else:
        assert before is not None
        _is_the_same_case(before, after, decision)
    assert (after.closed_at is not None) is (after.status is CLOSED)
    assert after.resolved_at is None or after.status in {RESOLVED, CLOSED}
    if isinstance(event, MailArrived):
        _holds_for_mail(before, event, decision, after)
    else:
        assert (decision.letters, decision.thread_ids) == ((), ())


def _is_the_same_case(before: Case, after: Case, decision: Decision) -> None:
    for fixed in ("number", "org", "key", "subject", "mailbox", "policy", "contact", "participants", "opened_at"):
        assert getattr(after, fixed) == getattr(before, fixed)
    assert after.version == before.version  # the store counts it
    moves = [entry.text for entry in decision.entries if entry.kind is EntryKind.STATUS]
    moved = f"status: {before.status} → {after.status}"
    assert (moved in moves) is (after.status is not before.status)


def _holds_for_mail(before: Case | None, event: MailArrived, decision: Decision, after: Case) -> None:
    assert [entry.kind in WRITTEN for entry in decision.entries].count(True) == 1
    automatic = event.mail.automatic is not None
    # Who answers a machine's mail on a case comes to know nothing by it; the mail that opened one is its thread.
    assert decision.thread_ids == (() if automatic and not decision.opened else (event.mail.message_id,))
    if before is not None and not decision.opened:
        woken = {WAITING: OPEN, RESOLVED: OPEN, CLOSED: OPEN}.get(before.status, before.status)
        by_list = event.mail.automatic is not None and event.mail.automatic.kind is AutomaticKind.LIST
        assert after.status in ({before.status} if automatic and not by_list else {before.status, woken})
    assert len(decision.letters) <= 1
    for letter in decision.letters:
        assert not automatic
        assert letter.to == event.mail.identity
        assert event.verdict.handling is Handling.ACCEPT or event.verdict.reason == "block"
        assert event.mail.envelope.authentication is not Authentication.FAIL
        assert letter.neutral is (event.mail.envelope.authentication is Authentication.UNVERIFIED)
        assert event.had.hour < 20
        assert event.had.day < (2 if event.had.same_words else 40)
        assert (event.had.case < 10, event.had.here < 2) == (True, True)
        assert letter.in_reply_to == event.mail.message_id
        assert tokens_of_message_ids((letter.message_id,)) == (letter.token,)


USER_UNKNOWN = "smtp; 550 5.1.1 no\n such user"
FULL = FailedRecipient("bob@y.test", permanent=False, status="4.2.2", diagnostic="mailbox full")


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (
            Report(
                (FailedRecipient("x@y.test", permanent=True, status="5.1.1", diagnostic=USER_UNKNOWN),), failed=True
            ),
            ["Delivery to x@y.test failed for good (5.1.1): smtp; 550 5.1.1 no such user"],
        ),
        (
            Report((FailedRecipient("x@y.test"), FULL), failed=True),
            ["Delivery to x@y.test failed", "Delivery to bob@y.test failed for now (4.2.2): mailbox full"],
        ),
        (Report((FULL,), failed=False), ["Delivery to bob@y.test is delayed (4.2.2): mailbox full"]),
        (Report((), failed=True), []),
    ],
)
def test_a_report_on_a_case_begins_with_who_was_not_reached_and_why(report: Report, said: list[str]) -> None:
    verdict, bounce = machine("bounce", Handling.MATCH_OR_HOLD)
    (entry,) = decide(
        opened(), arrival(opened(), verdict, replace(bounce, report=report)), POLICY, NAMES, LATER
    ).entries
    assert entry.kind is EntryKind.BOUNCE
    assert entry.text == "\n".join([*said, *[""] * bool(said), "It burns."])


def test_a_report_about_a_hundred_names_the_first_and_counts_the_others() -> None:
    verdict, bounce = machine("bounce", Handling.MATCH_OR_HOLD)
    report = Report(tuple(FailedRecipient(f"{number}@y.test") for number in range(100)), failed=True)
    (entry,) = decide(
        opened(), arrival(opened(), verdict, replace(bounce, report=report)), POLICY, NAMES, LATER
    ).entries
    assert entry.text.splitlines()[9:11] == ["Delivery to 9@y.test failed", "and 90 others"]
