"""`contact list`: who our customers are, narrowed and page by page."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from mailgate.cases.account import Account, AccountContact, AccountStatus
from mailgate.cli import show
from mailgate.cli.housed import housed
from mailgate.cli.narrowing import known_mailbox, with_pages
from mailgate.cli.opening import with_config, with_json
from mailgate.contacts_file import NAME
from mailgate.directory import everybody
from mailgate.errors import NotFound
from mailgate.house import House
from mailgate.store import accounts


@click.command("list")
@click.argument("account", required=False)
@click.option("--status", type=click.Choice([one.value for one in AccountStatus]), help="Only accounts that stand so.")
@click.option("--domain", metavar="DOMAIN", help="Only the account whose domain it is.")
@click.option("--csm", metavar="ADDRESS", help="Only those that this person of ours looks after.")
@click.option("--mailbox", metavar="NAME", help="Only customers of this mailbox.")
@click.option("--text", metavar="TEXT", help="Only those with this in the account's name, a contact's name or address.")
@with_pages("ACCOUNT")
@with_json
@with_config
def contact_list(
    account: str | None, limit: int | None, after: str | None, as_json: bool, config: Path, **narrow: str | None
) -> None:
    """The accounts and their contacts; of one ACCOUNT its history, too."""
    with housed(config) as house, house.store.read() as connection:
        known_mailbox(house.settings, narrow["mailbox"])
        rows = list(islice(_listed(house, connection, account, after, narrow), limit + 1 if limit else None))
        if account is not None:
            rows[0]["history"] = accounts.history(connection, account.casefold())
    page = rows[:limit]
    if as_json:
        show.as_json(page)
    elif not page:
        narrowed = after or any(narrow.values())
        nothing = f"There are no accounts: neither in {NAME} nor in the store."
        show.say("There are no such accounts." if narrowed else nothing)
    else:
        for row in page:
            _tell(row)
        if len(rows) > len(page):
            show.say(f"There are more: --after {shlex.quote(page[-1]['account'])}")


def _listed(
    house: House, connection: Connection, account: str | None, after: str | None, narrow: Mapping[str, str | None]
) -> Iterator[dict[str, Any]]:
    """The accounts by name, each as JSON shows it."""
    known, contacts = everybody(house, connection)
    if account is not None:
        known = [one for one in known if one.key == account.casefold()]
        if not known:
            raise NotFound(f'there is no account "{account}"; `mailgate contact list` shows all')
    for one in known:
        if after is not None and one.key <= after.casefold():
            continue
        his = [contact for contact in contacts if contact.account.casefold() == one.key]
        if not _is_wanted(one, his, narrow):
            continue
        status = accounts.status(connection, one.key)
        if narrow["status"] in {None, status.value}:
            yield {
                "account": one.name,
                "status": status.value,
                **_plain(one),
                "source": "file" if house.directory.account(one.name) else "store",
                "contacts": [_plain(contact) for contact in his],
            }


def _is_wanted(one: Account, contacts: Sequence[AccountContact], narrow: Mapping[str, str | None]) -> bool:
    domain, csm, mailbox = narrow["domain"], narrow["csm"], narrow["mailbox"]
    said = [one.name, *(f"{contact.name} {contact.address}" for contact in contacts)]
    return (
        (domain is None or domain.casefold().removeprefix("@") in one.domains)
        and (csm is None or csm.casefold() == one.csm.casefold())
        and (mailbox is None or one.is_customer_of(mailbox))
        and any((narrow["text"] or "").casefold() in text.casefold() for text in said)
    )


def _plain(one: Account | AccountContact) -> dict[str, Any]:
    skipped = ("name",) if isinstance(one, Account) else ("account",)
    values = {name: value for name, value in asdict(one).items() if name not in skipped}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _tell(row: dict[str, Any]) -> None:
    status = f" ({row['status']})" if row["status"] != AccountStatus.NORMAL else ""
    show.say(f"{row['account']}{status}")
    begin, end = row["contract_from"], row["contract_until"]
    contract = f"{begin or '…'} to {end or '…'}" if begin or end else "none"
    said = {"contract": contract, "domains": row["domains"], "licences": row["licences"], "csm": row["csm"]}
    for name, value in {**said, "mailboxes": row["mailboxes"]}.items():
        if value:
            show.say(f"  {name}: {value if isinstance(value, str) else ', '.join(value)}")
    for one in row["contacts"]:
        his = [one[key] for key in ("name", "telephone", "preferred", "language")]
        more = ", ".join(filter(None, (*his, "admin" if one["admin"] else "")))
        show.say(f"  {one['address']}{f'  ({more})' if more else ''}")
    for line in row.get("history", ()):
        show.say(f"  {show.moment(line['at'])}  {line['actor']}  {line['text']}")
