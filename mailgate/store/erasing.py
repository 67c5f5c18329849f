"""What is forgotten: raw mail, the words of whole cases, and what one person wrote and was sent. What was there stays
counted (law 2): a row of the inbox and of a case outlives what it said.

Whether something may be forgotten, `forgetting.py` asks before. Each function works within the caller's transaction.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, exists, func, or_, select, text, update

from mailgate.cases.case import WRITTEN, EntryKind
from mailgate.mail.message import Address
from mailgate.store import search_index
from mailgate.store.account_tables import account_request
from mailgate.store.case_page_tables import link_end, page_code, page_session
from mailgate.store.db import in_parts
from mailgate.store.doomed import doom
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
        # Counted, not looked for: PostgreSQL would go through all mail at once. `= 0` it holds for rare.
        .where(
            select(func.count())
            .select_from(entry.join(inbound).join(legal_hold, legal_hold.c.target == inbound.c.from_key))
            .where(entry.c.case_number.in_(numbers))
            .correlate(cases)
            .scalar_subquery()
            < 1
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


def people_of(connection: Connection, numbers: Sequence[str]) -> set[str]:
    """The address keys of all who take part in those cases or wrote on them."""
    part = select(participant.c.address_key).where(participant.c.case_number.in_(numbers))
    wrote = (
        select(inbound.c.from_key)
        .join(entry, entry.c.inbound_id == inbound.c.id)
        .where(entry.c.case_number.in_(numbers), inbound.c.from_key.is_not(None))
    )
    return {*connection.execute(part).scalars(), *connection.execute(wrote).scalars()}


def lock(connection: Connection, numbers: Sequence[str]) -> None:
    """Nobody files anything on those cases until the end of the transaction."""
    for some in in_parts(sorted(numbers)):
        connection.execute(
            select(cases.c.number).where(cases.c.number.in_(some)).order_by(cases.c.number).with_for_update()
        ).all()


def mails_of(connection: Connection, numbers: Sequence[str]) -> list[int]:
    """The ids of the mails that stand on those cases."""
    asked = select(entry.c.inbound_id).where(entry.c.case_number.in_(numbers), entry.c.inbound_id.is_not(None))
    return sorted(set(connection.execute(asked).scalars()))


def forget_raw(connection: Connection, numbers: Sequence[str], now: datetime) -> int:
    """The raw mail of those cases goes; what was read in it stays. How many contents are gone."""
    connection.execute(update(cases).where(cases.c.number.in_(numbers)).values(raw_erased_at=now))
    return _drop_contents(connection, mails_of(connection, numbers), now)


def forget_mails(connection: Connection, ids: Sequence[int], now: datetime) -> int:
    """Of these mails nothing stays but that they were there, and what became of them. How many that were."""
    done = 0
    for some in in_parts(ids):
        blank = update(inbound).where(inbound.c.id.in_(some), inbound.c.erased_at.is_(None))
        done += connection.execute(blank.values(_BLANK | {"erased_at": now})).rowcount
    _drop_contents(connection, ids, now)
    return done


def forget_cases(connection: Connection, numbers: Sequence[str], why: str, now: datetime) -> dict[str, int]:
    """All that was said on those cases, who took part, and every letter. How much of each.

    The number, the status and the dates of a case stay; its ref leads nowhere any more.
    """
    mails = forget_mails(connection, mails_of(connection, numbers), now)
    search_index.forget(connection, numbers)
    letters = connection.execute(delete(outbox).where(outbox.c.case_number.in_(numbers))).rowcount
    connection.execute(delete(thread_id).where(thread_id.c.case_number.in_(numbers)))
    connection.execute(delete(participant).where(participant.c.case_number.in_(numbers)))
    for table in (picture, link_end, page_code, page_session, account_request):
        connection.execute(delete(table).where(table.c.case_number.in_(numbers)))
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
        "account_key": "",
        "account_status": "",
        "language": "",
        "course": course,
        "key": f"erased{number}",
        "next_due_at": None,
        "owed_at": None,
        "raw_erased_at": now,
        "erased_at": now,
        "version": cases.c.version + 1,
    }


def forget_on(connection: Connection, number: str, person: str, ids: Collection[int]) -> int:
    """What that address key said on somebody else's case: the number of its entries. Its mails, and those that passed
    one of them on, are `ids`.

    Whoever answered may have quoted: so nothing that was cut away from anybody's words stays on the case, either.
    """
    family = family_of(connection, number)
    search_index.forget(connection, family)
    forgotten = _forget_entries(connection, family, person, set(ids))
    connection.execute(delete(picture).where(picture.c.case_number.in_(family)))
    known = select(inbound.c.message_id).where(inbound.c.message_id.is_not(None))
    ours = {
        name for some in in_parts(ids) for name in connection.execute(known.where(inbound.c.id.in_(some))).scalars()
    }
    leads = delete(thread_id).where(thread_id.c.case_number.in_(family))
    for some in in_parts(ours):
        connection.execute(leads.where(thread_id.c.message_id.in_(some)))
    connection.execute(
        delete(participant).where(participant.c.case_number.in_(family), participant.c.address_key == person)
    )
    columns = (cases.c.number, cases.c.course, cases.c.contact_address)
    for row in connection.execute(select(*columns).where(cases.c.number.in_(family))).all():
        course = {name: value for name, value in row.course.items() if name != "last_mail" or value not in ours}
        # What was his own, and became part of this one.
        his = {"subject": ERASED, "contact_name": None, "contact_address": None}
        was_his = row.contact_address is not None and Address("", row.contact_address).key == person
        changed = {"course": course, "version": cases.c.version + 1} | (his if was_his else {})
        connection.execute(update(cases).where(cases.c.number == row.number).values(changed))
    return forgotten


def _forget_entries(connection: Connection, family: Sequence[str], person: str, ids: set[int]) -> int:
    """What he said, or somebody passed on of his; and of lines that nobody wrote his address goes."""
    connection.execute(update(entry).where(entry.c.case_number.in_(family)).values(elided=""))
    forgotten = 0
    address = re.compile(re.escape(person), re.IGNORECASE)
    columns = (entry.c.id, entry.c.actor, entry.c.inbound_id, entry.c.kind, entry.c.text)
    for row in connection.execute(select(*columns).where(entry.c.case_number.in_(family))).all():
        his = Address("", row.actor).key == person
        this = update(entry).where(entry.c.id == row.id)
        if his or row.inbound_id in ids:
            forgotten += 1
            gone = {"text": ERASED, "actor": ERASED if his else row.actor, "authentication": None}
            connection.execute(this.values(gone))
        elif row.kind not in WRITTEN and address.search(row.text):
            connection.execute(this.values(text=address.sub(ERASED, row.text)))
    return forgotten


def forget_letters(connection: Connection, person: str, ids: Collection[int]) -> int:
    """Every letter to that address key or about those mails that is not about to leave."""
    left = delete(outbox).where(outbox.c.state != "queued")
    gone = connection.execute(left.where(outbox.c.recipient_key == person)).rowcount
    for some in in_parts(ids):
        gone += connection.execute(left.where(outbox.c.inbound_id.in_(some))).rowcount
    return gone


def set_aside(connection: Connection, ids: Collection[int], by: str, now: datetime) -> None:
    """Held and shelved mails become dropped ones, by that person's word: without their octets they cannot be let in."""
    left = update(inbound).where(inbound.c.state.in_(("held", "shelved")))
    for some in in_parts(ids):
        aside = {"state": "dropped", "reason": "erased", "dropped_by": by, "done_at": now}
        connection.execute(left.where(inbound.c.id.in_(some)).values(aside))


