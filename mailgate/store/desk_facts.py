"""What the walk asks where our own people are concerned: what they may be told of a case, and what they had already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, bindparam, case, func, select
from sqlalchemy.engine import RowMapping

from mailgate.cases.case import INTERNAL_ENTRIES, Case, Entry, EntryKind
from mailgate.cases.events import EngineerReplied, MailArrived
from mailgate.cases.letter_kinds import INTERNAL_LETTERS, LetterKind
from mailgate.cases.relaying import GUARD
from mailgate.mail.message import Authentication, Mail
from mailgate.store.columns import handle
from mailgate.store.found import family
from mailgate.store.tables import entry, inbound, outbox

_MOST_NOTES = 500  # the newest: what a letter quotes by mistake was read lately
_MOST_RECENT = 5
_OURS = ("mailgate", "operator")
_ABOUT_WORDS = (LetterKind.NEW_CASE, LetterKind.NEW_ENTRY)
_ANSWERS = (LetterKind.COMMAND_ANSWER, LetterKind.CASE_STATUS)

_Said = TypeVar("_Said", MailArrived, EngineerReplied)


def with_history(connection: Connection, about: Case, event: _Said) -> _Said:
    """What one of our people says on that case, with what matters for its way to the customer."""
    notes, shared = noted_and_shared(connection, about.number)
    opening = connection.execute(_opening, {"number": about.number}).scalar()
    letters = connection.execute(_last_letters, {"number": about.number})
    last = {row.recipient_key: row.message_id for row in letters}
    return replace(event, notes=notes, shared=shared, opening_id=opening, last_letters=last)


def recent_entries(connection: Connection, number: str) -> tuple[Entry, ...]:
    """The last few entries that hold somebody's words, the newest first: what our people see again."""
    found = connection.execute(_recent, {"number": number, "most": _MOST_RECENT}).mappings()
    return tuple(entry_of(row, number) for row in found)


def notes_of(connection: Connection, number: str) -> tuple[Entry, ...]:
    """What people of ours wrote on the case for each other alone: notes, reasons, and commands that came to nothing."""
    found = connection.execute(_notes, {"number": number, "most": _MOST_NOTES}).mappings()
    return tuple(entry_of(row, number) for row in found)


def noted_and_shared(connection: Connection, number: str) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """Those notes; and what customers wrote on the case and were answered, which a note may hold as well (only beside
    notes is it asked for). The newest first."""
    notes = notes_of(connection, number)
    found = connection.execute(_shared, {"number": number, "most": _MOST_NOTES}).mappings() if notes else ()
    return notes, tuple(entry_of(row, number) for row in found)


def letters_to_desk(connection: Connection, addresses: Sequence[str], since: datetime) -> dict[str, tuple[int, int]]:
    """How many letters about customers' words each of these addresses had since then, and how many in answer to what he
    ordered; by its key."""
    keys = [handle(one.casefold()) for one in addresses]
    rows = connection.execute(_to_desk, {"keys": keys, "since": since})
    return {row[0]: (row.told, row.answered) for row in rows}


def copy_of(connection: Connection, mail: Mail, inbound_id: int) -> str | None:
    """The case on which an engineer's mail is already, however long ago and in whichever mailbox: what was sent to one
    customer is neither sent again nor to another, wherever somebody replays it to."""
    if mail.message_id is None or mail.identity is None:
        return None
    asked = {"message_id": mail.message_id, "author": mail.identity.key, "inbound_id": inbound_id}
    return connection.execute(_copy, asked).scalar()


def cases_guarded(connection: Connection, letters: Sequence[int]) -> list[str]:
    """The numbers of the cases on which these letters are answers that were held for words of an internal note."""
    return [number for number in connection.execute(_guarded, {"letters": list(letters)}).scalars() if number]


def guarded_of(connection: Connection, number: str, inbound_id: int | None) -> tuple[int, ...]:
    """The ids of the letters on the case by which that mail of an engineer's would go out, as long as a guard holds
    them."""
    return tuple(connection.execute(_guarded_of, {"number": number, "inbound_id": inbound_id}).scalars())


