"""How somebody comes to an account on the page: he asks, one of ours decides by a link, and by a link he finishes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage

import pytest
from structlog.testing import capture_logs

from mailgate.account_requests import Wanted, ask
from mailgate.cases.account import Account, AccountContact
from mailgate.errors import NotAllowed
from mailgate.links import Purpose, sign
from mailgate.mail.message import Address
from mailgate.organisation import send_link
from mailgate.policy.service import Accounts
from mailgate.store import accounts, link_keys
from site_visitor import URL, Visitor, shown
from world import World

CSM, ANN = "carol@engineers.test", "ann@customer.test"
FORM = "/account/support"


@pytest.fixture
def world() -> Iterator[World]:
    with World() as world:
        policy = replace(world.policy, accounts=Accounts(csm=CSM, page=True))
        world.house = replace(world.house, policies={policy.name: policy})
        yield world


def asked(site: Visitor, address: str = ANN, **more: str) -> int:
    page = site.get(FORM)
    return site.fill(page, FORM, address=address, **more).status


def link_in(letter: EmailMessage) -> str:
    """The path of the one link of ours in a letter."""
    body = letter.get_body(("plain",))
    assert body is not None
    (found,) = set(re.findall(rf"{re.escape(URL)}(/(?:account|organisation)/\S+)", body.get_content()))
    return str(found)


def letters_to(world: World, address: str) -> list[EmailMessage]:
    return [letter for letter in world.letters if address in str(letter["To"])]


def test_who_asks_is_thanked_and_only_the_csm_gets_a_letter(world: World, site: Visitor) -> None:
    page = site.get(FORM)
    assert page.status == 200
    answer = site.fill(page, FORM, address="Ann@Customer.test", name="Ann Lee", telephone="+1 202", preferred="by mail")
    assert answer.status == 200
    assert "Your request is with us." in answer.words
    (letter,) = world.letters
    assert letter["To"] == CSM
    words = str(letter.get_body(("plain",)))
    assert all(said in words for said in ("Ann Lee", "Ann@customer.test", "+1 202", "by mail"))
    (case,) = world.cases
    assert case["subject"] == "Account for Ann@customer.test"


def test_approved_by_link_and_finished_by_link_he_is_a_contact_and_the_case_is_closed(
    world: World, site: Visitor
) -> None:
    asked(site, name="Ann Lee", telephone="+1 202 555 0100", preferred="by telephone")
    approve = link_in(letters_to(world, CSM)[0])
    page = site.get(approve)
    assert page.status == 200
    assert all(said in page.words for said in ("Ann Lee", ANN, "+1 202 555 0100", "by telephone"))
    assert letters_to(world, ANN) == []  # to look approves nothing
    answer = site.fill(page, approve, organisation="Example Ltd", decision="approve")
    assert (answer.status, "A letter with a link" in answer.words) == (200, True)
    (ready,) = letters_to(world, ANN)
    assert "Ann Lee" not in str(ready)  # neutral: nobody knows yet that it was she who typed it
    finish = link_in(ready)
    page = site.get(finish)
    assert "You will be a contact of Example Ltd" in page.words
    assert page.forms()[finish]["telephone"] == "+1 202 555 0100"
    with world.store.read() as connection:
        assert accounts.contact(connection, ANN) is None  # to look finishes nothing
    answer = site.fill(page, finish, name="Ann M. Lee", preferred="by mail")
    assert (answer.status, "Your account is ready" in answer.words) == (200, True)
    with world.store.read() as connection:
        contact = accounts.contact(connection, ANN)
        history = accounts.history(connection, "example ltd")
    assert contact == AccountContact(
        "Example Ltd", ANN, "Ann M. Lee", "+1 202 555 0100", language="", preferred="by mail"
    )
    (case,) = world.cases
    assert case["status"] == "closed"
    assert any(case["number"] in line["text"] and line["actor"] == ANN for line in history)


def test_a_declined_request_is_closed_and_the_reason_goes_to_who_asked(world: World, site: Visitor) -> None:
    asked(site)
    approve = link_in(letters_to(world, CSM)[0])
    site.fill(site.get(approve), approve, decision="decline", reason="We know you already.")
    (letter,) = letters_to(world, ANN)
    assert "We know you already." in str(letter.get_body(("plain",)))
    assert world.cases[0]["status"] == "closed"


def test_declined_without_a_reason_nobody_is_told(world: World, site: Visitor) -> None:
    asked(site)
    approve = link_in(letters_to(world, CSM)[0])
    site.fill(site.get(approve), approve, decision="decline")
    assert letters_to(world, ANN) == []
    assert world.cases[0]["status"] == "closed"


def test_a_link_works_once_for_its_person_and_its_purpose_and_refusals_are_logged(world: World, site: Visitor) -> None:
    asked(site)
    approve = link_in(letters_to(world, CSM)[0])
    page = site.get(approve)
    site.fill(page, approve, organisation="Example Ltd", decision="approve")
    finish = link_in(letters_to(world, ANN)[0])
    finishing = site.get(finish)
    token = approve.rpartition("/")[2]
    with capture_logs() as logs:
        assert site.get(approve).status == 404  # used
        assert site.fill(page, approve, organisation="Example Ltd", decision="approve").status == 404
        assert site.get(f"/account/finish/{token}").status == 404  # another purpose
        assert site.get(f"/account/approve/{token[:-1]}{'A' if token[-1] != 'A' else 'B'}").status == 404  # altered
    whys = [line["why"] for line in logs if line["event"] == "a link was refused"]
    assert whys[:3] == ["used, or over", "used, or over", "for another purpose"]
    assert len(whys) == 4
    assert not any(token in str(line) for line in logs)
    assert len(letters_to(world, ANN)) == 1
    site.fill(finishing, finish, name="Ann")
    assert site.fill(finishing, finish, name="Eve").status == 404
    with world.store.read() as connection:
        contact = accounts.contact(connection, ANN)
    assert contact is not None
    assert contact.name == "Ann"


def test_an_expired_link_and_one_of_who_is_no_csm_any_more_open_nothing(world: World, site: Visitor) -> None:
    asked(site)
    approve = link_in(letters_to(world, CSM)[0])
    with world.store.read() as connection:
        ring = link_keys.keyring(connection)
    now, number = world.clock.now(), str(world.cases[0]["number"])
    eves = sign(Purpose.APPROVE, number, "eve@engineers.test", now, now.replace(year=2027), ring)
    assert site.get(f"/account/approve/{eves}").status == 404
    assert site.get(approve).status == 200
    world.clock.time = now.replace(month=12, day=5)
    assert site.get(approve).status == 404


def test_to_ask_twice_is_answered_the_same_and_makes_one_case_and_one_letter(world: World, site: Visitor) -> None:
    page = site.get(FORM)
    first, second = (site.fill(page, FORM, address=one) for one in (ANN, "ANN@customer.test"))
    assert first.status == second.status == 200
    assert first.words.casefold() == second.words.casefold()
    assert (len(world.cases), len(world.letters)) == (1, 1)


def test_a_known_contact_and_a_stranger_are_answered_the_same(world: World, site: Visitor) -> None:
    with world.store.write() as connection:
        accounts.put(connection, Account("Example Ltd", domains=("customer.test",)))
        accounts.put_contact(connection, AccountContact("Example Ltd", ANN))
    page = site.get(FORM)
    known, stranger = (site.fill(page, FORM, address=one) for one in (ANN, "eve@stranger.test"))
    assert known.words.replace(ANN, "") == stranger.words.replace("eve@stranger.test", "")


def test_the_csm_hears_of_so_many_an_hour_and_no_more(world: World) -> None:
    with shown(world) as site:
        for number in range(20):
            ask(world.house, "support", Wanted(Address("", f"a{number}@customer.test")))
        assert asked(site, "eve@stranger.test") == 409
        assert len(letters_to(world, CSM)) == 20
        world.clock.time = world.clock.time.replace(hour=world.clock.time.hour + 2)
        assert asked(site, "eve@stranger.test") == 200


def test_one_visitor_asks_a_few_times_and_then_has_to_wait(world: World, site: Visitor) -> None:
    found = [asked(site, f"a{number}@customer.test") for number in range(6)]
    assert found == [200] * 5 + [429]
    assert len(world.cases) == 5


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("address", "no address", "should be an address"),
        ("address", "support@example.com", "a mailbox of ours"),
        ("name", "=HYPERLINK()", "formula"),
        ("telephone", "1\nBcc: eve@x.test", "one line"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_with_all_that_was_typed(
    world: World, site: Visitor, field: str, value: str, says: str
) -> None:
    typed = {"address": ANN, "name": "Ann", field: value}
    answer = site.fill(site.get(FORM), FORM, **typed)
    assert answer.status == 422
    assert says in answer.words
    assert f'id="{field}-fault"' in answer.text
    assert answer.forms()[FORM]["address"] == typed["address"]
    assert world.cases == []


def test_without_the_policys_word_there_is_no_such_page(world: World, site: Visitor) -> None:
    assert site.get("/account/nowhere").status == 404
    world.house = replace(world.house, policies={world.policy.name: world.policy})
    assert site.get(FORM).status == 404


def test_a_form_of_somebody_elses_page_asks_for_nothing(world: World, site: Visitor) -> None:
    fields = {**site.get(FORM).forms()[FORM], "address": ANN}
    assert site.post(FORM, {"address": ANN}).status == 403
    elsewhere = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://evil.test"}
    assert site.ask("POST", FORM, f"address={ANN}&csrf={fields['csrf']}".encode(), elsewhere).status == 403
    assert world.cases == []


def test_words_of_who_asks_are_shown_as_words(world: World, site: Visitor) -> None:
    asked(site, name="<img src=x onerror=alert(1)>", telephone="<script>alert(1)</script>")
    page = site.get(link_in(letters_to(world, CSM)[0]))
    assert "<script>" not in page.text
    assert "<img" not in page.text
    assert "&lt;script&gt;" in page.text


def test_the_csm_cannot_name_an_account_whose_contact_it_cannot_be(world: World, site: Visitor) -> None:
    with world.store.write() as connection:
        accounts.put(connection, Account("Acme"))
        accounts.put_contact(connection, AccountContact("Acme", ANN))
    asked(site)
    approve = link_in(letters_to(world, CSM)[0])
    answer = site.fill(site.get(approve), approve, organisation="Example Ltd", decision="approve")
    assert answer.status == 422
    assert 'is a contact of "Acme"' in answer.words
    assert letters_to(world, ANN) == []
    assert site.fill(site.get(approve), approve, organisation="  ", decision="approve").status == 422


def test_an_account_is_not_asked_for_by_hand_with_words_that_no_letter_could_hold(world: World) -> None:
    with pytest.raises(NotAllowed, match="one line"):
        ask(world.house, "support", Wanted(Address("A\nB", ANN)))


def test_nobody_is_sent_a_link_to_a_page_that_is_not_there(world: World) -> None:
    with world.store.write() as connection:
        accounts.put(connection, Account("Example Ltd"))
        accounts.put_contact(connection, AccountContact("Example Ltd", ANN, admin=True))
    assert not send_link(world.house, ANN)
