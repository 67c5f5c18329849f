"""What a play came to: letters that left, cases, breaches, mails that were held. Read from the store of its stage."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from sqlalchemy import Connection

from mailgate.cases.agenda import idle_because
from mailgate.cases.case import Case, EntryKind
from mailgate.house import House
from mailgate.simulate.stage import Stage
from mailgate.store import facts


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter that the relay took at `at`. `text` is its plain text; `message` the whole as it left."""

    id: int
    at: datetime
    kind: str
    to: str
    subject: str
    case: str | None
    text: str
    envelope_from: str
    message: str

    @property
    def letter(self) -> EmailMessage:
        return letter_of(self.message)


@dataclass(frozen=True, slots=True)
class Held:
    """A mail that was held, for a named reason."""

    id: int
    at: datetime
    sender: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a case's history."""

    at: datetime
    case: str
    kind: str
    actor: str
    text: str


@dataclass(frozen=True, slots=True)
class Record:
    """All of it, each in the order in which it happened. `unsent` are the letters that wait or were given up."""

    letters: tuple[Sent, ...]
    cases: tuple[Case, ...]
    idle: dict[str, str]
    lines: tuple[Line, ...]
    held: tuple[Held, ...]
    unsent: tuple[dict[str, Any], ...]


def sent(stage: Stage, after: int = 0) -> list[Sent]:
    """The letters that left, in their order; `after`: only those of a higher id."""
    with stage.store.read() as connection:
        rows = [row for row in facts.list_outbox(connection, state="sent") if row["id"] > after]
        found = [_sent(facts.show_outbox(connection, row["id"])) for row in rows]
    return sorted(found, key=lambda one: (one.at, one.id))


def cases_of(stage: Stage) -> list[Case]:
    """All cases, in the order in which they were opened."""
    with stage.store.read() as connection:
        numbers = sorted((str(row["number"]) for row in facts.list_cases(connection)), key=lambda one: (len(one), one))
        return facts.cases_of(connection, numbers)


def held(stage: Stage) -> list[Held]:
    """The mails that are held, in the order in which they came."""
    with stage.store.read() as connection:
        rows = facts.list_inbox(connection, state="held")
        return sorted((_held(connection, row["id"]) for row in rows), key=lambda one: one.id)


def filed_on(stage: Stage, inbound_id: int) -> str | None:
    """The number of the case that a mail was filed on."""
    with stage.store.read() as connection:
        number = facts.show_inbox(connection, inbound_id)["case"]
    return str(number) if number else None


def record_of(stage: Stage) -> Record:
    """What the play came to so far."""
    cases = cases_of(stage)
    with stage.store.read() as connection:
        lines = [
            Line(datetime.fromisoformat(one["at"]), case.number, one["kind"], one["actor"], one["text"])
            for case in cases
            for one in facts.show_case(connection, case.number)["history"]
        ]
        unsent = [row for row in facts.list_outbox(connection) if row["state"] != "sent"]
    return Record(
        tuple(sent(stage)),
        tuple(cases),
        {case.number: idle(stage.house, case) for case in cases},
        tuple(sorted(lines, key=lambda line: line.at)),
        tuple(held(stage)),
        tuple(reversed(unsent)),
    )


def idle(house: House, case: Case) -> str:
    """Why time brings nothing to the case; "" where it does."""
    return idle_because(case, house.policy_for(case, case.mailbox))


def as_json(record: Record) -> dict[str, Any]:
    """The record as `mailgate simulate --json` prints it. Moments are ISO 8601 in UTC."""
    return {
        "letters": [
            {name: _plain(getattr(letter, name)) for name in ("at", "kind", "to", "subject", "case", "text")}
            for letter in record.letters
        ],
        "unsent": [{name: row[name] for name in ("case", "kind", "to", "subject", "state")} for row in record.unsent],
        "cases": [_case(case, record.idle[case.number]) for case in record.cases],
        "breaches": [
            {name: _plain(getattr(line, name)) for name in ("at", "case", "text")}
            for line in record.lines
            if line.kind == EntryKind.BREACH
        ],
        "held": [{name: _plain(value) for name, value in asdict(one).items()} for one in record.held],
    }


def letter_of(message: str | bytes) -> EmailMessage:
    """A letter as it left, to be looked into."""
    data = message.encode() if isinstance(message, str) else message
    letter = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(letter, EmailMessage)  # noqa: S101 - the default policy makes no other
    return letter


def _sent(row: dict[str, Any]) -> Sent:
    letter = letter_of(row["message"])
    body = letter.get_body(preferencelist=("plain",))
    return Sent(
        id=row["id"],
        at=datetime.fromisoformat(row["done_at"]),
        kind=row["kind"],
        to=row["to"],
        subject=" ".join(str(letter["Subject"]).split()),
        case=row["case"],
        text=re.sub(r"\n{3,}", "\n\n", body.get_content().strip() if body else ""),
        envelope_from=row["envelope_from"],
        message=row["message"],
    )


def _held(connection: Connection, inbound_id: int) -> Held:
    row = facts.show_inbox(connection, inbound_id)
    at = datetime.fromisoformat(row["received_at"])
    return Held(row["id"], at, row["from"] or row["sender"] or "", row["subject"] or "", row["reason"])


def _case(case: Case, why_idle: str) -> dict[str, Any]:
    return {
        "number": case.number,
        "subject": case.subject,
        "contact": case.contact.address if case.contact else None,
        "status": case.status.value,
        "priority": case.priority,
        "provisional": case.provisional,
        "kind": case.kind,
        "level": case.level,
        "owner": case.owner,
        "rung": case.rung,
        "opened_at": _plain(case.opened_at),
        "resolved_at": _plain(case.resolved_at),
        "closed_at": _plain(case.closed_at),
        "follows": case.follows,
        "next_due_at": _plain(case.next_due_at),
        "idle": why_idle,
    }


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
