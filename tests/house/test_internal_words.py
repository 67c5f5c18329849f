"""No internal word in any customer's letter, whatever comes in whatever order (more: tests/bench/long)."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import pytest
import structlog

import internal_words

SEQUENCES = int(os.environ.get("MAILGATE_SEQUENCES", "400"))


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


@pytest.mark.parametrize("seed", range(SEQUENCES // internal_words.PER_WORLD))
def test_no_internal_word_gets_into_a_letter_to_a_customer(seed: int) -> None:
    internal_words.Sequences(seed).play()
