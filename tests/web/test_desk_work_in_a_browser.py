"""A day's work on a case in the desk's window, in Chromium without JavaScript, on a phone, on a desk, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from browser import DESK, PHONE, apart, browser, faults, looking, overflows
from desk_site import EVE, let_in, staffed
from site_visitor import shown
from world import World, mail

__all__ = ["browser"]

SECRET = "the customer forgot to pay the last three bills of this year"


@contextmanager
def at_work(browser: Browser, size: ViewportSize, **more: Any) -> Iterator[tuple[World, Page]]:
    """A world with two cases, and Eve in her browser."""
    with staffed() as world, shown(world, local=True) as site, looking(browser, site, size, **more) as page:
        for n in (1, 2):
            world.receive(mail(f"Printer {n}", message_id=f"<{n}@customer.test>"))
        eve = let_in(world, site)
        name, value = next(iter(eve.cookies.items()))
        page.context.add_cookies([{"name": name, "value": value, "url": f"http://127.0.0.1:{site.port}"}])
        yield world, page


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_case_is_taken_noted_answered_and_resolved(browser: Browser, size: ViewportSize) -> None:
    with at_work(browser, size) as (world, page):
        page.goto("/desk/cases")
        page.get_by_role("link", name="2611000001").click()
        page.get_by_role("button", name="Take it").click()
        expect(page.get_by_role("status")).to_have_text("It was changed.")
        page.get_by_label("Your words").fill(SECRET)
        page.get_by_role("button", name="Keep as internal note").click()
        expect(page.locator("article.note")).to_contain_text(SECRET)
        page.get_by_label("Your words").fill(f"Dear Ann, {SECRET}.")
        page.get_by_role("button", name="Send to the customer").click()
        expect(page.get_by_role("alert").first).to_contain_text("it has words of the internal note")
        expect(page.get_by_label("Your words")).to_have_value(f"Dear Ann, {SECRET}.")
        page.get_by_label("Your words").fill("Dear Ann, pull the plug.")
        page.get_by_role("button", name="Send to the customer").click()
        expect(page.locator("article.ours")).to_contain_text("pull the plug")
        page.get_by_role("button", name="Resolved").click()
        expect(page.locator("dd").first).to_have_text("resolved")
        case = apart(lambda: world.case("2611000001"))
        assert (case["owner"], case["status"]) == (EVE, "resolved")
        page.goto("/desk/cases?owner=me")
        expect(page.get_by_role("table")).to_contain_text("2611000001")


def test_a_case_is_changed_and_merged_by_keyboard_alone(browser: Browser) -> None:
    with at_work(browser, DESK) as (world, page):
        page.goto("/desk/cases/2611000001")
        summary = page.get_by_text("Change the case")
        tab_to(page, "Change the case")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Change", exact=True)).to_be_visible()
        assert summary.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
        for _ in range(30):
            if page.evaluate("document.activeElement.id") == "into":
                break
            page.keyboard.press("Tab")
        page.keyboard.type("2611000002")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("2611000002")
        assert apart(lambda: world.case("2611000002"))["merged"] == ["2611000001"]


def tab_to(page: Page, text: str) -> None:
    for _ in range(60):
        if page.evaluate("document.activeElement.textContent").strip() == text:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not come to {text}")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_form_that_was_refused_and_an_open_one_shut_nobody_out(browser: Browser, size: ViewportSize) -> None:
    with at_work(browser, size, javascript=True) as (_, page):
        page.goto("/desk/cases/2611000001")
        page.get_by_text("Change the case").click()
        page.get_by_label("This case becomes part of case").fill("2611999999")
        page.get_by_role("button", name="Merge").click()
        expect(page.get_by_label("This case becomes part of case")).to_have_value("2611999999")
        assert faults(page) == []
        assert not overflows(page)
        page.goto("/desk/cases?due=soon")
        assert faults(page) == []
        page.goto("/desk/cases/2611000001/mail/1")
        assert faults(page) == []
        assert not overflows(page)
