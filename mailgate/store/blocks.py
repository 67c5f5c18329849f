"""The block rules: whom nobody of ours wants to hear. What a rule fits is asked in `facts.py`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from mailgate.errors import NotFound
from mailgate.store.db import insert
from mailgate.store.tables import block


def add_block(connection: Connection, pattern: str, by: str, now: datetime) -> None:
    """Block an address (`eve@x.test`), a domain (`x.test`), or a domain's subdomains (`*.x.test`); twice is once."""
    row = {"pattern": pattern.casefold(), "by": by, "at": now}
    connection.execute(insert(connection, block).on_conflict_do_nothing(index_elements=["pattern"]), row)


def list_blocks(connection: Connection) -> list[dict[str, Any]]:
    """Every rule: `{pattern, by, at}`, `at` as ISO 8601 in UTC."""
    rows = connection.execute(select(block).order_by(block.c.pattern)).mappings()
    return [{"pattern": row["pattern"], "by": row["by"], "at": row["at"].isoformat()} for row in rows]


def remove_block(connection: Connection, pattern: str) -> None:
    """NotFound where there is no such rule."""
    if not connection.execute(delete(block).where(block.c.pattern == pattern.casefold())).rowcount:
        raise NotFound(f"there is no block rule {pattern}; `mailgate block list` shows them")
