"""Scheduled outages: when one is, when it is announced, and what is said of it while it lasts. All times are written in
the policy's zone, and told in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from mailgate.policy.policy import Policy
from mailgate.policy.service import Outage
from mailgate.policy.wall_clock import moment_of


@dataclass(frozen=True, slots=True)
class Announcement:
    """One letter about an outage that is due `at`: the `n`th of those about it, from 1, all moments UTC."""

    outage: Outage
    starts: datetime
    ends: datetime
    n: int
    at: datetime


def local_time(text: str) -> datetime:
    """The naive local time that a policy writes so. ValueError, for people, for any other text."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    # A day alone is no time; a zone would contradict the policy's; the years are those that calendars reach.
    if time is None or time.tzinfo or len(text) <= len("2026-11-28") or not 1970 <= time.year < 3000:
        raise ValueError(f'should be a local time like "2026-11-28 07:00", not "{text}"')
    return time


def outage_problems(outage: Outage) -> Iterator[tuple[str, str]]:
    """What an outage may not say: the key, and a sentence for people."""
    times = {}
    for key in ("starts", "ends"):
        try:
            times[key] = local_time(getattr(outage, key))
        except ValueError as trouble:
            yield key, str(trouble)
    if len(times) == 2 and times["ends"] <= times["starts"]:
        yield "ends", f"should be after it starts ({outage.starts}), not {outage.ends}"


def outage_now(policy: Policy, now: datetime) -> Outage | None:
    """The outage that there is at `now`."""
    for outage in policy.outages:
        starts, ends = moments(outage, policy)
        if starts <= now < ends:
            return outage
    return None


def moments(outage: Outage, policy: Policy) -> tuple[datetime, datetime]:
    """Its beginning and its end in UTC; a time that clocks skip is the moment at which they do."""
    zone = ZoneInfo(policy.zone)
    return moment_of(zone, local_time(outage.starts)), moment_of(zone, local_time(outage.ends))


def told(outage: Outage, policy: Policy) -> str:
    """The outage in a line: the policy's words, and when it is, in the policy's zone."""
    starts, ends = (moment.astimezone(ZoneInfo(policy.zone)) for moment in moments(outage, policy))
    same_day, same_zone = starts.date() == ends.date(), starts.tzname() == ends.tzname()
    begin = f"{starts:%Y-%m-%d %H:%M}" + ("" if same_zone else f" {starts.tzname()}")
    end = (f"{ends:%H:%M}" if same_day else f"{ends:%Y-%m-%d %H:%M}") + f" {ends.tzname()}"
    return f"{' '.join(outage.text.split())} ({begin} – {end})".strip()


def due_announcements(policy: Policy, now: datetime) -> tuple[Announcement, ...]:
    """For each outage that is not over, the last of its announcements that is due; what was missed before it is not
    made up for, nor is anything once the outage is over."""
    last: dict[tuple[datetime, datetime, str], Announcement] = {}
    for one in _announcements(policy):
        if one.at <= now < one.ends:
            last[one.starts, one.ends, one.outage.text] = one
    return tuple(last.values())


def next_announcement(policy: Policy, now: datetime) -> datetime | None:
    """When the next announcement comes that is not due yet; None where none will."""
    return min((one.at for one in _announcements(policy) if one.at > now), default=None)


def _announcements(policy: Policy) -> Iterator[Announcement]:
    """All announcements of all outages; those of one in the order in which they are due."""
    for outage in policy.outages:
        starts, ends = moments(outage, policy)
        due = sorted({policy.calendar.subtract(starts, before) for before in outage.announce})
        for n, at in enumerate(due, 1):
            yield Announcement(outage, starts, ends, n, at)
