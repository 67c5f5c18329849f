"""What `/merge` and `/split` speak of: the other case; entries, with the people on the mails that brought them.

Of each mail the header alone is read, and no more of that than people write: so it needs no child process.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import Connection

from mailgate.cases.case import Case
from mailgate.cases.chosen import Chosen, Moving
from mailgate.cases.commands import Commands, Speaker, Word, read_commands
from mailgate.cases.desk import Desk
from mailgate.cases.match import Match
from mailgate.mail.lists import is_list
from mailgate.mail.message import Address, Mail, RawMail
from mailgate.store import facts, partable
from mailgate.store.partable import Partable

_HEADER = 64 * 1024  # octets


def chosen(
    connection: Connection, case: str, source: str, numbers: Collection[int] | None, about: int | None = None
) -> Chosen | None:
    """The entries of those numbers on the case `source`, which is `case` or became part of it; without numbers the one
    that the mail `about` brought. None unless all of them are there."""
    rows = partable.entries(connection, source)
    if numbers is None:
        rows = [row for row in rows if about is not None and row.inbound_id == about and row.entry.kind != "note"][:1]
    else:
        rows = [row for row in rows if row.entry.n in numbers]
    if not rows or (numbers is not None and len(rows) != len(set(numbers))):
        return None
    left = partable.written(connection, case) - sum(row.written for row in rows)
    return Chosen(source, tuple(_moving(connection, row) for row in rows), all=left < 1)


def _moving(connection: Connection, row: Partable) -> Moving:
    moving = Moving(row.id, row.entry, row.inbound_id, row.subject, row.message_id)
    if not row.author:
        return moving
    writer: Address | None = Address("", row.author)
    raw = partable.raw_of(connection, row)
    if raw is None:  # retention may have taken it
        return replace(moving, writer=writer)
    mail = _header_of(raw)
    if mail.identity is not None and mail.identity.key == row.author:
        writer = mail.identity
    if writer is not None and is_list(mail, writer.address):
        writer = None
    return replace(moving, writer=writer, shown=frozenset(one.key for one in (*mail.to, *mail.cc)))


def _header_of(raw: RawMail) -> Mail:
    from mailgate.mail.parse import parse  # noqa: PLC0415 - only a split needs it; its libraries take 15 MB

    head = raw.data[:_HEADER]
    ends = [end for end in (head.find(b"\r\n\r\n"), head.find(b"\n\n")) if end >= 0]
    return parse(RawMail(head[: min(ends, default=len(head))] + b"\r\n\r\n", raw.envelope))


def named(desk: Desk, mail: Mail) -> tuple[str, ...]:
    """The case that a mail in the name of one of ours says its own is to become part of: both are locked at once."""
    if desk.engineer(mail.identity.key if mail.identity else None) is None:
        return ()
    said = read_commands(mail.reply_text, Speaker.ENGINEER).said
    return tuple(str(command.value) for command in said if command.word is Word.MERGE)


def ordered(connection: Connection, match: Match, said: Commands) -> tuple[Case | None, Chosen | None]:
    """What `/merge` and `/split` speak of: it was locked with the case of the mail."""
    into, taken = None, None
    for command in said.said:
        if command.word is Word.MERGE:
            into = facts.case_of(connection, str(command.value))
        elif command.word is Word.SPLIT and match.case is not None and match.letter_of:
            numbers = command.value if isinstance(command.value, tuple) else None
            taken = chosen(connection, match.case.number, match.letter_of, numbers, match.letter_about)
    return into, taken
