"""What the store has of one person, by address key: cases, mails, letters, and where else the address stands."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, delete, func, or_, select, update

from mailgate.mail.message import Address
from mailgate.store import page_codes
from mailgate.store.account_tables import account_contact, account_event, dead_address
from mailgate.store.case_page_tables import link_end
from mailgate.store.columns import handle
from mailgate.store.db import in_parts
from mailgate.store.tables import block, cases, entry, inbound, outbox, participant


@dataclass(frozen=True, slots=True)
class Theirs:
    """`own` are the numbers of the cases whose contact the person is, `shared` those of other people's on which he
    takes part or wrote; `unfinished` are those of `own` that are not closed. `mails` are ids: `waiting` those that are
    walked at this moment. `passed` are ids of mails by which somebody of ours passed on one of theirs. `letters` and
    `queued` count those to the address, and those about to leave that go there, or are about these cases and mails.
    `known` as a contact of an account, `blocked` by the block list.
    """

    own: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    mails: tuple[int, ...] = ()
    waiting: tuple[int, ...] = ()
    passed: tuple[int, ...] = ()
    letters: int = 0
    queued: int = 0
    known: bool = False
    blocked: bool = False

    @property
    def anything(self) -> bool:
        """Whether he is known here at all."""
        return bool(self.own or self.shared or self.mails or self.letters or self.known)


def theirs(connection: Connection, key: str) -> Theirs:
    """All that there is of that address key. It looks through whole tables: for commands, not for the walk."""
    key = handle(key)
    # Of mail that was not decided upon only the return path is known.
    unread = and_(inbound.c.from_key.is_(None), func.lower(inbound.c.sender) == key)
    found = select(inbound.c.id, inbound.c.state).where(
        inbound.c.erased_at.is_(None), or_(inbound.c.from_key == key, unread)
    )
    mails = connection.execute(found.order_by(inbound.c.id)).all()
    passed = [*connection.execute(_passed_on, {"key": key}).scalars()]
    wrote = entry.c.inbound_id
    numbers = {*connection.execute(select(participant.c.case_number).where(participant.c.address_key == key)).scalars()}
    numbers |= set(_among(connection, select(entry.c.case_number), wrote, [*(row.id for row in mails), *passed]))
    asked = select(cases.c.number, cases.c.merged_into, cases.c.contact_address).where(cases.c.erased_at.is_(None))
    rows = connection.execute(asked.where(func.lower(cases.c.contact_address) == key)).all()
    for some in in_parts(sorted(numbers)):
        rows = [*rows, *connection.execute(asked.where(cases.c.number.in_(some)))]
    own = {row.merged_into or row.number for row in rows if _is(row.contact_address, key)}
    # A case of theirs that became part of somebody else's is that one's now.
    standing = _standing(connection, own, key)
    own = set(standing)
    shared = {row.merged_into or row.number for row in rows} - own
    to_them = select(outbox.c.state, func.count()).where(outbox.c.recipient_key == key).group_by(outbox.c.state)
    letters = {row[0]: row[1] for row in connection.execute(to_them)}
    return Theirs(
        own=tuple(sorted(own)),
        shared=tuple(sorted(shared)),
        unfinished=tuple(sorted(number for number, status in standing.items() if status != "closed")),
        mails=tuple(row.id for row in mails),
        waiting=tuple(row.id for row in mails if row.state == "waiting"),
        passed=tuple(passed),
        letters=sum(letters.values()),
        queued=letters.get("queued", 0) + _leaving(connection, key, own, [*(row.id for row in mails), *passed]),
        known=connection.execute(select(account_contact).where(account_contact.c.address_key == key)).first()
        is not None,
        blocked=connection.execute(select(block).where(block.c.pattern == key)).first() is not None,
    )


def branches(connection: Connection, number: str, key: str) -> set[str]:
    """Of the case and those that became part of it the numbers of those whose contact that address key is."""
    this = or_(cases.c.number == number, cases.c.merged_into == number)
    rows = connection.execute(select(cases.c.number, cases.c.contact_address).where(this))
    return {row.number for row in rows if _is(row.contact_address, key)}


def _standing(connection: Connection, numbers: Collection[str], key: str) -> dict[str, str]:
    """Those of the cases whose contact that address key is, and their status."""
    asked = select(cases.c.number, cases.c.status, cases.c.contact_address)
    rows = (row for some in in_parts(numbers) for row in connection.execute(asked.where(cases.c.number.in_(some))))
    return {row.number: row.status for row in rows if _is(row.contact_address, key)}


def _leaving(connection: Connection, key: str, numbers: Collection[str], ids: Collection[int]) -> int:
    """How many letters to others about those cases and mails are about to leave: they carry his words."""
    asked = select(outbox.c.id).where(outbox.c.state == "queued", outbox.c.recipient_key != key)
    family = [
        *_among(connection, select(cases.c.number), cases.c.number, numbers),
        *_among(connection, select(cases.c.number), cases.c.merged_into, numbers),
    ]
    about = {*_among(connection, asked, outbox.c.case_number, family)}
    return len(about | {*_among(connection, asked, outbox.c.inbound_id, ids)})


def _among(
    connection: Connection, asked: Select[tuple[Any]], column: ColumnElement[Any], values: Collection[Any]
) -> Iterator[Any]:
    """What is asked for of all rows that have one of these values."""
    for some in in_parts(values):
        yield from connection.execute(asked.where(column.in_(some))).scalars()


def _is(address: str | None, key: str) -> bool:
    return address is not None and Address("", address).key == key


def forget_address(connection: Connection, key: str) -> int:
    """The address is no contact any more, not known as dead, and named in no account's history. How many rows of the
    first two that were."""
    gone = 0
    page_codes.forget_person(connection, key)
    connection.execute(delete(link_end).where(link_end.c.address_key == handle(key)))
    for table in (account_contact, dead_address):
        gone += connection.execute(delete(table).where(table.c.address_key == handle(key))).rowcount
    named = select(account_event.c.id, account_event.c.text).where(account_event.c.text.icontains(key, autoescape=True))
    for row in connection.execute(named).all():
        said = re.sub(re.escape(key), "(erased)", row.text, flags=re.IGNORECASE)
        connection.execute(update(account_event).where(account_event.c.id == row.id).values(text=said))
    return gone


def mails(connection: Connection, ids: Sequence[int]) -> list[tuple[int, str]]:
    """(id, sha256) of those mails, in the order in which they came."""
    asked = select(inbound.c.id, inbound.c.sha256).order_by(inbound.c.id)
    rows = (row for some in in_parts(sorted(ids)) for row in connection.execute(asked.where(inbound.c.id.in_(some))))
    return [(row.id, row.sha256) for row in rows]


def letters_to(connection: Connection, key: str) -> Iterator[bytes]:
    """Every letter that was sent to that address key, oldest first, read one by one."""
    asked = select(outbox.c.id).where(outbox.c.recipient_key == handle(key), outbox.c.state == "sent")
    for number in connection.execute(asked.order_by(outbox.c.id)).scalars().all():
        yield bytes(connection.execute(select(outbox.c.message).where(outbox.c.id == number)).scalar_one())


_passed_on = (
    select(inbound.c.id)
    .where(inbound.c.erased_at.is_(None), inbound.c.passed_from == bindparam("key"))
    .order_by(inbound.c.id)
)
