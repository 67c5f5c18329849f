"""Whose account an address belongs to: those of `contacts.toml` stand in front of those of the store."""

from __future__ import annotations

from sqlalchemy import Connection

from mailgate.cases.account import Account, AccountContact, Belonging, own_domain
from mailgate.house import House
from mailgate.mail.message import Address
from mailgate.store import accounts
from mailgate.store.ahead import CONTACTS, DOMAINS, NOTHING, Ahead


def belonging(
    house: House, connection: Connection, address: Address, mailbox: str, ahead: Ahead = NOTHING
) -> Belonging | None:
    """The account of an address as a customer of that mailbox: as a contact before his domain, in the file before the
    store. None where it has none."""
    file, domain = house.directory, own_domain(address.address)
    unknown = ahead.lacks(CONTACTS, address.key) and ahead.lacks(DOMAINS, domain)
    stored = accounts.Owners(None, None) if unknown else accounts.owners(connection, address.key, domain)
    contact = file.contact(address.key)
    if contact is None and stored.by_address:
        contact = accounts.contact(connection, address.key)
    if contact is not None:
        account = find(house, connection, contact.account)
    else:
        account = file.of_domain(domain)
        if account is None and stored.by_domain:
            account = find(house, connection, stored.by_domain)
    if account is None or not account.is_customer_of(mailbox):
        return None
    return Belonging(account, contact, accounts.status(connection, account.key))


def find(house: House, connection: Connection, name: str) -> Account | None:
    """The account of that name."""
    return house.directory.account(name) or accounts.get(connection, name.casefold())


def everybody(house: House, connection: Connection) -> tuple[list[Account], list[AccountContact]]:
    """All accounts and contacts, by name and address; what is in the file hides what the store has of the same key."""
    file = house.directory
    named = {one.key: one for one in (*accounts.every(connection), *file.accounts)}
    known = {one.key: one for one in (*accounts.contacts(connection), *file.contacts)}
    return [named[key] for key in sorted(named)], [known[key] for key in sorted(known)]
