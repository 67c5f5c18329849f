"""The column types: everything a database would refuse is taken out here, on its way in, and nowhere else.

Mail carries NULs and lone surrogates; PostgreSQL refuses the first, both drivers the second. A type cleans whatever is
bound to its column, in inserts and in comparisons alike, so that a value that was stored is also found again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ColumnElement, Integer, Text, literal_column
from sqlalchemy.dialects.sqlite import DATETIME
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeDecorator

# A PostgreSQL index row holds 2,704 bytes: this many characters fit in any script.
HANDLE_LENGTH = 500

_REFUSED = re.compile("[\x00\ud800-\udfff]")
# Half of a character beyond the first 65,536 looks alike: then each text is looked at by itself.
_ESCAPED = re.compile(r"\\u(?:0000|d[89a-f])")


def clean(text: str) -> str:
    """The text with U+FFFD for every character that no database takes."""
    if text.isascii() and "\0" not in text:
        return str(text)
    return _REFUSED.sub("\ufffd", text)


def handle(text: str) -> str:
    """A text by which rows are found, short enough to be indexed: a longer one ends in its hash instead."""
    text = clean(text)
    if len(text) <= HANDLE_LENGTH:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{text[: HANDLE_LENGTH - len(digest) - 1]}…{digest}"


def _words(value: str | None) -> str | None:
    return None if value is None else clean(value)


def _handle(value: str | None) -> str | None:
    if value is not None and len(value) <= HANDLE_LENGTH and value.isascii() and "\0" not in value:
        return str(value)
    return None if value is None else handle(value)


def _json(value: Any) -> str | None:
    """The JSON of a structure, once clean."""
    if value is None:
        return None
    try:
        text = json.dumps(value)
    except TypeError:
        return json.dumps(_clean_all(value))
    return text if _ESCAPED.search(text) is None else json.dumps(_clean_all(value))


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.replace(tzinfo=None).isoformat(" ", "microseconds")


def _is_clean(value: Any) -> bool:
    """Whether nothing is to be taken out of dicts, lists and tuples of plain values: one look at all of it as JSON."""
    if value is None or value in ((), []):
        return True
    try:
        return _ESCAPED.search(json.dumps(value)) is None  # all in ASCII: what is refused stands there as an escape
    except TypeError:
        return False  # another kind of mapping: it becomes a dict when it is cleaned


def _clean_all(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(str(key)): _clean_all(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_clean_all(inner) for inner in value]
    return value


def constants(words: Iterable[str]) -> list[ColumnElement[str]]:
    """Words of ours, for `in_`, that stand in the statement itself: others are bound anew whenever it is executed."""
    return [literal_column(f"'{word}'", Text()) for word in sorted(words)]


# What a type of ours makes of a value stands in `process_bind_param`, where SQLAlchemy wants it, and once more in
# `bind_processor`: that is asked once for a statement, the other would be called for each value on top of it, and a
# mail has a hundred.


class Words(TypeDecorator[str]):
    """Text of any length."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the base's form
        return _words(value)

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], str | None]:  # noqa: ARG002 - as above
        return _words


class Handle(TypeDecorator[str]):
    """Text that rows are found by: Message-IDs, addresses, keys (see `handle`)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the base's form
        return _handle(value)

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], str | None]:  # noqa: ARG002 - as above
        return _handle


class Structure(TypeDecorator[Any]):
    """Lists and mappings of plain values, as JSON; None is NULL."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002 - the base's form
        return value if _is_clean(value) else _clean_all(value)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        # To know that it is clean takes its JSON, which SQLite gets as it is; psycopg makes its own.
        return _json if dialect.name == "sqlite" else super().bind_processor(dialect)


class SqliteMoment(DATETIME):
    """A moment, in UTC, as SQLite keeps it: the same text that SQLAlchemy puts together from seven numbers, in one."""

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], str | None]:  # noqa: ARG002 - the base's form
        return _moment


# Only an INTEGER primary key counts up by itself on SQLite.
Id = BigInteger().with_variant(Integer(), "sqlite")
