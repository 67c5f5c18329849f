"""`mailgate simulate`: a scenario, or past mail, played against a policy on a simulated clock. No letter leaves."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from mailgate.cli import show
from mailgate.cli.opening import quiet, with_config, with_json
from mailgate.policy.duration import Duration, parse_duration
from mailgate.simulate.past import past_mail, play_past
from mailgate.simulate.play import Played, find_policy, play
from mailgate.simulate.record import as_json as record_json
from mailgate.simulate.scenario import read_scenario
from mailgate.simulate.story import story


def _duration(_: click.Context, __: click.Parameter, text: str | None) -> Duration | None:
    try:
        return parse_duration(text) if text else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--policy", metavar="NAME|FILE", help="Play this policy, not the scenario's (or not the default).")
@click.option("--letters", is_flag=True, help="Tell the text of each letter, too.")
@click.option("--mailbox", default="support@example.com", show_default=True, help="Past mail: the address it came to.")
@click.option("--answered-after", metavar="DURATION", callback=_duration, help="Past mail: when each case is answered.")
@click.option("--days", default=30, show_default=True, help="Past mail: how long it goes on after the last of it.")
@with_json
@with_config
def simulate(
    path: Path,
    policy: str | None,
    letters: bool,
    mailbox: str,
    answered_after: Duration | None,
    days: int,
    as_json: bool,
    config: Path,
) -> None:
    """Play a scenario file, or past mail, against a policy on a simulated clock. No letter leaves.

    PATH is a scenario (.toml), an mbox file, a maildir, or a folder of .eml files. Told are the mails, the letters that
    would have been sent, when and to whom, the cases and the breaches. The exit code is 1 where a scenario expects
    anything else. Policies and templates beside the settings file go before the shipped ones.

    \b
    A scenario:                           (fixtures/README.md explains every key)
      policy = "default"
      start = "2026-11-17 09:00"          in the policy's zone
    \b
      [[step]]                            at = "+5 minutes", "10:30", "Tue 10:30", "2026-11-24 10:30"
      mail = { from = "Ann <ann@customer.test>", subject = "Printer on fire", body = "It burns." }
      [[step.letter]]                     every letter of the run, to the minute
      kind = "confirmation"
      to = "ann@customer.test"
      says = ["created successfully"]
      [[step.case]]
      status = "new"
    """
    quiet()
    played = _played(path, policy, mailbox, answered_after, days, config.parent)
    if as_json:
        unexpected = [
            {"file": str(one.file), "line": one.line, "key": one.key, "why": one.why} for one in played.faults
        ]
        show.as_json({"policy": played.policy.name, **record_json(played.record), "unexpected": unexpected})
    else:
        for line in story(played.record, played.policy, whole=letters):
            show.say(line)
        for fault in played.faults:
            show.words(f"\nUnexpected: {fault}", indent="")
    sys.exit(1 if played.faults else 0)


def _played(
    path: Path, policy: str | None, mailbox: str, answered_after: Duration | None, days: int, folder: Path
) -> Played:
    if path.suffix == ".toml":
        reading = read_scenario(path)
        return play(reading, folder, find_policy(policy, Path(), folder) if policy else None)
    mails = past_mail(path)
    return play_past(mails, find_policy(policy or "default", Path(), folder), folder, mailbox, answered_after, days)
