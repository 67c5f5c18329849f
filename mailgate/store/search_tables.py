"""The tables of the search index. The index itself, `case_words`, is what each database has for it (SQLite's FTS5,
PostgreSQL's tsvector): the migrations make it, `search_index.py` keeps it, and it is no part of the metadata, for it is
derived: whatever copies a database copies the rest, and has it made anew."""

from __future__ import annotations

from sqlmodel import Field

from mailgate.store.columns import Handle
from mailgate.store.table import StoredRow, core

INDEX = "case_words"
INDEXED_BEGINNING = 3  # letters of a word by which FTS5 has an index of its own


class Unindexed(StoredRow, table=True):
    """A case on which something was said, or taken away, that the index does not know of yet. Written in the
    transaction that changes the case."""

    __tablename__ = "unindexed"
    number: str = Field(primary_key=True, sa_type=Handle, foreign_key="cases.number")


unindexed = core("unindexed")


def is_derived(name: str | None) -> bool:
    """Whether that table is the index, or one of those in which SQLite keeps it."""
    return name is not None and (name == INDEX or name.startswith(f"{INDEX}_"))
