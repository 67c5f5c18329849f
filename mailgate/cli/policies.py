"""`policy show`, `policy timeline`, `policy diff`: what a support policy says, and what follows from it in time.

They need no deployment: a policy is named by its name (yours beside the settings file, or a shipped one) or its file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from mailgate.cases.agenda import CLOSING, UNTAKEN, Step, agenda
from mailgate.cases.case import Case, Status
from mailgate.cases.course import StepName
from mailgate.cases.timeline import timeline
from mailgate.cli import policy_page, show
from mailgate.cli.moments import moment, settled
from mailgate.cli.opening import quiet, with_config, with_json
from mailgate.clock import SystemClock
from mailgate.policy.as_written import as_written
from mailgate.policy.load import load_policy, policy_path
from mailgate.policy.policy import Policy
from mailgate.policy.wall_clock import local
from mailgate.settings import load_settings
from mailgate.store.db import check_schema, is_empty
from mailgate.store.opening import open_as_set
from mailgate.store.unclosed import unclosed_cases

_STATUSES = (Status.WAITING, Status.RESOLVED)

_SAYS = {
    StepName.FIRST_RESPONSE_DUE: "the first answer of a person is due, by its priority",
    StepName.ANY_RESPONSE_DUE: "the first answer of a person is due, as for every case",
    StepName.ACTIVATED_DUE: "work on it must have begun",
    StepName.WORKAROUND_DUE: "a workaround is due",
    StepName.FEEDBACK_DUE: "a word to the customer is due",
    StepName.ESCALATE: "it is escalated to {about}",
    StepName.AUTO_CLOSE: "it closes by itself",
}


@click.command("show")
@click.argument("policy", metavar="NAME|FILE")
@with_json
@with_config
def policy_show(policy: str, as_json: bool, config: Path) -> None:
    """A support policy on one page, with all that it inherits.

    --json has it key by key, as its file would say it whole.
    """
    quiet()
    read = _read(policy, config)
    if as_json:
        show.as_json(as_written(read))
    else:
        policy_page.tell(read)


@click.command("timeline")
@click.argument("policy", metavar="NAME|FILE")
@click.option(
    "--opened",
    "opened_at",
    metavar="ISO",
    callback=moment,
    required=True,
    help="When; without an offset in the policy's zone.",
)
@click.option("--priority", required=True, metavar="P", help="Its level, or its name.")
@click.option(
    "--status", type=click.Choice([one.value for one in _STATUSES]), help="The case has been answered, and is so."
)
@click.option(
    "--since", metavar="ISO", callback=moment, help="Since when it has that status; without it, since it was opened."
)
@with_json
@with_config
def policy_timeline(
    policy: str,
    opened_at: datetime,
    priority: str,
    status: str | None,
    since: datetime | None,
    as_json: bool,
    config: Path,
) -> None:
    """What time would bring to a case of a policy, and when.

    As if nobody did anything more: each step is taken on time, and the relay takes the last reminder at once. Of what
    is due again and again the first three are shown. With --status, what comes after --since.
    """
    quiet()
    read = _read(policy, config)
    start = settled(opened_at, read.zone)
    begin = settled(since, read.zone) if since else None
    if begin and status is None:
        raise click.UsageError("--since says since when the case has its --status; give that, too")
    if begin and begin < start:
        raise click.UsageError("--since is before --opened")
    steps = timeline(read, start, _level(read, priority), Status(status or Status.NEW), begin)
    if as_json:
        show.as_json(list(_told(steps)))
        return
    rows = [
        {"when": local(step.at, read.zone), "step": step.name.value, "says": _says(step, read.zone)} for step in steps
    ]
    show.table(rows, {"when": "WHEN", "step": "STEP", "says": "WHAT"}, "Time brings nothing to such a case.")


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option(
    "--opened",
    "opened_at",
    metavar="ISO",
    callback=moment,
    help="When the cases of the comparison are opened, instead of now.",
)
@with_json
@with_config
def policy_diff(old: str, new: str, opened_at: datetime | None, as_json: bool, config: Path) -> None:
    """Which dates move, and how, under another policy.

    OLD and NEW are names or files. First the cases in the store that have the policy OLD and are not closed: what would
    come next, and when. Then, for each priority, a case that is new, waiting or resolved. What a letter has promised
    stays as it is.
    """
    quiet()
    before, after = _read(old, config), _read(new, config)
    start = settled(opened_at, before.zone) if opened_at else SystemClock().now().replace(second=0, microsecond=0)
    moved = [one for case in _cases(before, config) for one in _moved_case(case, before, after)]
    planned = list(_moved_plans(before, after, start))
    if as_json:
        show.as_json({"opened": start.isoformat(), "cases": moved, "priorities": planned})
        return
    columns = {"step": "STEP", "about": "ABOUT", "n": "NTH", "old": "OLD", "new": "NEW"}
    show.say(f"Cases of the policy {before.name} that are not closed:")
    rows = [_readable(one, after.zone) for one in moved]
    show.table(rows, {"number": "CASE", **columns}, "No date moves." if config.exists() else f"There is no {config}.")
    show.say("")
    show.say(f"A case opened {local(start, after.zone)}, and one that is waiting or resolved since then:")
    rows = [_readable(one, after.zone) for one in planned]
    show.table(rows, {"priority": "PRIORITY", "status": "STATUS", **columns}, "No date moves.")


def _read(name: str, config: Path) -> Policy:
    return load_policy(policy_path(Path(config).absolute().parent, name))


def _level(policy: Policy, said: str) -> int:
    for priority in policy.priorities:
        names = {str(priority.level), *(word.casefold() for word in (priority.name, *priority.words))}
        if said.strip().casefold() in names:
            return priority.level
    known = ", ".join(f"{one.level} ({one.name})" for one in policy.priorities)
    raise click.UsageError(f'the policy {policy.name} has no priority "{said}"; there: {known}')


@dataclass(frozen=True, slots=True)
class _Nth:
    """What a step is known by under both policies."""

    step: str
    about: str
    n: int


def _numbered(steps: Iterable[Step]) -> Iterator[tuple[_Nth, Step]]:
    met: Counter[tuple[str, str]] = Counter()
    for step in steps:
        met[step.name.value, step.about] += 1
        yield _Nth(step.name.value, step.about, met[step.name.value, step.about]), step


def _told(steps: Iterable[Step]) -> Iterator[dict[str, Any]]:
    """As JSON: beside step and moment the `about` of a reminder or rung, the how-manieth it is, what it says is due."""
    for nth, step in _numbered(steps):
        one: dict[str, Any] = {"step": nth.step, "at": step.at.isoformat(), "n": nth.n}
        if step.about:
            one["about"] = step.about
        if step.due and step.due != step.at:
            one["due"] = step.due.isoformat()
        yield one


def _says(step: Step, zone: str) -> str:
    if step.name is StepName.ENGINEER_REMINDER and step.about == UNTAKEN:
        return "the operator hears that nobody has taken it"
    if step.name is StepName.ENGINEER_REMINDER:
        return f"its engineer is reminded of {step.about}" + (f", {local(step.due, zone)}" if step.due else "")
    if step.name is StepName.CUSTOMER_REMINDER:
        last = f"the customer's last reminder: it closes {local(step.due, zone)}" if step.due else ""
        return last if step.about == CLOSING else "the customer is reminded that we wait"
    return _SAYS[step.name].format(about=step.about)


def _cases(policy: Policy, config: Path) -> list[Case]:
    """Those of the store, if there is a deployment at all."""
    if not Path(config).exists():
        return []
    settings = load_settings(config)
    with settings.blamed("store", "url"), closing(open_as_set(settings.store)) as store:
        if is_empty(store):
            return []
        check_schema(store)
        with store.read() as connection:
            return list(unclosed_cases(connection, policy.name))


def _moved_case(case: Case, before: Policy, after: Policy) -> Iterator[dict[str, Any]]:
    for moved in _moved(agenda(case, before), agenda(case, after)):
        yield {"number": case.number, **moved}


def _moved_plans(before: Policy, after: Policy, start: datetime) -> Iterator[dict[str, Any]]:
    for level in sorted({one.level for policy in (before, after) for one in policy.priorities}):
        for status in (Status.NEW, *_STATUSES):
            steps = (timeline(policy, start, level, status) for policy in (before, after))
            for moved in _moved(*steps):
                yield {"priority": level, "status": status.value, **moved}


def _moved(before: Iterable[Step], after: Iterable[Step]) -> Iterator[dict[str, Any]]:
    """What is at another moment, or on one side alone (None on the other); soonest first."""
    old, new = ({nth: step.at for nth, step in _numbered(steps)} for steps in (before, after))
    both = [(nth, old.get(nth), new.get(nth)) for nth in dict.fromkeys((*old, *new))]
    moved = [(nth, was, will) for nth, was, will in both if was != will]
    for nth, was, will in sorted(moved, key=lambda one: min(at for at in one[1:] if at)):
        yield {
            "step": nth.step,
            "about": nth.about,
            "n": nth.n,
            "old": was.isoformat() if was else None,
            "new": will.isoformat() if will else None,
        }


def _readable(moved: Mapping[str, Any], zone: str) -> dict[str, Any]:
    moments = {
        key: local(datetime.fromisoformat(moved[key]), zone) if moved[key] else "never" for key in ("old", "new")
    }
    return {**moved, **moments}
