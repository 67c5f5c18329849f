"""Machines and people, by the hundred: what each mail of `fixtures/matrix` is, read as the walk reads it."""

from __future__ import annotations

from itertools import chain

import pytest

from fixture_mail import read_bytes
from matrix_mail import Entry, entries, verdict

MANY = tuple(chain.from_iterable(entries(file) for file in ("bounces", "replies", "people")))


@pytest.mark.parametrize("entry", MANY, ids=lambda entry: entry.name)
def test_a_mail_is_what_its_fields_and_words_show(entry: Entry) -> None:
    assert verdict(read_bytes(entry.data)) == entry.expected
