"""What a trial of another policy needs of the store that it is about, and puts into the stores that it plays in: past
mail by its key, and the names by which past mail finds its cases."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from mailgate.cases.case import Case, EntryKind, Status
from mailgate.cases.course import Course
from mailgate.mail.message import RawMail
from mailgate.store.db import Store, insert, insert_new
from mailgate.store.mail_rows import envelope_of
from mailgate.store.raw import find_all
from mailgate.store.rows import case_from, case_row, participant_rows
from mailgate.store.tables import block, case_counter, cases, entry, inbound, meta, outbox, participant, thread_id

_PAGE = 20
_LONG_AGO = datetime(1980, 1, 1, tzinfo=UTC)  # counts for no window of letters
_MOVED = re.compile(r"(status|priority): \S+ → (\S+)")
# Of what a trial plays, apart from what was before it.
_PAST = "past/"


@dataclass(frozen=True, slots=True)
class Past:
    """A mail that came; `raw` is None where its bytes are gone. `case` is what it is filed on, `released` by whom."""

    id: int
    at: datetime
    raw: RawMail | None
    case: str | None
    released_by: str


@dataclass(frozen=True, slots=True)
class Names:
    """What leads past mail to a case: Message-IDs, and the tokens of the letters about it (rows of the outbox)."""

    key: str
    threads: tuple[dict[str, Any], ...]
    letters: tuple[dict[str, Any], ...]


def past_mail(store: Store, mailboxes: Sequence[str], since: datetime, until: datetime) -> Iterator[Past]:
    """The mails of those mailboxes in the order in which they came, a few at a time."""
    last = 0
    while True:
        with store.read() as connection:
            rows = connection.execute(_mails(mailboxes, since, until, last)).mappings().all()
            contents = find_all(connection, [row["sha256"] for row in rows], store.read)
        for row in rows:
            # Octets of an erased mail may be there for the sake of another one.
            data = contents.get(row["sha256"]) if row["erased_at"] is None else None
            raw = RawMail(data, envelope_of(dict(row))) if data is not None else None
            yield Past(row["id"], row["received_at"], raw, row["case_number"], row["released_by"] or "")
        if not rows:
            return
        last = rows[-1]["id"]


def count_past(connection: Connection, mailboxes: Sequence[str], since: datetime, until: datetime) -> int:
    """How many they are."""
    asked = _mails(mailboxes, since, until, 0).limit(None).order_by(None).subquery()
    return int(connection.execute(select(func.count()).select_from(asked)).scalar_one())


def case_at(connection: Connection, number: str, at: datetime) -> Case | None:
    """The case of exactly that number as it was at that moment, as far as its history tells."""
    row = connection.execute(select(cases).where(cases.c.number == number)).mappings().first()
    if row is None:
        return None
    people = select(participant.c.address_key).where(participant.c.case_number == number)
    case = case_from(row, connection.execute(people.order_by(participant.c.position)).scalars().all())
    moves = connection.execute(
        select(entry.c.text, entry.c.at)
        .where(entry.c.case_number == number, entry.c.kind == EntryKind.STATUS)
        .order_by(entry.c.id)
    ).all()
    stood = _stood(case, [(row.text, row.at) for row in moves], at)
    return dataclasses.replace(stood, version=0, next_due_at=at if stood.status is not Status.CLOSED else None)


def names_of(connection: Connection, number: str, since: datetime) -> Names:
    """All that leads to that case."""
    key = connection.execute(select(cases.c.key).where(cases.c.number == number)).scalar() or ""
    threads = connection.execute(select(thread_id).where(thread_id.c.case_number == number)).mappings().all()
    letters = connection.execute(select(outbox).where(outbox.c.case_number == number)).mappings().all()
    return Names(key, tuple(map(dict, threads)), tuple(_past_letter(dict(row), since) for row in letters))


def begin(connection: Connection, org: str, blocked: Sequence[dict[str, Any]]) -> None:
    """An empty store becomes that of the same installation, with the same block list."""
    connection.execute(meta.insert(), {"key": "org", "value": org})
    if blocked:
        connection.execute(block.insert(), list(blocked))


def block_rows(connection: Connection) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(select(block)).mappings()]


def next_number(connection: Connection, month: str, number: int) -> None:
    """The next case that is opened in that month (`YYMM`) has this number."""
    statement = insert(connection.dialect.name, case_counter).values(month=month, last=number - 1)
    changed = {"last": statement.excluded.last}
    connection.execute(statement.on_conflict_do_update(index_elements=["month"], set_=changed))


def put_case(connection: Connection, case: Case) -> None:
    """A case that was there before the trial began."""
    follows = case.follows if case.follows and has_case(connection, case.follows) else None
    row = case_row(dataclasses.replace(case, merged_into=None, follows=follows))
    connection.execute(cases.insert(), row)
    if people := participant_rows(case):
        connection.execute(participant.insert(), people)


def has_case(connection: Connection, number: str) -> bool:
    return connection.execute(select(cases.c.number).where(cases.c.number == number)).first() is not None


def call(connection: Connection, number: str, names: Names) -> None:
    """From now on those names lead to the case of that number."""
    dialect = connection.dialect.name
    if connection.execute(select(cases.c.number).where(cases.c.key == names.key)).first() is None:
        connection.execute(update(cases).where(cases.c.number == number).values(key=names.key))
    for table, rows in ((thread_id, names.threads), (outbox, names.letters)):
        for row in rows:
            connection.execute(insert_new(dialect, table), row | {"case_number": number})


def letters_by_kind(connection: Connection) -> dict[tuple[str, str], int]:
    """How many letters were written, by case ("" for none) and kind."""
    asked = (
        select(func.coalesce(outbox.c.case_number, ""), outbox.c.kind, func.count())
        .where(~outbox.c.key.startswith(_PAST))
        .group_by(outbox.c.case_number, outbox.c.kind)
    )
    return {(row[0], row[1]): row[2] for row in connection.execute(asked)}


def breaches(connection: Connection) -> dict[str, int]:
    """How many promises were broken, by case."""
    asked = select(entry.c.case_number, func.count()).where(entry.c.kind == EntryKind.BREACH)
    return {row[0]: row[1] for row in connection.execute(asked.group_by(entry.c.case_number))}


def held(connection: Connection) -> dict[str, int]:
    """How many mails are held, by reason."""
    asked = select(inbound.c.reason, func.count()).where(inbound.c.state == "held").group_by(inbound.c.reason)
    return {row[0] or "": row[1] for row in connection.execute(asked)}


def endings(connection: Connection) -> Iterator[Case]:
    """All cases, by number."""
    for row in connection.execute(select(cases).order_by(cases.c.number)).mappings():
        yield case_from(row, ())


def _mails(mailboxes: Sequence[str], since: datetime, until: datetime, after: int) -> Any:
    return (
        select(inbound)
        .where(inbound.c.id > after, inbound.c.mailbox.in_(mailboxes))
        .where(inbound.c.received_at >= since, inbound.c.received_at < until)
        .order_by(inbound.c.id)
        .limit(_PAGE)
    )


def _stood(case: Case, moves: Sequence[tuple[str, datetime]], at: datetime) -> Case:
    status, since, priority = Status.NEW, case.opened_at, case.priority
    for text, moved_at in moves:
        for what, to in _MOVED.findall(text) if moved_at < at else ():
            if what == "status" and to in set(Status):
                status, since = Status(to), moved_at
            elif what == "priority" and to.isdigit():
                priority = int(to)
    return dataclasses.replace(
        case,
        status=status,
        priority=priority,
        resolved_at=case.resolved_at if case.resolved_at and case.resolved_at < at else None,
        closed_at=since if status is Status.CLOSED else None,
        course=_course_at(case.course, case.opened_at, since, at),
        rung=0,
    )


def _course_at(course: Course, opened_at: datetime, since: datetime, at: datetime) -> Course:
    """What had happened by then."""
    known = {
        field.name: value if value is None or value < at else None
        for field in dataclasses.fields(course)
        if isinstance(value := getattr(course, field.name), datetime | None) and field.name != "last_mail"
    }
    fixed = {"started_at": min(course.started_at, at) if course.started_at < at else opened_at, "status_since": since}
    promises = tuple(one for one in course.promises if one.told_at < at)
    taken = tuple(one for one in course.taken if one.at < at)
    pauses = tuple(one for one in course.pauses if one.start < at)
    return dataclasses.replace(course, **known | fixed, promises=promises, taken=taken, pauses=pauses)  # type: ignore[arg-type]


def _past_letter(row: dict[str, Any], since: datetime) -> dict[str, Any]:
    """A letter that was sent before; one of the time that is played again counts for no window a second time."""
    created_at = row["created_at"] if row["created_at"] < since else _LONG_AGO
    unset = dict.fromkeys(("inbound_id", "lease_until", "leased_by", "gated_at", "held_for", "bounced_at", "error"))
    return (
        {name: value for name, value in row.items() if name != "id"}
        | unset
        | {"key": f"{_PAST}{row['id']}", "message": b"", "state": "sent", "created_at": created_at}
        | {"done_at": created_at, "queued_at": created_at}
    )
