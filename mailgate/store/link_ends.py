"""Links to the page of a case that open nothing any more, though they were signed by us and their time is not over."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select

from mailgate.store.case_page_tables import link_end, page_session
from mailgate.store.columns import handle
from mailgate.store.db import insert


def end_links(connection: Connection, number: str, address_key: str, now: datetime) -> None:
    """All links made until now to that case ("": to any) for that address ("": for anybody) end, and the sessions."""
    key = handle(address_key)
    statement = insert(connection.dialect.name, link_end)
    statement = statement.on_conflict_do_update(
        index_elements=["case_number", "address_key"], set_={"at": statement.excluded.at}
    )
    connection.execute(statement, {"case_number": number, "address_key": key, "at": now})
    gone = delete(page_session)
    gone = gone.where(page_session.c.case_number == number) if number else gone
    connection.execute(gone.where(page_session.c.address_key == key) if address_key else gone)


def has_ended(connection: Connection, numbers: Collection[str], address_key: str, issued: datetime) -> bool:
    """Whether a link to one of these cases (one case, by all of its numbers) that was made then for that address ended.

    A link tells the second in which it was made: of those made in the second of the end all have ended.
    """
    asked = {"numbers": sorted({*numbers, ""}), "keys": sorted({handle(address_key), ""}), "issued": issued}
    return connection.execute(_ended, asked).first() is not None


def forget_ends(connection: Connection, before: datetime) -> int:
    """Those that were made before then; no link is so old. How many."""
    return connection.execute(delete(link_end).where(link_end.c.at < before)).rowcount


_ended = (
    select(link_end.c.at)
    .where(link_end.c.case_number.in_(bindparam("numbers", expanding=True)))
    .where(link_end.c.address_key.in_(bindparam("keys", expanding=True)))
    .where(link_end.c.at >= bindparam("issued"))
    .limit(1)
)
