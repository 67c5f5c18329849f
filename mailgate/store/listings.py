"""The read models of the command line: plain dicts with the names that DESIGN gives them; one case, mail or letter with
all that is known of it. Which of them a list has, is `lists.py`'s.

Moments are ISO 8601 in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, Table, func, or_, select

from mailgate.cases.case import WRITTEN, EntryKind
from mailgate.cases.letter_kinds import LetterKind
from mailgate.errors import NotFound
from mailgate.store.found import case_of, family
from mailgate.store.lease import AT_ONCE
from mailgate.store.tables import cases, entry, inbound, outbox, participant

STATES = ("waiting", "filed", "held", "shelved", "dropped")

# The largest id a row can have; a person may type any number.
_LARGEST = 2**63 - 1


def show_case(connection: Connection, number: str) -> dict[str, Any]:
    """The case that this number means, with its whole history, oldest first, and that of all that became part of it.

    NotFound where there is none of that number. `n` is the number of an entry on the case `of`, None where it holds
    nobody's words; `merged` are the numbers of what became part of the case.
    """
    found = case_of(connection, number)
    if found is None:
        raise NotFound(f"case {number}: there is no such number")
    row = connection.execute(cases_with_entries().where(cases.c.number == found.number)).mappings().one()
    history = connection.execute(history_of(found.number)).mappings().all()
    merged = select(cases.c.number).where(cases.c.merged_into == found.number).order_by(cases.c.number)
    lost = _lost_replies(connection, found.number)
    files = _files(connection, found.number)
    people = (
        select(participant.c.address_key)
        .where(participant.c.case_number == found.number)
        .order_by(participant.c.position)
    )
    return case_of_row(row) | {
        "entries": sum(line["kind"] in WRITTEN for line in history),
        "merged": list(connection.execute(merged).scalars()),
        "participants": list(connection.execute(people).scalars()),
        "follows": row["follows"],
        "owner": row["owner"],
        "level": row["level"],
        "rung": row["rung"],
        "kind": row["kind"],
        "provisional": row["provisional"],
        "account": row["account"],
        "account_status": row["account_status"],
        "language": row["language"],
        "next_due_at": _iso(row["next_due_at"]),
        "history": [_entry(line, lost, files) for line in history],
    }


def history_of(number: str) -> Select[Any]:
    """The entries of a case and of all that became part of it, by time; on one case in the order of their coming."""
    return select(entry).where(entry.c.case_number.in_(family().params(number=number))).order_by(entry.c.at, entry.c.id)


def _files(connection: Connection, number: str) -> dict[int, list[dict[str, Any]]]:
    """By the mail that they came with: the files, as its trace tells them. `seen`: the same was on the case before."""
    mails = select(entry.c.inbound_id).where(entry.c.case_number.in_(family().params(number=number)))
    found = connection.execute(select(inbound.c.id, inbound.c.trace).where(inbound.c.id.in_(mails)))
    return {row.id: row.trace.get("mail", {}).get("attachments", []) for row in found if row.trace}


def _entry(
    line: RowMapping, lost: Mapping[int, list[dict[str, Any]]], files: dict[int, list[dict[str, Any]]]
) -> dict[str, Any]:
    shown = {"at": _iso(line["at"]), "kind": line["kind"], "actor": line["actor"], "text": line["text"]}
    shown |= {"n": line["n"], "of": line["case_number"]}
    missed = lost.get(line["inbound_id"]) if line["kind"] == EntryKind.REPLY else None
    brought = files.pop(line["inbound_id"], None) if line["n"] is not None else None
    return shown | ({"attachments": brought} if brought else {}) | ({"not_delivered": missed} if missed else {})


def _lost_replies(connection: Connection, number: str) -> dict[int, list[dict[str, Any]]]:
    """By the mail that an engineer's reply came in: whom of its readers it did not reach, since when and why."""
    found = connection.execute(
        select(outbox.c.inbound_id, outbox.c.recipient, outbox.c.bounced_at, outbox.c.done_at, outbox.c.error)
        .where(outbox.c.case_number.in_(family().params(number=number)), outbox.c.kind == LetterKind.REPLY)
        .where(or_(outbox.c.bounced_at.is_not(None), outbox.c.state == "failed"))
        .order_by(outbox.c.id)
    )
    lost: dict[int, list[dict[str, Any]]] = {}
    for row in found:
        told = {"to": row.recipient, "at": _iso(row.bounced_at or row.done_at), "why": row.error}
        lost.setdefault(row.inbound_id, []).append(told)
    return lost


