"""Links to the page of a case: one to hand out, and an end to all that somebody was sent."""

from __future__ import annotations

from pathlib import Path

import click

from mailgate.cases.letters import audience
from mailgate.cli import show
from mailgate.cli.housed import housed, number_of, with_dry_run
from mailgate.cli.opening import with_config
from mailgate.cli.several import plain_address
from mailgate.errors import MailgateError, NotAllowed
from mailgate.store import facts, link_ends


@click.command("link")
@click.argument("number")
@click.option("--to", "address", required=True, metavar="ADDRESS", help="Whose it is to be: one who takes part.")
@with_config
def case_link(number: str, address: str, config: Path) -> None:
    """Print a link to the page of a case, for one who takes part in it.

    Whoever has it acts as ADDRESS: hand it to nobody else. It opens the page for as long as those in letters do
    (web.link_days).
    """
    who = plain_address(address)
    with housed(config) as house:
        if house.settings.web.url is None:
            raise MailgateError(str(house.settings.fault("is not set, so there is no page to link to", "web", "url")))
        number = number_of(house, number)
        with house.store.read() as connection:
            case = facts.case_of(connection, number)
        if case is None or who.key not in audience(case):
            raise NotAllowed(f"{address} does not take part in case {number}: `mailgate case set --cc` lets him")
        show.say(house.case_page(case.number, who.key, house.clock.now()))


@click.command("unlink")
@click.argument("address")
@with_dry_run("end")
@with_config
def case_unlink(address: str, dry_run: bool, config: Path) -> None:
    """End all links to pages of cases that an address was sent.

    The next letter has a new one. `case revoke --of ADDRESS` does it for one case, and ends the reply tokens as well.
    """
    who = plain_address(address)
    with housed(config, dry_run=dry_run) as house, house.store.write() as connection:
        link_ends.end_links(connection, "", who.key, house.clock.now())
    show.say(f"{'would end' if dry_run else 'ended'}: all links to pages of cases that {address} was sent until now")