def thoroughly(connection: Connection) -> None:
    """What this transaction deletes is overwritten on the disk, too, as far as the database can."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")


def _drop_contents(connection: Connection, ids: Collection[int], now: datetime) -> int:
    """The contents of those mails that no other mail needs; objects are doomed (`doomed.py`). How many."""
    names, gone = set[str](), list[str]()
    for some in in_parts(ids):
        names.update(connection.execute(select(inbound.c.sha256).where(inbound.c.id.in_(some))).scalars())
    for these in map(raw_mail.c.sha256.in_, in_parts(sorted(names))):
        # First held: a mail of the same octets may be coming in, and by then it is seen.
        connection.execute(select(raw_mail.c.sha256).where(these).order_by(raw_mail.c.sha256).with_for_update()).all()
        unneeded = delete(raw_mail).where(~_needed, these).returning(raw_mail.c.object)  # its pieces go with a content
        gone += [key or "" for key in connection.execute(unneeded).scalars()]
    doom(connection, filter(None, gone), now)
    return len(gone)


# Where a case's raw mail was forgotten, that of mails that were filed before is needed no more.
_needed = (
    exists()
    .select_from(inbound.outerjoin(cases, cases.c.number == inbound.c.case_number))
    .where(inbound.c.sha256 == raw_mail.c.sha256, inbound.c.erased_at.is_(None))
    .where(
        or_(
            inbound.c.done_at.is_(None),
            inbound.c.state != "filed",
            cases.c.raw_erased_at.is_(None),
            cases.c.raw_erased_at < inbound.c.done_at,
        )
    )
    .correlate(raw_mail)
)
