"""What is forgotten: raw mail, the words of whole cases, and what one person wrote and was sent. What was there stays
counted (law 2): a row of the inbox and of a case outlives what it said.

Whether something may be forgotten, `forgetting.py` asks before. Each function works within the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, func, or_, select, text, update

from mailgate.cases.case import EntryKind
from mailgate.mail.message import Address
from mailgate.store.keeping_tables import legal_hold
from mailgate.store.pictures import picture
from mailgate.store.tables import (
    CLOSED_AND_THERE,
    CLOSED_WITH_RAW,
    DROPPED_AND_THERE,
    cases,
    entry,
    inbound,
    outbox,
    participant,
    raw_mail,
    raw_piece,
    thread_id,
)

_BLANK: dict[str, Any] = {
    "message_id": None,
    "sender": None,
    "recipients": [],
    "peer": "",
    "helo": "",
    "proof": None,
    "subject": None,
    "from_key": None,
    "passed_id": None,
    "passed_from": None,
    "trace": None,
    "error": None,
}
ERASED = "(erased)"


def closed_with_raw(connection: Connection, policy: str, before: datetime, limit: int) -> list[str]:
    """The numbers of cases of that policy that were closed before then and have raw mail, the longest closed first."""
    return _closed(connection, CLOSED_WITH_RAW, policy, before, limit)


def closed_and_there(connection: Connection, policy: str, before: datetime, limit: int) -> list[str]:
    """The numbers of those that were closed before then and still say something."""
    return _closed(connection, CLOSED_AND_THERE, policy, before, limit)


def _closed(connection: Connection, condition: str, policy: str, before: datetime, limit: int) -> list[str]:
    family = cases.alias("family")
    numbers = (
        select(family.c.number)
        .where(or_(family.c.number == cases.c.number, family.c.merged_into == cases.c.number))
        .correlate(cases)
    )
    asked = (
        select(cases.c.number)
        .where(text(condition), cases.c.policy == policy, cases.c.closed_at <= before)
        # What became part of another case goes with that one.
        .where(cases.c.merged_into.is_(None))
        .where(~exists().where(legal_hold.c.target.in_(numbers)).correlate(cases))
        .where(
            ~exists()
            .where(legal_hold.c.target == participant.c.address_key, participant.c.case_number.in_(numbers))
            .correlate(cases)
        )
        .where(~exists().where(outbox.c.case_number.in_(numbers), outbox.c.state == "queued").correlate(cases))
        .order_by(cases.c.closed_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=cases)
    )
    return list(connection.execute(asked).scalars())


def dropped_and_there(connection: Connection, mailbox: str, before: datetime, limit: int) -> list[int]:
    """The ids of mails of that mailbox that somebody dropped before then and that still say something."""
    asked = (
        select(inbound.c.id)
        .where(text(DROPPED_AND_THERE), inbound.c.mailbox == mailbox, inbound.c.done_at <= before)
        .where(~exists().where(legal_hold.c.target == inbound.c.from_key))
        .order_by(inbound.c.done_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(connection.execute(asked).scalars())


def family_of(connection: Connection, number: str) -> list[str]:
    """The case and all that became part of it."""
    this = or_(cases.c.number == number, cases.c.merged_into == number)
    return list(connection.execute(select(cases.c.number).where(this).order_by(cases.c.number)).scalars())


def mails_of(connection: Connection, numbers: Sequence[str]) -> list[int]:
    """The ids of the mails that stand on those cases."""
    asked = select(entry.c.inbound_id).where(entry.c.case_number.in_(numbers), entry.c.inbound_id.is_not(None))
    return sorted(set(connection.execute(asked).scalars()))


def forget_raw(connection: Connection, numbers: Sequence[str], now: datetime) -> int:
    """The raw mail of those cases goes; what was read in it stays. How many contents are gone."""
    gone = _drop_contents(connection, mails_of(connection, numbers))
    connection.execute(update(cases).where(cases.c.number.in_(numbers)).values(raw_erased_at=now))
    return gone


def forget_mails(connection: Connection, ids: Sequence[int], now: datetime) -> int:
    """Of these mails nothing stays but that they were there, and what became of them. How many that were."""
    _drop_contents(connection, ids)
    done = connection.execute(
        update(inbound).where(inbound.c.id.in_(ids), inbound.c.erased_at.is_(None)).values(_BLANK | {"erased_at": now})
    )
    return done.rowcount


def forget_cases(connection: Connection, numbers: Sequence[str], why: str, now: datetime) -> dict[str, int]:
    """All that was said on those cases, who took part, and every letter. How much of each.

    The number, the status and the dates of a case stay; its ref leads nowhere any more.
    """
    mails = forget_mails(connection, mails_of(connection, numbers), now)
    letters = connection.execute(delete(outbox).where(outbox.c.case_number.in_(numbers))).rowcount
    connection.execute(delete(thread_id).where(thread_id.c.case_number.in_(numbers)))
    connection.execute(delete(participant).where(participant.c.case_number.in_(numbers)))
    connection.execute(delete(picture).where(picture.c.case_number.in_(numbers)))
    entries = connection.execute(delete(entry).where(entry.c.case_number.in_(numbers))).rowcount
    for row in connection.execute(select(cases.c.number, cases.c.course).where(cases.c.number.in_(numbers))).all():
        course = {name: value for name, value in row.course.items() if name != "last_mail"}
        connection.execute(update(cases).where(cases.c.number == row.number).values(_emptied(row.number, course, now)))
        note = {"case_number": row.number, "at": now, "kind": EntryKind.NOTE, "actor": "mailgate", "text": why}
        connection.execute(entry.insert(), note | {"elided": "", "n": None})
    return {"cases": len(numbers), "mails": mails, "letters": letters, "entries": entries}


def _emptied(number: str, course: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "subject": ERASED,
        "contact_name": None,
        "contact_address": None,
        "account": "",
        "account_status": "",
        "language": "",
        "course": course,
        "key": f"erased{number}",
        "next_due_at": None,
        "raw_erased_at": now,
        "erased_at": now,
        "version": cases.c.version + 1,
    }


def forget_on(connection: Connection, number: str, person: str, ids: Sequence[int]) -> int:
    """What that address key said on somebody else's case: the number of its entries. Its mails are `ids`.

    Whoever answered may have quoted: so nothing that was cut away from anybody's words stays on the case, either.
    """
    family = family_of(connection, number)
    theirs = [
        row.id
        for row in connection.execute(select(entry.c.id, entry.c.actor).where(entry.c.case_number.in_(family)))
        if Address("", row.actor).key == person
    ]
    connection.execute(update(entry).where(entry.c.case_number.in_(family)).values(elided=""))
    connection.execute(delete(picture).where(picture.c.case_number.in_(family)))
    connection.execute(
        update(entry).where(entry.c.id.in_(theirs)).values(text=ERASED, actor=ERASED, authentication=None)
    )
    known = select(inbound.c.message_id).where(inbound.c.id.in_(ids), inbound.c.message_id.is_not(None))
    ours = list(connection.execute(known).scalars())
    connection.execute(delete(thread_id).where(thread_id.c.case_number.in_(family), thread_id.c.message_id.in_(ours)))
    connection.execute(
        delete(participant).where(participant.c.case_number.in_(family), participant.c.address_key == person)
    )
    for row in connection.execute(select(cases.c.number, cases.c.course).where(cases.c.number.in_(family))).all():
        course = {name: value for name, value in row.course.items() if name != "last_mail" or value not in ours}
        changed = update(cases).where(cases.c.number == row.number)
        connection.execute(changed.values(course=course, version=cases.c.version + 1))
    return len(theirs)


def forget_letters(connection: Connection, person: str, ids: Sequence[int]) -> int:
    """Every letter to that address key or about those mails that is not about to leave."""
    theirs = or_(outbox.c.recipient_key == person, outbox.c.inbound_id.in_(ids))
    return connection.execute(delete(outbox).where(theirs, outbox.c.state != "queued")).rowcount


def set_aside(connection: Connection, ids: Sequence[int], by: str, now: datetime) -> None:
    """Held and shelved mails become dropped ones, by that person's word: without their octets they cannot be let in."""
    connection.execute(
        update(inbound)
        .where(inbound.c.id.in_(ids), inbound.c.state.in_(("held", "shelved")))
        .values(state="dropped", reason="erased", dropped_by=by, done_at=now)
    )


def thoroughly(connection: Connection) -> None:
    """What is deleted in this transaction is overwritten on the disk, too, as far as the database can."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")


def _drop_contents(connection: Connection, ids: Collection[int]) -> int:
    """The contents of those mails that are no other mail's. How many."""
    gone = 0
    for name in set(connection.execute(select(inbound.c.sha256).where(inbound.c.id.in_(list(ids)))).scalars()):
        others = select(func.count()).where(
            inbound.c.sha256 == name, inbound.c.erased_at.is_(None), inbound.c.id.not_in(list(ids))
        )
        if not connection.execute(others).scalar():
            connection.execute(_pieces, {"name": name})
            gone += connection.execute(_content, {"name": name}).rowcount
    return gone


_pieces = delete(raw_piece).where(raw_piece.c.sha256 == bindparam("name"))
_content = delete(raw_mail).where(raw_mail.c.sha256 == bindparam("name"))
