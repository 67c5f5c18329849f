"""What a policy may not say of time: a calendar that never works, a reminder after the close, a duration of nothing.

Whether one duration is shorter than another is a question to the calendar: "6 business days" may be more or less than
"1 day" or "200 hours". It is asked from each day of two weeks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from mailgate.policy.days_off import Holidays, parse_holidays
from mailgate.policy.duration import Duration, Unit
from mailgate.policy.hours import Calendar
from mailgate.policy.outage import outage_problems
from mailgate.policy.policy import Policy
from mailgate.policy.service import Hours, Outage, public_holidays
from mailgate.policy.week import parse_week
from mailgate.tomlfile import Step

_Steps = tuple[Step, ...]
_Fault = tuple[_Steps, str]

# Each day of two weeks without a public holiday, at a time that is day in one zone and night in another.
_STARTS = tuple(datetime(2026, 3, 2, 11, 30, tzinfo=UTC) + timedelta(days=day) for day in range(14))


def contradictions(policy: Policy) -> Iterator[_Fault]:
    """All of them, as the steps to a key and a sentence for people."""
    wrong = list(_calendar(policy))
    yield from wrong
    yield from _nothing(policy)
    yield from _retention(policy)
    yield from _percent(policy)
    yield from _outages(policy)
    if not wrong:
        yield from _order(policy)


def _calendar(policy: Policy) -> Iterator[_Fault]:
    hours, faults = policy.hours, list[_Fault]()
    keys: tuple[tuple[str, tuple[str, ...], Callable[[str], object]], ...] = (
        ("hours", hours.hours, lambda text: parse_week((text,))),
        ("closed", hours.closed, lambda text: parse_holidays((text,))),
    )
    for key, texts, read in keys:
        for place, text in enumerate(texts):
            try:
                read(text)
            except ValueError as trouble:
                faults.append((("calendar", key, place), str(trouble)))
    for place, source in enumerate(hours.holidays):
        why = next(iter(Holidays(public=(public_holidays(source),)).problems()), "")
        faults += [(("calendar", "holidays", place), why)] * bool(why)
    if not hours.hours and (hours.closed or hours.holidays not in {(), Hours().holidays}):
        key = "closed" if hours.closed else "holidays"
        why = "changes nothing where we work around the clock; write hours, or leave it out"
        faults.append((("calendar", key), why))
    yield from faults
    # The rest is said of the whole calendar, and what is wrong with its zone of the zone alone.
    calendar = policy.calendar if not faults else Calendar(policy.zone)
    keys_of: dict[str, _Steps] = {
        "zone": ("zone",),
        "spans": ("calendar", "hours"),
        "holidays": ("calendar", "holidays"),
    }
    told = {keys_of[field]: why for field, why in reversed(calendar.problems())}  # of each key the first
    yield from told.items()


def _durations(policy: Policy) -> Iterator[tuple[_Steps, Duration]]:
    """Every duration that the policy has, but how soon work begins: that may be at once."""
    found: list[tuple[_Steps, Duration | None]] = []
    for place, priority in enumerate(policy.priorities):
        found += [(("priority", place, key), getattr(priority, key)) for key in ("response", "workaround", "feedback")]
    found.append((("service", "any_response"), policy.service.any_response))
    found.append((("reminders", "untaken"), policy.reminders.untaken))
    found += [(("reminders", "customer", place), one) for place, one in enumerate(policy.reminders.customer)]
    found += [(("closing", key), getattr(policy.closing, key)) for key in ("resolved", "waiting", "grace")]
    found += [(("retention", key), getattr(policy.retention, key)) for key in ("raw", "closed")]
    found += [(("escalation", "rung", place, "after"), one.after) for place, one in enumerate(policy.escalation.rungs)]
    for place, outage in enumerate(policy.outages):
        found += [(("outage", place, "announce", which), one) for which, one in enumerate(outage.announce)]
    yield from ((steps, duration) for steps, duration in found if duration is not None)


def _nothing(policy: Policy) -> Iterator[_Fault]:
    for steps, duration in _durations(policy):
        if not duration.amount:
            lists = isinstance(steps[-1], int)
            never = ", or leave it out" if lists else "" if steps[-1] == "grace" else '; "never" switches it off'
            yield steps, f'"{duration}" is no time at all; write a longer one{never}'


def _retention(policy: Policy) -> Iterator[_Fault]:
    kept, reopens = policy.retention, timedelta(days=policy.closing.reopen_days)
    for key, one in (("raw", kept.raw), ("closed", kept.closed)):
        if one is not None and one.unit in (Unit.BUSINESS_DAYS, Unit.BUSINESS_HOURS):
            yield ("retention", key), f'"{one}" should be a time that always runs, like "365 days"'
        elif one is not None and one.length < reopens:
            why = f"a closed case can be reopened for {policy.closing.reopen_days} days (closing.reopen_days)"
            yield ("retention", key), f'"{one}" is too short: {why}'


def _percent(policy: Policy) -> Iterator[_Fault]:
    before = 0
    for place, percent in enumerate(policy.reminders.engineer_percent):
        if not 1 <= percent <= 99:
            yield ("reminders", "engineer_percent", place), f"should be 1 to 99 percent of the time, not {percent}"
        elif percent <= before:
            yield ("reminders", "engineer_percent", place), f"should be more than the {before} before it, not {percent}"
        before = percent


def _outages(policy: Policy) -> Iterator[_Fault]:
    for place, outage in enumerate(policy.outages):
        yield from ((("outage", place, key), why) for key, why in outage_problems(outage))
        yield from _twice(place, outage)


def _twice(place: int, outage: Outage) -> Iterator[_Fault]:
    for which, one in enumerate(outage.announce):
        if one in outage.announce[:which]:
            yield ("outage", place, "announce", which), f'"{one}" stands here twice'


def _order(policy: Policy) -> Iterator[_Fault]:
    """What must come before what."""
    calendar, closing, reminders = policy.calendar, policy.closing, policy.reminders.customer
    for key, patience in (("resolved", closing.resolved), ("waiting", closing.waiting)):
        if patience and not _shorter(calendar, closing.grace, patience):
            why = f'closing.grace ("{closing.grace}") is not shorter: the last reminder would come before its reason'
            yield ("closing", key), f'"{patience}" is too short: {why}'
    for place, (before, after) in enumerate(pairwise(reminders), start=1):
        if not _shorter(calendar, before, after):
            yield ("reminders", "customer", place), f'"{after}" should be later than the "{before}" before it'
    if closing.waiting and _shorter(calendar, closing.grace, closing.waiting):
        for place, reminder in enumerate(reminders):
            if not _before_last(calendar, reminder, closing.waiting, closing.grace):
                last = f'the last reminder ("{closing.grace}" before closing.waiting, "{closing.waiting}")'
                yield ("reminders", "customer", place), f'"{reminder}" does not come before {last}; leave it out'
    timed = [(place, rung.after) for place, rung in enumerate(policy.escalation.rungs) if rung.after is not None]
    for (_, below), (place, above) in pairwise(timed):
        if not _shorter(calendar, below, above):
            yield (
                ("escalation", "rung", place, "after"),
                f'"{above}" should be later than the "{below}" of a lower rung',
            )


def _shorter(calendar: Calendar, one: Duration, other: Duration) -> bool:
    return all(calendar.add(start, one) < calendar.add(start, other) for start in _STARTS)


def _before_last(calendar: Calendar, reminder: Duration, patience: Duration, grace: Duration) -> bool:
    return all(
        calendar.add(start, reminder) < calendar.subtract(calendar.add(start, patience), grace) for start in _STARTS
    )
