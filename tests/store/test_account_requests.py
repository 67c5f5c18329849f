"""Requests for accounts and an organisation's cases, on both databases: once whoever races, found by their index."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
from sqlalchemy import text

from mailgate.account_requests import Wanted, approve, ask_once, decider, finish
from mailgate.cases.account import Account
from mailgate.cases.letter_kinds import LetterKind
from mailgate.errors import MailgateError, NotFound
from mailgate.forgetting import erase
from mailgate.mail.message import Address
from mailgate.policy.service import Accounts
from mailgate.settings import WebSettings
from mailgate.store import account_requests, accounts, organisations
from mailgate.store.account_requests import Reached
from mailgate.store.db import Store
from world import World, mail

CSM, ANN = "carol@engineers.test", "ann@customer.test"
WANTED = Wanted(Address("Ann", ANN), "+1 202 555 0100", "by mail")


@contextmanager
def asking(store: Store) -> Iterator[World]:
    with World(store) as world:
        policy = replace(world.policy, accounts=Accounts(csm=CSM, page=True))
        settings = replace(world.house.settings, web=WebSettings(url="https://support.example.com"))
        world.house = replace(world.house, policies={policy.name: policy}, settings=settings)
        yield world


def at_once(deed: Callable[[int], object], many: int = 4) -> None:
    def do(number: int) -> None:
        with suppress(MailgateError):
            deed(number)

    hands = [threading.Thread(target=do, args=(number,)) for number in range(many)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()


def test_many_who_ask_at_once_for_one_address_make_one_case(store: Store) -> None:
    with asking(store) as world:
        at_once(lambda _: ask_once(world.house, "support", WANTED))
        assert len(world.cases) == 1
        assert [str(letter["To"]) for letter in world.letters] == [CSM]


def test_a_link_that_is_clicked_by_many_at_once_approves_once_and_finishes_once(store: Store) -> None:
    with asking(store) as world:
        ask_once(world.house, "support", WANTED)
        number = str(world.cases[0]["number"])
        at_once(lambda which: approve(world.house, number, f"Example {which}", decider(CSM)))
        assert [letter["To"].addresses[0].addr_spec for letter in world.letters] == [CSM, ANN]
        at_once(lambda which: finish(world.house, number, {"name": f"Ann {which}"}))
        notes = [line for line in world.case(number)["history"] if "account was finished" in line["text"]]
        assert len(notes) == 1
        with store.read() as connection:
            contact = accounts.contact(connection, ANN)
        assert contact is not None
        assert contact.account == world.case(number)["account"]


def test_how_who_asks_can_be_reached_is_known_until_he_is_erased(store: Store) -> None:
    with asking(store) as world:
        ask_once(world.house, "support", WANTED)
        number = str(world.cases[0]["number"])
        with store.read() as connection:
            assert account_requests.of_case(connection, number) == Reached("+1 202 555 0100", "by mail")
            assert account_requests.of_case(connection, "2611999999") == Reached()
        world.set_status(number, "closed")
        world.deliver()
        erase(world.house, Address("", ANN), "operator")
        with store.read() as connection:
            assert account_requests.of_case(connection, number) == Reached()


def test_letters_are_counted_by_kind_and_since_when(store: Store) -> None:
    with asking(store) as world:
        before = world.clock.now()
        world.clock.time = before.replace(hour=before.hour + 1)
        ask_once(world.house, "support", WANTED)
        with store.read() as connection:
            assert account_requests.had(connection, CSM, LetterKind.ACCOUNT_ASKED, before) == 1
            assert account_requests.had(connection, CSM, LetterKind.ACCOUNT_READY, before) == 0
            assert account_requests.had(connection, CSM, LetterKind.ACCOUNT_ASKED, world.clock.now()) == 0


def test_an_organisations_cases_are_found_by_its_name_however_it_is_written_and_by_an_index(store: Store) -> None:
    with asking(store) as world:
        for name in ("Example Ltd", "EXAMPLE ltd"):
            with store.write() as connection:
                accounts.put(connection, Account(name, domains=("customer.test",)))
            world.receive(mail(f"Of {name}", message_id=f"<{name[0:3]}{name[3]}@customer.test>"))
        world.receive(mail("Of nobody", by="Eve <eve@stranger.test>", message_id="<9@stranger.test>"))
        numbers = [str(case["number"]) for case in world.cases]
        with store.read() as connection:
            found = organisations.cases_of(connection, "example ltd", (), 10)
            assert [case.number for case in found] == numbers[1::-1]
            page = organisations.cases_of(connection, "example ltd", (), 10, numbers[1])
            assert [case.number for case in page] == [numbers[0]]
            assert organisations.is_of(connection, numbers[0], "example ltd", ())
            assert not organisations.is_of(connection, numbers[2], "example ltd", ())
            assert not organisations.is_of(connection, numbers[2], "", ())
            with pytest.raises(NotFound):
                organisations.cases_of(connection, "example ltd", (), 10, numbers[2])


def test_what_became_part_of_another_case_is_listed_once(store: Store) -> None:
    with asking(store) as world:
        with store.write() as connection:
            accounts.put(connection, Account("Example Ltd", domains=("customer.test",)))
        for number in ("1", "2"):
            world.receive(mail(message_id=f"<{number}@customer.test>"))
        first, second = (str(case["number"]) for case in world.cases)
        with store.write() as connection:
            merged = text("update cases set merged_into = :into where number = :this")
            connection.execute(merged, {"into": first, "this": second})
        with store.read() as connection:
            assert [case.number for case in organisations.cases_of(connection, "example ltd", (), 10)] == [first]
            assert not organisations.is_of(connection, second, "example ltd", ())
