"""The scenario file: its shape, and what is wrong in one. `fixtures/README.md` explains each key to people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from mailgate.cases.account import Account, AccountContact, AccountStatus, account_problems, contact_problems
from mailgate.cases.case import Status
from mailgate.cases.letter_kinds import INTERNAL_LETTERS, OPERATOR_LETTERS, LetterKind
from mailgate.errors import ConfigError
from mailgate.mail.message import Authentication
from mailgate.simulate.moments import moment_of
from mailgate.tomlfile import Reading, Step, read_toml

MAILBOX = "support"  # the name of the one mailbox that there is


class ScenarioError(ConfigError):
    """A scenario file, or what it expects and did not come."""


@dataclass(frozen=True, slots=True)
class MailStep:
    """A customer, a machine of his, or one of our engineers writes. `answers` is the letter that he answers: its kind,
    or "last"; `to` is the mailbox, or where that letter is to be answered to. `authentication` is what the door found:
    of an engineer "pass", of anybody else "unknown", where it is None. `file` is a mail as it stands."""

    sender: str = field(default="", metadata={"key": "from"})
    subject: str = ""
    body: str = ""
    to: str = ""
    answers: str = ""
    auto: Literal["", "auto-replied", "auto-generated"] = ""
    authentication: Authentication | None = None
    file: str = ""


@dataclass(frozen=True, slots=True)
class CustomerStep:
    """The customer does something on the page. `case`: the how-manieth that was opened."""

    by: str = ""
    case: int = 1
    priority: int | None = None
    kind: str = ""
    escalate: bool = False
    confirm: bool = False
    close: bool = False
    reopen: bool = False
    leave: bool = False


@dataclass(frozen=True, slots=True)
class EngineerStep:
    """Somebody of ours does something (`cases/events.py`, EngineerActed)."""

    by: str = "operator"
    case: int = 1
    status: Status | None = None
    priority: int | None = None
    answered: bool = False
    activated: bool = False
    workaround: bool = False
    owner: str | None = None
    level: int | None = None
    kind: str = ""
    escalate: bool = False
    ask: bool = False
    approve: bool = False
    link: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AccountStep:
    """An account as a whole is escalated, or stands as any other again."""

    name: str
    status: AccountStatus = AccountStatus.ESCALATED
    by: str = "operator"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AskStep:
    """Somebody asks for an account on the page."""

    by: str
    telephone: str = ""
    preferred: str = ""


@dataclass(frozen=True, slots=True)
class BounceStep:
    """A letter that the relay took comes back: that of a kind, or the last."""

    letter: str = "last"
    to: str = ""
    why: str = "550 5.1.1 no such user here"


@dataclass(frozen=True, slots=True)
class ExpectedLetter:
    """A letter that leaves, in this minute: since its step, or the moment itself. `says` are words of its subject or
    text, spaces and line ends aside; `never` words that it must not have."""

    kind: LetterKind
    to: str
    at: str = ""
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExpectedCase:
    """How a case stands once its step was played. `idle` is why time brings it nothing (`agenda.idle_because`)."""

    number: int = 1
    status: Status | None = None
    priority: int | None = None
    rung: int | None = None
    level: int | None = None
    owner: str | None = None
    kind: str | None = None
    provisional: bool | None = None
    subject: str | None = None
    account: str | None = None
    account_status: str | None = None
    follows: int | None = None
    next_due: str = ""
    idle: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """One step: a moment, at most one action, and what is expected of it."""

    at: str = ""
    mail: MailStep | None = None
    customer: CustomerStep | None = None
    engineer: EngineerStep | None = None
    bounce: BounceStep | None = None
    account: AccountStep | None = None
    asks: AskStep | None = None  # for an account
    release: str = ""  # who lets the last held mail in
    relay: Literal["", "up", "down"] = ""
    policy: str = ""  # from now on it is this one
    on: int = 0  # expected: the mail is filed on the how-manieth case that was opened
    held: str = ""  # expected: the mail is held, for this reason
    refused: str = ""  # expected: the action is not allowed, in these words
    letters: tuple[ExpectedLetter, ...] = field(default=(), metadata={"key": "letter"})
    cases: tuple[ExpectedCase, ...] = field(default=(), metadata={"key": "case"})

    @property
    def actions(self) -> list[str]:
        """The names of those keys that do something."""
        return [name for name in ACTIONS if getattr(self, name)]


ACTIONS = ("mail", "customer", "engineer", "bounce", "account", "asks", "release", "relay", "policy")


@dataclass(frozen=True, slots=True)
class Scenario:
    """One file. `customers_never_see` stands in no letter to them, its header included."""

    start: str
    title: str = ""
    policy: str = "default"
    mailbox: str = "support@example.com"
    operator: str = ""
    web: str = ""
    engineers: tuple[str, ...] = ()
    customers_never_see: tuple[str, ...] = ()
    accounts: tuple[Account, ...] = field(default=(), metadata={"key": "account"})
    contacts: tuple[AccountContact, ...] = field(default=(), metadata={"key": "contact"})
    steps: tuple[Scene, ...] = field(default=(), metadata={"key": "step"})


def read_scenario(path: Path) -> Reading[Scenario]:
    """A scenario as its file has it. ScenarioError for the first fault in it."""
    reading = read_toml(path, Scenario, ScenarioError)
    if reading.value is None:
        raise reading.faults[0]
    for steps, why in _contradictions(reading.value):
        raise reading.fault(steps, why)
    return reading


def moments(reading: Reading[Scenario], scenario: Scenario, zone: str) -> tuple[datetime, list[datetime]]:
    """When it starts and when each of its steps is, in the policy's zone. ScenarioError where one makes no sense."""
    start = before = _moment(reading, ("start",), scenario.start, None, zone)
    found: list[datetime] = []
    for place, scene in enumerate(scenario.steps):
        at = _moment(reading, ("step", place, "at"), scene.at, before, zone)
        if at < before:
            raise reading.fault(("step", place, "at"), "is before the step that stands before it")
        found.append(before := at)
    return start, found


