"""The tables of accounts, their contacts, and dead addresses: who our customers are, as far as the store knows. See
`tables.py`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index
from sqlmodel import Field

from mailgate.store.columns import Handle, Id, Structure, Words
from mailgate.store.table import StoredRow, core


class AccountRow(StoredRow, table=True):
    """A customer's organisation that was imported or added; those of `contacts.toml` are not here. `key` is the name,
    casefolded. Days are ISO 8601."""

    __tablename__ = "account"
    key: str = Field(primary_key=True, sa_type=Handle)
    name: str = Field(sa_type=Words)
    contract_from: str | None = Field(sa_type=Words)
    contract_until: str | None = Field(sa_type=Words)
    licences: list[str] = Field(sa_type=Structure)
    csm: str = Field(sa_type=Words)
    mailboxes: list[str] = Field(sa_type=Structure)


class AccountDomain(StoredRow, table=True):
    """A domain of an account's own: it belongs to one alone."""

    __tablename__ = "account_domain"
    __table_args__: ClassVar[Any] = (Index("account_domain_account", "account_key"),)
    domain: str = Field(primary_key=True, sa_type=Handle)
    account_key: str = Field(foreign_key="account.key", sa_type=Handle)


class AccountContactRow(StoredRow, table=True):
    """Somebody of an account."""

    __tablename__ = "account_contact"
    __table_args__: ClassVar[Any] = (Index("account_contact_account", "account_key"),)
    address_key: str = Field(primary_key=True, sa_type=Handle)
    account_key: str = Field(foreign_key="account.key", sa_type=Handle)
    address: str = Field(sa_type=Words)
    name: str = Field(sa_type=Words)
    telephone: str = Field(sa_type=Words)
    admin: bool
    language: str = Field(sa_type=Handle)
    preferred: str = Field(sa_type=Words)


class AccountStanding(StoredRow, table=True):
    """The status of an account where it is not the normal one; no foreign key, for the account may stand in a file."""

    __tablename__ = "account_standing"
    account_key: str = Field(primary_key=True, sa_type=Handle)
    status: str = Field(sa_type=Handle)


class AccountRequest(StoredRow, table=True):
    """How whom a case asks an account for can be reached, in the words of who asked."""

    __tablename__ = "account_request"
    case_number: str = Field(primary_key=True, foreign_key="cases.number", sa_type=Handle)
    telephone: str = Field(sa_type=Words)
    preferred: str = Field(sa_type=Words)


class AccountEvent(StoredRow, table=True):
    """One line of an account's history."""

    __tablename__ = "account_event"
    __table_args__: ClassVar[Any] = (Index("account_event_account", "account_key", "id"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    account_key: str = Field(sa_type=Handle)
    at: datetime
    actor: str = Field(sa_type=Words)
    text: str = Field(sa_type=Words)


class DeadAddress(StoredRow, table=True):
    """An address where nothing arrives: no letter to a customer goes there until somebody says so. `letter` is the
    outbox id of the one that told; no foreign key, for the address outlives it."""

    __tablename__ = "dead_address"
    address_key: str = Field(primary_key=True, sa_type=Handle)
    since: datetime
    why: str = Field(sa_type=Words)
    letter: int = Field(sa_type=Id)


account = core("account")
account_domain = core("account_domain")
account_contact = core("account_contact")
account_standing = core("account_standing")
account_request = core("account_request")
account_event = core("account_event")
dead_address = core("dead_address")
