"""The history of one case as the desk's page shows it: so many entries at a time, with the letters of their time.

The rows are those of `case show`; a page costs the same on a case of two thousand entries as on one of ten, but for
reading when each of them was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, func, select, tuple_

from mailgate.store.found import family
from mailgate.store.tables import cases, entry, inbound, outbox

_MOST_LETTERS = 200
_ENTRY = ("id", "case_number", "inbound_id", "at", "kind", "actor", "text", "elided", "authentication", "n")
_LETTER = ("id", "kind", "recipient", "subject", "state", "held_for", "created_at", "done_at", "bounced_at", "error")


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Entries, the newest first, and letters that were written meanwhile, the newest first. `files` are those that came
    with a mail, by its inbound id: name, type, size (`seen`: it was on the case before). `newer` and `older` are ids of
    entries to go on beside, None where there are no more; `all` is how many entries there are."""

    entries: tuple[RowMapping, ...]
    letters: tuple[RowMapping, ...]
    files: Mapping[int, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    newer: int | None = None
    older: int | None = None
    all: int = 0


def page_of_history(
    connection: Connection, number: str, size: int, before: int | None = None, after: int | None = None
) -> HistoryPage:
    """The newest `size` entries of the case (and of what became part of it), or those before or after the entry of that
    id."""
    back = after is not None and before is None
    start = connection.execute(_moment_of, {"number": number, "id": after if back else before}).first()
    back = back and start is not None
    asked = _moments.order_by(*(one if back else one.desc() for one in _ORDER)).limit(size + 1)
    if start is not None:
        asked = asked.where(tuple_(*_ORDER) > tuple_(*start) if back else tuple_(*_ORDER) < tuple_(*start))
    found = connection.execute(asked, {"number": number}).all()
    more, chosen = len(found) > size, list(found[:size])
    if back:
        chosen.reverse()
    newer, older = (more, True) if back else (start is not None, more)
    rows = {row["id"]: row for row in connection.execute(_entries, {"ids": [one.id for one in chosen]}).mappings()}
    entries = tuple(rows[one.id] for one in chosen)
    until = _next_moment(connection, number, chosen[0].at, chosen[0].id) if newer and chosen else None
    return HistoryPage(
        entries,
        _letters_between(connection, number, chosen[-1].at if older and chosen else None, until),
        _files_of(connection, entries),
        newer=chosen[0].id if newer and chosen else None,
        older=chosen[-1].id if older and chosen else None,
        all=connection.execute(_count, {"number": number}).scalar_one(),
    )


def merged_into(connection: Connection, number: str) -> list[str]:
    """The numbers of what became part of the case."""
    return list(connection.execute(_merged, {"number": number}).scalars())


def brought(connection: Connection, number: str, inbound_id: int) -> bool:
    """Whether that mail brought an entry of the case."""
    return connection.execute(_by_mail, {"number": number, "mail": inbound_id}).first() is not None


def _next_moment(connection: Connection, number: str, at: datetime, entry_id: int) -> datetime | None:
    """When the entry above the one of that moment and id was: what was written from then on stands there."""
    above = _moments.where(tuple_(*_ORDER) > tuple_(at, entry_id)).order_by(*_ORDER).limit(1)
    row = connection.execute(above, {"number": number}).first()
    return row.at if row else None


def _letters_between(
    connection: Connection, number: str, since: datetime | None, until: datetime | None
) -> tuple[RowMapping, ...]:
    asked = _letters
    if since is not None:
        asked = asked.where(outbox.c.created_at >= since)
    if until is not None:
        asked = asked.where(outbox.c.created_at < until)
    return tuple(connection.execute(asked, {"number": number}).mappings())


def _files_of(connection: Connection, entries: Sequence[RowMapping]) -> dict[int, Sequence[Mapping[str, Any]]]:
    """Of the entry that a mail brought with its words; another of the same mail does not show them again."""
    mails = sorted({row["inbound_id"] for row in entries if row["inbound_id"] and row["n"] is not None})
    found = connection.execute(_traces, {"ids": mails})
    return {row.id: row.trace.get("mail", {}).get("attachments", []) for row in found if row.trace}


# The statements are made once: making one takes SQLAlchemy longer than SQLite takes to run it.
_ORDER = (entry.c.at, entry.c.id)
_mine = entry.c.case_number.in_(family())
_moments = select(entry.c.at, entry.c.id).where(_mine)
_moment_of = select(entry.c.at, entry.c.id).where(_mine, entry.c.id == bindparam("id"))
_by_mail = select(entry.c.id).where(_mine, entry.c.inbound_id == bindparam("mail")).limit(1)
_count = select(func.count()).select_from(entry).where(_mine)
_entries = select(*(entry.c[name] for name in _ENTRY)).where(entry.c.id.in_(bindparam("ids", expanding=True)))
_letters: Select[Any] = (
    select(*(outbox.c[name] for name in _LETTER))
    .where(outbox.c.case_number.in_(family()))
    .order_by(outbox.c.created_at.desc(), outbox.c.id.desc())
    .limit(_MOST_LETTERS)
)
_traces = select(inbound.c.id, inbound.c.trace).where(inbound.c.id.in_(bindparam("ids", expanding=True)))
_merged = select(cases.c.number).where(cases.c.merged_into == bindparam("number")).order_by(cases.c.number)
