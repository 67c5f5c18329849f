"""The page of a case in a real browser: what customers do there; nothing in a mail runs, loads or complains."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from browser import DESK, PHONE, browser, faults, looking, overflows
from case_pages import ANN, BOB, CODE, page_of, page_world
from hostile_html import BODIES, with_pictures, written
from mailgate import pipeline
from mailgate.cases.case import Status
from mailgate.cases.events import EngineerActed
from mailgate.policy.load import load_policy
from mailgate.policy.policy import Policy
from site_visitor import shown
from world import ROOT, World, mail

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


def appviewx() -> Policy:
    return load_policy(ROOT / "config/policies/appviewx.toml")


def pressed(world: World, status: Status) -> None:
    pipeline.act(world.house, world.cases[0]["number"], EngineerActed("operator", status))


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_customer_does_on_the_page_all_that_the_policy_lets_him(
    browser: Browser, size: ViewportSize, tmp_path: Path
) -> None:
    with page_world(appviewx()) as world, shown(world, local=True) as site:
        world.receive(mail(cc=BOB))
        file = tmp_path / "log.txt"
        file.write_text("all of it")
        with looking(browser, site, size) as page:
            page.goto(page_of(world, ANN))
            page.get_by_label("Your message").fill("It smokes, too.")
            page.get_by_label("Files").set_input_files(file)
            page.get_by_role("button", name="Send").click()
            expect(page.get_by_role("status")).to_contain_text("Your message was received.")
            world.process()
            page.get_by_text("Change the priority").click()
            page.get_by_label("1 (Critical)").check()
            page.get_by_role("button", name="Change it").click()
            expect(page.get_by_role("status")).to_contain_text("The priority was changed.")
            expect(page.get_by_text("It smokes, too.")).to_be_visible()
            with page.expect_download() as saved:
                page.get_by_role("link", name="log.txt").click()
            assert Path(saved.value.path()).read_text() == "all of it"
            page.get_by_role("button", name="Escalate to").click()
            expect(page.locator("dt", has_text="Escalated to")).to_be_visible()
            pressed(world, Status.RESOLVED)
            page.reload()
            page.get_by_role("button", name="No, open it again").click()
            expect(page.get_by_role("status")).to_contain_text("open again")
            pressed(world, Status.RESOLVED)
            page.reload()
            page.get_by_role("button", name="Yes, it is solved").click()
            expect(page.get_by_role("status")).to_contain_text("closed")
            assert not overflows(page)
            page.goto(page_of(world, BOB))
            page.get_by_text("Leave the case").click()
            expect(page.get_by_text("You get no more letters")).to_be_visible()
            page.get_by_role("button", name="Yes, leave it").click()
            expect(page.get_by_role("heading", name="You have left")).to_be_visible()
        assert (world.cases[0]["status"], world.cases[0]["priority"]) == ("closed", 1)


def test_a_code_is_asked_for_and_given_without_a_script_and_by_keyboard_alone(browser: Browser) -> None:
    with page_world(replace(appviewx(), page=CODE)) as world, shown(world, local=True) as site:
        world.receive(mail())
        with looking(browser, site, PHONE) as page:
            page.goto(page_of(world, ANN))
            page.get_by_role("button", name="Mail me a code").focus()
            page.keyboard.press("Enter")
            expect(page.get_by_role("status")).to_contain_text("A code was mailed to you.")
            body = world.letters[-1].get_body(("plain",))
            assert body is not None
            (code,) = re.findall(r"(?m)^(\d{8})\s*$", str(body.get_content()))
            page.get_by_label("The code from the letter").focus()
            page.keyboard.type(code)
            page.keyboard.press("Enter")
            expect(page.get_by_role("status")).to_contain_text("For half an hour")
            page.get_by_role("button", name="Close the case").focus()
            page.keyboard.press("Enter")
            expect(page.get_by_role("status")).to_contain_text("The case is closed.")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_on_the_pages_is_hard_to_reach(browser: Browser, dark: bool) -> None:
    with page_world(appviewx()) as world, shown(world, local=True) as site:
        told = {"message_id": "<1@customer.test>", "subject": "Formatted " + "very" * 30}
        world.receive(with_pictures(written(f"<h1>x</h1><p>{'long' * 99}</p><img src=cid:red@x>", **told)).as_bytes())
        pipeline.act(world.house, world.cases[0]["number"], EngineerActed("operator", escalate=True))
        link = page_of(world, ANN)
        with looking(browser, site, PHONE, javascript=True, dark=dark) as page:
            for path in (link, f"{link}/mail/1"):
                page.goto(path)
                assert faults(page) == []
                assert not overflows(page)
