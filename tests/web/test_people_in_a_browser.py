"""The pages of accounts and organisations as people meet them: on a phone and at a desk, by keyboard, no script."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from browser import DESK, PHONE, browser, faults, looking, overflows
from mailgate.account_requests import Wanted, ask
from mailgate.cases.account import Account, AccountContact
from mailgate.mail.message import Address
from mailgate.organisation import send_link
from mailgate.policy.service import Accounts
from mailgate.store import accounts
from site_visitor import Visitor, shown
from world import World, mail

__all__ = ["browser"]

CSM, ANN = "carol@engineers.test", "ann@customer.test"
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])


@pytest.fixture
def world() -> Iterator[World]:
    with World() as world:
        policy = replace(world.policy, accounts=Accounts(csm=CSM, page=True, customer_may_escalate=True))
        world.house = replace(world.house, policies={policy.name: policy})
        with world.store.write() as connection:
            licences = ("50 desktops", "a licence with quite a long name for all servers in the cellar")
            account = Account("Example Ltd", ("customer.test",), None, date(2026, 12, 31), licences, CSM)
            accounts.put(connection, account)
            accounts.put_contact(connection, AccountContact("Example Ltd", ANN, "Ann", admin=True))
            bob = AccountContact("Example Ltd", "bob.with.a.long.name@customer.test", "Bob", "+1 202 555 0100")
            accounts.put_contact(connection, bob)
        yield world


@pytest.fixture
def site(world: World) -> Iterator[Visitor]:
    with shown(world, local=True) as site:
        yield site


def link(world: World) -> str:
    """The link in the letter that was written last."""
    body = world.letters[-1].get_body(("plain",))
    assert body is not None
    (found,) = re.findall(r"http://127\.0\.0\.1:\d+(/(?:account|organisation)/\S+)", body.get_content())
    return str(found)


def looked_at(page: Page, name: str) -> None:
    """Nobody has to scroll sideways; and who wants to look at it himself says where the pictures go."""
    assert not overflows(page)
    if folder := os.environ.get("MAILGATE_TEST_PICTURES"):
        width = (page.viewport_size or DESK)["width"]
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


@SIZES
def test_an_account_is_asked_for_approved_and_finished(
    world: World, site: Visitor, browser: Browser, size: ViewportSize
) -> None:
    with looking(browser, site, size) as page:
        page.goto("/account/support")
        looked_at(page, "account-ask")
        page.get_by_label("Your email address").fill("Cat@customer.test")
        page.get_by_label("Your name").fill("Cat")
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_contain_text("Your request is with us.")
        page.goto(link(world))
        looked_at(page, "account-decide")
        assert page.get_by_label("Organisation").input_value() == "Example Ltd"
        page.get_by_role("button", name="Approve").click()
        expect(page.locator("main")).to_contain_text("A letter with a link")
        page.goto(link(world))
        looked_at(page, "account-finish")
        page.get_by_label("Your telephone number").fill("+1 202 555 0100")
        page.get_by_role("button", name="Finish").click()
        expect(page.locator("main")).to_contain_text("Your account is ready")
    with world.store.read() as connection:
        contact = accounts.contact(connection, "cat@customer.test")
    assert contact == AccountContact("Example Ltd", "Cat@customer.test", "Cat", "+1 202 555 0100")


@SIZES
def test_an_admin_works_on_the_page_of_his_organisation(
    world: World, site: Visitor, browser: Browser, size: ViewportSize
) -> None:
    world.receive(mail("A printer that is on fire, and whose smoke one sees from afar", by=f"Ann <{ANN}>"))
    assert send_link(world.house, ANN)
    with looking(browser, site, size) as page:
        page.goto(link(world))
        looked_at(page, "organisation")
        expect(page.locator("table >> nth=0")).to_contain_text("A printer that is on fire")
        page.get_by_label("Email address").fill("dan@customer.test")
        page.keyboard.press("Enter")
        expect(page.locator("[role=status]")).to_contain_text("The contact was added.")
        page.get_by_role("button", name="Remove dan@customer.test").click()
        expect(page.locator("[role=status]")).to_contain_text("The contact was removed.")
        expect(page.locator("main")).not_to_contain_text("dan@customer.test")
        page.get_by_text("Escalate the account").click()
        page.get_by_label("Why").fill("We go live on Monday")
        page.get_by_role("button", name="Escalate the whole account").click()
        expect(page.locator("[role=status]")).to_contain_text("The account was escalated.")
        looked_at(page, "organisation-escalated")


@pytest.mark.parametrize(("size", "dark"), [(PHONE, True), (DESK, False)], ids=["dark phone", "light desk"])
def test_axe_finds_nothing_serious(
    world: World, site: Visitor, browser: Browser, size: ViewportSize, *, dark: bool
) -> None:
    world.receive(mail("Printer", by=f"Ann <{ANN}>"))
    paths = ["/account/support", "/organisation"]
    ask(world.house, "support", Wanted(Address("Eve", "eve@stranger.test"), "+1 202"))
    paths.append(link(world))
    assert send_link(world.house, ANN)
    paths.append(link(world))
    with looking(browser, site, size, javascript=True, dark=dark) as page:
        for path in paths:
            page.goto(path)
            assert faults(page) == []
            assert page.locator("h1").count() == 1


def test_all_of_the_organisations_page_is_reached_by_keyboard(world: World, site: Visitor, browser: Browser) -> None:
    assert send_link(world.house, ANN)
    with looking(browser, site) as page:
        page.goto(link(world))
        reached = list[str]()
        for _ in range(40):
            page.keyboard.press("Tab")
            reached.append(page.locator(":focus").first.inner_text() if page.locator(":focus").count() else "")
        assert {"Skip to the content", "Escalate the account", "Remove", "Add"} <= set(reached)
