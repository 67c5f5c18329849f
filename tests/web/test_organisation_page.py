"""The page of an organisation: its admin alone has it, sees its cases and nobody else's, and changes its contacts."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from structlog.testing import capture_logs

from mailgate.cases.account import Account, AccountContact, AccountStatus, Directory
from mailgate.organisation import send_link
from mailgate.policy.service import Accounts
from mailgate.store import accounts
from site_visitor import URL, Answer, Visitor, shown
from world import World, mail

CSM, ADMIN, BOB = "carol@engineers.test", "ann@customer.test", "bob@customer.test"
EXAMPLE = Account(
    "Example Ltd", ("customer.test",), date(2026, 1, 1), date(2026, 12, 31), ("50 desktops", "5 servers"), CSM
)


@pytest.fixture
def world() -> Iterator[World]:
    with World() as world:
        policy = replace(world.policy, accounts=Accounts(csm=CSM, page=True, customer_may_escalate=True))
        world.house = replace(world.house, policies={policy.name: policy})
        with world.store.write() as connection:
            accounts.put(connection, EXAMPLE)
            accounts.put(connection, Account("Acme", ("acme.test",)))
            accounts.put_contact(connection, AccountContact("Example Ltd", ADMIN, "Ann", admin=True))
            accounts.put_contact(connection, AccountContact("Example Ltd", BOB, "Bob", "+1 202 555 0100"))
            accounts.put_contact(connection, AccountContact("Acme", "cat@acme.test", "Cat", admin=True))
        yield world


@pytest.fixture
def site(world: World) -> Iterator[Visitor]:
    with shown(world) as site:
        yield site


def home(world: World, address: str = ADMIN) -> str:
    """The path of the page that the admin was mailed."""
    assert send_link(world.house, address)
    letter = world.letters[-1]
    assert letter["To"].addresses[0].addr_spec == address
    body = letter.get_body(("plain",))
    assert body is not None
    (found,) = re.findall(rf"{re.escape(URL)}(/organisation/\S+)", body.get_content())
    return str(found)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def contacts(world: World) -> list[str]:
    with world.store.read() as connection:
        return [one.address for one in accounts.contacts(connection, "example ltd")]


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
    assert all(said in words for said in (number, "Printer on fire", "new", "3 (Medium)", "Bob"))
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
        assert site.get(where).status == 403
    assert [line["why"] for line in logs if line["event"] == "link refused"] == ["for nobody who is an admin now"]


def test_a_link_ends_after_twelve_hours(world: World, site: Visitor) -> None:
    where = home(world)
    world.clock.time += timedelta(hours=12)
    assert site.get(where).status == 403


def test_a_link_of_one_organisation_changes_nothing_in_another(world: World, site: Visitor) -> None:
    page = site.get(home(world, "cat@acme.test"))
    (action,) = [one for one in page.forms() if one.endswith("/add")]
    answer = site.post(action.replace("/add", "/remove"), {**page.forms()[action], "address": BOB})
    assert answer.status == 422
    assert f"{BOB} is no contact of Acme" in answer.words
    assert BOB in contacts(world)


def add(site: Visitor, page: Answer, address: str, **more: str) -> Answer:
    return site.fill(page, "/add", address=address, **more)


def followed(site: Visitor, answer: Answer) -> Answer:
    assert answer.status == 303, answer.words
    return site.get(answer.headers["Location"])


def test_a_colleague_at_the_organisations_domain_is_a_contact_at_once(world: World, site: Visitor) -> None:
    where = home(world)
    answer = followed(site, add(site, site.get(where), "Dan@Customer.test", name="Dan", telephone="+1 202 555 0111"))
    assert "The contact was added." in answer.words
    with world.store.read() as connection:
        dan = accounts.contact(connection, "dan@customer.test")
        (line,) = accounts.history(connection, "example ltd")
    assert dan == AccountContact("Example Ltd", "Dan@customer.test", "Dan", "+1 202 555 0111")
    assert (line["actor"], line["text"]) == (ADMIN, "contact: Dan@customer.test was added")


@pytest.mark.parametrize("address", ["dan@gmail.com", "dan@partner.test"])
def test_whoever_is_elsewhere_has_to_be_approved_and_to_agree(world: World, site: Visitor, address: str) -> None:
    where = home(world)
    before = len(world.letters)
    answer = followed(site, add(site, site.get(where), address, name="Dan"))
    assert "We were asked for an account" in answer.words
    assert address not in contacts(world)
    (letter,) = world.letters[before:]
    assert letter["To"] == CSM
    assert f"{ADMIN} asks for an account for" in str(letter.get_body(("plain",)))


def test_another_organisations_people_are_not_taken_and_not_told_of(world: World, site: Visitor) -> None:
    where = home(world)
    with world.store.write() as connection:
        accounts.put_contact(connection, AccountContact("Acme", "eve@customer.test"))
    answer = add(site, site.get(where), "eve@customer.test")
    assert answer.status == 422
    assert "cannot be added here" in answer.words
    assert "Acme" not in answer.words
    theirs = followed(site, add(site, site.get(where), "cat@acme.test")).words
    assert theirs == followed(site, add(site, site.get(where), "nobody@else.test")).words


def test_what_was_typed_wrong_is_said_and_kept(world: World, site: Visitor) -> None:
    answer = add(site, site.get(home(world)), "dan@customer.test", name="=1+1", telephone="+1 202")
    assert answer.status == 422
    assert "formula" in answer.words
    (form,) = [fields for action, fields in answer.forms().items() if action.endswith("/add")]
    assert (form["address"], form["telephone"]) == ("dan@customer.test", "+1 202")
    assert 'id="name-fault"' in answer.text
    assert add(site, answer, BOB, name="").words.count("is a contact already") == 1


def test_a_contact_is_removed_but_no_admin_and_nobody_of_the_file(world: World, site: Visitor) -> None:
    filed = AccountContact("Example Ltd", "fay@customer.test", "Fay")
    world.house = replace(world.house, directory=Directory((), (filed,)))
    where = home(world)
    page = site.get(where)
    assert "stands in a file that we keep" in page.words
    token = {**page.forms()[f"{where}/remove"]}
    assert "The contact was removed." in followed(site, site.post(f"{where}/remove", token | {"address": BOB})).words
    for address, why in ((ADMIN, "is an admin"), ("fay@customer.test", "stands in a file")):
        answer = site.post(f"{where}/remove", token | {"address": address})
        assert (answer.status, why in answer.words) == (422, True)
    assert contacts(world) == [ADMIN]
    with world.store.read() as connection:
        assert [line["text"] for line in accounts.history(connection, "example ltd")] == [f"contact: {BOB} was removed"]


def test_an_organisation_of_the_file_gets_contacts_too(world: World, site: Visitor) -> None:
    admin = AccountContact("Filed Ltd", "gus@filed.test", admin=True)
    world.house = replace(world.house, directory=Directory((Account("Filed Ltd", ("filed.test",)),), (admin,)))
    where = home(world, "gus@filed.test")
    answer = followed(site, add(site, site.get(where), "hal@filed.test", name="Hal"))
    assert "hal@filed.test" in answer.words
    world.receive(mail("From a filed one", by="Hal <hal@filed.test>"))
    assert "From a filed one" in site.get(where).words


def test_the_account_is_escalated_and_taken_back_and_its_csm_is_told_once(world: World, site: Visitor) -> None:
    where = home(world)
    before = len(world.letters)
    answer = followed(site, site.fill(site.get(where), "/status", reason="We go live on Monday", status="escalated"))
    assert "The account was escalated." in answer.words
    (letter,) = world.letters[before:]
    assert letter["To"] == CSM
    assert f"escalated by {ADMIN}: We go live on Monday" in str(letter.get_body(("plain",)))
    followed(site, site.fill(answer, "/status", status="normal"))
    with world.store.read() as connection:
        assert accounts.status(connection, "example ltd") is AccountStatus.NORMAL
        assert [line["actor"] for line in accounts.history(connection, "example ltd")] == [ADMIN, ADMIN]


def test_nobody_is_disturbed_by_an_escalation_more_than_three_times_a_day(world: World, site: Visitor) -> None:
    where = home(world)
    before, found = len(world.letters), list[int]()
    for _ in range(4):
        found.append(site.fill(site.get(where), "/status", status="escalated").status)
        site.fill(site.get(where), "/status", status="normal")
    assert found == [303, 303, 303, 422]
    assert len(world.letters) == before + 3


def test_where_the_policy_leaves_the_status_to_us_the_page_does_too(world: World, site: Visitor) -> None:
    where = home(world)
    page = site.get(where)
    world.house = replace(world.house, policies={world.policy.name: world.policy})
    assert not any(action.endswith("/status") for action in site.get(where).forms())
    assert site.fill(page, "/status", status="escalated").status == 422
    with world.store.read() as connection:
        assert accounts.status(connection, "example ltd") is AccountStatus.NORMAL


def test_one_admin_does_not_fill_the_books(world: World, site: Visitor) -> None:
    where = home(world)
    with world.store.write() as connection:
        for _ in range(200):
            accounts.note(connection, "example ltd", world.clock.now(), ADMIN, "contact: x was added")
    assert add(site, site.get(where), "dan@customer.test").status == 422
    assert contacts(world) == [ADMIN, BOB]
    world.clock.time += timedelta(days=1, seconds=1)
    followed(site, add(site, site.get(home(world)), "dan@customer.test"))


def test_subjects_of_mails_are_shown_as_words(world: World, site: Visitor) -> None:
    world.receive(mail("<script>alert(1)</script>", by=f"Bob <{BOB}>"))
    text = site.get(home(world)).text
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
