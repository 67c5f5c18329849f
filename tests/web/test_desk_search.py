"""The desk's search: what is found, where it stands, and that nothing in it is more than words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from browser import DESK, PHONE, apart, browser, faults, looking, overflows
from desk_site import EVE, signed_in, staffed
from mailgate import indexing
from mailgate.web.desk.searching import PAGE
from site_visitor import Answer, Visitor, shown
from world import World, mail

__all__ = ["browser"]


@pytest.fixture
def world() -> Iterator[World]:
    with staffed() as world:
        yield world


@pytest.fixture
def site(world: World) -> Iterator[Visitor]:
    with shown(world) as site:
        yield signed_in(world, site, EVE)


def said(world: World, subject: str, body: str, n: int = 0) -> str:
    world.receive(mail(subject, body, message_id=f"<{n}@customer.test>"))
    indexing.bring_up(world.house)
    return str(world.cases[-1]["number"])


def search(site: Visitor, words: str, more: str = "") -> Answer:
    answer = site.get(f"/desk/search?words={quote(words)}{more}")
    assert answer.status == 200
    return answer


def test_a_case_is_found_with_the_line_in_which_the_words_stand(world: World, site: Visitor) -> None:
    number = said(world, "Printer on fire", "Hello,\nsince Monday the photocopier burns, too.\nAnn")
    answer = search(site, "fire photoc")
    assert f'href="/desk/cases/{number}"' in answer.text
    assert "Printer on <mark>fire</mark>" in answer.text
    assert "since Monday the <mark>photocopier</mark> burns" in answer.text
    assert "In no case" in search(site, "fire walrus").words
    assert "In no case" not in search(site, "").words


def test_what_somebody_wrote_or_typed_is_never_html(world: World, site: Visitor) -> None:
    said(world, "<script>alert(1)</script> lamp", '"><img src=x onerror=alert(2)> lamp <b>bold</b>')
    for words in ("lamp", '"><script>alert(3)</script> lamp', "<mark>lamp"):
        answer = search(site, words)
        assert not re.search(r"<(script|img|b)\b", answer.text), words
    assert "<mark>lamp</mark>" in search(site, "lamp").text


def test_accents_and_scripts_without_spaces_are_marked_as_they_were_written(world: World, site: Visitor) -> None:
    said(world, "Größe", "Le café est fermé. 登录时出现错误,请帮忙。")
    assert "<mark>Größe</mark>" in search(site, "grosse").text
    assert "Le <mark>café</mark> est" in search(site, "CAFE est").text.replace("<mark>est</mark>", "est")
    assert "出现<mark>错误</mark>,请" in search(site, "错误").text


def test_only_the_words_that_were_asked_for_are_marked(world: World, site: Visitor) -> None:
    said(world, "Hello", "The lampshade, the lamp and darkness")
    assert "The lampshade, the <mark>lamp</mark> and <mark>darkness</mark>" in search(site, "lamp dark").text


def test_a_long_list_goes_on_page_by_page(world: World, site: Visitor) -> None:
    numbers = [said(world, f"lamp {n}", "dark", n) for n in range(PAGE + 3)]
    first = search(site, "lamp")
    (older,) = re.findall(r'<a href="([^"]+)" rel="next"', first.text)
    second = site.get(older.replace("&amp;", "&"))
    found = [re.findall(r'href="/desk/cases/(\d+)"', page.text) for page in (first, second)]
    assert found == [numbers[:2:-1], numbers[2::-1]]
    assert 'rel="next"' not in second.text


def test_closed_cases_are_left_out_where_that_is_asked_for(world: World, site: Visitor) -> None:
    number = said(world, "lamp", "dark")
    world.set_status(number, "closed")
    assert number in search(site, "lamp", "&which=closed").text
    assert number not in search(site, "lamp", "&which=open").text


@pytest.mark.parametrize("after", ["x", "9" * 40, "-1", "1", "2611000001'"])
def test_a_page_that_no_link_of_ours_leads_to_is_the_first(world: World, site: Visitor, after: str) -> None:
    number = said(world, "lamp", "dark")
    assert number in search(site, "lamp", f"&after={after}").text


def test_nobody_searches_who_is_not_signed_in(site: Visitor) -> None:
    assert site.another().get("/desk/search?words=lamp").status == 303


def test_the_page_is_well_made_on_a_phone_and_on_a_desk(world: World, browser: Browser) -> None:
    with shown(world, local=True) as site:
        said(world, "lamp " + "x" * 300, "dark " * 100 + "lamp")
        eve = apart(lambda: signed_in(world, site, EVE))
        where = f"http://127.0.0.1:{site.port}"
        for size, dark in ((PHONE, False), (DESK, True)):
            with looking(browser, eve, size, javascript=True, dark=dark) as page:
                for name, value in eve.cookies.items():
                    page.context.add_cookies([{"name": name, "value": value, "url": where}])
                page.goto("/desk/search?words=lamp")
                assert page.locator("mark").count() >= 2
                assert (faults(page), overflows(page)) == ([], False)
