"""The verbs that make one case of two, and two of one."""

from __future__ import annotations

from pathlib import Path

import click

from mailgate import rearranging
from mailgate.cases.command_values import Unreadable, read_value
from mailgate.cases.command_words import Takes
from mailgate.cli import show
from mailgate.cli.housed import housed
from mailgate.cli.opening import with_config


@click.command("merge")
@click.argument("number")
@click.argument("into")
@with_config
def case_merge(number: str, into: str, config: Path) -> None:
    """The case NUMBER becomes part of the case INTO, and is closed without a letter.

    From then on both numbers, and all answers to letters of either, find the case INTO, in which those who took part in
    either take part. Refused where that would show somebody what another customer wrote, for cases of two mailboxes or
    two policies, and where INTO is closed.
    """
    with housed(config) as house:
        decision = rearranging.merge(house, number.lstrip("#"), into.lstrip("#"))
    (survivor,) = (one.case for one in decision.along if one.case is not None)
    show.say(f"#{decision.case.number if decision.case else number} is part of #{survivor.number} now")


@click.command("split")
@click.argument("number")
@click.option("--entries", required=True, metavar="3,5-6", help="Which, as `case show` numbers them.")
@with_config
def case_split(number: str, entries: str, config: Path) -> None:
    """Entries of a case become a case of their own, with the mails that brought them.

    It belongs to who wrote the first of them, and he is told its number by policy. Answers to these mails, and to the
    letters that answered them, go there. The number of a case that became part of another means the entries that were
    written on it.
    """
    number = number.lstrip("#")
    with housed(config) as house:
        decision = rearranging.split(house, number, _numbers(entries))
    (new,) = (one.case for one in decision.along if one.case is not None)
    show.say(f"#{number}: {'; '.join(entry.text for entry in decision.entries)}")
    show.say(f"#{new.number}: {new.subject}, of {new.contact.address if new.contact else 'nobody'}")


def _numbers(entries: str) -> tuple[int, ...]:
    try:
        (read,) = read_value(Takes.PLACES, entries)
    except Unreadable as trouble:
        raise click.UsageError(f"--entries: {trouble}") from trouble
    if not isinstance(read, tuple):
        raise click.UsageError("--entries: say which, by their numbers")
    return read
