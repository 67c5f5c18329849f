"""What is done with accounts beside reading them: changed row by row, all or nothing; escalated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from mailgate.cases.account import (
    Account,
    AccountContact,
    AccountStatus,
    account_problems,
    contact_problems,
)
from mailgate.cases.entitled import REASON
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.letters import Says, about_account
from mailgate.contacts_csv import Fault, Row
from mailgate.contacts_file import NAME
from mailgate.directory import find
from mailgate.errors import MailgateError, NotFound
from mailgate.house import House
from mailgate.pipeline import replay
from mailgate.store import accounts, claims, facts, keep, lately


@dataclass(slots=True)
class Plan:
    """What rows come to: accounts and contacts as they will be, how many of each are new, or what is wrong."""

    accounts: dict[str, Account] = field(default_factory=dict)
    contacts: dict[str, AccountContact] = field(default_factory=dict)
    new_accounts: int = 0
    new_contacts: int = 0
    faults: list[Fault] = field(default_factory=list)
    # Where an account was last spoken of, and what each row said of it.
    lines: dict[str, int] = field(default_factory=dict)
    said: dict[tuple[str, str], object] = field(default_factory=dict)

    def blame(self, line: int, column: str, why: str) -> None:
        """One fault, once: what is wrong with an account is so in each of its rows."""
        if all((one.column, one.why) != (column, why) for one in self.faults):
            self.faults.append(Fault(line, column, why))


def plan(house: House, connection: Connection, rows: Sequence[Row]) -> Plan:
    """What these rows would change. Nothing is written; until the end of the transaction nobody else plans."""
    claims.lock_mails(connection, ["accounts"])
    made = Plan()
    for row in rows:
        # Contacts of an account of the file may lie in the store; the account itself does not.
        if house.directory.account(row.account) and (row.account_says or not row.address):
            made.blame(row.line, "account", f'"{row.account}" stands in {NAME}; change it there')
            continue
        _account(house, connection, row, made)
        if row.address:
            _contact(house, connection, row, made)
    _domains(house, connection, made)
    made.faults.sort(key=lambda fault: fault.line)
    return made


def carry_out(house: House, connection: Connection, made: Plan, actor: str) -> None:
    """Writes what was planned, in the same transaction."""
    now = house.clock.now()
    changed = [key for key, account in made.accounts.items() if accounts.get(connection, key) != account]
    # A domain may go from one account to another in one import: all are free before any is taken.
    for account in made.accounts.values():
        accounts.put(connection, replace(account, domains=()))
    for account in made.accounts.values():
        accounts.put(connection, account)
    for contact in made.contacts.values():
        accounts.put_contact(connection, contact)
    for key in changed:
        accounts.note(connection, key, now, actor, "imported or changed")


def _account(house: House, connection: Connection, row: Row, made: Plan) -> None:
    key = row.account.casefold()
    before = made.accounts.get(key) or accounts.get(connection, key)
    account = replace(before or Account(row.account), **row.account_says)
    for column, why in account_problems(account, house.settings.mailboxes, house.settings.own_addresses):
        made.blame(row.line, "account" if column == "name" else column, why)
    for column, value in row.account_says.items():
        if made.said.setdefault((key, column), value) != value:
            made.blame(row.line, column, f'another row says something else of "{row.account}"')
    made.new_accounts += before is None and house.directory.account(row.account) is None
    made.accounts[key], made.lines[key] = account, row.line


def _domains(house: House, connection: Connection, made: Plan) -> None:
    """A domain is of one account alone: of these, of those in the store that stay as they are, or of the file's."""
    owners: dict[str, str] = {}
    for key, account in made.accounts.items():
        for domain in account.domains:
            file, stored = house.directory.of_domain(domain), accounts.owners(connection, "", domain).by_domain
            owner = file.key if file else stored if stored not in made.accounts else None
            owner = owners.setdefault(domain, owner or key)
            if owner != key:
                made.blame(made.lines[key], "domains", f'{domain} is a domain of the account "{owner}" already')


def _contact(house: House, connection: Connection, row: Row, made: Plan) -> None:
    address_key = row.address.casefold()
    before = accounts.contact(connection, address_key)
    contact = replace(before or AccountContact(row.account, row.address), **row.contact_says)
    found = list(contact_problems(contact, house.settings.own_addresses))
    filed = house.directory.contact(address_key)
    if filed is not None:
        found.append(("address", f'{row.address} stands in {NAME}, as a contact of "{filed.account}"'))
    elif before is not None and before.account.casefold() != row.account.casefold():
        why = f'{row.address} is a contact of "{before.account}"; remove it there first'
        found.append(("address", why))
    if address_key in made.contacts:
        found.append(("address", f"{row.address} stands here twice"))
    for column, why in found:
        made.blame(row.line, column, why)
    made.new_contacts += before is None
    made.contacts[address_key] = contact


def set_status(
    house: House, name: str, status: AccountStatus, actor: str, reason: str = "", mailbox: str = ""
) -> tuple[str, ...] | None:
    """An account's status is another from now on; gives who was told of it, None where it was so already.

    Told are its CSM and the lowest rung of the ladder of `mailbox`'s policy ("" for the first mailbox it is a customer
    of), once, and only that it was escalated.
    """
    now = house.clock.now()
    with house.store.write() as connection:
        account = find(house, connection, name)
        if account is None:
            raise NotFound(f'there is no account "{name}"; `mailgate contact list` shows all')
        claims.lock_mails(connection, [f"account {account.key}"])  # two who escalate it at once: the second finds it so
        if accounts.status(connection, account.key) is status:
            return None
        accounts.set_status(connection, account.key, status)
        because = f": {reason}" if reason else ""
        line = accounts.note(connection, account.key, now, actor, f"status: {status.value}{because}")
        if status is not AccountStatus.ESCALATED:
            return ()
        box = house.mailbox(mailbox or next(filter(account.is_customer_of, house.settings.mailboxes)))
        policy = house.policy_of(box.name)
        names = keep.mint(connection, now, house.domain(box.name), new_case=False, org=house.org)
        rungs = policy.escalation.rungs
        to = (account.csm or policy.accounts.csm, *(rungs[0].to if rungs else ()))
        says: Says = (("account", account.name), ("by", actor), ("reason", reason))
        occasion = f"{account.key}/{line}"
        letters = about_account(LetterKind.ACCOUNT_ESCALATED, occasion, to, policy, names, says)
        subject = f"{account.name}: {status.value}"
        keep.enqueue(connection, [house.renderer.caseless(one, policy, box, subject, now) for one in letters], now)
    return tuple(letter.to.address for letter in letters)


def bring_along(house: House, inbound_id: int) -> list[int]:
    """Once a mail that was held for want of entitlement has its case: the others of its writer are walked again, so
    that what answers it comes to that case. Gives those that were filed."""
    with house.store.read() as connection:
        row = facts.show_inbox(connection, inbound_id)
        if row["case"] is None or row["from"] is None:
            return []
        held = lately.held_for(connection, REASON, row["from"], row["mailbox"])
    filed = []
    for other in held:
        try:
            story = replay(house, other)
        except MailgateError:
            continue  # somebody is at it; it stays held, or waits, as it did
        if story["decision"]["case"] is not None:
            filed.append(other)
    return filed
