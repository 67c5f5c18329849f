"""What an organisation's admin may see and do: its cases, its contacts, its status. Who he is, his link says; that he
is still its admin is asked each time.

Nobody becomes a contact by an admin's word alone but at the organisation's own domains, where he belongs to it anyway:
whose cases it sees from then on has to agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from mailgate.account_requests import Wanted, ask_within, page_link
from mailgate.accounts import carry_out, plan, set_status
from mailgate.cases.account import Account, AccountContact, AccountStatus, contact_problems, own_domain
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.letters import about_organisation
from mailgate.contacts_csv import Row
from mailgate.directory import find
from mailgate.errors import NotAllowed
from mailgate.house import House
from mailgate.links import Link, Purpose
from mailgate.mail.message import Address
from mailgate.store import account_requests, accounts, keep, organisations
from mailgate.store.link_ends import has_ended
from mailgate.store.organisations import ListedCase
from mailgate.store.reach import dead_among

LINK_LASTS = timedelta(hours=12)
# So many links an admin is sent in an hour, and so much he may do in a day, escalations among it.
_LINKS, _DEEDS, _ESCALATIONS = 3, 200, 3
# What an admin says of a contact.
_SAYS = ("name", "telephone", "preferred", "language")


@dataclass(frozen=True, slots=True)
class Admin:
    """Who has the page of an account, and the mailbox of ours that its people are customers of."""

    contact: AccountContact
    account: Account
    status: AccountStatus
    mailbox: str


@dataclass(frozen=True, slots=True)
class Member:
    """A contact of the account as its admin sees him. `is_fixed`: why he cannot be removed here, "" where he can."""

    contact: AccountContact
    is_fixed: str


def send_link(house: House, address: str) -> bool:
    """Mails the link to his page to who is an admin; False where he is none, or had enough of them lately."""
    now = house.clock.now()
    with house.store.write() as connection:
        contact = _contacts(house, connection).get(address.casefold())
        admin = _admin(house, connection, contact) if contact else None
        if admin is None or house.settings.web.url is None or dead_among(connection, (admin.contact.key,)):
            return False
        kind = LetterKind.ORGANISATION_LINK
        if account_requests.had(connection, admin.contact.key, kind, now - timedelta(hours=1)) >= _LINKS:
            return False
        box, policy = house.mailbox(admin.mailbox), house.policy_of(admin.mailbox)
        names = keep.mint(connection, now, house.domain(box.name), new_case=False, org=house.org)
        where = page_link(
            house, connection, Purpose.ORGANISATION, "", admin.contact.address, "organisation", LINK_LASTS
        )
        says = (("account", admin.account.name), ("organisation_link", where), ("ends", now + LINK_LASTS))
        letter = about_organisation(f"organisation/{names.seed.hex()[:24]}", admin.contact, policy, names, says)
        written = house.renderer.caseless(letter, policy, box, f"{policy.contact.name}: {admin.account.name}", now)
        keep.enqueue(connection, [written], now)
    return True


def admin_of(house: House, connection: Connection, link: Link) -> Admin | None:
    """Whose link it is, as long as he is an admin and his links were not ended."""
    contacts = _contacts(house, connection)
    who = link.whose(contacts)
    if who is None or has_ended(connection, (), who, link.issued):
        return None
    return _admin(house, connection, contacts[who])


def members(house: House, connection: Connection, account: Account) -> list[Member]:
    """The contacts of the account, by address."""
    filed = {one.key: one for one in house.directory.contacts if one.account.casefold() == account.key}
    stored = {one.key: one for one in accounts.contacts(connection, account.key)}
    everybody = {key: one for key, one in stored.items() if house.directory.contact(key) is None} | filed
    return [Member(everybody[key], _fixed(everybody[key], is_filed=key in filed)) for key in sorted(everybody)]


def cases(house: House, connection: Connection, account: Account, limit: int, after: str | None) -> list[ListedCase]:
    """A page of its cases, the newest first; `after` is the number of the last one before it (NotFound for none)."""
    return organisations.cases_of(connection, account.key, _kinds_without(house), limit, after)


def has_case(house: House, connection: Connection, account: Account, number: str) -> bool:
    """Whether that case is one of them."""
    return organisations.is_of(connection, number, account.key, _kinds_without(house))


def may_escalate(house: House, account: Account) -> str:
    """The mailbox whose policy lets an admin change the account's status; "" for none."""
    boxes = (name for name in house.settings.mailboxes if account.is_customer_of(name))
    return next((name for name in boxes if house.policy_of(name).accounts.customer_may_escalate), "")


