"""`mailgate case reply`: an engineer's answer, or note, that comes from a file and not by mail."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import click

from mailgate import pipeline
from mailgate.cases.case import Status
from mailgate.cases.events import EngineerReplied
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.replied import why_unfit
from mailgate.cli import show
from mailgate.cli.housed import housed, number_of
from mailgate.cli.opening import with_config
from mailgate.errors import MailgateError
from mailgate.house import House


@click.command("reply")
@click.argument("number")
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--as", "engineer", required=True, metavar="ENGINEER", help="Whose words they are: an address or a name.")
@click.option("--note", "internal", is_flag=True, help="For our people alone; nothing goes out.")
@click.option("--status", type=click.Choice([one.value for one in Status]), help="What the case becomes.")
@click.option("--anyway", is_flag=True, help="Also where it has words of an internal note.")
@with_config
def case_reply(
    number: str, file: BinaryIO, engineer: str, internal: bool, status: str | None, anyway: bool, config: Path
) -> None:
    """Answer the customer of a case from a file.

    As the engineer would by mail: the text of FILE ("-": standard input) goes to all who take part, in his public name.
    The case becomes what --status or else the policy says (service.after_answer); it stays as it is where the answer is
    held, because it has words of an internal note: `mailgate outbox release` sends that.
    """
    text = _text(file)
    with housed(config) as house:
        number = number_of(house, number)
        event = EngineerReplied(_address(house, engineer), text, Status(status) if status else None, internal, anyway)
        decision = pipeline.act(house, number, event)
    replies = [letter for letter in decision.letters if letter.kind is LetterKind.REPLY]
    told = [f"to {', '.join(letter.to.address for letter in replies)}"] if replies else ["noted"]
    told += [entry.text for entry in decision.entries[1:]]
    show.say(f"#{number}: {'; '.join(told)}")


def _text(file: BinaryIO) -> str:
    try:
        text = file.read().decode("utf-8").replace("\r\n", "\n").strip("\n")
    except UnicodeDecodeError as error:
        raise MailgateError(f"the text is not UTF-8: {error.reason} at byte {error.start}") from None
    if why := why_unfit(text):
        raise click.UsageError(f"{why}: use options" if text.strip() else why)
    return text


def _address(house: House, wanted: str) -> str:
    """The address of the engineer of that address or name. MailgateError where there is none, or more than one."""
    engineers, key = house.settings.engineers, wanted.casefold()
    found = [one for one in engineers if key in {one.key, one.name.casefold()}]
    if len(found) != 1:
        known = ", ".join(one.address for one in engineers) or "none ([[engineer]] in mailgate.toml)"
        raise MailgateError(
            f'{"more than one engineer is" if found else "no engineer is"} called "{wanted}"; there are {known}'
        )
    return found[0].address
