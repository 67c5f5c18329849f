"""What was said on a case between its customers and us: what they may see of it. Nothing that our people wrote for each
other is asked for, nor what others than its people sent, nor an answer that did not leave."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, and_, bindparam, exists, or_, select
from sqlalchemy.engine import RowMapping

from mailgate.cases.case import Entry, EntryKind
from mailgate.cases.letter_kinds import LetterKind
from mailgate.mail.message import RawMail
from mailgate.store.columns import handle
from mailgate.store.desk_facts import COLUMNS, entry_of
from mailgate.store.found import family
from mailgate.store.mail_rows import envelope_of
from mailgate.store.raw import Reading, find_all
from mailgate.store.tables import entry, inbound, outbox

_LEFT = ("queued", "sent", "failed")


@dataclass(frozen=True, slots=True)
class Shared:
    """An entry that customers may see. `id` is its row's. `mail` is the mail that brought it (inbound id), where that
    is the writer's own; `files` are its attachments, as its trace tells them: name, type, size."""

    id: int
    entry: Entry
    mail: int | None = None
    files: tuple[Mapping[str, Any], ...] = ()


def shared_entries(
    connection: Connection, number: str, people: Collection[str], most: int, before: int | None = None
) -> list[Shared]:
    """The last `most` of them (those above the entry with the id `before`), the newest first. `people` are the address
    keys of those who take part."""
    asked = {"number": number, "people": sorted(map(handle, people)), "most": most, "before": before or 2**62}
    return [_shared(row, number) for row in connection.execute(_entries, asked).mappings()]


def shared_mail(
    connection: Connection, number: str, people: Collection[str], inbound_id: int, later: Reading
) -> tuple[Shared, RawMail | None] | None:
    """One of these mails, with its octets, if they are still there; None for a mail that is none of these."""
    asked = {"number": number, "people": sorted(map(handle, people)), "this": inbound_id}
    row = connection.execute(_one, asked).mappings().first()
    if row is None:
        return None
    came = connection.execute(select(inbound).where(inbound.c.id == inbound_id)).mappings().one()
    data = find_all(connection, [came["sha256"]], later).get(came["sha256"])
    return _shared(row, number), RawMail(data, envelope_of(dict(came))) if data is not None else None


def letters_to(connection: Connection, number: str, reader: str, moments: Collection[datetime]) -> dict[datetime, int]:
    """The letters (outbox ids) in which that reader, an address key, was sent our answers of these moments."""
    asked = {"number": number, "reader": handle(reader), "moments": sorted(moments)}
    return {row.created_at: row.id for row in connection.execute(_letters, asked)} if moments else {}


def letter_to(connection: Connection, number: str, reader: str, outbox_id: int) -> tuple[datetime, bytes, str] | None:
    """One of these letters: when it was written, its octets and its envelope's sender; None for any other letter."""
    row = connection.execute(_letter, {"number": number, "reader": handle(reader), "this": outbox_id}).first()
    return None if row is None else (row.created_at, bytes(row.message), row.envelope_from)


def _shared(row: RowMapping, number: str) -> Shared:
    own = row["from_key"] if row["passed_from"] is None and row["erased_at"] is None else None
    mail = row["inbound_id"] if row["kind"] == EntryKind.MAIL and own is not None else None
    trace = row["trace"] if mail is not None else None
    return Shared(row["id"], entry_of(row, number), mail, tuple((trace or {}).get("mail", {}).get("attachments", ())))


def _of(*more: Any) -> Select[Any]:
    return (
        select(
            *(entry.c.id, entry.c.inbound_id),
            *COLUMNS,
            *(inbound.c.from_key, inbound.c.passed_from, inbound.c.erased_at, inbound.c.trace),
        )
        .select_from(entry.outerjoin(inbound, inbound.c.id == entry.c.inbound_id))
        .where(entry.c.case_number.in_(family()), *more)
    )


_people: BindParameter[str] = bindparam("people", expanding=True)
# Who really wrote it: of what somebody of ours passed on its author, of anything else its one strict author.
_theirs = and_(
    entry.c.kind == EntryKind.MAIL,
    or_(and_(inbound.c.passed_from.is_(None), inbound.c.from_key.in_(_people)), inbound.c.passed_from.in_(_people)),
)
# An answer and its letters are decided at one moment; one that waits for somebody's word, or was dropped, is not told.
_ours = and_(
    entry.c.kind == EntryKind.REPLY,
    exists()
    .where(outbox.c.case_number == entry.c.case_number, outbox.c.created_at == entry.c.at)
    .where(outbox.c.kind == LetterKind.REPLY, outbox.c.state.in_(_LEFT))
    .correlate(entry),
)
_entries = (
    _of(or_(_theirs, _ours, entry.c.kind == EntryKind.STATUS), entry.c.id < bindparam("before"))
    .order_by(entry.c.id.desc())
    .limit(bindparam("most"))
)
_to_him = and_(
    outbox.c.case_number.in_(family()),
    outbox.c.kind == LetterKind.REPLY,
    outbox.c.state.in_(_LEFT),
    outbox.c.recipient_key == bindparam("reader"),
)
_letters = select(outbox.c.id, outbox.c.created_at).where(
    _to_him, outbox.c.created_at.in_(bindparam("moments", expanding=True))
)
_letter = select(outbox.c.created_at, outbox.c.message, outbox.c.envelope_from).where(
    _to_him, outbox.c.id == bindparam("this")
)
_one = _of(_theirs, entry.c.inbound_id == bindparam("this")).limit(1)
