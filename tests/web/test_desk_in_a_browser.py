"""The desk's window in Chromium: by keyboard alone, without JavaScript, at the width of a phone and of a desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from browser import DESK, PHONE, apart, browser, faults, looking, overflows
from desk_site import EVE, OTTO, link_sent, staffed
from site_visitor import shown
from world import World, mail

__all__ = ["browser"]

# Colours are the same at every width, and widths in every colour.
DRESSED = pytest.mark.parametrize(("size", "dark"), [(PHONE, True), (DESK, False)], ids=["dark phone", "light desk"])


@contextmanager
def at_the_desk(browser: Browser, size: ViewportSize, address: str = EVE, **more: Any) -> Iterator[tuple[World, Page]]:
    """A world with a case, and one of ours who has signed in, in a browser."""
    with staffed() as world, shown(world, local=True) as site, looking(browser, site, size, **more) as page:
        world.receive(
            mail("The printer burns", body="It is on fire.\r\nPlease help.\r\n", message_id="<1@customer.test>")
        )
        world.receive(mail("About #2611000001", by="Mallory <m@stranger.test>", message_id="<2@stranger.test>"))
        sign_in(world, page, address)
        yield world, page


def sign_in(world: World, page: Page, address: str) -> None:
    page.goto("/desk/cases")
    page.get_by_label("Your address on the roster").fill(address)
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    page.goto(apart(lambda: link_sent(world, address)))
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url("/desk/cases")


@DRESSED
def test_no_page_of_the_desk_shuts_anybody_out(browser: Browser, size: ViewportSize, dark: bool) -> None:
    with at_the_desk(browser, size, OTTO, javascript=True, dark=dark) as (_, page):
        for path in PAGES:
            page.goto(path)
            assert faults(page) == [], path
            assert not overflows(page), path
            assert page.locator("h1").count() == 1, path


PAGES = [
    "/desk",
    "/desk/cases",
    "/desk/cases?status=all",
    "/desk/cases/2611000001",
    "/desk/inbox",
    "/desk/inbox?state=held",
    "/desk/inbox/1",
    "/desk/inbox/2",
    "/desk/outbox",
    "/desk/outbox/1",
    "/desk/blocks",
    "/desk/silenced",
    "/desk/pictures?days=90",
    "/desk/search?words=fire",
]


def test_signing_in_takes_no_mouse(browser: Browser) -> None:
    with staffed() as world, shown(world, local=True) as site, looking(browser, site, DESK) as page:
        page.goto("/desk/cases")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Tab")
        page.keyboard.type(EVE)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
        page.goto(apart(lambda: link_sent(world, EVE)))
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Cases", exact=True)).to_be_visible()
