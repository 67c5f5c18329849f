"""The verb that tells in numbers what the desk's pictures show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mailgate import reckoning
from mailgate.cases.answered import LATE
from mailgate.cli import show
from mailgate.cli.housed import housed
from mailgate.cli.narrowing import Number
from mailgate.cli.opening import with_config, with_json
from mailgate.reckoning import DAYS, Pictures


@click.command("figures")
@click.option("--days", type=Number(1), default=30, show_default=True, help=f"Of so many days, up to {DAYS}.")
@with_json
@with_config
def figures(days: int, as_json: bool, config: Path) -> None:
    """What the desk's pictures show: mail, cases and answers in numbers.

    Mail and cases a day, how fast first answers came and whether in time, promises broken, what is not closed by its
    age, and the mail of each door. Days are those of UTC.
    """
    if days > DAYS:
        raise click.BadParameter(f"{days} is more than {DAYS}", param_hint="--days")
    with housed(config) as house:
        reckoning.bring_up(house, days)
        found = reckoning.pictures(house, days)
    if as_json:
        show.as_json(_json(found))
        return
    rows = [{"day": one.day, "mails": one.mails, "cases": one.cases, "breaches": one.breaches} for one in found.days]
    show.table(rows, {"day": "DAY (UTC)", "mails": "MAILS", "cases": "CASES", "breaches": "BREACHES"}, "")
    for priority, by_span in found.answers.items():
        show.say("")
        show.say(f"First answers to priority {priority}, by how long they took:")
        spans = [{"took": took} | by_verdict for took, by_verdict in by_span.items() if any(by_verdict.values())]
        show.table(spans, {"took": "WITHIN"} | {one: one.upper() for one in reckoning.VERDICTS}, "")
    show.say("")
    show.say("Not closed, by age:")
    ages = [{"age": age} | by_status | {"all": sum(by_status.values())} for age, by_status in found.backlog.items()]
    names = [name for name in ages[0] if name != "age"]
    show.table(ages, {"age": "UP TO"} | {one: one.upper() for one in names}, "")
    show.say("")
    doors = [{"door": door, "mails": sum(mails), "today": mails[-1]} for door, mails in found.doors.items()]
    show.table(doors, {"door": "DOOR", "mails": "MAILS", "today": "TODAY"}, "There are no doors.")


def _json(found: Pictures) -> dict[str, Any]:
    return {
        "days": [
            {"day": one.day.isoformat(), "mails": one.mails, "cases": one.cases, "breaches": one.breaches}
            for one in found.days
        ],
        "breaches_by_week": {day.isoformat(): count for day, count in found.weeks.items()},
        "first_answers": {str(priority): by_span for priority, by_span in found.answers.items()},
        "late": sum(one[LATE] for by_span in found.answers.values() for one in by_span.values()),
        "backlog": found.backlog,
        "doors": {door: list(mails) for door, mails in found.doors.items()},
        "reckoned_at": found.reckoned_at.isoformat() if found.reckoned_at else None,
    }
