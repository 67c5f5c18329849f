"""What no database takes is taken out of texts and of all that is within lists and mappings."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeEngine

from mailgate.store.columns import Handle, SqliteMoment, Structure, Words

_TEXTS = st.lists(st.sampled_from(["a", "\\", "u0000", "\0", "\ud800", "\udfff", "😀", "é", '"'])).map("".join)
_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | _TEXTS,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(_TEXTS, inner),
)


def stored(value: Any) -> str:
    cleaned = json.dumps(Structure().process_bind_param(value, sqlite.dialect()), ensure_ascii=False)
    write = Structure().bind_processor(sqlite.dialect())
    assert write is not None
    written = write(value)
    assert json.loads(written or "null") == json.loads(cleaned)  # one cleans alone, the other as it writes
    return cleaned


@given(_PLAIN)
def test_whatever_the_structure_nothing_refused_is_left(value: Any) -> None:
    said = stored(value)
    said.encode()
    assert "\\u0000" not in said.replace("\\\\", "")


@pytest.mark.parametrize("value", [["a\0b", {"k": "\ud800"}], MappingProxyType({"k\0": ("x",)})])
def test_what_is_taken_out_leaves_a_mark(value: Any) -> None:
    assert "\ufffd" in stored(value)


def test_what_is_clean_is_left_as_it_is() -> None:
    value = {"text": "größe 😀", "list": ["a", 1, None]}
    assert json.loads(stored(value)) == value


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_is_written_for_sqlite_as_sqlalchemy_writes_it(moment: datetime) -> None:
    kinds: list[type[TypeEngine[datetime]]] = [SqliteMoment, sqlite.DATETIME]
    mine, theirs = (kind().bind_processor(sqlite.dialect()) for kind in kinds)
    assert mine is not None
    assert theirs is not None
    assert mine(moment) == theirs(moment)


@given(_TEXTS | st.none())
def test_one_text_is_bound_as_many_are(text: str | None) -> None:
    for kind in (Words(), Handle()):
        assert kind.bind_processor(sqlite.dialect())(text) == kind.process_bind_param(text, sqlite.dialect())
