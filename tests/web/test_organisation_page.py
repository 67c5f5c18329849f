"""The page of an organisation: its admin alone has it, and sees its cases and nobody else's."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from mailgate.cases.account import AccountContact
from mailgate.cases.events import EngineerActed
from mailgate.mail.message import Authentication
from mailgate.organisation import send_link
from mailgate.pipeline import act
from mailgate.store import accounts
from mailgate.store.link_ends import end_links
from organisation_pages import ADMIN, BOB, CSM, home, two_organisations
from site_visitor import Visitor
from world import World, mail


@pytest.fixture
def world() -> Iterator[World]:
    with two_organisations() as world:
        yield world


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_an_admin_gets_the_link_by_mail_and_everybody_is_answered_the_same(world: World, site: Visitor) -> None:
    page = site.get("/organisation")
    answers = {}
    with capture_logs() as logs:
        for address in (ADMIN, BOB, "eve@stranger.test", "ANN@Customer.Test"):
            answers[address] = site.fill(page, "/organisation", address=address)
        until(lambda: sum(line["event"].startswith("link to an organisation") for line in logs) == 4)
    told = {address: answer.words.replace(address, "") for address, answer in answers.items()}
    assert len(set(told.values())) == 1
    assert {answer.status for answer in answers.values()} == {200}
    assert {str(letter["To"].addresses[0].addr_spec) for letter in world.letters} == {ADMIN}
    assert len(world.letters) == 2


@pytest.mark.usefixtures("site")
def test_an_admin_is_sent_three_links_an_hour_at_most(world: World) -> None:
    assert [send_link(world.house, ADMIN) for _ in range(4)] == [True, True, True, False]
    world.clock.time += timedelta(hours=1, seconds=1)
    assert send_link(world.house, ADMIN)


def test_the_page_shows_the_cases_of_the_organisation_its_contract_and_its_contacts(
    world: World, site: Visitor
) -> None:
    world.receive(mail("Printer on fire", by=f"Bob <{BOB}>"))
    world.receive(mail("Secret of Acme", by="Cat <cat@acme.test>", message_id="<2@acme.test>"))
    world.receive(mail("Mail of a stranger", by="Eve <eve@stranger.test>", message_id="<3@stranger.test>"))
    words = site.get(home(world)).words
    number = next(case["number"] for case in world.cases if case["subject"] == "Printer on fire")
    assert all(said in words for said in (number, "Printer on fire", "received", "3 (Medium)", "Bob"))
    assert all(said in words for said in ("2026-12-31", "50 desktops, 5 servers", "customer.test", "+1 202 555 0100"))
    assert not any(said in words for said in ("Acme", "cat@acme.test", "stranger", CSM))


def test_who_asks_for_an_account_is_no_case_of_the_organisation_yet(world: World, site: Visitor) -> None:
    form = site.get("/account/support")
    site.fill(form, "/account/support", address="dan@customer.test", name="Dan the Rude")
    assert "dan" not in site.get(home(world)).words.casefold()


def test_cases_come_page_by_page_each_once_and_the_newest_first(world: World, site: Visitor) -> None:
    for number in range(120):
        world.receive(mail(f"Case {number:03}", by=f"Bob <{BOB}>", message_id=f"<{number}@x.test>"), process=False)
    world.process()
    where, seen = home(world), list[str]()
    next_page: str | None = where
    while next_page:
        page = site.get(next_page)
        seen += re.findall(r">Case (\d{3})<", page.text)
        found = re.search(r'href="([^"]+)">Older cases', page.text)
        next_page = found[1] if found else None
    assert len(seen) == 120
    assert sorted(set(seen), reverse=True) == seen
    assert site.get(f"{where}?after=2611999999").status == 404


def test_a_link_is_its_admins_as_long_as_he_is_one(world: World, site: Visitor) -> None:
    where = home(world)
    assert site.get(where).status == 200
    with world.store.write() as connection:
        accounts.put_contact(connection, AccountContact("Example Ltd", ADMIN, "Ann"))
    with capture_logs() as logs:
        assert site.get(where).status == 404
    assert [line["why"] for line in logs if line["event"] == "a link was refused"] == [
        "revoked, or its owner is no admin any more"
    ]


def test_a_link_ends_after_twelve_hours(world: World, site: Visitor) -> None:
    where = home(world)
    world.clock.time += timedelta(hours=12)
    assert site.get(where).status == 404


def test_subjects_of_mails_are_shown_as_words(world: World, site: Visitor) -> None:
    world.receive(mail("<script>alert(1)</script>", by=f"Bob <{BOB}>"))
    text = site.get(home(world)).text
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_a_case_is_read_as_its_own_customer_reads_it_and_nothing_is_done_there(world: World, site: Visitor) -> None:
    world.receive(mail("Printer on fire", "It burns.", by=f"Bob <{BOB}>"))
    world.receive(mail("Secret of Acme", by="Cat <cat@acme.test>", message_id="<2@acme.test>"))
    ours, theirs = (str(case["number"]) for case in world.cases)
    act(world.house, ours, EngineerActed("eve@engineers.test", owner="eve@engineers.test", reason="too deep for me"))
    where = home(world)
    page = site.get(f"{where}/case/{ours}")
    assert all(said in page.words for said in ("Printer on fire", "It burns.", BOB, "in work"))
    assert "too deep" not in page.words
    assert "engineers.test" not in page.words
    assert page.forms() == {}
    for number in (theirs, "2611999999"):
        assert site.get(f"{where}/case/{number}").status == 404


def test_words_of_somebody_of_whom_nobody_made_sure_are_not_shown(world: World, site: Visitor) -> None:
    doubt = Authentication.UNVERIFIED
    world.receive(mail("Buy my pills", "Cheap!", by=f"Pill Seller <{BOB}>"), authentication=doubt)
    where = home(world)
    number = str(world.cases[0]["number"])
    for page in (site.get(where), site.get(f"{where}/case/{number}")):
        assert number in page.words
        assert not any(said in page.words for said in ("pills", "Cheap", "Pill Seller"))


def test_revoked_links_open_nothing(world: World, site: Visitor) -> None:
    where = home(world)
    with world.store.write() as connection:
        end_links(connection, "", ADMIN, world.clock.now())
    assert site.get(where).status == 404
