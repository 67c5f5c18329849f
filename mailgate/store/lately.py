"""What happened lately, or still lies there, as far as the walk asks for it: letters, escalations, held mail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, text

from mailgate.cases.letter_kinds import LetterKind
from mailgate.store.tables import entry, inbound, outbox


def told_missing(connection: Connection, author: str, since: datetime) -> bool:
    """Whether that address key was told since then what it lacks of entitlement."""
    return connection.execute(_told_missing, {"author": author, "since": since}).first() is not None


def told_where_to_write(connection: Connection, author: str) -> bool:
    """Whether that address key was ever told to write to the desk."""
    return connection.execute(_told_where, {"author": author}).first() is not None


def held_for(connection: Connection, reason: str, author: str, mailbox: str) -> list[int]:
    """The mails of that address key to that mailbox which are held for that reason, oldest first."""
    return list(connection.execute(_held_for, {"reason": reason, "author": author, "mailbox": mailbox}).scalars())


def held_shown(connection: Connection, since: datetime) -> int:
    """How many held mails our people were shown since then."""
    return connection.execute(_held_shown, {"since": since}).scalar_one()


def escalated_since(connection: Connection, actor: str, since: datetime) -> bool:
    """Whether that address escalated any case since then."""
    return connection.execute(_escalated, {"actor": actor, "since": since}).first() is not None


# The statements are made once: making one takes SQLAlchemy longer than SQLite takes to run it.
_told_missing = (
    select(outbox.c.id)
    .where(outbox.c.recipient_key == bindparam("author"), outbox.c.created_at > bindparam("since"))
    .where(outbox.c.kind == LetterKind.ENTITLEMENT_MISSING)
    .limit(1)
)
_told_where = (
    select(outbox.c.id)
    .where(outbox.c.recipient_key == bindparam("author"), outbox.c.kind == LetterKind.WRITE_TO_SUPPORT)
    .limit(1)
)
_held_for = (
    select(inbound.c.id)
    .where(inbound.c.state == "held", inbound.c.reason == bindparam("reason"))
    .where(inbound.c.from_key == bindparam("author"), inbound.c.mailbox == bindparam("mailbox"))
    .order_by(inbound.c.id)
)
_held_shown = select(func.count(outbox.c.inbound_id.distinct())).where(
    text("outbox.kind = 'held_mail'"), outbox.c.created_at > bindparam("since")
)
_escalated = (
    select(entry.c.id)
    .where(text("entry.kind = 'escalation'"), entry.c.actor == bindparam("actor"), entry.c.at > bindparam("since"))
    .limit(1)
)
