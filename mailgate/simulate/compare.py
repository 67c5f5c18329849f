"""What a play came to, beside what its scenario expects: each difference is told with file, line and key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from mailgate.cases.case import Case
from mailgate.errors import ConfigError
from mailgate.house import House
from mailgate.simulate.moments import moment_of, told
from mailgate.simulate.record import Record, Sent, idle
from mailgate.simulate.scenario import ExpectedCase, ExpectedLetter, Scenario, is_to_customer
from mailgate.tomlfile import Reading, Step

Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """A letter that is to leave in the minute of `at`. `steps` is where the scenario says so."""

    letter: ExpectedLetter
    at: datetime
    steps: Steps


def letters(
    reading: Reading[Scenario], expected: Sequence[Expected], record: Record, times: Sequence[datetime], zone: str
) -> Iterator[ConfigError]:
    """Each letter that did not leave, or not then; each that nobody expected; each that has not the right words.

    `times` are the moments of the steps.
    """
    there = list(record.letters)
    for one in expected:
        found = next((sent for sent in there if _is(sent, one)), None)
        if found is None:
            yield reading.fault(one.steps, _missing(one, there, zone))
            continue
        there.remove(found)
        yield from (reading.fault(one.steps, why) for why in _words(one.letter, found))
    for sent in there:
        why = f"a letter that no step expects left {told(sent.at, zone)}: {_named(sent)}"
        place = max((place for place, at in enumerate(times) if at <= sent.at), default=0)
        yield reading.fault(("step", place), why)


def hidden(reading: Reading[Scenario], scenario: Scenario, record: Record, zone: str) -> Iterator[ConfigError]:
    """What customers are never to see, and did."""
    for sent in record.letters:
        for words in scenario.customers_never_see:
            if is_to_customer(sent.kind) and words.casefold() in sent.message.casefold():
                why = f"“{words}” stands in the {sent.kind} to {sent.to} of {told(sent.at, zone)}"
                yield reading.fault(("customers_never_see",), why)


def case(
    reading: Reading[Scenario], expected: ExpectedCase, there: Sequence[Case], house: House, steps: Steps, at: datetime
) -> Iterator[ConfigError]:
    """Where a case stands otherwise than expected at `at`."""
    found = there[expected.number - 1]
    zone = house.policy_for(found, found.mailbox).zone
    for key in (
        "status",
        "priority",
        "rung",
        "level",
        "owner",
        "kind",
        "provisional",
        "subject",
        "account",
        "account_status",
    ):
        wanted, is_so = getattr(expected, key), getattr(found, key)
        if wanted is not None and wanted != is_so:
            yield reading.fault((*steps, key), f"is {is_so!s}, not {wanted!s}")
    if expected.follows is not None and found.follows != there[expected.follows - 1].number:
        yield reading.fault((*steps, "follows"), f"follows {found.follows or 'no case'}")
    if expected.next_due:
        try:
            due = moment_of(expected.next_due, at, zone)
        except ValueError as error:
            yield reading.fault((*steps, "next_due"), str(error))
            return
        if found.next_due_at is None or _minute(found.next_due_at) != _minute(due):
            is_so = told(found.next_due_at, zone) if found.next_due_at else f"never ({idle(house, found)})"
            yield reading.fault((*steps, "next_due"), f"is {is_so}, not {told(due, zone)}")
    if expected.idle and idle(house, found) != expected.idle:
        yield reading.fault((*steps, "idle"), f"is “{idle(house, found)}”, not “{expected.idle}”")


def _is(sent: Sent, one: Expected) -> bool:
    wanted = one.letter
    same = (sent.kind, sent.to.casefold()) == (wanted.kind.value, wanted.to.casefold())
    return same and _minute(sent.at) == _minute(one.at)


def _words(wanted: ExpectedLetter, sent: Sent) -> Iterator[str]:
    text = " ".join(f"{sent.subject}\n{sent.text}".split())
    for words in wanted.says:
        if " ".join(words.split()) not in text:
            yield f"does not say “{words}”; it says:\n{sent.subject}\n\n{sent.text}\n"
    for words in wanted.never:
        if words.casefold() in sent.message.casefold():
            yield f"says “{words}”"


def _missing(one: Expected, there: Sequence[Sent], zone: str) -> str:
    why = f"no {one.letter.kind.value} to {one.letter.to} left {told(one.at, zone)}"
    same = [sent for sent in there if (sent.kind, sent.to) == (one.letter.kind.value, one.letter.to)]
    then = [sent for sent in there if _minute(sent.at) == _minute(one.at)]
    if same:
        return f"{why}, but {', '.join(told(sent.at, zone) for sent in same[:5])}"
    return f"{why}; then left: {', '.join(map(_named, then))}" if then else why


def _named(sent: Sent) -> str:
    return f"{sent.kind} to {sent.to} ({sent.subject})"


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
