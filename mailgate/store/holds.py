"""Legal holds: the addresses and cases of which nothing may be forgotten; and the receipts of what was."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from mailgate.errors import NotFound
from mailgate.store.db import in_parts, insert, lock_numbers
from mailgate.store.keeping_tables import erasure, legal_hold

_KEEPING = 0x6D61696C6B656570  # "mailkeep"


def lock(connection: Connection) -> None:
    """Whatever is forgotten in this transaction, no hold comes in between."""
    lock_numbers(connection, (_KEEPING,))


def add(connection: Connection, target: str, why: str, by: str, now: datetime) -> bool:
    """Holds an address key or the number of a case; False where it was held already."""
    lock(connection)
    row = {"target": target, "why": why, "by": by, "at": now}
    statement = insert(connection.dialect.name, legal_hold).values(row).on_conflict_do_nothing()
    return connection.execute(statement).rowcount == 1


def remove(connection: Connection, target: str) -> None:
    """NotFound where it is not held."""
    if not connection.execute(delete(legal_hold).where(legal_hold.c.target == target)).rowcount:
        raise NotFound(f"{target} is under no legal hold; `mailgate legal-hold list` shows what is")


def every(connection: Connection) -> list[dict[str, Any]]:
    """All of them: target, why, by whom, since when (ISO 8601, UTC)."""
    rows = connection.execute(select(legal_hold).order_by(legal_hold.c.target)).mappings()
    return [{**row, "at": row["at"].isoformat()} for row in rows]


def among(connection: Connection, targets: Collection[str]) -> dict[str, str]:
    """Those of the targets that are held, and why."""
    asked = select(legal_hold.c.target, legal_hold.c.why)
    rows = (row for some in in_parts(targets) for row in connection.execute(asked.where(legal_hold.c.target.in_(some))))
    return {row.target: row.why for row in rows}


def write_receipt(connection: Connection, who: str, counts: dict[str, int], by: str, now: datetime) -> int:
    """Keeps that something was erased; gives the number of the receipt."""
    made = erasure.insert().values(at=now, by=by, who=who, counts=counts).returning(erasure.c.id)
    return int(connection.execute(made).scalar_one())


def receipts_of(connection: Connection, who: str) -> list[dict[str, Any]]:
    """The receipts of what was erased for whom that hash stands for, the newest first."""
    rows = connection.execute(select(erasure).where(erasure.c.who == who).order_by(erasure.c.id.desc())).mappings()
    return [
        {"receipt": row["id"], "at": row["at"].isoformat(), "by": row["by"], "erased": row["counts"]} for row in rows
    ]
