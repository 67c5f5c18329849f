"""What the walk asks where entries of a case are to become another: which there are, and what their mails were."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select

from mailgate.cases.case import WRITTEN, Entry
from mailgate.mail.message import RawMail
from mailgate.store.desk_facts import entry_of
from mailgate.store.found import family
from mailgate.store.mail_rows import envelope_of
from mailgate.store.raw import find_all
from mailgate.store.tables import entry, inbound


@dataclass(frozen=True, slots=True)
class Partable:
    """An entry that holds words. `author` is the address key of its mail's strict author, "" for none."""

    id: int
    entry: Entry
    inbound_id: int | None
    subject: str
    message_id: str | None
    author: str

    @property
    def written(self) -> bool:
        """Whether lists count it."""
        return self.entry.kind in WRITTEN


def entries(connection: Connection, number: str) -> list[Partable]:
    """The numbered entries of that case itself, in their order."""
    return [
        Partable(
            row["id"],
            entry_of(row, number),
            row["inbound_id"],
            row["subject"] or "",
            row["message_id"],
            row["from_key"] or "",
        )
        for row in connection.execute(_entries, {"number": number}).mappings()
    ]


def written(connection: Connection, number: str) -> int:
    """How many entries with words that case has, with all that became part of it."""
    return connection.execute(_written, {"number": number}).scalar_one()


def raw_of(connection: Connection, of: Partable) -> RawMail | None:
    """The mail that brought it; None where there was none, or its bytes are gone."""
    row = connection.execute(_mail, {"this": of.inbound_id}).mappings().first()
    data = find_all(connection, [row["sha256"]]).get(row["sha256"]) if row else None
    return RawMail(data, envelope_of(dict(row))) if row and data is not None else None


_entries = (
    select(entry, inbound.c.subject, inbound.c.message_id, inbound.c.from_key)
    .select_from(entry.outerjoin(inbound, inbound.c.id == entry.c.inbound_id))
    .where(entry.c.case_number == bindparam("number"), entry.c.n.is_not(None))
    .order_by(entry.c.n)
)
_written = (
    select(func.count()).select_from(entry).where(entry.c.case_number.in_(family()), entry.c.kind.in_(sorted(WRITTEN)))
)
_mail = select(inbound).where(inbound.c.id == bindparam("this"))
