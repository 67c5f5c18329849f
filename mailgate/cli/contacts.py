"""The verbs of accounts and their contacts: who our customers are, what their contracts cover, and how they stand."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from mailgate import accounts as doing
from mailgate.cases.account import AccountStatus
from mailgate.cli import show
from mailgate.cli.housed import OPERATOR, housed
from mailgate.cli.opening import with_config
from mailgate.contacts_csv import Row, parse_day, read_csv
from mailgate.directory import find
from mailgate.errors import MailgateError, NotFound
from mailgate.house import House
from mailgate.store import accounts

F = TypeVar("F", bound=Callable[..., Any])
_OF_CONTACT = ("name", "telephone", "admin", "language", "preferred")


class _Day(click.ParamType[date | None]):
    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date | None:
        try:
            return parse_day(str(value))
        except ValueError as trouble:
            self.fail(str(trouble), param, ctx)


def _with_fields(function: F) -> F:
    """The options that say something of an account, or of a contact."""
    options = (
        click.option(
            "--domain", "domains", multiple=True, metavar="DOMAIN", help="The account's own; may be repeated."
        ),
        click.option("--contract-from", type=_Day(), metavar="DAY", help="2026-01-01"),
        click.option("--contract-until", type=_Day(), metavar="DAY", help="2026-12-31, included"),
        click.option("--licence", "licences", multiple=True, metavar="TEXT", help="May be repeated."),
        click.option("--csm", metavar="ADDRESS", help="Who of ours looks after the account."),
        click.option(
            "--mailbox", "mailboxes", multiple=True, metavar="NAME", help="Whose customer it is; without: all."
        ),
        click.option("--name", metavar="TEXT", help="The contact's."),
        click.option("--telephone", metavar="TEXT", help="The contact's."),
        click.option(
            "--language", metavar="CODE", help="The contact's: de. Letters to him are in it, where it is on offer."
        ),
        click.option("--preferred", metavar="TEXT", help="How the contact prefers to be reached."),
        click.option("--admin/--no-admin", default=None, help="Whether the contact sees all cases of the account."),
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.command("add")
@click.argument("account")
@click.argument("address", required=False, default="")
@_with_fields
@with_config
def contact_add(account: str, address: str, config: Path, **fields: Any) -> None:
    """A new account, or a new contact (ADDRESS) of an account that may be new."""
    with housed(config) as house:
        with house.store.read() as connection:
            there = accounts.contact(connection, address.casefold()) if address else find(house, connection, account)
        if there is not None:
            raise MailgateError(f"{address or account} is there already; change it with `mailgate contact set`")
        _change(house, _row(account, address, fields))
    show.say(f"added: {f'{address}, of ' if address else ''}{account}")


@click.command("set")
@click.argument("target", metavar="ACCOUNT|ADDRESS")
@click.option("--status", type=click.Choice([one.value for one in AccountStatus]), help="How the account stands.")
@click.option("--reason", default="", metavar="TEXT", help="Why its status changes.")
@_with_fields
@with_config
def contact_set(target: str, status: str | None, reason: str, config: Path, **fields: Any) -> None:
    """Change an account or a contact; what is not named stays.

    An empty DAY or ADDRESS takes it away. `--status escalated` tells the account's CSM and the ladder's lowest rung.
    """
    with housed(config) as house:
        with house.store.read() as connection:
            contact = accounts.contact(connection, target.casefold()) if "@" in target else None
            account = find(house, connection, contact.account if contact else target)
        if account is None or ("@" in target and contact is None):
            raise NotFound(f'there is no account or contact "{target}" in the store; `mailgate contact list` shows all')
        row = _row(account.name, contact.address if contact else "", fields)
        if status is None and not row.account_says and not row.contact_says:
            raise click.UsageError("say what to set")
        if row.account_says or row.contact_says:
            _change(house, row)
            show.say(f"changed: {target}")
        if status is not None:
            told = doing.set_status(house, account.name, AccountStatus(status), OPERATOR, reason)
            show.say(f"{account.name}: " + (_told(status, told) if told is not None else "it was so already"))


@click.command("remove")
@click.argument("target", metavar="ACCOUNT|ADDRESS")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@with_config
def contact_remove(target: str, dry_run: bool, config: Path) -> None:
    """Forget an account with its contacts, or one contact.

    Cases and the account's history stay.
    """
    with housed(config) as house, house.store.write() as connection:
        key = target.casefold()
        contact, account = accounts.contact(connection, key), accounts.get(connection, key)
        if contact is not None:
            what = f"{contact.address}, a contact of {contact.account}"
        elif account is not None:
            what = f"{account.name} with {len(accounts.contacts(connection, key))} contacts"
        else:
            raise NotFound(f'there is no account or contact "{target}" in the store; `mailgate contact list` shows all')
        if not dry_run:
            if contact is not None:
                accounts.remove_contact(connection, key)
            else:
                accounts.remove(connection, key)
            of = account.key if account else contact.account.casefold() if contact else ""
            accounts.note(connection, of, house.clock.now(), OPERATOR, f"removed: {what}")
    show.say(f"{'would remove' if dry_run else 'removed'}: {what}")


@click.command("import")
@click.argument("file", metavar="CSV", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Only say what would change, and what is wrong.")
@with_config
def contact_import(file: Path, dry_run: bool, config: Path) -> None:
    """Bring accounts and contacts in from a CSV file: all of it, or nothing.

    The first row names the columns (config/README.md); an empty cell leaves what is there. Nothing is removed.
    """
    rows, faults = read_csv(file)
    with housed(config) as house, house.store.write() as connection:
        made = doing.plan(house, connection, rows)
        faults += made.faults
        if not faults and not dry_run:
            doing.carry_out(house, connection, made, OPERATOR)
    for fault in sorted(faults, key=lambda fault: fault.line):
        print(show.clean(f"{file}:{fault}"), file=sys.stderr)
    if faults:
        raise MailgateError(f"nothing was imported: {len(faults)} faults in {file}")
    show.say(
        f"{'would import' if dry_run else 'imported'}: {len(made.accounts)} accounts ({made.new_accounts} new), "
        f"{len(made.contacts)} contacts ({made.new_contacts} new)"
    )


def _row(account: str, address: str, fields: dict[str, Any]) -> Row:
    """What the options say, as a row of a CSV file would. Of what may be repeated, none at all is nothing said."""
    given = {name: value for name, value in fields.items() if _is_given(name, value)}
    says = {name: value for name, value in given.items() if name not in _OF_CONTACT}
    if "domains" in says:
        says["domains"] = tuple(sorted(domain.casefold().removeprefix("@") for domain in says["domains"]))
    contact: dict[str, Any] = {name: given[name] for name in _OF_CONTACT if name in given}
    if contact and not address:
        raise click.UsageError(f"--{next(iter(contact))} is said of a contact: name his address")
    return Row(0, account, address, says, contact)


def _is_given(name: str, value: object) -> bool:
    if name in ("contract_from", "contract_until"):
        source = click.get_current_context().get_parameter_source(name)
        return source is click.core.ParameterSource.COMMANDLINE
    return value not in (None, ())


def _change(house: House, row: Row) -> None:
    with house.store.write() as connection:
        made = doing.plan(house, connection, [row])
        for fault in made.faults:
            raise MailgateError(f"{fault.column}: {fault.why}")
        doing.carry_out(house, connection, made, OPERATOR)


def _told(status: str, told: tuple[str, ...]) -> str:
    if status != AccountStatus.ESCALATED:
        return f"status {status}"
    return f"status {status}; told: {', '.join(told) or 'nobody: there is no CSM and no ladder'}"
