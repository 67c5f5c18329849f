"""Core values to rows and back: each kind of row is made in one place and read in one place. A mail that came in has
`mail_rows.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping

from mailgate.cases.case import Case, Decision, Outcome, Status, Written
from mailgate.cases.letter_kinds import INTERNAL_LETTERS
from mailgate.cases.ref import paths_of_recipients, token_hash
from mailgate.mail.message import Address, Envelope
from mailgate.store.courses import course_from, course_json
from mailgate.store.lease import AT_ONCE
from mailgate.store.subjects import subject_of

# So long after a mail another of the same name, or without a name of the same words, is taken for the same.
COPIES_COME_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Kept:
    """One decision with all that is kept of it. `author` is the address key of the strict author, `words` the key
    of what he wrote, `envelope` that of the mail, its sender's authentication found out meanwhile. `passed` are the
    Message-ID and the author of the mail that an engineer's passed on, as far as they are known. `pictures` is as
    `cases/pictures.py` gives it. `along` are those of the other cases that it concerns (`Decision.along`). `holder` is
    who must have the mail still, None where that is not asked."""

    decision: Decision
    letters: Sequence[Written] = ()
    inbound_id: int | None = None
    trace: Mapping[str, Any] | None = None
    author: str | None = None
    subject: str = ""
    words: str = ""
    envelope: Envelope | None = None
    passed: tuple[str | None, str | None] = (None, None)
    pictures: tuple[tuple[str, str], ...] = ()
    along: tuple[Kept, ...] = ()
    holder: str | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A letter that is ours to send until the lease ends. `created_at` is since when it is to be sent, `inbound` the
    mail that it answers. `gated`: the breaker has let it pass."""

    id: int
    case: str | None
    key: str
    recipient: str
    envelope_from: str
    message_id: str
    message: bytes
    attempts: int
    created_at: datetime
    inbound: int | None = None
    gated: bool = False
    neutral: bool = False


def done_row(kept: Kept, now: datetime) -> dict[str, Any]:
    """What a decision writes to the row of its mail, `this`."""
    decision = kept.decision
    return {
        "this": kept.inbound_id,
        "state": "filed" if decision.outcome is Outcome.FILED else "held",
        "reason": decision.reason,
        "case_number": decision.case.number if decision.case else None,
        "from_key": kept.author,
        "subject": kept.subject,
        "passed_id": kept.passed[0],
        "passed_from": kept.passed[1],
        "trace": kept.trace,
        "done_at": now,
        "holder": kept.holder,
    }


def case_row(case: Case) -> dict[str, Any]:
    return {
        "number": case.number,
        "org": case.org,
        "key": case.key,
        "subject": case.subject,
        "status": case.status,
        "priority": case.priority,
        "mailbox": case.mailbox,
        "policy": case.policy,
        "contact_name": case.contact.name if case.contact else None,
        "contact_address": case.contact.address if case.contact else None,
        "opened_at": case.opened_at,
        "updated_at": case.updated_at,
        "resolved_at": case.resolved_at,
        "closed_at": case.closed_at,
        "follows": case.follows,
        "next_due_at": case.next_due_at,
        "owed_at": case.owed_at,
        "version": case.version,
        "owner": case.owner,
        "level": case.level,
        "rung": case.rung,
        "kind": case.kind,
        "provisional": case.provisional,
        "account": case.account,
        "account_key": case.account.casefold(),
        "account_status": case.account_status,
        "merged_into": case.merged_into,
        "last_entry": case.last_entry,
        "language": case.language,
        "course": course_json(case.course),
    }


# A number, its ref and its opening never change.
_FIXED = ("number", "org", "key", "opened_at")


def changed_case_row(case: Case) -> dict[str, Any]:
    """The case `this` as it is from now on, if it is still at `read_version`."""
    row = {name: value for name, value in case_row(case).items() if name not in _FIXED}
    # Whatever happens on a case that was forgotten may say something again, and is to be forgotten in its turn.
    return row | {"this": case.number, "read_version": case.version, "version": case.version + 1, "erased_at": None}


