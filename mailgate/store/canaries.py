"""Canaries that are under way: each is worth one mail, within its time. Tokens are kept as their SHA-256 alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from mailgate.store.books_tables import canary


def release(connection: Connection, token: str, now: datetime, until: datetime) -> None:
    """From now on the first mail with that token is a canary. Those that never came in their time are forgotten."""
    connection.execute(delete(canary).where(canary.c.until < now, canary.c.inbound_id.is_(None)))
    connection.execute(insert(canary), {"token_hash": _hash(token), "until": until, "inbound_id": None})


def bring_home(connection: Connection, tokens: Iterable[str], inbound_id: int, now: datetime) -> None:
    """That mail has brought these back, where they were under way; no other will."""
    under_way = (canary.c.until >= now, canary.c.inbound_id.is_(None))
    hashes = sorted(map(_hash, tokens))
    connection.execute(update(canary).where(canary.c.token_hash.in_(hashes), *under_way).values(inbound_id=inbound_id))


def is_home(connection: Connection, inbound_id: int) -> bool:
    """Whether that mail is one that brought a canary back."""
    return connection.execute(select(canary.c.token_hash).where(canary.c.inbound_id == inbound_id)).first() is not None


def brought_by(connection: Connection, token: str) -> int | None:
    """The mail that has brought it back, None where none has."""
    found: int | None = connection.execute(
        select(canary.c.inbound_id).where(canary.c.token_hash == _hash(token))
    ).scalar()
    return found


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
