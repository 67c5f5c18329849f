"""What a scenario means by a moment."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailgate.simulate.moments import moment_of
from moments import NOON

BERLIN = "Europe/Berlin"  # an hour before UTC at that time


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("", "2026-11-17T12:00"),
        ("+5 minutes", "2026-11-17T12:05"),
        ("+2 days", "2026-11-19T12:00"),
        ("13:00", "2026-11-17T12:00"),
        ("13:01", "2026-11-17T12:01"),
        ("12:59", "2026-11-18T11:59"),
        ("Tue 13:00", "2026-11-17T12:00"),
        ("Tuesday 12:00", "2026-11-24T11:00"),
        ("Sat 9:00", "2026-11-21T08:00"),
        ("2026-11-18 09:00", "2026-11-18T08:00"),
        ("2026-11-18T09:00Z", "2026-11-18T09:00"),
        ("2026-07-18 09:00", "2026-07-18T07:00"),
    ],
)
def test_a_moment_is_written_so(text: str, moment: str) -> None:
    assert moment_of(text, NOON, BERLIN) == datetime.fromisoformat(moment).replace(tzinfo=UTC)


def test_the_next_morning_after_a_night_of_25_hours_is_that_of_the_clock_on_the_wall() -> None:
    evening = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)
    assert moment_of("09:00", evening, BERLIN) == datetime(2026, 10, 25, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["soon", "25:00", "+3 business hours", "+", "Tue", "2026-13-01 09:00"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no|write"):
        moment_of(text, NOON, BERLIN)


def test_a_start_has_nothing_to_be_reckoned_from() -> None:
    with pytest.raises(ValueError, match="is no moment"):
        moment_of("+5 minutes", None, BERLIN)
