"""Reply tokens and links to the page that end: by a person's word, or because somebody takes part in a case no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, select, update

from mailgate.store.columns import handle
from mailgate.store.found import family
from mailgate.store.link_ends import end_links
from mailgate.store.tables import outbox, participant, thread_id


def revoke(connection: Connection, number: str, now: datetime, address_key: str | None = None) -> int:
    """Ends the tokens of all letters about that case and what became part of it (to `address_key` alone, if given), and
    all links to its page; gives how many letters there were.

    What such a letter answers, its Message-ID, leads nobody to the case any more, either. Reports that one of them was
    not delivered still do (`Match`): they come to its return path.
    """
    end_links(connection, number, address_key or "", now)
    chosen = _live(address_key)
    ended = connection.execute(select(outbox.c.id, outbox.c.message_id).where(*chosen), {"number": number}).all()
    for row in ended:
        connection.execute(update(outbox).where(outbox.c.id == row.id).values(revoked_at=now))
        ours = delete(thread_id).where(thread_id.c.message_id == row.message_id, thread_id.c.case_number.in_(family()))
        connection.execute(ours, {"number": number})
    return len(ended)


def live(connection: Connection, number: str, address_key: str | None = None) -> int:
    """How many letters about that case, and what became part of it, have a token that holds (to `address_key` alone, if
    given)."""
    count = select(func.count()).select_from(outbox).where(*_live(address_key))
    return connection.execute(count, {"number": number}).scalar_one()


def _live(address_key: str | None) -> Sequence[ColumnElement[bool]]:
    """Conditions on letters; `number` is a parameter of the statement."""
    chosen = [outbox.c.case_number.in_(family()), outbox.c.revoked_at.is_(None), outbox.c.token_hash.is_not(None)]
    return [*chosen, outbox.c.recipient_key.in_([handle(address_key)])] if address_key is not None else chosen


def take_leave(connection: Connection, number: str, address_key: str, now: datetime) -> None:
    """Somebody takes part no more, and his tokens end."""
    connection.execute(
        delete(participant).where(participant.c.case_number == number, participant.c.address_key == handle(address_key))
    )
    revoke(connection, number, now, address_key)