def letter_moment(
    reading: Reading[Scenario], scenario: Scenario, place: int, n: int, at: datetime, zone: str
) -> datetime:
    """When the nth letter of a step is expected, which is played at `at`."""
    return _moment(reading, ("step", place, "letter", n, "at"), scenario.steps[place].letters[n].at, at, zone)


def _moment(
    reading: Reading[Scenario], steps: tuple[Step, ...], text: str, before: datetime | None, zone: str
) -> datetime:
    try:
        return moment_of(text, before, zone)
    except (ValueError, OverflowError) as error:
        raise reading.fault(steps, str(error)) from None


def _contradictions(scenario: Scenario) -> Iterator[tuple[tuple[Step, ...], str]]:
    for place, account in enumerate(scenario.accounts):
        yield from ((("account", place, key), why) for key, why in account_problems(account, (MAILBOX,), frozenset()))
    for place, contact in enumerate(scenario.contacts):
        yield from ((("contact", place, key), why) for key, why in contact_problems(contact, frozenset()))
    yield from _wrong_steps(scenario)


def _wrong_steps(scenario: Scenario) -> Iterator[tuple[tuple[Step, ...], str]]:
    for place, scene in enumerate(scenario.steps):
        if len(scene.actions) > 1:
            yield ("step", place), f"does {' and '.join(scene.actions)}: write a step for each"
        mail = scene.mail
        for key in ("held", "on"):
            if getattr(scene, key) and not mail:
                yield ("step", place, key), "is about a mail: this step brings none"
        if mail:
            yield from ((("step", place, "mail", key), why) for key, why in _wrong_mail(mail))
        if scene.bounce and scene.bounce.letter not in {"last", *LetterKind}:
            yield ("step", place, "bounce", "letter"), 'should be "last" or the kind of a letter'


def _wrong_mail(mail: MailStep) -> Iterator[tuple[str, str]]:
    if not mail.file and not mail.sender:
        yield "from", "is missing"
    if mail.file and (mail.subject or mail.body):
        yield "file", "is a whole mail: it has a subject and words of its own"
    if mail.answers not in {"", "last", *LetterKind}:
        yield "answers", f'should be "last" or the kind of a letter, not "{mail.answers}"'


def is_to_customer(kind: str) -> bool:
    """Whether a letter of this kind is one that customers get."""
    return kind not in {one.value for one in (*INTERNAL_LETTERS, *OPERATOR_LETTERS)}
