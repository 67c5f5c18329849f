"""The block list: senders that are not let in. `facts.known_about` asks it of each mail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from mailgate.errors import NotFound
from mailgate.mail.message import Mail
from mailgate.store.db import insert
from mailgate.store.tables import block

# A domain name has at most 127 labels; a rule stands for a few of the last ones.
_MAX_LABELS = 10


def add(connection: Connection, pattern: str, by: str, now: datetime) -> bool:
    """Blocks an address, a domain, or `*.` a domain (in lower case); False where it was blocked already."""
    statement = insert(connection.dialect.name, block).values(pattern=pattern, by=by, at=now).on_conflict_do_nothing()
    return connection.execute(statement).rowcount == 1


def remove(connection: Connection, pattern: str) -> None:
    """NotFound where it is not on the list."""
    if not connection.execute(delete(block).where(block.c.pattern == pattern)).rowcount:
        raise NotFound(f"{pattern} is not blocked; `mailgate block list` shows who is")


def blocked(
    connection: Connection,
    text: str = "",
    since: datetime | None = None,
    before: datetime | None = None,
    *,
    limit: int | None = None,
    after: str | None = None,
) -> list[dict[str, Any]]:
    """The list, by pattern: pattern, by whom, since when (ISO 8601, UTC). `after` is the last one before the page."""
    asked = select(block.c.pattern, block.c.by, block.c.at).order_by(block.c.pattern).limit(limit)
    if text:
        asked = asked.where(block.c.pattern.contains(text.casefold(), autoescape=True))
    if since is not None:
        asked = asked.where(block.c.at >= since)
    if before is not None:
        asked = asked.where(block.c.at < before)
    if after is not None:
        asked = asked.where(block.c.pattern > after)
    rows = connection.execute(asked)
    return [{"pattern": row.pattern, "by": row.by, "at": row.at.isoformat()} for row in rows]


def patterns_for(mail: Mail) -> list[str]:
    """Every block rule that would fit the mail's sender, as it calls itself and as the envelope does."""
    addresses = {address.key for address in (mail.identity, mail.shown_from) if address}
    if mail.envelope.sender:
        addresses.add(mail.envelope.sender.casefold())
    return sorted({pattern for address in addresses for pattern in _patterns(address)})


def _patterns(address: str) -> Iterator[str]:
    yield address
    domain = address.rpartition("@")[2]
    yield domain
    labels = domain.split(".")
    for start in range(max(1, len(labels) - _MAX_LABELS), len(labels)):
        yield "*." + ".".join(labels[start:])
