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
from mailgate.store.search_tables import INDEX, INDEXED_BEGINNING
from mailgate.store.searchable import Asked, asked_for
from mailgate.store.tables import cases

_PAGE = 50
_AT_ONCE = 1_000  # that are looked at after the first page
_MOST_LOOKED_AT = 5_000
_MOST_TERMS = 200  # that begin alike and are asked for one by one
_FEW = 10_000  # of so many PostgreSQL is asked for all
_STRETCH = 30_000  # cases that it goes through one by one, of words that are in many
_MOST_STRETCHES = 3
_ABOVE_ALL = 2**63 - 1
_ABOVE_ALL_LETTERS = "\U0010ffff"


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
    newest = _Sqlite(connection, asked) if connection.dialect.name == "sqlite" else _Postgres(connection, asked)
    rows: list[RowMapping] = []
    looked, last = 0.0, id_of(after) if after else _ABOVE_ALL
    size = _PAGE if limit is None else limit + 1
    while limit is None or looked < 1:
        some = newest.below(last, size)
        rows += _narrowed(connection, some.ids, wanted)
        if limit is not None and len(rows) > limit:
            return Found([case_of_row(row) for row in rows[:limit]], rows[limit - 1]["number"])
        if some.last is None:
            return Found([case_of_row(row) for row in rows])
        looked, last, size = looked + some.share, some.last, _AT_ONCE
    return Found([case_of_row(row) for row in rows], number_of(last))


def _narrowed(connection: Connection, ids: list[int], wanted: CasesWanted) -> list[RowMapping]:
    if not ids:
        return []
    page = cases_with_entries().where(cases.c.number.in_(list(map(number_of, ids))), *cases_conditions(wanted))
    found = connection.execute(page).mappings().all()
    return sorted(found, key=lambda row: id_of(row["number"]), reverse=True)


@dataclass(frozen=True, slots=True)
class _Some:
    """Ids from the highest down, the one below which to go on (None: nowhere), and which share they took of the work
    that one page may cost."""

    ids: list[int]
    last: int | None
    share: float


class _Sqlite:
    """FTS5 finds by rowid in descending order, and stops where it is told to. But for a beginning that it has no index
    of it first puts together all cases of all words that begin so: these words are asked for one by one instead."""

    def __init__(self, connection: Connection, asked: Asked) -> None:
        self._connection = connection
        begun = [f"({' OR '.join(self._begun(asked.beginning))})"] if asked.beginning else []
        # In quotes nothing has a meaning of its own.
        self._words = " AND ".join([*(f'"{one}"' for one in asked.words), *begun])

    def _begun(self, beginning: str) -> list[str]:
        if len(beginning) != INDEXED_BEGINNING:
            which = {"begin": beginning, "end": beginning + _ABOVE_ALL_LETTERS, "many": _MOST_TERMS + 1}
            found = self._connection.execute(_terms, which).scalars().all()
            if len(found) <= _MOST_TERMS:
                return [f'"{one}"' for one in (beginning, *found)]
        return [f'"{beginning}"*']

    def below(self, last: int, many: int) -> _Some:
        found = self._connection.execute(_sqlite, {"words": self._words, "below": last, "many": many})
        ids = list(found.scalars())
        return _Some(ids, ids[-1] if len(ids) == many else None, len(ids) / _MOST_LOOKED_AT)


class _Postgres:
    """Its index knows no order. Few are asked for all at once; of words that are in many cases the newest are soon
    found one by one."""

    def __init__(self, connection: Connection, asked: Asked) -> None:
        self._connection = connection
        begun = [f"'{asked.beginning}':*"] if asked.beginning else []
        self._words = " & ".join([*(f"'{one}'" for one in asked.words), *begun])
        self._all: list[int] | None = None
        self._is_common = False

    def below(self, last: int, many: int) -> _Some:
        which: dict[str, Any] = {"words": self._words, "below": last}
        if self._all is None and not self._is_common:
            few = sorted(self._connection.execute(_postgres_any, which | {"many": _FEW}).scalars(), reverse=True)
            self._is_common = len(few) == _FEW
            self._all = None if self._is_common else few
        if self._all is not None:
            left = [one for one in self._all if one < last]
            return _Some(left[:many], left[many - 1] if len(left) > many else None, many / _MOST_LOOKED_AT)
        floor = self._connection.execute(_postgres_floor, {"below": last, "stretch": _STRETCH}).scalar() or 0
        ids = list(self._connection.execute(_postgres_newest, which | {"floor": floor, "many": many}).scalars())
        if len(ids) == many:
            return _Some(ids, ids[-1], len(ids) / _MOST_LOOKED_AT)
        return _Some(ids, floor or None, 1 / _MOST_STRETCHES)


_sqlite = text(
    f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH :words AND rowid < :below ORDER BY rowid DESC LIMIT :many"
)
_terms = text(f"SELECT term FROM {INDEX}_terms WHERE term >= :begin AND term < :end LIMIT :many")
_matches = "words @@ CAST(:words AS tsquery)"
_postgres_any = text(f"SELECT rowid FROM {INDEX} WHERE {_matches} AND rowid < :below LIMIT :many")
_postgres_floor = text(f"SELECT rowid FROM {INDEX} WHERE rowid < :below ORDER BY rowid DESC OFFSET :stretch LIMIT 1")
# IS TRUE: no index serves it, so it is asked of each row on the way down.
_postgres_newest = text(
    f"SELECT rowid FROM {INDEX} WHERE ({_matches}) IS TRUE AND rowid < :below AND rowid >= :floor "
    "ORDER BY rowid DESC LIMIT :many"
)
