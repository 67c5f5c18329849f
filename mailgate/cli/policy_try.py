"""`policy try`: the mail of the last weeks through another policy, beside the one that there is."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from mailgate import app
from mailgate.cli import show
from mailgate.cli.narrowing import ago, known_mailbox
from mailgate.cli.opening import opened, with_config, with_json
from mailgate.policy.load import load_policy, policy_path
from mailgate.policy.wall_clock import local
from mailgate.reading import read_mail
from mailgate.simulate.trial import Differing, Sums, Trial, policies_for
from mailgate.store.rehearsal import Rehearsal
from mailgate.store.trials import count_past, past_mail

_NOT_PLAYED = (
    "What our people did by command (case set, case close, case reply, merges) is not played, but for letting held "
    "mail in; what they did by mail is."
)


@click.command("try")
@click.argument("policy", metavar="NAME|FILE")
@click.option(
    "--since", default="30d", show_default=True, metavar="WHEN", callback=ago,
    help='The mail that came then or later: "30d" (so long ago), "2026-11-01", "2026-11-01 09:30".',
)  # fmt: skip
@click.option("--mailbox", metavar="NAME", help="Only its mail; else that of every mailbox with a policy of that name.")
@with_json
@with_config
def policy_try(policy: str, since: datetime, mailbox: str | None, as_json: bool, config: Path) -> None:
    """What the mail of the last weeks would have come to under another policy.

    It is played, as it came, through the policy that there is and through this one, on turned clocks and up to now.
    Told are the mails that come otherwise (held or let in, priority, level, letters, what is due next) and the cases
    that end otherwise (status, closing, escalation, breaches, letters). Nothing is written, and no letter leaves. A new
    policy stands for the one of its own name, or for that of --mailbox. The exit code is 0 where nothing differs, 1
    where something does.
    """
    with opened(config) as (settings, store):
        known_mailbox(settings, mailbox)
        real = app.build_house(settings, Rehearsal(store), read_mail)
        mailboxes, policies = policies_for(real, load_policy(policy_path(config.absolute().parent, policy)), mailbox)
        until, zone = real.clock.now(), next(iter(policies.values())).zone
        with store.read() as connection:
            total = count_past(connection, mailboxes, since, until)
        with (
            tempfile.TemporaryDirectory(prefix="mailgate-try-") as folder,
            Trial(real, policies, since, Path(folder)) as trial,
            _progress(total) as played,
        ):
            # Told when the bar is gone: it would stand between the lines.
            mails = list(trial.mails(past_mail(store, mailboxes, since, until), played))
            cases = list(trial.cases(until))
    if as_json:
        _as_json(mails, cases, trial.sums)
    else:
        _as_lines(mails, cases, trial.sums, zone)
    sys.exit(1 if mails or cases else 0)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """A bar where somebody watches, and else nothing."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it, and it is slow to import
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn  # noqa: PLC0415 - as above

    columns = BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("mails", total=total)
        yield lambda: bar.advance(task)


def _as_json(mails: Sequence[Differing], cases: Sequence[Differing], sums: Sums) -> None:
    told = {"mails": [_plain(one) for one in mails], "cases": [_plain(one) for one in cases]}
    counted = {name: getattr(sums, name) for name in ("mails", "mails_differing", "cases_differing", "bytes_gone")}
    show.as_json(told | {"sums": counted | {"old": dict(sums.old), "new": dict(sums.new)}})


def _plain(one: Differing) -> dict[str, Any]:
    return {**one.what, "differs": one.keys, "old": one.old, "new": one.new}


def _as_lines(mails: Sequence[Differing], cases: Sequence[Differing], sums: Sums, zone: str) -> None:
    for one in mails:
        came = local(datetime.fromisoformat(one.what["received_at"]), zone)
        show.say(f"{came}  mail {one.what['id']} from {one.what['from'] or 'nobody'}: {one.what['subject'] or ''}")
        _say_difference(one, zone)
    for one in cases:
        show.say(f"#{one.what['number']}: {one.what['subject']}")
        _say_difference(one, zone)
    if sums.mails_differing or sums.cases_differing:
        show.say("")
    show.say(
        f"{sums.mails} mails played: {sums.mails_differing} come otherwise; {sums.cases_differing} cases end otherwise"
    )
    if sums.bytes_gone:
        show.say(f"{sums.bytes_gone} mails were left out: their bytes are gone (retention or erasure)")
    columns = {"what": "", "old": "OLD", "new": "NEW"}
    names = sorted({*sums.old, *sums.new})
    rows = [{"what": name, "old": sums.old[name], "new": sums.new[name]} for name in names]
    show.table(rows, columns, "Nothing came of them.")
    show.say(_NOT_PLAYED)


def _say_difference(one: Differing, zone: str) -> None:
    if one.old is None or one.new is None:
        show.say(f"    only under the {'new' if one.old is None else 'old'} policy there is such a case")
        return
    for key in one.keys:
        show.say(f"    {key.replace('_', ' ')}: {_value(one.old[key], zone)} → {_value(one.new[key], zone)}")


def _value(value: Any, zone: str) -> str:
    match value:
        case None | "" | [] | {}:
            return "none"
        case {"step": step, "at": at}:
            return f"{str(step).replace('_', ' ')} {local(datetime.fromisoformat(at), zone)}"
        case dict():
            return ", ".join(f"{count} {name}" for name, count in value.items())
        case list():
            return ", ".join(map(str, value))
        case str() if value[4:5] == "-" and "T" in value:
            return local(datetime.fromisoformat(value), zone)
    return str(value)
