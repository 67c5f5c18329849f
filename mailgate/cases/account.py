"""An account is a customer's organisation: its people, its domains, its contract. What may be said of one, and what it
entitles its people to. Where accounts are kept, and how an address finds its own, is not known here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from mailgate.cases.organisation import SHARED_DOMAINS
from mailgate.places import LANGUAGE, address_fault
from mailgate.policy.service import Need

_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
_LONGEST = 200
# What a spreadsheet would take for a formula; a telephone number may begin with "+".
_FORMULA = ("=", "@", "\t", "\r")

Problem = tuple[str, str]


class AccountStatus(StrEnum):
    """How an account as a whole stands with us."""

    NORMAL = "normal"
    ESCALATED = "escalated"


@dataclass(frozen=True, slots=True)
class Account:
    """One organisation. Its contract covers `contract_from` to `contract_until`, both included; with neither there is
    none, with one alone it is open at the other end. `mailboxes` are those of ours whose customer it is, () all."""

    name: str
    domains: tuple[str, ...] = ()
    contract_from: date | None = None
    contract_until: date | None = None
    licences: tuple[str, ...] = ()
    csm: str = ""
    mailboxes: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """For comparing: two accounts of one key are one."""
        return self.name.casefold()

    def covers(self, today: date) -> bool:
        """Whether its contract covers that day."""
        if self.contract_from is None and self.contract_until is None:
            return False
        return (self.contract_from or today) <= today <= (self.contract_until or today)

    def is_customer_of(self, mailbox: str) -> bool:
        return not self.mailboxes or mailbox in self.mailboxes


@dataclass(frozen=True, slots=True)
class AccountContact:
    """Somebody of an account whom we know by address. `admin`: who sees all cases of the organisation. `language`: what
    he is written to in, where it is on offer ("de"); "" for what he writes himself. `preferred`: how he prefers to be
    reached, in his words."""

    account: str
    address: str
    name: str = ""
    telephone: str = ""
    admin: bool = False
    language: str = ""
    preferred: str = ""

    @property
    def key(self) -> str:
        """As `Address.key`."""
        return self.address.casefold()


@dataclass(frozen=True, slots=True)
class Belonging:
    """The account that somebody belongs to, as one of its contacts, or (`contact` None) by his domain."""

    account: Account
    contact: AccountContact | None = None
    status: AccountStatus = AccountStatus.NORMAL


@dataclass(frozen=True, slots=True)
class Directory:
    """Accounts and contacts that stand in a file (`contacts.toml`)."""

    accounts: tuple[Account, ...] = ()
    contacts: tuple[AccountContact, ...] = ()
    # Asked for each mail that opens a case: look-ups, not searches.
    _by_key: Mapping[str, Account] = field(init=False, repr=False, compare=False)
    _by_domain: Mapping[str, Account] = field(init=False, repr=False, compare=False)
    _by_address: Mapping[str, AccountContact] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_key", {one.key: one for one in self.accounts})
        object.__setattr__(self, "_by_domain", {name: one for one in self.accounts for name in one.domains})
        object.__setattr__(self, "_by_address", {one.key: one for one in self.contacts})

    def account(self, name: str) -> Account | None:
        return self._by_key.get(name.casefold())

    def contact(self, address_key: str) -> AccountContact | None:
        return self._by_address.get(address_key)

    def of_domain(self, domain: str) -> Account | None:
        return self._by_domain.get(domain)


def missing(belonging: Belonging | None, needs: Sequence[Need], today: date) -> tuple[Need, ...]:
    """What a writer who belongs there (None: nowhere) lacks of what a policy needs."""
    has = {
        Need.CONTACT: belonging is not None,
        Need.CONTRACT: belonging is not None and belonging.account.covers(today),
    }
    return tuple(need for need in needs if not has[need])


def own_domain(address: str) -> str:
    """The domain of a plain address, as far as it says anything about an organisation; "" where everybody may have an
    address there."""
    domain = address.rpartition("@")[2].casefold()
    return "" if domain in SHARED_DOMAINS else domain


def account_problems(account: Account, mailboxes: Iterable[str], own_addresses: frozenset[str]) -> Iterator[Problem]:
    """What an account may not say: the field, and a sentence for people."""
    yield from (("name", why) for why in _line(account.name, "an account"))
    if not account.name.strip():
        yield "name", "should not be empty: it is how the account is called"
    elif "@" in account.name:
        yield "name", f'should be a name, not an address: "{account.name}"'
    for domain in account.domains:
        yield from (("domains", why) for why in _domain(domain))
    if account.contract_from and account.contract_until and account.contract_until < account.contract_from:
        yield "contract_until", f"is before the contract begins ({account.contract_from})"
    for licence in account.licences:
        yield from (("licences", why) for why in _line(licence, "a licence"))
    yield from (("csm", why) for why in _address(account.csm, own_addresses) if account.csm)
    known = sorted(mailboxes)
    for name in account.mailboxes:
        if name not in known:
            yield "mailboxes", f'there is no mailbox "{name}"; there: {", ".join(known)}'


def contact_problems(contact: AccountContact, own_addresses: frozenset[str]) -> Iterator[Problem]:
    """What a contact may not say: the field, and a sentence for people."""
    yield from (("address", why) for why in _address(contact.address, own_addresses))
    for name, what in (("name", "a name"), ("telephone", "a telephone"), ("preferred", "a preferred contact")):
        yield from ((name, why) for why in _line(getattr(contact, name), what))
    if contact.language and not LANGUAGE.fullmatch(contact.language):
        yield "language", f'should be a language like "de", not "{contact.language}"'


def _line(text: str, what: str) -> Iterator[str]:
    if not text.isprintable():
        yield f"{what} is one line of plain text"
    elif text.startswith(_FORMULA):
        yield f'{what} cannot begin with "{text[0]}": a spreadsheet would take it for a formula'
    elif len(text) > _LONGEST:
        yield f"{what} has at most {_LONGEST} characters, not {len(text)}"


def _domain(domain: str) -> Iterator[str]:
    if not _DOMAIN.fullmatch(domain):
        yield f'"{domain}" is no domain; write one like "customer.example", in lower case (xn--… where it is not ASCII)'
    elif domain in SHARED_DOMAINS:
        yield f"everybody can have an address at {domain}: name its people as contacts instead"


def _address(address: str, own_addresses: frozenset[str]) -> Iterator[str]:
    if why := address_fault(address):
        yield why
    elif not address.isascii():
        yield f'is not ASCII, and such an address is nobody to us: "{address}"'
    elif address.casefold() in own_addresses:
        yield f"{address} is a mailbox of ours; it should be somebody's own address"
