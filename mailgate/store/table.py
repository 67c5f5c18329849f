"""What all tables have in common: their metadata, the names of constraints, and partial indexes."""

from __future__ import annotations

from sqlalchemy import Index, MetaData, Table, text
from sqlalchemy.orm import registry
from sqlmodel import SQLModel


def partial(name: str, *columns: str, where: str) -> Index:
    """An index of the few rows that are asked for again and again. The condition is spelled in the statements as it is
    here, as a literal: neither database uses a partial index for a condition whose value it learns only later."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


# Every constraint has a name, so that a later migration can speak of it on either database.
_NAMES = {
    "pk": "%(table_name)s_pk",
    "fk": "%(table_name)s_%(column_0_name)s_fk",
    "uq": "%(table_name)s_%(column_0_name)s_uq",
    "ck": "%(table_name)s_%(constraint_name)s_ck",
}


class StoredRow(SQLModel, registry=registry(metadata=MetaData(naming_convention=_NAMES))):
    """What our tables have in common: metadata of their own."""


metadata = StoredRow.metadata


def core(name: str) -> Table:
    """The Core table of that name, by which statements speak of it."""
    return metadata.tables[name]