def is_held(connection: Connection, inbound_id: int | None) -> bool:
    """Whether that mail is held at this moment."""
    return connection.execute(_held, {"inbound_id": inbound_id}).first() is not None


def entry_of(row: RowMapping, number: str) -> Entry:
    found = Authentication(row["authentication"]) if row["authentication"] else None
    of = row["case_number"] if row["case_number"] != number else ""
    return Entry(row["at"], EntryKind(row["kind"]), row["actor"], row["text"], row["elided"], found, row["n"] or 0, of)


COLUMNS = (
    entry.c.at,
    entry.c.kind,
    entry.c.actor,
    entry.c.text,
    entry.c.elided,
    entry.c.authentication,
    entry.c.n,
    entry.c.case_number,
)
_notes = (
    select(*COLUMNS)
    .where(entry.c.case_number.in_(family()), entry.c.kind.in_(INTERNAL_ENTRIES), entry.c.actor.not_in(_OURS))
    .order_by(entry.c.id.desc())
    .limit(bindparam("most"))
)
_recent = (
    select(*COLUMNS)
    .where(entry.c.case_number.in_(family()), entry.c.actor.not_in(_OURS))
    .where(entry.c.kind.in_([EntryKind.MAIL, EntryKind.REPLY, EntryKind.NOTE, EntryKind.DRAFT]))
    .order_by(entry.c.at.desc(), entry.c.id.desc())
    .limit(bindparam("most"))
)
_shared = (
    select(*COLUMNS)
    .where(entry.c.case_number.in_(family()), entry.c.kind.in_([EntryKind.MAIL, EntryKind.REPLY]))
    .order_by(entry.c.id.desc())
    .limit(bindparam("most"))
)
_to_desk = (
    select(
        outbox.c.recipient_key,
        func.count(case((outbox.c.kind.in_(_ABOUT_WORDS), 1))).label("told"),
        func.count(case((outbox.c.kind.in_(_ANSWERS), 1))).label("answered"),
    )
    .where(outbox.c.recipient_key.in_(bindparam("keys", expanding=True)), outbox.c.created_at > bindparam("since"))
    .where(outbox.c.kind.in_((*_ABOUT_WORDS, *_ANSWERS)))
    .group_by(outbox.c.recipient_key)
)
_copy = (
    select(inbound.c.case_number)
    .where(inbound.c.message_id == bindparam("message_id"), inbound.c.from_key == bindparam("author"))
    .where(inbound.c.case_number.is_not(None), inbound.c.id != bindparam("inbound_id"))
    .order_by(inbound.c.id)
    .limit(1)
)
# Of what an engineer passed on the customer's own: the Message-ID of the engineer's mail says where he works.
_opening = (
    select(case((inbound.c.passed_from.is_not(None), inbound.c.passed_id), else_=inbound.c.message_id))
    .join(entry, entry.c.inbound_id == inbound.c.id)
    .where(entry.c.case_number == bindparam("number"), entry.c.kind == EntryKind.MAIL)
    .order_by(entry.c.id)
    .limit(1)
)
_newest_to_each = (
    select(func.max(outbox.c.id))
    .where(outbox.c.case_number.in_(family()), outbox.c.kind.not_in(INTERNAL_LETTERS))
    .where(outbox.c.state.in_(["queued", "sent"]))
    .group_by(outbox.c.recipient_key)
)
_last_letters = select(outbox.c.recipient_key, outbox.c.message_id).where(outbox.c.id.in_(_newest_to_each))
_held = select(inbound.c.id).where(inbound.c.id == bindparam("inbound_id"), inbound.c.state == "held")
_guarded_of = (
    select(outbox.c.id)
    .where(outbox.c.case_number.in_(family()), outbox.c.inbound_id == bindparam("inbound_id"))
    .where(outbox.c.state == "held", outbox.c.held_for == GUARD)
    .order_by(outbox.c.id)
)
_guarded = (
    select(outbox.c.case_number)
    .where(outbox.c.id.in_(bindparam("letters", expanding=True)))
    .where(outbox.c.kind == LetterKind.REPLY, outbox.c.held_for == GUARD)
    .distinct()
)
