"""Tells a play as lines that people like to read: what came, what was done, which letters left, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mailgate.cases.case import EntryKind
from mailgate.policy.policy import Policy
from mailgate.simulate.moments import told
from mailgate.simulate.record import Held, Line, Record, Sent

_SHORT = 100


def story(record: Record, policy: Policy, *, whole: bool = False) -> Iterator[str]:
    """Line by line; `whole`: with the text of each letter. Times are those of the policy's zone."""
    yield f"policy {policy.name}, times of {policy.zone}"
    day = ""
    for at, happened in sorted(_happenings(record), key=lambda one: one[0]):
        moment = told(at, policy.zone)
        if moment[:14] != day:
            day = moment[:14]
            yield ""
            yield day
        lines = list(_lines(happened, whole=whole))
        yield f"  {moment[15:]}  {lines[0]}"
        yield from (f"         {line}".rstrip() for line in lines[1:])
    yield ""
    yield from _ending(record, policy)


def _happenings(record: Record) -> Iterator[tuple[datetime, Line | Sent | Held]]:
    yield from ((line.at, line) for line in record.lines)
    yield from ((mail.at, mail) for mail in record.held)
    yield from ((letter.at, letter) for letter in record.letters)


def _lines(happened: Line | Sent | Held, *, whole: bool) -> Iterator[str]:
    if isinstance(happened, Sent):
        yield f"→ {happened.kind} to {happened.to}: {happened.subject}"
        if whole:
            yield from ("", *(f"│ {line}" for line in happened.text.splitlines()), "")
    elif isinstance(happened, Held):
        yield f"held ({happened.reason}): “{_short(happened.subject)}” from {happened.sender}"
    elif happened.kind == EntryKind.MAIL:
        yield f"{happened.case}  {happened.actor} writes: {_short(happened.text)}"
    else:
        yield f"{happened.case}  {happened.kind} by {happened.actor}: {_short(happened.text)}"


def _ending(record: Record, policy: Policy) -> Iterator[str]:
    yield "In the end:"
    for case in record.cases:
        due = case.next_due_at
        comes = f"next {told(due, policy.zone)}" if due else f"nothing to come ({record.idle[case.number]})"
        rung = f", rung {case.rung}" if case.rung else ""
        yield f"  {case.number}  {case.status.value}, priority {case.priority}{rung}; {comes}; {_short(case.subject)}"
    breaches = sum(line.kind == EntryKind.BREACH for line in record.lines)
    sums = (len(record.cases), len(record.letters), breaches, len(record.held))
    yield "  {} cases, {} letters, {} breaches, {} mails held".format(*sums)
    for row in record.unsent:
        yield f"  not sent ({row['state']}): {row['kind']} to {row['to']}"


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _SHORT else f"{words[: _SHORT - 1]}…"
