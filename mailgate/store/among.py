"""That a column has one of several values, all of which are bound as one parameter.

`column.in_` with a list that is bound later makes another statement for each length of it: SQLAlchemy writes it anew,
and SQLite prepares it anew, which takes both longer than to run it.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, Self

from sqlalchemy import ARRAY, BigInteger, Boolean, ColumnElement, Text, bindparam
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine

from mailgate.store.columns import Handle, handle


class _Handles(TypeDecorator[Collection[str]]):
    """Any number of handles: an array on PostgreSQL, the JSON of one on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(Text()))

    def process_bind_param(self, value: Collection[str] | None, dialect: Dialect) -> Any:
        values = [handle(one) for one in value or ()]
        return json.dumps(values) if dialect.name == "sqlite" else values


class _Ids(TypeDecorator[Collection[int]]):
    """The same of ids."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(BigInteger()))

    def process_bind_param(self, value: Collection[int] | None, dialect: Dialect) -> Any:
        return json.dumps(list(value or ())) if dialect.name == "sqlite" else list(value or ())


class _Among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: OperatorType | None = None) -> Self:  # noqa: ARG002 - the base's form
        """As it is: behind what is no comparison to it SQLAlchemy writes "= 1", which no index serves."""
        return self


def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether the column, of handles or ids, has one of the values in the parameter of that name; of none, it has not.
    Both databases look each of them up in an index, as they do for `in_`."""
    return _Among(column, bindparam(name, type_=_Handles() if isinstance(column.type, Handle) else _Ids()))


@compiles(_Among, "sqlite")
def _in_json(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = (compiler.process(one, **kw) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"


@compiles(_Among, "postgresql")
def _in_array(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = (compiler.process(one, **kw) for one in element.clauses)
    return f"{column} = ANY ({values})"
