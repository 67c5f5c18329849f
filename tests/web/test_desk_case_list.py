"""The list of cases in the desk's window: narrowed, page by page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest

from desk_site import EVE, OTTO, desk_of
from mailgate import pipeline, rearranging
from mailgate.cases.case import Status
from mailgate.cases.events import EngineerActed
from mailgate.web.desk.case_list import PAGE
from site_visitor import Visitor
from world import World, mail


@pytest.fixture
def desk() -> Iterator[tuple[World, Visitor]]:
    with desk_of() as found:
        yield found


def opened(world: World, subject: str = "Printer", by: str = "ann@customer.test", box: str = "support") -> str:
    """A new case, a minute after the last one; its number."""
    world.clock.time += timedelta(minutes=1)
    name = f"<{world.clock.time:%d%H%M}@customer.test>"
    inbound = world.receive(mail(subject, by=by, message_id=name), to=f"{box}@example.com")
    return str(world.inbox(inbound)["case"])


def listed(visitor: Visitor, query: str = "") -> list[str]:
    """The numbers on the page, as they stand."""
    answer = visitor.get(f"/desk/cases{query}")
    assert answer.status == 200, answer.words
    return re.findall(r'<th scope="row"><a href="/desk/cases/(\d+)">', answer.text)


def link(visitor: Visitor, query: str, word: str) -> str:
    """Where that word on the page leads, as a query; "" where it is not there."""
    found = re.search(rf'href="/desk/cases(\?[^"]*)"[^>]*>{word}<', visitor.get(f"/desk/cases{query}").text)
    return unescape(found[1]) if found else ""


def test_each_filter_narrows_the_list(desk: tuple[World, Visitor]) -> None:
    world, eve = desk
    one, two, three = opened(world), opened(world, "Phone", "bob@other.test"), opened(world, box="sales")
    house = world.house
    pipeline.act(house, one, EngineerActed(EVE, owner=EVE, priority=1))
    pipeline.act(house, two, EngineerActed(OTTO, owner=OTTO))
    pipeline.act(house, three, EngineerActed(EVE, Status.CLOSED))
    assert listed(eve) == [two, one]
    assert listed(eve, "?status=all") == [three, two, one]
    assert listed(eve, "?status=closed") == [three]
    assert listed(eve, "?status=closed&status=open*") == [three, two, one]
    assert listed(eve, "?owner=me") == [one]
    assert listed(eve, f"?owner={OTTO}") == [two]
    assert listed(eve, "?owner=nobody") == []
    assert listed(eve, "?owner=nobody&status=all") == [three]
    assert listed(eve, "?priority=1") == [one]
    assert listed(eve, "?priority=1&priority=3") == [two, one]
    assert listed(eve, "?status=all&mailbox=sales") == [three]
    assert listed(eve, "?contact=BOB@other.test") == [two]
    assert listed(eve, "?subject=PHON") == [two]
    assert listed(eve, "?opened_after=2m&status=all") == [three, two, one]
    assert listed(eve, "?opened_after=1m&status=all") == [three, two]
    assert listed(eve, "?opened_before=2026-11-17") == []
    assert listed(eve, "?opened_after=2026-11-17") == [two, one]
    assert listed(eve, "?due=0h") == []
    assert set(listed(eve, "?due=30d")) == {one, two}


def test_what_narrows_stays_in_the_form(desk: tuple[World, Visitor]) -> None:
    _, eve = desk
    text = eve.get("/desk/cases?status=waiting&priority=2&owner=nobody&subject=a%22b&due=4h").text
    assert all(f"<option selected>{one}</option>" in text for one in ("waiting", "2"))
    assert '<option value="nobody" selected>' in text
    assert 'name="subject" value="a&#34;b"' in text


def test_pages_lead_to_the_older_and_back(desk: tuple[World, Visitor]) -> None:
    world, eve = desk
    numbers = [opened(world, f"No {n}") for n in range(2 * PAGE + 1)][::-1]
    first = listed(eve, "?status=all")
    older = link(eve, "?status=all", "Older")
    second, third = listed(eve, older), listed(eve, link(eve, older, "Older"))
    assert first + second + third == numbers
    assert link(eve, "?status=all", "Newer") == ""
    assert "status=all" in older
    assert listed(eve, link(eve, older, "Newer")) == first
    soonest = listed(eve, "?due=30d")
    later = link(eve, "?due=30d", "Later")
    assert soonest + listed(eve, later) + listed(eve, link(eve, later, "Later")) == numbers[::-1]
    assert listed(eve, link(eve, later, "Sooner")) == soonest


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=gone", "status"),
        ("priority=x", "priority"),
        ("mailbox=nowhere", "mailbox"),
        ("opened_after=lately", "opened after"),
        ("opened_before=2%20business%20days", "opened before"),
        ("due=soon", "due"),
    ],
)
def test_what_cannot_be_read_is_told_beside_what_was_typed(desk: tuple[World, Visitor], query: str, field: str) -> None:
    _, eve = desk
    answer = eve.get(f"/desk/cases?{query}")
    assert answer.status == 422
    assert f'role="alert" id="fault">{field}: ' in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_a_page_after_a_case_that_is_not_there_is_not_found(desk: tuple[World, Visitor]) -> None:
    _, eve = desk
    assert eve.get("/desk/cases?after=2611999999").status == 404


def test_what_is_due_is_told(desk: tuple[World, Visitor]) -> None:
    world, eve = desk
    opened(world)
    assert "due now" not in eve.get("/desk/cases").words.replace("Due now", "")
    world.clock.time += timedelta(hours=3)
    assert "due now" in eve.get("/desk/cases").words


def test_a_merged_case_leads_to_what_it_is_part_of(desk: tuple[World, Visitor]) -> None:
    world, eve = desk
    one, other = opened(world), opened(world, "Printer again")
    rearranging.merge(world.house, one, other)
    assert f'in <a href="/desk/cases/{other}">' in eve.get("/desk/cases?status=all").text
