"""When a letter is tried again, and when it is given up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.outbox.deliver import next_attempt
from moments import NOON


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(1, 1), (2, 2), (3, 4), (4, 8), (8, 128), (9, 240), (10, 240), (1000, 240)]
)
def test_the_pause_doubles_from_a_minute_to_four_hours(attempts: int, minutes: int) -> None:
    assert next_attempt(attempts, NOON, NOON) == NOON + timedelta(minutes=minutes)


def test_the_last_attempt_is_after_five_days() -> None:
    almost = NOON + timedelta(days=5, seconds=-1)
    assert next_attempt(40, NOON, almost) == NOON + timedelta(days=5)
    assert next_attempt(41, NOON, NOON + timedelta(days=5)) is None
    assert next_attempt(1, NOON, NOON + timedelta(days=9)) is None


@given(st.integers(0, 60), st.integers(0, 3600))
def test_every_letter_is_given_up_at_last_and_never_tried_without_pause(late: int, delay: int) -> None:
    now, attempts = NOON + timedelta(seconds=late), 1
    while (due := next_attempt(attempts, NOON, now)) is not None:
        assert due > now
        assert due - now <= timedelta(hours=4)
        now = due + timedelta(seconds=delay)  # the daemon is late
        attempts += 1
    assert now >= NOON + timedelta(days=5)
    assert attempts < 60
