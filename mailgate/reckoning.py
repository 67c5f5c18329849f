"""Counts day by day what the desk's pictures show, and puts it together: for the page and the command line alike.

Past days stand in the store as numbers (`store/day_figures.py`); today is counted again every ten minutes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

import structlog

from mailgate.cases.answered import IN_TIME, LATE, LONGER, NOT_YET, UNPROMISED, WITHIN, answered
from mailgate.errors import StoreError
from mailgate.house import House
from mailgate.store import claims, day_figures
from mailgate.store.lease import MAX_LEASE

ROLE = "pictures"
DAYS = 90
TOOK = (*(name for _, name in WITHIN), LONGER, NOT_YET)
VERDICTS = (IN_TIME, LATE, UNPROMISED)
_AT_ONCE = 10

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Day:
    """One day in UTC: mails that came, cases that were opened, promises that were broken."""

    day: date
    mails: int
    cases: int
    breaches: int


@dataclass(frozen=True, slots=True)
class Pictures:
    """What is shown of so many days. `answers` is, by priority, how many of the cases that were opened in that time got
    their first answer within each span (TOOK), by VERDICTS. `backlog` is by age and status, `doors` the mails of each
    day by door. `reckoned_at` is when the last of it was counted; None: never."""

    days: tuple[Day, ...]
    answers: dict[int, dict[str, dict[str, int]]]
    backlog: dict[str, dict[str, int]]
    doors: dict[str, tuple[int, ...]]
    reckoned_at: datetime | None

    @property
    def weeks(self) -> dict[date, int]:
        """Broken promises by the Monday of their week."""
        found: Counter[date] = Counter()
        for one in self.days:
            found[date.fromordinal(one.day.toordinal() - one.day.weekday())] += one.breaches
        return dict(found)


def bring_up(house: House, most: int = _AT_ONCE) -> int:
    """Counts at most so many days that are to be counted; how many it counted. What is left is for the next time."""
    try:
        now = house.clock.now()
        with house.store.write() as connection:
            if not claims.hold_role(connection, ROLE, house.holder, now, MAX_LEASE):
                return 0  # of several nodes one counts
        with house.store.read() as connection:
            days = day_figures.stale(connection, now, DAYS)[:most]
        for day in days:
            _reckon(house, day)
    except StoreError as error:
        log.warning("the figures of the day could not be counted", because=str(error))
        return 0
    return len(days)


def _reckon(house: House, day: date) -> None:
    now, counts = house.clock.now(), Counter[tuple[str, str]]()
    with house.store.read() as connection:
        for case in day_figures.opened_on(connection, day):
            counts["opened", str(case.priority)] += 1
            policy = house.policies.get(case.policy)
            found = answered(case, policy, now) if policy else None
            if found is not None:
                counts["answered", f"{case.priority}/{found.took}/{found.verdict}"] += 1
        counts["breached", ""] = day_figures.breaches_on(connection, day)
    with house.store.write() as connection:
        day_figures.put(connection, day, {which: count for which, count in counts.items() if count}, now)


def pictures(house: House, days: int) -> Pictures:
    """What was counted of the last so many days, and the backlog as it is now."""
    now = house.clock.now()
    wanted = day_figures.days_before(now, days)
    sums: Counter[tuple[date, str]] = Counter()
    answers: dict[int, dict[str, dict[str, int]]] = {}
    with house.store.read() as connection:
        for day, figure, of, count in day_figures.figures(connection, wanted[0]):
            if figure == "answered":
                priority, took, verdict = of.split("/")
                by_span = answers.setdefault(int(priority), {one: dict.fromkeys(VERDICTS, 0) for one in TOOK})
                by_span[took][verdict] += count
            else:
                sums[day, figure] += count
        came: dict[str, Counter[date]] = {name: Counter() for name in house.settings.doors}
        for day, door, mails in day_figures.mails(connection, wanted[0]):
            came.setdefault(door, Counter())[day] += mails
            sums[day, "mails"] += mails
        backlog = day_figures.backlog(connection, now)
        reckoned_at = day_figures.reckoned_at(connection)
    return Pictures(
        tuple(Day(day, sums[day, "mails"], sums[day, "opened"], sums[day, "breached"]) for day in wanted),
        dict(sorted(answers.items())),
        backlog,
        {door: tuple(by_day[day] for day in wanted) for door, by_day in sorted(came.items())},
        reckoned_at,
    )
