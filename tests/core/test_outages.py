"""When an outage is, when it is announced, and what is said of it: exact in the policy's zone, DST nights included."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.policy.duration import parse_duration
from mailgate.policy.outage import (
    due_announcements,
    local_time,
    moments,
    next_announcement,
    outage_now,
    outage_problems,
    told,
)
from mailgate.policy.policy import Policy
from mailgate.policy.service import Hours, Outage

SATURDAY = Outage("2026-11-28 07:00", "2026-11-28 09:00", "Maintenance.", (parse_duration("3d"), parse_duration("1d")))
AUVIK = Policy("auvik", zone="America/New_York", outages=(SATURDAY,))
STARTS = datetime(2026, 11, 28, 12, tzinfo=UTC)


def test_it_is_while_the_walls_of_the_zone_say_so() -> None:
    assert moments(SATURDAY, AUVIK) == (STARTS, STARTS + timedelta(hours=2))
    assert outage_now(AUVIK, STARTS - timedelta(seconds=1)) is None
    assert outage_now(AUVIK, STARTS) == SATURDAY
    assert outage_now(AUVIK, STARTS + timedelta(hours=2)) is None


def test_it_is_told_in_local_times() -> None:
    assert told(SATURDAY, AUVIK) == "Maintenance. (2026-11-28 07:00 – 09:00 EST)"
    assert (
        told(replace(SATURDAY, text="", ends="2026-11-29 01:00"), AUVIK) == "(2026-11-28 07:00 – 2026-11-29 01:00 EST)"
    )


def test_over_a_dst_night_both_offsets_are_told_and_its_length_is_real() -> None:
    back = Outage("2026-11-01 00:30", "2026-11-01 03:00")  # clocks are put back at 2:00
    starts, ends = moments(back, AUVIK)
    assert ends - starts == timedelta(hours=3, minutes=30)
    assert told(back, AUVIK) == "(2026-11-01 00:30 EDT – 03:00 EST)"
    skipped = Outage("2027-03-14 02:30", "2027-03-14 04:00")  # there is no 2:30
    starts, ends = moments(skipped, AUVIK)
    assert (starts, ends - starts) == (datetime(2027, 3, 14, 7, tzinfo=UTC), timedelta(hours=1))


def test_each_announcement_is_due_from_its_moment_until_the_next_and_none_after_the_outage() -> None:
    def due(**before: float) -> list[int]:
        return [one.n for one in due_announcements(AUVIK, STARTS - timedelta(**before))]

    assert due(days=3, seconds=1) == []
    assert due(days=3) == due(days=1, seconds=1) == [1]
    assert due(days=1) == due(hours=-1) == [2]  # the first, if it was missed, is not made up for
    assert due(hours=-2) == []


def test_the_clock_knows_when_the_next_is() -> None:
    assert next_announcement(AUVIK, STARTS - timedelta(days=30)) == STARTS - timedelta(days=3)
    assert next_announcement(AUVIK, STARTS - timedelta(days=3)) == STARTS - timedelta(days=1)
    assert next_announcement(AUVIK, STARTS - timedelta(days=1)) is None


def test_business_days_before_it_are_those_of_the_policy() -> None:
    hours = Hours(("Mon-Fri 09:00-17:00",), ("US",))
    policy = replace(AUVIK, hours=hours, outages=(replace(SATURDAY, announce=(parse_duration("2 business days"),)),))
    # Thursday is Thanksgiving: Friday is one, Wednesday the second.
    assert next_announcement(policy, datetime(2026, 11, 1, tzinfo=UTC)) == datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-28",
        "28.11.2026 07:00",
        "2026-02-30 07:00",
        "2026-11-28 25:00",
        "2026-11-28 07:00Z",
        "0001-01-01 00:00",
    ],
)
def test_what_is_no_local_time_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="should be a local time like"):
        local_time(text)
    assert [key for key, _ in outage_problems(replace(SATURDAY, ends=text))] == ["ends"]


def test_an_outage_ends_after_it_starts() -> None:
    assert list(outage_problems(SATURDAY)) == []
    assert [key for key, _ in outage_problems(replace(SATURDAY, ends="2026-11-28 07:00"))] == ["ends"]


ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns")


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - wall clocks are naive
    st.integers(1, 60 * 48),
    st.lists(st.sampled_from(["0m", "30m", "5h", "1d", "3d"]), min_size=1, max_size=4),
)
def test_each_announcement_comes_once_and_by_the_time_it_said(
    zone: str, begin: datetime, minutes: int, announce: list[str]
) -> None:
    """Going from one announced moment to the next meets each of them, in order, and none after the outage began."""
    end = begin + timedelta(minutes=minutes)
    outage = Outage(f"{begin:%Y-%m-%d %H:%M}", f"{end:%Y-%m-%d %H:%M}", announce=tuple(map(parse_duration, announce)))
    policy = Policy("x", zone=zone, outages=(outage,))
    starts, ends = moments(outage, policy)
    if starts >= ends:
        return  # wholly within a skipped hour
    assert starts.astimezone(ZoneInfo(zone)).replace(tzinfo=None) >= begin.replace(second=0, microsecond=0)
    now, met = starts - timedelta(days=10), list[int]()
    while (at := next_announcement(policy, now)) is not None:
        assert now < at <= starts
        now = at
        met += [one.n for one in due_announcements(policy, now)]
    assert met == list(range(1, len(set(announce)) + 1))
