"""Finds cases by words, the newest first. What of a case is searched, `search_index.py` says.

Each page costs about the same however many cases there are: where the words are common and what narrows them is not,
it ends after so many cases looked at, and says where to go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from mailgate.store.listings import case_of_row, cases_with_entries
from mailgate.store.lists import CasesWanted, cases_conditions
from mailgate.store.search_index import id_of, number_of
from mailgate.store.search_tables import INDEX
from mailgate.store.searchable import Asked, asked_for
from mailgate.store.tables import cases

_PAGE = 50
_AT_ONCE = 2_000  # that are looked at after the first page
_MOST_LOOKED_AT = 10_000
_FEW = 2_000  # of so many PostgreSQL is asked for all
_STRETCH = 30_000  # cases that it goes through one by one, of words that are in many
_ABOVE_ALL = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Found:
    """Rows as `find_cases` gives them, by number, the highest first. `after` is the number to go on after: there may be
    more; None: there is nothing more."""

    rows: list[dict[str, Any]]
    after: str | None = None


def search(
    connection: Connection, words: str, wanted: CasesWanted, limit: int | None = None, after: str | None = None
) -> Found:
    """The cases in which all these words stand, somewhere; the last of them may be the beginning of one. Nothing that
    is typed is more than words. Where no word is in it, nothing is found.

    `after` need not be the number of a case. A page may be short of `limit` although there is more (`Found.after`).
    """
    asked = asked_for(words)
    if not asked:
        return Found([])
    rows: list[RowMapping] = []
    looked, last = 0, id_of(after) if after else _ABOVE_ALL
    size = _PAGE if limit is None else limit + 1
    while limit is None or looked < _MOST_LOOKED_AT:
        ids, last_seen = _newest(connection, asked, last, size)
        rows += _narrowed(connection, ids, wanted)
        if limit is not None and len(rows) > limit:
            return Found([case_of_row(row) for row in rows[:limit]], rows[limit - 1]["number"])
        if last_seen is None:
            return Found([case_of_row(row) for row in rows])
        looked, last, size = looked + len(ids), last_seen, _AT_ONCE
    return Found([case_of_row(row) for row in rows], number_of(last))


def _narrowed(connection: Connection, ids: list[int], wanted: CasesWanted) -> list[RowMapping]:
    if not ids:
        return []
    page = cases_with_entries().where(cases.c.number.in_(list(map(number_of, ids))), *cases_conditions(wanted))
    found = connection.execute(page).mappings().all()
    return sorted(found, key=lambda row: id_of(row["number"]), reverse=True)


def _newest(connection: Connection, asked: Asked, below: int, many: int) -> tuple[list[int], int | None]:
    """At most so many ids below that one, from the highest down, and the id below which to go on (None: nowhere)."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(_sqlite, {"words": _for_sqlite(asked), "below": below, "many": many})
        ids = list(found.scalars())
        return ids, ids[-1] if len(ids) == many else None
    return _newest_of_postgres(connection, _for_postgres(asked), below, many)


def _newest_of_postgres(connection: Connection, words: str, below: int, many: int) -> tuple[list[int], int | None]:
    """Its index knows no order. Few are asked for all at once; of words that are in many cases the newest are soon
    found one by one."""
    which: dict[str, Any] = {"words": words, "below": below}
    few = sorted(connection.execute(_postgres_any, which | {"many": _FEW}).scalars(), reverse=True)
    if len(few) < _FEW:
        return few[:many], few[many - 1] if len(few) > many else None
    floor = connection.execute(_postgres_floor, {"below": below, "stretch": _STRETCH}).scalar() or 0
    ids = list(connection.execute(_postgres_newest, which | {"floor": floor, "many": many}).scalars())
    return ids, ids[-1] if len(ids) == many else floor or None


def _for_sqlite(asked: Asked) -> str:
    """For FTS5: words in quotes, which is where nothing has a meaning of its own."""
    return " AND ".join(
        [*(f'"{word}"' for word in asked.words), *([f'"{asked.beginning}"*'] if asked.beginning else ())]
    )


def _for_postgres(asked: Asked) -> str:
    return " & ".join(
        [*(f"'{word}'" for word in asked.words), *([f"'{asked.beginning}':*"] if asked.beginning else ())]
    )


_sqlite = text(
    f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH :words AND rowid < :below ORDER BY rowid DESC LIMIT :many"
)
_matches = "words @@ CAST(:words AS tsquery)"
_postgres_any = text(f"SELECT rowid FROM {INDEX} WHERE {_matches} AND rowid < :below LIMIT :many")
_postgres_floor = text(f"SELECT rowid FROM {INDEX} WHERE rowid < :below ORDER BY rowid DESC OFFSET :stretch LIMIT 1")
# IS TRUE: no index serves it, so it is asked of each row on the way down.
_postgres_newest = text(
    f"SELECT rowid FROM {INDEX} WHERE ({_matches}) IS TRUE AND rowid < :below AND rowid >= :floor "
    "ORDER BY rowid DESC LIMIT :many"
)
