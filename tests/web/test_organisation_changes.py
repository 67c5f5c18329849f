"""What an admin changes on the page of his organisation: its contacts and its status, within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from mailgate.cases.account import Account, AccountContact, AccountStatus, Directory
from mailgate.store import accounts
from organisation_pages import ADMIN, BOB, CSM, add, contacts, followed, home, two_organisations
from site_visitor import Visitor
from world import World, mail


@pytest.fixture
def world() -> Iterator[World]:
    with two_organisations() as world:
        yield world


def test_a_link_of_one_organisation_changes_nothing_in_another(world: World, site: Visitor) -> None:
    page = site.get(home(world, "cat@acme.test"))
    (action,) = [one for one in page.forms() if one.endswith("/add")]
    answer = site.post(action.replace("/add", "/remove"), {**page.forms()[action], "address": BOB})
    assert answer.status == 422
    assert f"{BOB} is no contact of Acme" in answer.words
    assert BOB in contacts(world)


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
