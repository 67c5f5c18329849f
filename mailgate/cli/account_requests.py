"""The verbs by which somebody comes to an account: ask, approve or decline, finish; and the link to an organisation's
page."""

from __future__ import annotations

from pathlib import Path

import click

from mailgate import account_requests, organisation
from mailgate.account_requests import Wanted
from mailgate.cli import show
from mailgate.cli.housed import housed, number_of
from mailgate.cli.opening import with_config
from mailgate.cli.several import plain_address
from mailgate.errors import NotFound
from mailgate.mail.message import Address


@click.command("ask")
@click.argument("address")
@click.option("--name", default="", metavar="TEXT", help="Of the one who asks.")
@click.option("--telephone", default="", metavar="TEXT", help="Where he can be called.")
@click.option("--preferred", default="", metavar="TEXT", help="How he prefers to be reached.")
@click.option("--mailbox", metavar="NAME", help="Whose customer he will be; may be left out where there is one.")
@with_config
def contact_ask(address: str, name: str, telephone: str, preferred: str, mailbox: str | None, config: Path) -> None:
    """Ask for an account for somebody: a case that the CSM is told of, and approves."""
    with housed(config) as house:
        names = list(house.settings.mailboxes)
        if mailbox is None and len(names) > 1:
            raise click.UsageError(f"say which mailbox: --mailbox {' | '.join(names)}")
        local, _, domain = address.rpartition("@")
        wanted = Wanted(Address(name, f"{local}@{domain.lower()}"), telephone, preferred)
        decision = account_requests.ask(house, mailbox or names[0], wanted)
    case = decision.case
    told = ", ".join(letter.to.address for letter in decision.letters) or "nobody: there is no CSM"
    show.say(f"#{case.number if case else ''}: opened; told: {told}")


@click.command("approve")
@click.argument("number")
@click.option("--organisation", "name", default="", metavar="ACCOUNT", help="Whose contact he becomes; it may be new.")
@click.option("--link", default="", metavar="URL", help="Where he finishes it, if not on our own page.")
@with_config
def case_approve(number: str, name: str, link: str, config: Path) -> None:
    """Approve the account that a case asks for: the customer is mailed a link to finish it.

    Without ACCOUNT he becomes a contact of the one that the case names already, by his domain.
    """
    if link and (not link.startswith("https://") or not link.isprintable() or " " in link):
        raise click.UsageError(f'--link should be a URL like "https://support.example.com/account", not "{link}"')
    with housed(config) as house:
        number = number_of(house, number)
        decision = account_requests.approve(house, number, name, link=link)
    told = ", ".join(letter.to.address for letter in decision.letters)
    show.say(f"#{number}: approved; told: {told or 'nobody'}")


@click.command("decline")
@click.argument("number")
@click.option("--reason", default="", metavar="TEXT", help="What the customer is told; without, he hears nothing.")
@with_config
def case_decline(number: str, reason: str, config: Path) -> None:
    """Decline the account that a case asks for, and close the case."""
    with housed(config) as house:
        number = number_of(house, number)
        decision = account_requests.decline(house, number, reason)
    told = ", ".join(letter.to.address for letter in decision.letters)
    show.say(f"#{number}: declined; told: {told or 'nobody'}")


@click.command("finish")
@click.argument("number")
@click.option("--name", metavar="TEXT", help="The contact's.")
@click.option("--telephone", metavar="TEXT", help="The contact's.")
@click.option("--preferred", metavar="TEXT", help="How he prefers to be reached.")
@click.option("--language", metavar="CODE", help="What letters to him are in, where it is on offer: de.")
@with_config
def contact_finish(number: str, config: Path, **says: str | None) -> None:
    """Finish the account that a case asks for, in the customer's place.

    He is a contact from now on, as one of the account that was named when it was approved.
    """
    with housed(config) as house:
        number = number_of(house, number)
        given = {name: value for name, value in says.items() if value is not None}
        case = account_requests.finish(house, number, given).case
    who = case.contact.address if case and case.contact else ""
    show.say(f"#{number}: finished; {who} is a contact of {case.account if case else ''}")


@click.command("page")
@click.argument("address")
@with_config
def contact_page(address: str, config: Path) -> None:
    """Mail an admin the link to the page of his account.

    He can ask for it himself at `web.url` and /organisation.
    """
    plain_address(address)
    with housed(config) as house:
        if not organisation.send_link(house, address):
            raise NotFound(f"no link was sent: {address} is no admin of an account, or was sent one just now")
    show.say(f"told: {address}")
