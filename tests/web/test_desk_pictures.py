"""The desk's pictures: what they show, and how they are read by who does not see them, or sees no colour."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from browser import DESK, PHONE, apart, browser, faults, looking, overflows
from commands import Gate
from desk_site import EVE, signed_in, staffed
from mailgate import reckoning
from mailgate.clock import SystemClock
from site_visitor import Visitor, shown
from world import World, mail

__all__ = ["browser"]


@pytest.fixture
def world() -> Iterator[World]:
    """Three cases opened, two of them yesterday."""
    with staffed() as world:
        for n in range(2):
            world.receive(mail("Lamp", message_id=f"<{n}@customer.test>"))
        world.clock.time += timedelta(days=1, hours=1)
        world.receive(mail("Fan", message_id="<9@customer.test>"))
        while reckoning.bring_up(world.house):
            pass
        yield world


@pytest.fixture
def eve(world: World) -> Iterator[Visitor]:
    with shown(world) as site:
        yield signed_in(world, site, EVE)


def test_each_picture_has_a_title_a_description_and_its_numbers_in_a_table(eve: Visitor) -> None:
    html = eve.get("/desk/pictures").text
    pictures = re.findall(r'<svg class="chart"(.*?)</svg>', html, re.DOTALL)
    assert len(pictures) >= 5
    for one in pictures:
        title, desc = re.findall(r'aria-labelledby="(\S+) (\S+)"', one)[0]
        assert 'role="img"' in one
        assert re.search(rf'<title id="{title}">[^<]+</title>', one)
        assert re.search(rf'<desc id="{desc}">[^<]*\d[^<]*</desc>', one)
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    captions = [re.sub(r"<[^>]+>", "", one) for one in re.findall(r"<caption>(.*?)</caption>", html)]
    for name in ("Mails and cases a day", "First answers to priority 3", "Breaches by week", "by age"):
        assert any(name in one for one in captions), name


def test_nothing_is_told_by_colour_alone_or_by_style_that_our_own_policy_forbids(eve: Visitor) -> None:
    html = eve.get("/desk/pictures").text
    fills = set(re.findall(r'fill="([^"]+)"', html))
    assert fills <= {"currentColor", "none", "url(#p0)", "url(#p1)", "url(#p2)", "url(#p3)"}
    assert not re.search(r"<script|style=|<style|#[0-9a-f]{6}", html)


def test_what_was_counted_is_drawn_and_said(eve: Visitor) -> None:
    words = eve.get("/desk/pictures").words
    assert "3 mails, 0.1 a day; the most, 2, on 17 Nov." in words
    assert "none that had a target; 3 not yet given, 2 of them late." in words
    assert "3 cases are not closed: 1 day 1, 3 days 2" in words
    assert "2026-11-17 2 2 2026-11-18 1 1" in words


def test_the_picture_of_90_days_begins_earlier_than_that_of_30(eve: Visitor) -> None:
    for days, first in ((30, "20 Oct"), (90, "21 Aug")):
        answer = eve.get(f"/desk/pictures?days={days}")
        assert first in answer.text
        assert f"Pictures of the last {days} days" in answer.words
    assert "last 30 days" in eve.get("/desk/pictures?days=1e9").words


def test_before_anything_is_counted_the_page_says_so() -> None:
    with staffed() as fresh, shown(fresh) as site:
        words = signed_in(fresh, site, EVE).get("/desk/pictures").words
    assert "Nothing was counted yet" in words


def test_the_command_line_tells_the_same_numbers(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    gate.out("db", "upgrade")
    with gate.world() as world:
        world.clock.time = SystemClock().now() - timedelta(hours=1)  # the command counts the days before its own
        for n in range(3):
            world.receive(mail("Lamp", message_id=f"<{n}@customer.test>"))
    found = gate.json("figures", "--days", "90")
    assert [sum(one[what] for one in found["days"]) for what in ("mails", "cases", "breaches")] == [3, 3, 0]
    assert sum(sum(by.values()) for by in found["first_answers"]["3"].values()) == 3
    assert sum(sum(by.values()) for by in found["backlog"].values()) == 3
    assert sum(map(sum, found["doors"].values())) == 3
    told = gate.out("figures", "--days", "90")
    for words in ("DAY (UTC)", "First answers to priority 3", "Not closed, by age", "DOOR"):
        assert words in told
    assert "90" in gate.error("figures", "--days", "91", code=2)


def test_the_pictures_are_well_made_on_a_phone_and_on_a_desk(world: World, browser: Browser) -> None:
    with shown(world, local=True) as site:
        eve = apart(lambda: signed_in(world, site, EVE))
        for size, dark in ((PHONE, False), (DESK, True)):
            with looking(browser, eve, size, javascript=True, dark=dark) as page:
                for name, value in eve.cookies.items():
                    page.context.add_cookies([{"name": name, "value": value, "url": f"http://127.0.0.1:{site.port}"}])
                page.goto("/desk/pictures")
                page.locator("summary").first.click()
                expect(page.get_by_role("table", name="Mails and cases a day")).to_be_visible()
                expect(page.get_by_role("img", name="Cases opened a day")).to_be_visible()
                assert (faults(page), overflows(page)) == ([], False)
