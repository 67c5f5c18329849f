"""How long things may take, as policies write it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.policy.duration import Duration, Unit, parse_duration


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("30m", Duration(30, Unit.MINUTES)),
        ("30 min", Duration(30, Unit.MINUTES)),
        ("4h", Duration(4, Unit.HOURS)),
        ("1 hour", Duration(1, Unit.HOURS)),
        ("5d", Duration(5, Unit.DAYS)),
        (" 5 Days ", Duration(5, Unit.DAYS)),
        ("0m", Duration(0, Unit.MINUTES)),
        ("2 business hours", Duration(2, Unit.BUSINESS_HOURS)),
        ("2 business_hours", Duration(2, Unit.BUSINESS_HOURS)),
        ("1 Business Hour", Duration(1, Unit.BUSINESS_HOURS)),
        ("10 business days", Duration(10, Unit.BUSINESS_DAYS)),
        ("10 business-days", Duration(10, Unit.BUSINESS_DAYS)),
    ],
)
def test_durations_are_a_number_and_a_unit(text: str, duration: Duration) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no duration"),
        ("4", "is no duration"),
        ("h", "is no duration"),
        ("-4h", "is no duration"),
        ("1.5h", "is no duration"),
        ("1 000 h", "is no duration"),
        ("٤h", "is no duration"),
        ("2 fortnights", "is no duration"),
        ("1h 30m", "is no duration"),
        ("30 business minutes", "business time is counted in hours or days"),
        ("3661d", "more than ten years; write at most 3660 days"),
        ("9999999 business hours", "more than ten years; write at most 87840 business hours"),
    ],
)
def test_what_is_no_duration_is_said_with_what_to_write(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as refused:
        parse_duration(text)
    assert f'"{text}"' in str(refused.value)


@given(st.builds(Duration, st.integers(0, 3660), st.sampled_from(Unit)))
def test_a_duration_can_be_read_as_it_is_shown(duration: Duration) -> None:
    assert parse_duration(str(duration)) == duration


def test_one_is_not_many() -> None:
    assert [str(Duration(amount, Unit.BUSINESS_DAYS)) for amount in (0, 1, 2)] == [
        "0 business days",
        "1 business day",
        "2 business days",
    ]


def test_lengths_are_known_but_for_business_days() -> None:
    assert parse_duration("90m").length == timedelta(hours=1, minutes=30)
    assert parse_duration("2 business hours").length == timedelta(hours=2)
    assert parse_duration("2d").length == timedelta(hours=48)
    with pytest.raises(ValueError, match="ask a calendar"):
        _ = parse_duration("2 business days").length


def test_nothing_takes_less_than_no_time() -> None:
    with pytest.raises(ValueError, match="0 or more, not -1"):
        Duration(-1, Unit.HOURS)
