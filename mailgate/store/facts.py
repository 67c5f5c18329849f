"""What the walk asks: what is known about a mail, and which cases its clues lead to. It asks only what the mail has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, null, or_, select

from mailgate.cases.case import Case, LetterKind
from mailgate.cases.match import Candidates, Clues, ThreadCase, TokenOwner
from mailgate.cases.ref import token_hash
from mailgate.checks.finding import Known
from mailgate.mail.message import Mail
from mailgate.store.columns import handle
from mailgate.store.listings import inbox_sums, list_cases, list_inbox, list_outbox, show_case, show_inbox, show_outbox
from mailgate.store.rows import case_from
from mailgate.store.tables import block, cases, inbound, outbox, participant, thread_id

__all__ = [
    "candidates",
    "case_of",
    "inbox_sums",
    "known_about",
    "list_cases",
    "list_inbox",
    "list_outbox",
    "show_case",
    "show_inbox",
    "show_outbox",
    "waiting_parents",
]

COPY_DAYS = 7
_AUTOMATIC_LETTERS = (LetterKind.CONFIRMATION, LetterKind.REPLY_RECEIVED)
# A domain name has at most 127 labels; a rule stands for a few of the last ones.
_MAX_LABELS = 10


def known_about(
    connection: Connection, mail: Mail, own_addresses: frozenset[str], now: datetime, inbound_id: int | None = None
) -> Known:
    """What the checks need to know, in one statement. `inbound_id` is the row of the mail itself: no copy of itself."""
    author = mail.identity.key if mail.identity else None
    row = connection.execute(
        select(
            _our_letter(mail.message_id).label("our_letter"),
            _copy(mail, author, now, inbound_id).label("copy_of"),
            _blocked(mail).label("blocked_by"),
            _letters(author, now).label("letters"),
        )
    ).one()
    return Known(
        own_addresses=own_addresses,
        our_letter=row.our_letter is not None,
        copy_of=row.copy_of,
        blocked_by=row.blocked_by,
        letters_last_hour=row.letters or 0,
    )


def candidates(
    connection: Connection, clues: Clues, mailbox: str, *, lock: bool, copy_of: str | None = None
) -> Candidates:
    """The cases that the clues lead to, of all mailboxes; for a Message-ID those of `mailbox` stand first.

    `copy_of` is the number of the case of an earlier copy. With `lock` the cases stay as they are until the end of the
    transaction (on SQLite a writer is alone anyway).
    """
    hashes = {token_hash(token): token for token in clues.tokens}
    owners = _owners(connection, hashes)
    ids = {handle(one): one for one in clues.message_ids}
    threads = _threads(connection, ids, mailbox)
    keys = {key.upper() for key in (*clues.subject_keys, *clues.body_keys, *clues.quoted_keys)}
    numbers = {number for number, _ in owners.values()}
    numbers.update(number for found in threads.values() for number, _ in found)
    numbers.update(clues.subject_numbers)
    if copy_of:
        numbers.add(copy_of)
    found = _cases(connection, numbers, keys, lock=lock)
    return Candidates(
        by_token={token: TokenOwner(found[number], owner) for token, (number, owner) in owners.items()},
        by_message_id={
            one: tuple(ThreadCase(found[number], ours) for number, ours in leads) for one, leads in threads.items()
        },
        by_key={case.key: case for case in found.values() if case.key in keys},
        by_number={number: found[number] for number in clues.subject_numbers if number in found},
        copy=found.get(copy_of) if copy_of else None,
    )


def case_of(connection: Connection, number: str, *, lock: bool = False) -> Case | None:
    """The case of that number."""
    return _cases(connection, {number}, (), lock=lock).get(number)


def waiting_parents(connection: Connection, mailbox: str, message_ids: Sequence[str], before_id: int) -> set[str]:
    """Which of these Message-IDs are mails to that mailbox that still wait and came earlier."""
    if not message_ids:
        return set()
    ids = {handle(one): one for one in message_ids}
    found = connection.execute(
        select(inbound.c.message_id)
        .where(inbound.c.message_id.in_(ids), inbound.c.mailbox == mailbox)
        .where(inbound.c.state == "waiting", inbound.c.id < before_id)
    )
    return {ids[one] for one in found.scalars()}


def _our_letter(message_id: str | None) -> ColumnElement[Any]:
    if message_id is None:
        return null()
    return select(outbox.c.id).where(outbox.c.message_id == message_id).scalar_subquery()


def _copy(mail: Mail, author: str | None, now: datetime, inbound_id: int | None) -> ColumnElement[Any]:
    # Without a strict author nothing says that two mails are from one hand: no guess.
    if mail.message_id is None or author is None:
        return null()
    earlier = (
        select(inbound.c.case_number)
        .where(inbound.c.message_id == mail.message_id, inbound.c.from_key == author)
        .where(inbound.c.mailbox == mail.envelope.mailbox, inbound.c.case_number.is_not(None))
        .where(inbound.c.received_at > now - timedelta(days=COPY_DAYS))
        .order_by(inbound.c.id)
        .limit(1)
    )
    if inbound_id is not None:
        earlier = earlier.where(inbound.c.id != inbound_id)
    return earlier.scalar_subquery()


def _blocked(mail: Mail) -> ColumnElement[Any]:
    addresses = {address.key for address in (mail.identity, mail.shown_from) if address}
    if mail.envelope.sender:
        addresses.add(mail.envelope.sender.casefold())
    patterns = {pattern for address in addresses for pattern in _patterns(address)}
    if not patterns:
        return null()
    return select(func.min(block.c.pattern)).where(block.c.pattern.in_(sorted(patterns))).scalar_subquery()


def _patterns(address: str) -> Iterable[str]:
    """Every rule that would fit an address key."""
    yield address
    domain = address.rpartition("@")[2]
    yield domain
    labels = domain.split(".")
    for start in range(max(1, len(labels) - _MAX_LABELS), len(labels)):
        yield "*." + ".".join(labels[start:])


def _letters(author: str | None, now: datetime) -> ColumnElement[Any]:
    if author is None:
        return null()
    return (
        select(func.count())
        .select_from(outbox)
        .where(outbox.c.recipient_key == author, outbox.c.created_at > now - timedelta(hours=1))
        .where(outbox.c.kind.in_(_AUTOMATIC_LETTERS))
        .scalar_subquery()
    )


def _owners(connection: Connection, hashes: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """By token: the number of its case and the address key of the one it was sent to."""
    if not hashes:
        return {}
    found = connection.execute(
        select(outbox.c.token_hash, outbox.c.case_number, outbox.c.recipient_key).where(
            outbox.c.token_hash.in_(hashes), outbox.c.case_number.is_not(None)
        )
    )
    return {hashes[digest]: (number, owner) for digest, number, owner in found}


def _threads(connection: Connection, ids: Mapping[str, str], mailbox: str) -> dict[str, list[tuple[str, bool]]]:
    """By Message-ID: the numbers of the cases it leads to, and whether it is ours."""
    if not ids:
        return {}
    found = connection.execute(
        select(thread_id.c.message_id, thread_id.c.case_number, thread_id.c.ours, thread_id.c.mailbox).where(
            thread_id.c.message_id.in_(ids)
        )
    )
    threads: dict[str, list[tuple[str, bool]]] = {}
    for one, number, ours, _ in sorted(found, key=lambda row: (row.mailbox != mailbox, row.case_number)):
        threads.setdefault(ids[one], []).append((number, ours))
    return threads


def _cases(connection: Connection, numbers: Iterable[str], keys: Iterable[str], *, lock: bool) -> dict[str, Case]:
    """By number. Locked in one order, so that two who want the same cases do not wait for each other in turns."""
    conditions = [
        column.in_(sorted(values)) for column, values in ((cases.c.number, numbers), (cases.c.key, keys)) if values
    ]
    if not conditions:
        return {}
    statement: Select[Any] = select(cases).where(or_(*conditions)).order_by(cases.c.number)
    if lock:
        statement = statement.with_for_update()
    rows = connection.execute(statement).mappings().all()
    if not rows:
        return {}
    people: dict[str, list[str]] = {row["number"]: [] for row in rows}
    for number, key in connection.execute(
        select(participant.c.case_number, participant.c.address_key)
        .where(participant.c.case_number.in_(sorted(people)))
        .order_by(participant.c.case_number, participant.c.position)
    ):
        people[number].append(key)
    return {row["number"]: case_from(row, people[row["number"]]) for row in rows}
