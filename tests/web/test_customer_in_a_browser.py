"""The page of a case in a real browser: what customers do there; nothing in a mail runs, loads or complains."""

from __future__ import annotations

from playwright.sync_api import Browser

from browser import browser, looking
from case_pages import ANN, page_of, page_world
from hostile_html import BODIES, with_pictures, written
from site_visitor import shown

__all__ = ["browser"]

# Those that a browser may read otherwise than the sanitiser; all of them are looked at in the mails' own tests.
_TRICKY = ("mutated", "svg", "comment", "cdata", "form", "noscript", "picture", "closing", "css that", "null", "deep")


def test_a_browser_runs_loads_and_complains_of_nothing_in_hostile_mails(browser: Browser) -> None:
    chosen = [name for name in BODIES if name.startswith(_TRICKY)]
    with page_world() as world, shown(world, local=True) as site:
        for place, name in enumerate(chosen):
            told = {"message_id": f"<{place}@customer.test>", "in_reply_to": f"<{max(place - 1, 0)}@customer.test>"}
            world.receive(with_pictures(written(BODIES[name], **told)).as_bytes(), process=False)
        world.process()
        link, asked = page_of(world, ANN), list[str]()
        with looking(browser, site, javascript=True) as page:
            page.on("request", lambda request: asked.append(request.url))
            page.on("dialog", lambda dialog: asked.append(f"dialog {dialog.message}"))
            for place, name in enumerate(chosen, 1):
                answer = page.goto(f"{link}/mail/{place}")
                assert answer is not None
                assert answer.status == 200, name
                assert page.locator("h1").count() == 1, name
            assert [one for one in asked if not one.startswith(f"http://127.0.0.1:{site.port}/")] == []
