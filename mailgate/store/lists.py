"""The lists of the command line: cases, mails and letters, the newest first, narrowed and page by page.

A page is found by the key of the last row before it, never by counting rows: it costs the same at the millionth row as
at the first. Moments are ISO 8601 in UTC.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table, false, func, select, tuple_

from mailgate.errors import NotFound
from mailgate.store.columns import handle
from mailgate.store.listings import case_of_row, cases_with_entries, inbound_of_row, letter_of_row
from mailgate.store.tables import cases, inbound, outbox, participant

_INBOX = ("id", "state", "reason", "message_id", "mailbox", "received_at", "case_number", "from_key", "subject")
_OUTBOX = (
    "id", "case_number", "kind", "recipient", "subject", "message_id", "state", "attempts", "due_at", "queued_at",
    "bounced_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CasesWanted:
    """Which cases; what is not said does not narrow. `contact` is an address that takes part, `owner` "" is nobody.

    `due` are those to which time brings something by then, `owed` those to which something is owed by then; `rung` is
    that of the ladder.
    """

    statuses: tuple[str, ...] = ()
    priorities: tuple[int, ...] = ()
    mailbox: str | None = None
    contact: str | None = None
    owner: str | None = None
    subject: str | None = None
    opened_after: datetime | None = None
    opened_before: datetime | None = None
    due: datetime | None = None
    owed: datetime | None = None
    rung: int | None = None


@dataclass(frozen=True, slots=True)
class InboxWanted:
    """Which mails. `writer` is an address, a domain or `*.` a domain, as it was read or as the envelope had it."""

    states: tuple[str, ...] = ()
    mailbox: str | None = None
    writer: str | None = None
    reason: str | None = None
    since: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class OutboxWanted:
    """Which letters. `to` is an address or a domain; `case` a number."""

    states: tuple[str, ...] = ()
    kind: str | None = None
    to: str | None = None
    case: str | None = None
    since: datetime | None = None
    before: datetime | None = None


def find_cases(
    connection: Connection, wanted: CasesWanted, limit: int | None = None, after: str | None = None
) -> list[dict[str, Any]]:
    """The cases, by when they were opened. `after` is the number of the last one before the page; NotFound for none."""
    page = cases_with_entries().order_by(cases.c.opened_at.desc(), cases.c.number.desc())
    if after is not None:
        opened_at = connection.execute(select(cases.c.opened_at).where(cases.c.number == after)).scalar()
        if opened_at is None:
            raise NotFound(f"case {after}: there is no such number to go on after")
        page = page.where(tuple_(cases.c.opened_at, cases.c.number) < tuple_(opened_at, after))
    page = page.where(*narrowing(wanted))
    rows = _each(
        connection, page, cases, "status", wanted.statuses, limit, lambda row: (row["opened_at"], row["number"])
    )
    return [case_of_row(row) for row in rows]


def find_inbox(
    connection: Connection,
    wanted: InboxWanted,
    limit: int | None = None,
    after: int | None = None,
    down_to: int = 0,
) -> list[dict[str, Any]]:
    """The mails, by id down to that one, with `from` and `subject`, which are None until one is decided upon."""
    page = select(*(inbound.c[name] for name in _INBOX)).order_by(inbound.c.id.desc()).where(*_of_inbox(wanted))
    page = _within(page, inbound, after, down_to)
    rows = _each(connection, page, inbound, "state", wanted.states, limit, lambda row: row["id"])
    return [inbound_of_row(row) | {"from": row["from_key"], "subject": row["subject"]} for row in rows]


def find_outbox(
    connection: Connection,
    wanted: OutboxWanted,
    limit: int | None = None,
    after: int | None = None,
    down_to: int = 0,
) -> list[dict[str, Any]]:
    """The letters, by id down to that one, with `bounced_at`: when one came back."""
    page = select(*(outbox.c[name] for name in _OUTBOX)).order_by(outbox.c.id.desc()).where(*_of_outbox(wanted))
    page = _within(page, outbox, after, down_to)
    rows = _each(connection, page, outbox, "state", wanted.states, limit, lambda row: row["id"])
    return [letter_of_row(row) | {"bounced_at": _iso(row["bounced_at"])} for row in rows]


def troubles_of(connection: Connection, letters: Sequence[int]) -> dict[int, tuple[str | None, str]]:
    """Of those of these letters (ids) that did not leave: what holds each, and the last trouble, "" for none."""
    asked = select(outbox.c.id, outbox.c.held_for, outbox.c.error)
    asked = asked.where(outbox.c.id.in_(letters), outbox.c.state.in_(("queued", "held", "failed")))
    return {row.id: (row.held_for, row.error or "") for row in connection.execute(asked)}


def list_cases(connection: Connection, limit: int | None = None, status: str | None = None) -> list[dict[str, Any]]:
    """All cases, or those of one status."""
    return find_cases(connection, CasesWanted(_one(status)), limit)


def list_inbox(connection: Connection, limit: int | None = None, state: str | None = None) -> list[dict[str, Any]]:
    """All mails, or those in one state."""
    return [_without(row, "from", "subject") for row in find_inbox(connection, InboxWanted(_one(state)), limit)]


def list_outbox(connection: Connection, limit: int | None = None, state: str | None = None) -> list[dict[str, Any]]:
    """All letters, or those in one state."""
    return [_without(row, "bounced_at") for row in find_outbox(connection, OutboxWanted(_one(state)), limit)]


def newest_mail(connection: Connection) -> int:
    """The id of the newest mail, 0 where there is none."""
    return int(connection.execute(select(func.coalesce(func.max(inbound.c.id), 0))).scalar_one())


def newest_letter(connection: Connection) -> int:
    """The id of the newest letter, 0 where there is none."""
    return int(connection.execute(select(func.coalesce(func.max(outbox.c.id), 0))).scalar_one())


def _within(page: Select[Any], table: Table, after: int | None, down_to: int) -> Select[Any]:
    if after is not None:
        page = page.where(table.c.id < after)
    return page.where(table.c.id >= down_to) if down_to > 1 else page


def _each(
    connection: Connection,
    page: Select[Any],
    table: Table,
    column: str,
    values: tuple[str, ...],
    limit: int | None,
    key: Callable[[RowMapping], Any],
) -> Iterable[RowMapping]:
    """The page of each of these values in turn, put together: an index on (value, key) serves one value at a time."""
    asked = [page.where(table.c[column] == value) for value in dict.fromkeys(values)] or [page]
    found = [connection.execute(one.limit(limit)).mappings().all() for one in asked]
    return found[0] if len(found) == 1 else list(heapq.merge(*found, key=key, reverse=True))[:limit]


def cases_conditions(wanted: CasesWanted) -> Iterator[ColumnElement[bool]]:
    """All that must be so of a case, for a statement that finds them by something else."""
    if wanted.statuses:
        yield cases.c.status.in_(wanted.statuses)
    yield from narrowing(wanted)


def narrowing(wanted: CasesWanted) -> Iterator[ColumnElement[bool]]:
    """What must be so of a case beside its status."""
    for column, value in ((cases.c.mailbox, wanted.mailbox), (cases.c.owner, _key(wanted.owner))):
        if value is not None:
            yield column == value
    if wanted.priorities:
        yield cases.c.priority.in_(wanted.priorities)
    if wanted.contact is not None:
        his = select(participant.c.case_number).where(participant.c.address_key == handle(wanted.contact.casefold()))
        yield cases.c.number.in_(his)
    if wanted.subject is not None:
        yield cases.c.subject.icontains(wanted.subject, autoescape=True)
    if wanted.due is not None:
        yield cases.c.next_due_at.is_not(None)
        yield cases.c.next_due_at <= wanted.due
    if wanted.owed is not None:
        yield cases.c.owed_at.is_not(None)
        yield cases.c.owed_at <= wanted.owed
    if wanted.rung is not None:
        yield cases.c.rung == wanted.rung
    yield from _between(cases.c.opened_at, wanted.opened_after, wanted.opened_before)


def _key(owner: str | None) -> str | None:
    return owner if owner is None else owner.casefold()


def _of_inbox(wanted: InboxWanted) -> Iterator[ColumnElement[bool]]:
    for column, value in ((inbound.c.mailbox, wanted.mailbox), (inbound.c.reason, wanted.reason)):
        if value is not None:
            yield column == value
    if wanted.writer is not None:
        yield _address(inbound.c.from_key, wanted.writer) | _address(inbound.c.sender, wanted.writer)
    yield from _between(inbound.c.received_at, wanted.since, wanted.before)


def _of_outbox(wanted: OutboxWanted) -> Iterator[ColumnElement[bool]]:
    for column, value in ((outbox.c.kind, wanted.kind), (outbox.c.case_number, wanted.case)):
        if value is not None:
            yield column == value
    if wanted.to is not None:
        whole = wanted.to.casefold()
        yield outbox.c.recipient_key == whole if "@" in whole else outbox.c.recipient_domain == whole
    yield from _between(outbox.c.created_at, wanted.since, wanted.before)


def _address(column: ColumnElement[Any], wanted: str) -> ColumnElement[bool]:
    """An address, all of a domain, or (`*.` before it) all below a domain, in whatever case it is kept."""
    whole = wanted.casefold()
    if whole.startswith("*."):
        return column.iendswith(whole[1:], autoescape=True)
    if "@" in whole:
        return column.ilike(whole.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_"), escape="\\")
    return column.iendswith(f"@{whole}", autoescape=True) if whole else false()


def _between(column: ColumnElement[Any], begin: datetime | None, end: datetime | None) -> Iterator[ColumnElement[bool]]:
    if begin is not None:
        yield column >= begin
    if end is not None:
        yield column < end


def _without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    """As DESIGN has it, for machines."""
    return {name: value for name, value in row.items() if name not in names}


def _one(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
