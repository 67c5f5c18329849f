"""Accounts in the store, on both databases: kept, changed, found by address and domain, escalated once, forgotten."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError

from mailgate import accounts as doing
from mailgate.account_requests import Wanted, ask
from mailgate.cases.account import Account, AccountContact, AccountStatus
from mailgate.contacts_csv import Row
from mailgate.mail.message import Address
from mailgate.policy.service import Escalation, Rung
from mailgate.store import accounts, facts
from mailgate.store.accounts import Owners
from mailgate.store.db import Store
from moments import NOON
from world import World

EXAMPLE = Account(
    "Example Ltd",
    domains=("customer.test", "example.test"),
    contract_from=date(2026, 1, 1),
    licences=("50 desktops",),
    csm="carol@engineers.test",
    mailboxes=("support",),
)
ANN = AccountContact("Example Ltd", "Ann@gmail.com", "Ann", "+1 202 555 0100", admin=True)


def test_an_account_comes_back_as_it_was_kept_and_as_it_was_changed(store: Store) -> None:
    with store.write() as connection:
        accounts.put(connection, EXAMPLE)
        accounts.put_contact(connection, ANN)
        assert (accounts.every(connection), accounts.contacts(connection, "example ltd")) == ([EXAMPLE], [ANN])
        changed = replace(EXAMPLE, name="EXAMPLE ltd", domains=("customer.test",), contract_until=date(2027, 1, 1))
        accounts.put(connection, changed)
        accounts.put_contact(connection, replace(ANN, account="EXAMPLE ltd", admin=False))
        assert accounts.get(connection, "example ltd") == changed
        assert accounts.contact(connection, "ann@gmail.com") == replace(ANN, account="EXAMPLE ltd", admin=False)


def test_an_address_is_found_by_itself_and_by_its_domain(store: Store) -> None:
    with store.write() as connection:
        accounts.put(connection, EXAMPLE)
        accounts.put(connection, Account("Acme"))
        accounts.put_contact(connection, AccountContact("Acme", "bob@customer.test"))
        assert accounts.owners(connection, "bob@customer.test", "customer.test") == Owners("acme", "example ltd")
        assert accounts.owners(connection, "eve@customer.test", "") == Owners(None, None)
        accounts.remove(connection, "acme")
        assert accounts.owners(connection, "bob@customer.test", "customer.test") == Owners(None, "example ltd")


def test_a_domain_is_no_two_accounts(store: Store) -> None:
    with store.write() as connection:
        accounts.put(connection, EXAMPLE)
    with pytest.raises(IntegrityError), store.write() as connection:
        accounts.put(connection, Account("Acme", domains=("customer.test",)))


def test_rows_are_planned_and_carried_out(store: Store) -> None:
    with World(store) as world, store.write() as connection:
        row = Row(2, "Example Ltd", "ann@gmail.com", {"domains": ("customer.test",)}, {"admin": True})
        doing.carry_out(world.house, connection, doing.plan(world.house, connection, [row]), "operator")
        again = doing.plan(world.house, connection, [row])
        assert (again.new_accounts, again.new_contacts, again.faults) == (0, 0, [])
        doing.carry_out(world.house, connection, again, "operator")
        # What changes nothing is no event.
        assert [line["text"] for line in accounts.history(connection, "example ltd")] == ["imported or changed"]


def test_an_account_that_many_escalate_at_once_is_told_of_once(store: Store) -> None:
    with World(store) as world:
        policy = replace(world.policy, escalation=Escalation(rungs=(Rung("Duty", ("duty@engineers.test",)),)))
        world.house = replace(world.house, policies={policy.name: policy})
        with store.write() as connection:
            accounts.put(connection, EXAMPLE)
        escalated = AccountStatus.ESCALATED
        hands = [
            threading.Thread(target=doing.set_status, args=(world.house, "Example Ltd", escalated, f"{number}"))
            for number in range(6)
        ]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()
        assert sorted(str(letter["To"]) for letter in world.letters) == ["carol@engineers.test", "duty@engineers.test"]
        with store.read() as connection:
            assert accounts.status(connection, "example ltd") is escalated
            assert len(accounts.history(connection, "example ltd")) == 1


def test_who_asks_for_an_account_has_a_case_and_no_letter(store: Store) -> None:
    with World(store) as world:
        with store.write() as connection:
            accounts.put(connection, EXAMPLE)
        decision = ask(world.house, "support", Wanted(Address("Ann", "ann@customer.test"), "+1 202 555 0100"))
        assert decision.case is not None
        assert [letter["To"] for letter in world.letters] == ["carol@engineers.test"]
        with store.read() as connection:
            case = facts.case_of(connection, decision.case.number)
        assert case is not None
        assert (case.account, case.account_status, case.kind, case.opened_at) == (
            "Example Ltd",
            "normal",
            "Account",
            NOON,
        )
