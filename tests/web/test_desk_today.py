"""What the desk begins the day with: every figure is so, leads to its list, and costs the same whatever there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from sqlalchemy import select

from desk_site import EVE, OTTO, signed_in, staffed
from mailgate import pipeline
from mailgate.cases.case import Status
from mailgate.cases.events import EngineerActed
from mailgate.errors import Permanent
from mailgate.policy.duration import Duration, Unit
from mailgate.policy.policy import Policy, Priority
from mailgate.policy.service import Escalation, Rung
from mailgate.settings import BreakerSettings
from mailgate.store.tables import cases
from mailgate.web.desk.listed import PAGE
from site_visitor import Answer, Visitor, shown
from world import World, mail

HOUR = Duration(60, Unit.MINUTES)
POLICY = Policy(
    "default",
    priorities=(Priority(1, "Critical", response=HOUR), Priority(3, "Normal", response=Duration(6 * 60, Unit.MINUTES))),
    escalation=Escalation(rungs=(Rung("Team lead", ("lead@engineers.test",)), Rung("Head", ("head@engineers.test",)))),
)


@pytest.fixture
def world() -> Iterator[World]:
    with staffed(policy=POLICY) as world:
        yield world


def opened(world: World, n: int, **does: object) -> str:
    """One more case, on which somebody then does that."""
    world.receive(mail(f"Printer {n}", message_id=f"<{n}@customer.test>"))
    number = str(world.cases[-1]["number"])
    if does:
        pipeline.act(world.house, number, EngineerActed(EVE, **does))  # type: ignore[arg-type]
    return number


def figures(page: Answer) -> dict[str, str]:
    """By what it is of: each figure, and the list that it leads to."""
    found = re.findall(r'<dt><a href="([^"]*)">([^<]*)</a></dt><dd[^>]*><strong>([^<]*)</strong>', page.text)
    return {unescape(what): f"{count} {unescape(where)}" for where, what, count in found}


def test_each_figure_of_cases_counts_what_is_so_and_leads_to_its_list(world: World, eve: Visitor) -> None:
    opened(world, 1)
    opened(world, 2, owner=EVE, priority=1)
    opened(world, 3, owner=OTTO, status=Status.WAITING)
    opened(world, 4, owner=OTTO, escalate=True)
    opened(world, 5, status=Status.CLOSED)
    found = figures(eve.get("/desk"))
    assert found["Overdue"] == "0 /desk/owed"
    assert found["Due within 4 hours"] == "1 /desk/owed"
    assert found["Nobody's"] == "1 /desk/cases?owner=nobody"
    assert found["Mine"] == "1 /desk/cases?owner=me"
    assert found["Waiting for the customer"] == "1 /desk/cases?status=waiting"
    assert (found["1 (Critical)"], found["3 (Normal)"]) == ("1 /desk/cases?priority=1", "3 /desk/cases?priority=3")
    assert found["Rung 1 (Team lead)"] == "1 /desk/escalated/1"
    assert not any("Rung 2" in one for one in found)


def test_what_was_missed_stays_overdue_until_it_is_met_and_stands_first(world: World, site: Visitor) -> None:
    late = opened(world, 1, priority=1)
    soon = opened(world, 2)
    world.advance(hours=2)
    eve = signed_in(world, site, EVE)
    page = eve.get("/desk")
    assert figures(page)["Overdue"] == "1 /desk/owed"
    listed = eve.get("/desk/owed").words
    assert listed.index(late) < listed.index(soon)
    assert re.search(f"{late} overdue since 2026-11-17 13:00 UTC first response", listed)
    pipeline.act(world.house, late, EngineerActed(EVE, answered=True))
    assert figures(eve.get("/desk"))["Overdue"] == "0 /desk/owed"
    assert late not in eve.get("/desk/owed").words


def test_while_we_wait_for_the_customer_nothing_is_owed(world: World, eve: Visitor) -> None:
    opened(world, 1, status=Status.WAITING)
    assert "Nothing is owed." in eve.get("/desk").words


def test_what_i_owe_stands_apart_from_what_others_owe(world: World, eve: Visitor) -> None:
    mine, other = opened(world, 1, owner=EVE), opened(world, 2, owner=OTTO)
    words = eve.get("/desk").words
    of_mine = words.partition("What I owe next")[2].partition("Cases that are not closed")[0]
    assert mine in of_mine
    assert other not in of_mine


def test_mail_and_letters_that_want_somebody_are_counted_by_why(world: World, site: Visitor) -> None:
    world.receive(mail("Away", "Back soon", message_id="<a@customer.test>", auto_submitted="auto-replied"))
    world.fail_on = "Broken"
    world.receive(mail("Broken", message_id="<b@customer.test>"))
    for _ in range(3):
        world.advance(hours=1)
    world.fail_on = ""
    eve = signed_in(world, site, EVE)
    world.relay.down = Permanent("550 no such user")
    opened(world, 1)
    world.deliver()
    found = figures(eve.get("/desk"))
    assert found["Held: an automatic answer"] == "1 /desk/inbox?state=held&reason=auto_reply"
    assert found["Shelved: mailgate failed on it"] == "1 /desk/inbox?state=shelved"
    assert found["Given up"] == "4 /desk/outbox?state=failed"
    for figure in found.values():
        assert eve.get(figure.partition(" ")[2]).status == 200, figure


def test_an_open_breaker_is_said() -> None:
    with staffed(policy=POLICY, breaker=BreakerSettings(hourly=3)) as world, shown(world) as site:
        eve = signed_in(world, site, EVE)
        assert "a breaker is open" not in eve.get("/desk").words
        for n in range(9):
            opened(world, n)
        world.deliver()
        assert "Letters are held back since 2026-11-17" in eve.get("/desk").words


def test_beyond_a_thousand_a_figure_says_so(world: World, eve: Visitor) -> None:
    opened(world, 1)
    with world.store.write() as connection:
        row = dict(connection.execute(select(cases)).mappings().one())
        more = [row | {"number": f"2611{n:06}", "key": f"K{n}"} for n in range(2, 1002)]
        connection.execute(cases.insert(), more)
    found = figures(eve.get("/desk"))
    assert (found["Nobody's"], found["New"]) == ("1,000+ /desk/cases?owner=nobody", "1,000+ /desk/cases?status=new")


def test_the_list_of_what_is_owed_goes_on_where_the_page_ended(world: World, eve: Visitor) -> None:
    for n in range(PAGE + 7):
        world.receive(mail(f"Printer {n}", message_id=f"<{n}@customer.test>"), process=False)
    world.process()
    numbers, listed, path = [str(one["number"]) for one in world.cases], list[str](), "/desk/owed"
    while path:
        page = eve.get(path)
        listed += [one for one in numbers if f">{one}</a>" in page.text]
        onward = re.search(r'href="([^"]*)" rel="next"', page.text)
        path = unescape(onward[1]) if onward else ""
    assert listed == numbers


def test_a_page_that_begins_nowhere_is_refused_in_words(eve: Visitor) -> None:
    assert eve.get("/desk/owed?after=yesterday").status == 422
    assert eve.get("/desk/escalated/1?after=9999999999").status == 404
    assert eve.get("/desk/escalated/" + "9" * 5000).status == 404


def test_nobody_who_is_not_signed_in_sees_it(site: Visitor) -> None:
    for path in ("/desk", "/desk/owed", "/desk/escalated/1"):
        assert site.get(path).status == 303
