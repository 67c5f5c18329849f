"""What the store has of one person, by address key: cases, mails, letters, and where else the address stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, delete, func, or_, select

from mailgate.mail.message import Address
from mailgate.store.account_tables import account_contact, dead_address
from mailgate.store.columns import handle
from mailgate.store.tables import block, cases, entry, inbound, outbox, participant


@dataclass(frozen=True, slots=True)
class Theirs:
    """`own` are the numbers of the cases whose contact the person is, `shared` those of other people's on which he
    takes part or wrote; `unfinished` are those of `own` that are not closed. `mails` are ids: `waiting` those that are
    walked at this moment. `letters` and `queued` count those to the address, and those of them that are about to leave.
    `known` as a contact of an account, `blocked` by the block list.
    """

    own: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    mails: tuple[int, ...] = ()
    waiting: tuple[int, ...] = ()
    letters: int = 0
    queued: int = 0
    known: bool = False
    blocked: bool = False


def theirs(connection: Connection, key: str) -> Theirs:
    """All that there is of that address key. It looks through whole tables: for commands, not for the walk."""
    key = handle(key)
    # Of mail that was not decided upon only the return path is known.
    unread = and_(inbound.c.from_key.is_(None), func.lower(inbound.c.sender) == key)
    found = select(inbound.c.id, inbound.c.state).where(
        inbound.c.erased_at.is_(None), or_(inbound.c.from_key == key, unread)
    )
    mails = connection.execute(found.order_by(inbound.c.id)).all()
    wrote = select(entry.c.case_number).where(entry.c.inbound_id.in_([row.id for row in mails]))
    numbers = {*connection.execute(select(participant.c.case_number).where(participant.c.address_key == key)).scalars()}
    numbers |= {*connection.execute(wrote).scalars()}
    asked = select(cases.c.number, cases.c.merged_into, cases.c.status, cases.c.contact_address)
    rows = connection.execute(
        asked.where(cases.c.erased_at.is_(None)).where(
            or_(cases.c.number.in_(sorted(numbers)), func.lower(cases.c.contact_address) == key)
        )
    ).all()
    own = {row.merged_into or row.number for row in rows if _is(row.contact_address, key)}
    standing = connection.execute(asked.where(cases.c.number.in_(sorted(own)))).all()
    # A case of theirs that became part of somebody else's is that one's now.
    own = {row.number for row in standing if _is(row.contact_address, key)}
    shared = {row.merged_into or row.number for row in rows} - own
    to_them = select(outbox.c.state, func.count()).where(outbox.c.recipient_key == key).group_by(outbox.c.state)
    letters = {row[0]: row[1] for row in connection.execute(to_them)}
    return Theirs(
        own=tuple(sorted(own)),
        shared=tuple(sorted(shared)),
        unfinished=tuple(sorted(row.number for row in standing if row.number in own and row.status != "closed")),
        mails=tuple(row.id for row in mails),
        waiting=tuple(row.id for row in mails if row.state == "waiting"),
        letters=sum(letters.values()),
        queued=letters.get("queued", 0),
        known=connection.execute(select(account_contact).where(account_contact.c.address_key == key)).first()
        is not None,
        blocked=connection.execute(select(block).where(block.c.pattern == key)).first() is not None,
    )


def _is(address: str | None, key: str) -> bool:
    return address is not None and Address("", address).key == key


def forget_address(connection: Connection, key: str) -> int:
    """The address is no contact any more, and not known as dead. How many rows that were."""
    gone = 0
    for table in (account_contact, dead_address):
        gone += connection.execute(delete(table).where(table.c.address_key == handle(key))).rowcount
    return gone


def mails(connection: Connection, ids: Sequence[int]) -> list[tuple[int, str]]:
    """(id, sha256) of those mails, in the order in which they came."""
    asked = select(inbound.c.id, inbound.c.sha256).where(inbound.c.id.in_(ids)).order_by(inbound.c.id)
    return [(row.id, row.sha256) for row in connection.execute(asked)]


def letters_to(connection: Connection, key: str) -> Sequence[bytes]:
    """Every letter that was sent to that address key, oldest first."""
    asked = select(outbox.c.message).where(outbox.c.recipient_key == handle(key), outbox.c.state == "sent")
    return [bytes(message) for message in connection.execute(asked.order_by(outbox.c.id)).scalars()]
