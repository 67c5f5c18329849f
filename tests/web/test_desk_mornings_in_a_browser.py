"""An operator's morning in Chromium: Today, inbox, outbox, blocks, silenced, on a phone and at a desk, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from browser import DESK, PHONE, apart, browser, faults, looking, overflows
from desk_site import OTTO, signed_in, staffed
from mailgate.settings import BreakerSettings
from mailgate.store import blocks
from site_visitor import shown
from world import World, mail

__all__ = ["browser"]

BOTH = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
PAGES = (
    "/desk", "/desk/owed", "/desk/escalated/1", "/desk/inbox", "/desk/inbox/1", "/desk/outbox?state=all",
    "/desk/outbox/2", "/desk/blocks", "/desk/silenced",
)  # fmt: skip


@contextmanager
def morning(browser: Browser, size: ViewportSize, *, javascript: bool = False) -> Iterator[tuple[World, Page]]:
    """Two held mails, three cases, letters that a breaker holds, a blocked sender; Otto is signed in."""
    with (
        staffed(breaker=BreakerSettings(hourly=3)) as world,
        shown(world, local=True) as site,
        looking(browser, site, size, javascript=javascript) as page,
    ):
        for n in range(2):
            away = mail("Away" + "y" * 200 * n, f"Gone {n}", message_id=f"<a{n}@x.test>", auto_submitted="auto-replied")
            world.receive(away)
        for n in range(3):
            world.receive(mail(f"Printer {n}", message_id=f"<{n}@customer.test>"))
        otto = apart(lambda: signed_in(world, site, OTTO))
        with world.store.write() as connection:
            blocks.add(connection, "eve.test", OTTO, world.clock.now())
        kept = [
            {"name": name, "value": value, "url": f"http://127.0.0.1:{site.port}"}
            for name, value in otto.cookies.items()
        ]
        page.context.add_cookies(kept)  # type: ignore[arg-type]
        yield world, page


@BOTH
def test_no_page_of_the_morning_shuts_anybody_out(browser: Browser, size: ViewportSize) -> None:
    with morning(browser, size, javascript=True) as (_, page):
        for path in PAGES:
            page.goto(path)
            assert faults(page) == [], path
            assert not overflows(page), path
            assert page.locator("h1").count() == 1, path


@BOTH
def test_held_mails_are_ticked_tried_and_let_in_without_a_mouse(browser: Browser, size: ViewportSize) -> None:
    with morning(browser, size) as (world, page):
        page.goto("/desk")
        page.get_by_role("link", name="Held: an automatic answer").press("Enter")
        for n in (1, 2):
            page.get_by_label(f"Mail {n}", exact=True).press("Space")
        page.get_by_role("button", name="Let in").press("Enter")
        expect(page.get_by_role("heading", name="Let in: what would happen")).to_be_visible()
        assert not overflows(page)
        page.get_by_role("button", name="Let in (2)").press("Enter")
        expect(page.get_by_role("status")).to_have_text("Done: 2 of 2.")
        assert [world.inbox(n)["released_by"] for n in (1, 2)] == [OTTO, OTTO]


def test_what_a_breaker_holds_is_sent_and_a_sender_let_in_again(browser: Browser) -> None:
    with morning(browser, PHONE) as (_, page):
        page.goto("/desk")
        page.get_by_role("link", name="Letters are held back").click()
        page.get_by_role("button", name="Send what it holds").click()
        expect(page).to_have_url("/desk/silenced/try")
        page.get_by_role("button", name="Send what it holds").click()
        expect(page.get_by_role("status")).to_have_text("Done: 1 of 1.")
        page.goto("/desk/blocks")
        page.get_by_label("eve.test", exact=True).check()
        page.get_by_role("button", name="Let in again").click()
        expect(page).to_have_url("/desk/blocks/try")
        page.get_by_role("button", name="Let in again").click()
        expect(page.get_by_role("cell", name="no longer blocked: eve.test")).to_be_visible()
