"""The search index: which words stand in which case. It is kept behind what is said, by a few seconds, so that no mail
waits for it; what is forgotten leaves it in the same transaction.

An id in it is a case's number with its month in front of nine digits, so that ids go up as cases come.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from sqlalchemy import BindParameter, Connection, bindparam, delete, func, select, text, true

from mailgate.cases.case import INTERNAL_ENTRIES, WRITTEN
from mailgate.store import marks
from mailgate.store.db import Store, in_parts, insert_new
from mailgate.store.search_tables import INDEX, unindexed
from mailgate.store.searchable import words_of
from mailgate.store.tables import cases, entry, participant

# What somebody said, and not what the gate noted.
SEARCHED = sorted({*WRITTEN, *INTERNAL_ENTRIES})

_TO_BE_PURGED = "search_index_to_be_purged"
_AT_ONCE = 100
_MOST_ENTRIES = 1_000  # of one case, the newest
_MOST_CHARACTERS = 100_000
_MONTH = 10**9
_MOST_TOLD = 5
_PAGES = 200  # that are merged before other writers have their turn
_CHANGES_OF_NOTHING = 2  # what SQLite counts for a merge that found nothing left to do is less


def id_of(number: str) -> int:
    return int(number[:4]) * _MONTH + int(number[4:])


def number_of(index_id: int) -> str:
    return f"{index_id // _MONTH:04}{index_id % _MONTH:06}"


def note_changed(connection: Connection, numbers: Collection[str]) -> None:
    """Something else stands on those cases: the index is to be brought up to it."""
    if numbers:
        rows = [{"number": one} for one in sorted(set(numbers))]
        connection.execute(insert_new(connection.dialect.name, unindexed), rows if len(rows) > 1 else rows[0])


def note_all_changed(connection: Connection) -> None:
    """The index is to be made anew, beside the work of the gate."""
    every = select(cases.c.number).where(true())  # SQLite takes ON CONFLICT after a SELECT only with a WHERE in it
    connection.execute(insert_new(connection.dialect.name, unindexed).from_select(["number"], every))


def forget(connection: Connection, numbers: Collection[str]) -> None:
    """Nothing of those cases is found any more; what is left of them comes back by itself."""
    _drop(connection, map(id_of, numbers))
    note_changed(connection, numbers)
    marks.set_progress(connection, _TO_BE_PURGED, "yes")


def bring_up(store: Store, most: int = _AT_ONCE) -> int:
    """The index knows of at most so many cases more, the newest first; of how many. 0: of all, or the others are being
    changed at this moment."""
    with store.read() as connection:
        found = connection.execute(_waiting.limit(min(most, _AT_ONCE))).all()
        versions = {row.number: row.version for row in found}
        words = documents(connection, list(versions))
    if not versions:
        return 0
    with store.write() as connection:
        # Whose case was changed since is read once more.
        rows = connection.execute(_unchanged, {"numbers": sorted(versions)})
        still = [row.number for row in rows if row.version == versions[row.number]]
        _put(connection, {one: words[one] for one in still})
        connection.execute(delete(unindexed).where(unindexed.c.number.in_(still)))
    return len(still)


def documents(connection: Connection, numbers: Sequence[str]) -> dict[str, list[str]]:
    """The words by which each of those cases is to be found; of one that was erased, none."""
    texts: dict[str, list[str]] = {}
    for row in connection.execute(_heads, {"numbers": numbers}):
        said = (row.number, row.key, row.subject, row.contact_name or "", row.contact_address or "")
        texts[row.number] = [] if row.erased_at is not None else list(said)
    for number, key in connection.execute(_people, {"numbers": numbers}):
        texts[number].append(key)
    for number, words in connection.execute(_said, {"numbers": numbers}):
        if texts[number]:
            texts[number].append(words)
    return {number: words_of(said) for number, said in texts.items()}


def is_to_be_purged(store: Store) -> bool:
    """Whether anything was forgotten since the last time."""
    with store.read() as connection:
        return bool(marks.progress(connection, _TO_BE_PURGED))


def purge(store: Store) -> None:
    """What was forgotten leaves the file, too: SQLite's index only notes what is gone, until its parts are merged.

    PostgreSQL does it when it vacuums, as with all tables.
    """
    with store.write() as connection:
        marks.set_progress(connection, _TO_BE_PURGED, "")
    if store.dialect != "sqlite":
        return
    pages = -_PAGES  # less than none: all parts, not only as many as make it worth it
    while True:
        with store.write() as connection:
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
            before = connection.scalar(_changes)
            connection.execute(_merge, {"pages": pages})
            if (connection.scalar(_changes) or 0) - (before or 0) < _CHANGES_OF_NOTHING:
                return
        pages = _PAGES


def is_behind(connection: Connection) -> bool:
    """Whether there is a case that the index does not know all of yet."""
    return connection.execute(select(unindexed.c.number).limit(1)).first() is not None


def waiting(connection: Connection) -> int:
    """How many cases the index does not know all of yet."""
    return connection.scalar(select(func.count()).select_from(unindexed)) or 0


def rebuild(store: Store) -> int:
    """The index as if there had been none; of how many cases it knows."""
    with store.write() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"INSERT INTO {INDEX}({INDEX}) VALUES ('rebuild')")  # of what is in it
        _drop(connection, connection.execute(_strays).scalars().all())
        note_all_changed(connection)
    while bring_up(store):
        pass
    with store.read() as connection:
        return connection.scalar(text(f"SELECT count(*) FROM {INDEX}")) or 0


def faults(connection: Connection) -> Iterator[str]:
    """Where index and cases are apart, in words. What is still to come into the index is no fault."""
    lacking = [str(one) for one in connection.execute(_lacking).scalars()]
    if lacking:
        more = " and more" if len(lacking) > _MOST_TOLD else ""
        yield f"not in the search index: case {', '.join(lacking[:_MOST_TOLD])}{more} (mailgate db reindex)"
    if strays := connection.execute(_strays).scalars().fetchmany(_MOST_TOLD):
        told = ", ".join(map(number_of, strays))
        yield f"in the search index, but no case, or an erased one: {told} (mailgate db reindex)"


def differences(connection: Connection) -> Iterator[str]:
    """Cases whose words in the index are not those that stand in them, in words. It reads all that was ever said."""
    last = ""
    while numbers := list(connection.execute(_indexed, {"last": last}).scalars()):
        last = numbers[-1]
        ids = {"ids": list(map(id_of, numbers))}
        kept = connection.execute(_sqlite_kept if connection.dialect.name == "sqlite" else _postgres_kept, ids)
        there = {number_of(row.rowid): set(row.words.split()) for row in kept}
        for number, words in documents(connection, numbers).items():
            if number in there and there[number] != set(words):
                yield f"the search index has other words of case {number} than stand in it (mailgate db reindex)"


def _put(connection: Connection, words: Mapping[str, list[str]]) -> None:
    _drop(connection, [id_of(one) for one, found in words.items() if not found])
    is_sqlite = connection.dialect.name == "sqlite"
    rows = [
        {"id": id_of(one), "words": " ".join(found) if is_sqlite else found} for one, found in words.items() if found
    ]
    if rows:
        connection.execute(_sqlite_put if is_sqlite else _postgres_put, rows)


def _drop(connection: Connection, ids: Iterable[int]) -> None:
    for some in in_parts(sorted(ids)):
        connection.execute(_gone, {"ids": some})


# The statements are made once: making one takes SQLAlchemy longer than SQLite takes to run it.
_numbers: BindParameter[str] = bindparam("numbers", expanding=True)
_waiting = (
    select(cases.c.number, cases.c.version)
    .join(unindexed, unindexed.c.number == cases.c.number)
    .order_by(unindexed.c.number.desc())
)
_unchanged = (
    select(cases.c.number, cases.c.version)
    .where(cases.c.number.in_(_numbers))
    .order_by(cases.c.number)
    .with_for_update(skip_locked=True)
)
_heads = select(
    cases.c.number, cases.c.key, cases.c.subject, cases.c.contact_name, cases.c.contact_address, cases.c.erased_at
).where(cases.c.number.in_(_numbers))
_people = select(participant.c.case_number, participant.c.address_key).where(participant.c.case_number.in_(_numbers))
_newest = (
    select(
        entry.c.case_number,
        func.substr(entry.c.text, 1, _MOST_CHARACTERS).label("words"),
        func.row_number().over(partition_by=entry.c.case_number, order_by=entry.c.id.desc()).label("place"),
    )
    .where(entry.c.case_number.in_(_numbers), entry.c.kind.in_(SEARCHED))
    .subquery()
)
_said = select(_newest.c.case_number, _newest.c.words).where(_newest.c.place <= _MOST_ENTRIES)

_ID = f"CAST(substr(number, 1, 4) AS bigint) * {_MONTH} + CAST(substr(number, 5) AS bigint)"
_gone = text(f"DELETE FROM {INDEX} WHERE rowid IN :ids").bindparams(bindparam("ids", expanding=True))
_lacking = text(
    f"SELECT number FROM cases WHERE erased_at IS NULL "
    "AND NOT EXISTS (SELECT 1 FROM unindexed WHERE unindexed.number = cases.number) "
    f"AND NOT EXISTS (SELECT 1 FROM {INDEX} WHERE {INDEX}.rowid = {_ID}) ORDER BY number LIMIT {_MOST_TOLD + 1}"
)
_strays = text(
    f"SELECT rowid FROM {INDEX} WHERE rowid NOT IN (SELECT {_ID} FROM cases WHERE erased_at IS NULL) ORDER BY rowid"
)
_indexed = (
    select(cases.c.number)
    .where(cases.c.number > bindparam("last"), cases.c.erased_at.is_(None))
    .where(cases.c.number.not_in(select(unindexed.c.number)))
    .order_by(cases.c.number)
    .limit(_AT_ONCE)
)
_sqlite_kept, _postgres_kept = (
    text(f"SELECT rowid, {words} AS words FROM {INDEX} WHERE rowid IN :ids").bindparams(
        bindparam("ids", expanding=True)
    )
    for words in ("words", "array_to_string(tsvector_to_array(words), ' ')")
)
_changes = text("SELECT total_changes()")
_merge = text(f"INSERT INTO {INDEX}({INDEX}, rank) VALUES ('merge', :pages)")
_sqlite_put = text(f"INSERT OR REPLACE INTO {INDEX}(rowid, words) VALUES (:id, :words)")
_postgres_put = text(
    f"INSERT INTO {INDEX} (rowid, words) VALUES (:id, array_to_tsvector(CAST(:words AS text[]))) "
    "ON CONFLICT (rowid) DO UPDATE SET words = excluded.words"
)