def add(house: House, admin: Admin, contact: AccountContact) -> bool:
    """He is a contact from now on (True), or, at a domain that is not the organisation's own, one of ours is asked for
    an account for him (False). NotAllowed, in words for the admin, where neither can be."""
    address = contact.address
    for column, why in contact_problems(contact, house.settings.own_addresses):
        raise NotAllowed(f"{column}: {why}")
    with house.store.write() as connection:
        _bounded(house, connection, admin, _DEEDS)
        if any(one.contact.key == contact.key for one in members(house, connection, admin.account)):
            raise NotAllowed(f"{address} is a contact already.")
        if own_domain(address) in admin.account.domains:
            row = Row(0, admin.account.name, address, {}, {name: getattr(contact, name) for name in _SAYS})
            made = plan(house, connection, [row])
            if made.faults:  # another account's, perhaps: which, is not his to know
                raise NotAllowed(f"{address} cannot be added here. Please write to us.")
            carry_out(house, connection, made, admin.contact.address)
            _note(house, connection, admin, f"contact: {address} was added")
            return True
        to, by = Address(contact.name, address), admin.contact.address
        wanted = Wanted(to, contact.telephone, contact.preferred, by, admin.account.name)
        ask_within(house, connection, admin.mailbox, wanted)
        _note(house, connection, admin, f"contact: {address} was asked for")
    return False


def remove(house: House, admin: Admin, address: str) -> None:
    """He is no contact any more. NotAllowed where he is none, or not the admin's to remove."""
    with house.store.write() as connection:
        _bounded(house, connection, admin, _DEEDS)
        there = members(house, connection, admin.account)
        member = next((one for one in there if one.contact.key == address.casefold()), None)
        if member is None:
            raise NotAllowed(f"{address} is no contact of {admin.account.name}.")
        if member.is_fixed:
            raise NotAllowed(f"{address} {member.is_fixed}.")
        accounts.remove_contact(connection, member.contact.key)
        _note(house, connection, admin, f"contact: {member.contact.address} was removed")


def change_status(house: House, admin: Admin, status: AccountStatus, reason: str) -> None:
    """The account is escalated, or no longer. NotAllowed where the policy leaves that to us, or it was too often."""
    mailbox = may_escalate(house, admin.account)
    if not mailbox:
        raise NotAllowed("Please write to us: our policy leaves the status of an account to us.")
    with house.store.read() as connection:
        _bounded(house, connection, admin, _DEEDS)
        since = house.clock.now() - timedelta(days=1)
        told = account_requests.escalated_by(connection, admin.account.key, admin.contact.address, since)
    if status is AccountStatus.ESCALATED and told >= _ESCALATIONS:
        raise NotAllowed("The account was escalated several times today already. Please call us.")
    set_status(house, admin.account.name, status, admin.contact.address, reason, mailbox)


def _contacts(house: House, connection: Connection) -> dict[str, AccountContact]:
    """All admins by address key; what is in the file hides what the store has of the same address."""
    stored = {one.key: one for one in accounts.admins(connection) if house.directory.contact(one.key) is None}
    return stored | {one.key: one for one in house.directory.contacts if one.admin}


def _admin(house: House, connection: Connection, contact: AccountContact) -> Admin | None:
    account = find(house, connection, contact.account)
    if account is None:
        return None
    mailbox = next((name for name in house.settings.mailboxes if account.is_customer_of(name)), None)
    return Admin(contact, account, accounts.status(connection, account.key), mailbox) if mailbox else None


def _fixed(contact: AccountContact, *, is_filed: bool) -> str:
    if is_filed:
        return "stands in a file that we keep: please write to us"
    return "is an admin: please write to us" if contact.admin else ""


def _kinds_without(house: House) -> frozenset[str]:
    """Who asks for an account is nobody's colleague yet, and his words are for our people alone."""
    return frozenset(policy.accounts.kind for policy in house.policies.values())


def _bounded(house: House, connection: Connection, admin: Admin, most: int) -> None:
    since = house.clock.now() - timedelta(days=1)
    if account_requests.done_by(connection, admin.account.key, admin.contact.address, since) >= most:
        raise NotAllowed("That is more than can be done here in a day. Please write to us.")


def _note(house: House, connection: Connection, admin: Admin, text: str) -> None:
    accounts.note(connection, admin.account.key, house.clock.now(), admin.contact.address, text)