def show_inbox(connection: Connection, inbound_id: int) -> dict[str, Any]:
    """One mail with all that is known of how it came and what became of it; `traceback` where the walk broke on it."""
    row = _one(connection, inbound, inbound_id)
    return inbound_of_row(row) | {
        "sender": row["sender"],
        "recipients": row["recipients"],
        "from": row["from_key"],
        "subject": row["subject"],
        "door": row["door"],
        "peer": row["peer"],
        "helo": row["helo"],
        "authentication": row["authentication"],
        "proof": row["proof"]["lines"] if row["proof"] else [],
        "marks": row["marks"],
        "size": row["size"],
        "sha256": row["sha256"],
        "seen": row["seen"],
        "attempts": row["attempts"],
        "due_at": _due(row, row["received_at"]) if row["state"] == "waiting" else None,
        "done_at": _iso(row["done_at"]),
        "released_by": row["released_by"],
        "dropped_by": row["dropped_by"],
        "traceback": row["error"],
        "trace": row["trace"],
    }


def inbox_sums(connection: Connection) -> dict[str, int]:
    """How many mails are in each state. Every mail ever received is in exactly one, so they add up to all of them."""
    counted = connection.execute(select(inbound.c.state, func.count().label("mails")).group_by(inbound.c.state))
    return dict.fromkeys(STATES, 0) | {row.state: row.mails for row in counted}


def show_outbox(connection: Connection, outbox_id: int) -> dict[str, Any]:
    """One letter with the text that is sent, and the last trouble it had."""
    row = _one(connection, outbox, outbox_id)
    return letter_of_row(row) | {
        "key": row["key"],
        "envelope_from": row["envelope_from"],
        "created_at": _iso(row["created_at"]),
        "done_at": _iso(row["done_at"]),
        "bounced_at": _iso(row["bounced_at"]),
        "held_for": row["held_for"] if row["state"] == "held" else None,
        "error": row["error"],
        "message": _shown(row["kind"], bytes(row["message"]).decode("utf-8", "replace")),
    }


def _shown(kind: str, message: str) -> str:
    """What lets somebody in is shown to nobody but its reader: who sees the outbox could sign in as any of us."""
    return message.partition("\r\n\r\n")[0] + "\r\n\r\n" if kind == LetterKind.SIGN_IN else message


def cases_with_entries() -> Select[Any]:
    written = (
        select(func.count())
        .select_from(entry)
        .where(entry.c.case_number == cases.c.number, entry.c.kind.in_(sorted(WRITTEN)))
        .scalar_subquery()
    )
    return select(cases, written.label("entries"))


def _one(connection: Connection, table: Table, number: int) -> RowMapping:
    row = None
    if 0 < number <= _LARGEST:
        row = connection.execute(select(table).where(table.c.id == number)).mappings().first()
    if row is None:
        raise NotFound(f"{table.name} {number}: there is no such id")
    return row


def case_of_row(row: RowMapping) -> dict[str, Any]:
    return {
        "number": row["number"],
        "ref": f"ref:_{row['org']}._{row['key']}:ref",
        "subject": row["subject"],
        "status": row["status"],
        "priority": row["priority"],
        "mailbox": row["mailbox"],
        "contact": row["contact_address"],
        "opened_at": _iso(row["opened_at"]),
        "entries": row["entries"],
        "merged_into": row["merged_into"],
    }


def inbound_of_row(row: RowMapping) -> dict[str, Any]:
    return {
        "id": row["id"],
        "state": row["state"],
        "reason": row["reason"],
        "message_id": row["message_id"],
        "mailbox": row["mailbox"],
        "received_at": _iso(row["received_at"]),
        "case": row["case_number"],
    }


def letter_of_row(row: RowMapping) -> dict[str, Any]:
    return {
        "id": row["id"],
        "case": row["case_number"],
        "kind": row["kind"],
        "to": row["recipient"],
        "subject": row["subject"],
        "message_id": row["message_id"],
        "state": row["state"],
        "attempts": row["attempts"],
        "due_at": _due(row, row["queued_at"]) if row["state"] == "queued" else None,
    }


def _due(row: RowMapping, since: datetime) -> str | None:
    """`since` is from when on it could be had, where it waits for no moment."""
    return _iso(since if row["due_at"] == AT_ONCE else row["due_at"])


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
