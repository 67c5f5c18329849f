"""Accounts and their contacts that were imported or added, every account's status, and its history.

Those of `contacts.toml` are not in the store; their status and history are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, bindparam, delete, func, select

from mailgate.cases.account import Account, AccountContact, AccountStatus
from mailgate.store.account_tables import account, account_contact, account_domain, account_event, account_standing
from mailgate.store.db import insert


@dataclass(frozen=True, slots=True)
class Owners:
    """The keys of the accounts that an address belongs to: as a contact's, and by its domain."""

    by_address: str | None
    by_domain: str | None


def owners(connection: Connection, address_key: str, domain: str) -> Owners:
    """Whose the address is; `domain` "" is nobody's."""
    row = connection.execute(_owners, {"address": address_key, "domain": domain}).one()
    return Owners(row.by_address, row.by_domain)


def get(connection: Connection, key: str) -> Account | None:
    """The account of that key."""
    return next(iter(_accounts(connection, [key])), None)


def every(connection: Connection) -> list[Account]:
    """All accounts of the store, by name."""
    return _accounts(connection, None)


def contacts(connection: Connection, key: str | None = None) -> list[AccountContact]:
    """The contacts of that account, or of all."""
    statement = (
        select(account.c.name.label("account"), account_contact)
        .join_from(account_contact, account, account.c.key == account_contact.c.account_key)
        .order_by(account_contact.c.account_key, account_contact.c.address_key)
    )
    if key is not None:
        statement = statement.where(account_contact.c.account_key == key)
    return [_contact(row) for row in connection.execute(statement).mappings()]


def admins(connection: Connection) -> list[AccountContact]:
    """Those contacts who see all cases of their account."""
    statement = select(account.c.name.label("account"), account_contact).join_from(
        account_contact, account, account.c.key == account_contact.c.account_key
    )
    return [_contact(row) for row in connection.execute(statement.where(account_contact.c.admin)).mappings()]


def contact(connection: Connection, address_key: str) -> AccountContact | None:
    """The contact of that address."""
    row = connection.execute(_contact_of, {"address": address_key}).mappings().first()
    return _contact(row) if row else None


def put(connection: Connection, one: Account) -> None:
    """Keeps an account as it is from now on; its domains are no other's (IntegrityError)."""
    values = {
        "key": one.key,
        "name": one.name,
        "contract_from": one.contract_from.isoformat() if one.contract_from else None,
        "contract_until": one.contract_until.isoformat() if one.contract_until else None,
        "licences": list(one.licences),
        "csm": one.csm,
        "mailboxes": list(one.mailboxes),
    }
    _upsert(connection, account, "key", values)
    connection.execute(delete(account_domain).where(account_domain.c.account_key == one.key))
    for domain in one.domains:
        connection.execute(account_domain.insert(), {"domain": domain, "account_key": one.key})


def put_contact(connection: Connection, one: AccountContact) -> None:
    """Keeps a contact as he is from now on; his account is there."""
    values = {
        "address_key": one.key,
        "account_key": one.account.casefold(),
        "address": one.address,
        "name": one.name,
        "telephone": one.telephone,
        "admin": one.admin,
        "language": one.language,
        "preferred": one.preferred,
    }
    _upsert(connection, account_contact, "address_key", values)


def remove(connection: Connection, key: str) -> None:
    """Forgets an account with its contacts, domains and status; its history stays."""
    for table in (account_contact, account_domain, account_standing):
        connection.execute(delete(table).where(table.c.account_key == key))
    connection.execute(delete(account).where(account.c.key == key))


def remove_contact(connection: Connection, address_key: str) -> None:
    connection.execute(delete(account_contact).where(account_contact.c.address_key == address_key))


def status(connection: Connection, key: str) -> AccountStatus:
    """How an account stands, in the file or in the store."""
    found = connection.execute(_status, {"key": key}).scalar()
    return AccountStatus(found) if found else AccountStatus.NORMAL


def set_status(connection: Connection, key: str, to: AccountStatus) -> None:
    _upsert(connection, account_standing, "account_key", {"account_key": key, "status": to.value})


def note(connection: Connection, key: str, at: datetime, actor: str, text: str) -> int:
    """One more line of the account's history; gives which it is, from 1."""
    connection.execute(account_event.insert(), {"account_key": key, "at": at, "actor": actor, "text": text})
    lines = select(func.count()).select_from(account_event).where(account_event.c.account_key == key)
    return int(connection.execute(lines).scalar_one())


def history(connection: Connection, key: str) -> list[dict[str, Any]]:
    """The lines of an account's history, oldest first; moments are ISO 8601."""
    rows = connection.execute(
        select(account_event.c.at, account_event.c.actor, account_event.c.text)
        .where(account_event.c.account_key == key)
        .order_by(account_event.c.id)
    )
    return [{"at": row.at.isoformat(), "actor": row.actor, "text": row.text} for row in rows]


# Made once, as those of `facts.py`: each mail that opens a case asks them.
_owners = select(
    select(account_contact.c.account_key)
    .where(account_contact.c.address_key == bindparam("address"))
    .scalar_subquery()
    .label("by_address"),
    select(account_domain.c.account_key)
    .where(account_domain.c.domain == bindparam("domain"))
    .scalar_subquery()
    .label("by_domain"),
)
_status = select(account_standing.c.status).where(account_standing.c.account_key == bindparam("key"))
_contact_of = (
    select(account.c.name.label("account"), account_contact)
    .join_from(account_contact, account, account.c.key == account_contact.c.account_key)
    .where(account_contact.c.address_key == bindparam("address"))
)


def _upsert(connection: Connection, table: Table, key: str, values: dict[str, Any]) -> None:
    statement = insert(connection.dialect.name, table).values(values)
    changed = {name: statement.excluded[name] for name in values if name != key}
    connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=changed))


def _accounts(connection: Connection, keys: Iterable[str] | None) -> list[Account]:
    statement, domains_of = select(account).order_by(account.c.key), select(account_domain)
    if keys is not None:
        wanted = list(keys)
        statement = statement.where(account.c.key.in_(wanted))
        domains_of = domains_of.where(account_domain.c.account_key.in_(wanted))
    domains: dict[str, list[str]] = {}
    for row in connection.execute(domains_of.order_by(account_domain.c.domain)):
        domains.setdefault(row.account_key, []).append(row.domain)
    return [_account(row, domains.get(row["key"], [])) for row in connection.execute(statement).mappings()]


def _account(row: RowMapping, domains: list[str]) -> Account:
    return Account(
        name=row["name"],
        domains=tuple(domains),
        contract_from=_day(row["contract_from"]),
        contract_until=_day(row["contract_until"]),
        licences=tuple(row["licences"]),
        csm=row["csm"],
        mailboxes=tuple(row["mailboxes"]),
    )


def _contact(row: RowMapping) -> AccountContact:
    return AccountContact(
        account=row["account"],
        address=row["address"],
        name=row["name"],
        telephone=row["telephone"],
        admin=row["admin"],
        language=row["language"],
        preferred=row["preferred"],
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