def case_from(row: RowMapping, participants: Sequence[str]) -> Case:
    address = row["contact_address"]
    return Case(
        number=row["number"],
        org=row["org"],
        key=row["key"],
        subject=row["subject"],
        status=Status(row["status"]),
        priority=row["priority"],
        mailbox=row["mailbox"],
        policy=row["policy"],
        contact=None if address is None else Address(row["contact_name"] or "", address),
        participants=tuple(participants),
        opened_at=row["opened_at"],
        updated_at=row["updated_at"],
        resolved_at=row["resolved_at"],
        closed_at=row["closed_at"],
        follows=row["follows"],
        next_due_at=row["next_due_at"],
        owed_at=row["owed_at"],
        version=row["version"],
        owner=row["owner"],
        level=row["level"],
        rung=row["rung"],
        kind=row["kind"],
        provisional=row["provisional"],
        account=row["account"],
        account_status=row["account_status"],
        merged_into=row["merged_into"],
        last_entry=row["last_entry"],
        language=row["language"],
        course=course_from(row["course"]),
    )


def participant_rows(case: Case) -> list[dict[str, Any]]:
    return [
        {"case_number": case.number, "address_key": key, "position": position}
        for position, key in enumerate(case.participants)
    ]


def entry_rows(kept: Kept, case: Case) -> list[dict[str, Any]]:
    return [
        {
            "case_number": case.number,
            "inbound_id": kept.inbound_id,
            "at": line.at,
            "kind": line.kind,
            "actor": line.actor,
            "text": line.text,
            "elided": line.elided,
            "authentication": line.authentication,
            "n": line.n or None,
        }
        for line in kept.decision.entries
    ]


def thread_rows(kept: Kept, case: Case) -> list[dict[str, Any]]:
    # A letter to our own people is no thread of the customer's: what answers it is no word of his.
    ours = [one.letter.message_id for one in kept.letters if one.letter.kind not in INTERNAL_LETTERS]
    return [
        {"message_id": message_id, "case_number": case.number, "mailbox": case.mailbox, "ours": message_id in ours}
        for message_id in dict.fromkeys((*ours, *kept.decision.thread_ids))
    ]


def outbox_row(kept: Kept, written: Written, now: datetime) -> dict[str, Any]:
    letter, case = written.letter, kept.decision.case or kept.decision.about
    taken = kept.decision.takes.mails[0] if kept.decision.takes else None
    return {
        "key": letter.key,
        "case_number": case.number if case else None,
        "inbound_id": kept.inbound_id or taken,
        "answered": kept.words or None,
        "kind": letter.kind,
        "recipient": letter.to.address,
        "recipient_key": letter.to.key,
        "neutral": letter.neutral,
        "recipient_domain": letter.to.key.rpartition("@")[2],
        "envelope_from": written.envelope_from,
        "subject": subject_of(written.message),
        "message_id": letter.message_id,
        "message": written.message,
        "token_hash": token_hash(letter.token) if letter.token else None,
        "path_hash": next(map(token_hash, paths_of_recipients((written.envelope_from,))), None),
        "state": "held" if letter.hold else "queued",
        "held_for": letter.hold or None,
        "attempts": 0,
        "due_at": AT_ONCE,
        "created_at": now,
        "queued_at": now,
    }


def outgoing_of(row: RowMapping) -> Outgoing:
    return Outgoing(
        id=row["id"],
        case=row["case_number"],
        key=row["key"],
        recipient=row["recipient"],
        envelope_from=row["envelope_from"],
        message_id=row["message_id"],
        message=bytes(row["message"]),
        attempts=row["attempts"],
        created_at=row["queued_at"],
        inbound=row["inbound_id"],
        gated=row["gated_at"] is not None,
        neutral=row["neutral"],
    )
