"""Reads `contacts.toml` beside the settings: the accounts and contacts that somebody keeps by hand. Static: read at the
start and at SIGHUP. What is imported or added by command lies in the store (`store/accounts.py`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mailgate.cases.account import Account, AccountContact, Directory, account_problems, contact_problems
from mailgate.errors import ConfigError
from mailgate.settings import Settings
from mailgate.tomlfile import Step, nearest, read_toml

NAME = "contacts.toml"

_Fault = tuple[tuple[Step, ...], str]


class ContactsError(ConfigError):
    """The file of accounts and contacts."""


@dataclass(frozen=True, slots=True)
class ContactsFile:
    """The tables of `contacts.toml`, as they are written there."""

    account: tuple[Account, ...] = ()
    contact: tuple[AccountContact, ...] = ()


def load_contacts(settings: Settings) -> Directory:
    """The accounts of the file beside the settings; none where there is no file. Raises the first fault in it."""
    directory, faults = read_contacts(settings)
    if directory is None:
        raise faults[0]
    return directory


def contacts_file(settings: Settings) -> Path:
    return settings.path.parent / NAME


def read_contacts(settings: Settings) -> tuple[Directory | None, tuple[ConfigError, ...]]:
    """The accounts of the file beside the settings, or None and everything that is wrong with it."""
    path = contacts_file(settings)
    if not path.exists():
        return Directory(), ()
    reading = read_toml(path, ContactsFile, ContactsError)
    if reading.value is None:
        return None, reading.faults
    written = reading.value
    found = [*_accounts(written, settings), *_contacts(written, settings)]
    faults = sorted((reading.fault(steps, why) for steps, why in found), key=lambda fault: fault.line or 0)
    return (None, tuple(faults)) if faults else (Directory(written.account, written.contact), ())


def _accounts(written: ContactsFile, settings: Settings) -> Iterator[_Fault]:
    names: set[str] = set()
    owners: dict[str, str] = {}
    for place, account in enumerate(written.account):
        for key, why in account_problems(account, settings.mailboxes, settings.own_addresses):
            yield ("account", place, key), why
        if account.key in names:
            yield ("account", place, "name"), f'there is an account "{account.name}" already'
        names.add(account.key)
        for domain in account.domains:
            if owners.setdefault(domain, account.name) != account.name:
                yield ("account", place, "domains"), f'{domain} is a domain of "{owners[domain]}" already'


def _contacts(written: ContactsFile, settings: Settings) -> Iterator[_Fault]:
    accounts = {account.key: account.name for account in written.account}
    met: set[str] = set()
    for place, contact in enumerate(written.contact):
        for key, why in contact_problems(contact, settings.own_addresses):
            yield ("contact", place, key), why
        if contact.account.casefold() not in accounts:
            known = nearest(contact.account, sorted(accounts.values()))
            yield ("contact", place, "account"), f'there is no [[account]] "{contact.account}" in this file; {known}'
        if contact.key in met:
            yield ("contact", place, "address"), f"{contact.address} stands here twice"
        met.add(contact.key)
