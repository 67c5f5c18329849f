"""The verbs that make one case of two, and two of one."""

from __future__ import annotations

from pathlib import Path

import click

from mailgate import rearranging
from mailgate.cases.case import Case
from mailgate.cases.command_values import Unreadable, read_value
from mailgate.cases.command_words import Takes
from mailgate.cli import show
from mailgate.cli.housed import housed, number_of, with_dry_run
from mailgate.cli.opening import with_config


@click.command("merge")
@click.argument("number")
@click.argument("into")
@with_dry_run("become of them")
@with_config
def case_merge(number: str, into: str, dry_run: bool, config: Path) -> None:
    """The case NUMBER becomes part of the case INTO, and is closed without a letter.

    From then on both numbers, and all answers to letters of either, find the case INTO, in which those who took part in
    either take part. Refused where that would show somebody what another customer wrote, for cases of two mailboxes or
    two policies, and where INTO is closed.
    """
    with housed(config, dry_run=dry_run) as house:
        decision = rearranging.merge(house, number_of(house, number), number_of(house, into))
    (survivor,) = (one.case for one in decision.along if one.case is not None)
    part = decision.case.number if decision.case else number
    if dry_run:
        show.say(f"would merge: #{part} would be part of #{survivor.number}, with {_people(survivor)}")
    else:
        show.say(f"#{part} is part of #{survivor.number} now")


@click.command("split")
@click.argument("number")
@click.option("--entries", required=True, metavar="3,5-6", help="Which, as `case show` numbers them.")
@with_dry_run("become a case, and who is told")
@with_config
def case_split(number: str, entries: str, dry_run: bool, config: Path) -> None:
    """Entries of a case become a case of their own, with the mails that brought them.

    It belongs to who wrote the first of them, and he is told its number by policy. Answers to these mails, and to the
    letters that answered them, go there. The number of a case that became part of another means the entries that were
    written on it.
    """
    with housed(config, dry_run=dry_run) as house:
        number = number_of(house, number)
        decision = rearranging.split(house, number, _numbers(entries))
    ((new, letters),) = ((one.case, one.letters) for one in decision.along if one.case is not None)
    whose = f"{new.subject}, of {new.contact.address if new.contact else 'nobody'}"
    if dry_run:
        told = ", ".join(f"{letter.kind.value} to {letter.to.address}" for letter in letters)
        show.say(f"would split from #{number}: a new case, {whose}; letters: {told or 'none'}")
        return
    show.say(f"#{number}: {'; '.join(entry.text for entry in decision.entries)}")
    show.say(f"#{new.number}: {whose}")


def _people(case: Case) -> str:
    return ", ".join(case.participants) or "nobody"


def _numbers(entries: str) -> tuple[int, ...]:
    try:
        (read,) = read_value(Takes.PLACES, entries)
    except Unreadable as trouble:
        raise click.UsageError(f"--entries: {trouble}") from trouble
    if not isinstance(read, tuple):
        raise click.UsageError("--entries: say which, by their numbers")
    return read
