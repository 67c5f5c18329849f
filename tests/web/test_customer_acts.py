"""What customers do on the page of a case: what the policy gives them, by the same `may` and `decide` as everybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from case_pages import ANN, BOB, link_to, page_world
from mailgate import pipeline
from mailgate.cases.case import Status
from mailgate.cases.events import EngineerActed
from mailgate.policy.authority import ParticipantRights, Proof
from mailgate.policy.load import load_policy
from mailgate.policy.policy import Policy
from site_visitor import Visitor, shown
from world import ROOT, World, mail


def shipped_policy(name: str) -> Policy:
    return load_policy(ROOT / f"config/policies/{name}.toml")


@pytest.fixture
def world() -> Iterator[World]:
    with page_world(shipped_policy("appviewx")) as world:
        world.receive(mail(cc=BOB))
        yield world


def number(world: World) -> str:
    return str(world.cases[0]["number"])


def case(world: World) -> dict[str, object]:
    return world.case(number(world))


def become(world: World, status: Status) -> None:
    pipeline.act(world.house, number(world), EngineerActed("operator", status))


def bobs_link(world: World) -> str:
    """Bob takes part by Ann's word; his first letter is the one that time writes."""
    token = world.house.case_page(number(world), BOB, world.clock.now())
    return token.removeprefix("https://support.example.com")


def done(site: Visitor, link: str, action: str, **fields: str) -> str:
    """What the page says once that was done."""
    answer = site.fill(site.get(link), f"/{action}", **fields)
    assert answer.status == 303
    return site.get(answer.headers["Location"].partition("#")[0]).words


def test_a_customer_changes_the_priority_and_hears_what_it_means(world: World, site: Visitor) -> None:
    link = link_to(ANN, world)
    page = site.get(link).words
    assert all(f"{one.level} ({one.name})" in page for one in world.policy.priorities)
    assert "The priority was changed." in done(site, link, "priority", priority="1")
    assert case(world)["priority"] == 1
    history = case(world)["history"]
    assert isinstance(history, list)
    assert history[-1]["actor"] == ANN


def test_a_priority_that_only_support_sets_is_not_offered_and_refused_when_posted() -> None:
    with page_world(shipped_policy("auvik")) as world:
        world.receive(mail())
        with shown(world) as site:
            link = link_to(ANN, world)
            page = site.get(link)
            assert not any(action.endswith("/priority") for action in page.forms())
            fields = page.forms()[f"{link}/close"]
            refused = site.post(f"{link}/priority", {**fields, "priority": "1"})
            assert refused.status == 403
            assert "That cannot be done with the case as it is now." in refused.words
            assert world.cases[0]["priority"] == 3


@pytest.mark.parametrize("said", ["", "x", "7", "99999", "-1", "3; drop"])
def test_a_priority_that_there_is_not_changes_nothing(world: World, site: Visitor, said: str) -> None:
    link = link_to(ANN, world)
    before = case(world)
    answer = site.fill(site.get(link), "/priority", priority=said)
    assert answer.status in {403, 422}
    assert case(world) == before


def test_what_is_resolved_is_confirmed_or_opened_again(world: World, site: Visitor) -> None:
    link = link_to(ANN, world)
    assert not any(action.endswith(("/confirm", "/reopen")) for action in site.get(link).forms())
    become(world, Status.RESOLVED)
    assert "The case is open again." in done(site, link, "reopen")
    assert case(world)["status"] == "open"
    become(world, Status.RESOLVED)
    assert "The case is closed." in done(site, link, "confirm")
    assert case(world)["status"] == "closed"


def test_a_customer_closes_a_case_and_opens_it_again_while_he_may(world: World, site: Visitor) -> None:
    link = link_to(ANN, world)
    done(site, link, "close")
    assert case(world)["status"] == "closed"
    page = site.get(link)
    assert not any(action.endswith("/close") for action in page.forms())
    done(site, link, "reopen")
    assert case(world)["status"] == "open"
    done(site, link, "close")
    world.clock.time = world.clock.time.replace(month=12, day=20)
    later = site.get(link)
    assert not any(action.endswith("/reopen") for action in later.forms()), "closed for good: a message opens a new one"
    assert site.post(f"{link}/reopen", page.forms()[f"{link}/reopen"]).status == 403


def test_each_click_escalates_one_rung_until_there_is_none_above(world: World, site: Visitor) -> None:
    link, rungs = link_to(ANN, world), world.policy.escalation.rungs
    page = site.get(link)
    for place, rung in enumerate(rungs, 1):
        assert f"Escalated to {rung.name}" in done(site, link, "escalate")
        assert case(world)["rung"] == place
    assert not any(action.endswith("/escalate") for action in site.get(link).forms())
    assert site.post(f"{link}/escalate", page.forms()[f"{link}/escalate"]).status == 403
    assert case(world)["rung"] == len(rungs)


def test_who_was_copied_leaves_and_his_links_end(world: World, site: Visitor) -> None:
    link = bobs_link(world)
    answer = site.fill(site.get(link), "/leave")
    assert answer.status == 200
    assert "You have left case" in answer.words
    assert case(world)["participants"] == [ANN]
    assert site.get(link).status == 404
    pipeline.act(world.house, number(world), EngineerActed("operator", join=(BOB,)))
    assert site.get(link).status == 404, "who is taken in again gets a new one"
    world.clock.time = world.clock.time.replace(hour=13)
    assert site.get(bobs_link(world)).status == 200


def test_the_contact_cannot_leave_his_case(world: World, site: Visitor) -> None:
    link = link_to(ANN, world)
    page = site.get(link)
    assert not any(action.endswith("/leave") for action in page.forms())
    assert site.post(f"{link}/leave", page.forms()[f"{link}/close"]).status == 403
    assert ANN in case(world)["participants"]  # type: ignore[operator]


@pytest.mark.parametrize("proof", [Proof.AUTHENTICATION, Proof.BOTH, Proof.NEVER])
def test_where_the_policy_asks_for_more_than_a_link_nothing_is_offered_or_done(proof: Proof) -> None:
    default = shipped_policy("default")
    rights = replace(default.authority, participant=ParticipantRights(commands=proof))
    with page_world(replace(default, authority=rights)) as world:
        world.receive(mail())
        with shown(world) as site:
            link = link_to(ANN, world)
            page = site.get(link)
            assert [action for action in page.forms() if not action.endswith("/message")] == []
            fields = page.forms()[f"{link}/message"]
            assert site.post(f"{link}/close", fields).status == 403
            site.post(f"{link}/message", {**fields, "words": "/close"})
            world.process()
            assert world.cases[0]["status"] == "new", "nor by a line in a message"


def test_an_action_that_there_is_not_is_not_found(world: World, site: Visitor) -> None:
    link = link_to(ANN, world)
    fields = site.get(link).forms()[f"{link}/close"]
    assert site.post(f"{link}/merge", fields).status == 404


def test_nothing_is_done_without_our_own_form(world: World, site: Visitor) -> None:
    link = link_to(ANN, world)
    before = case(world)
    assert site.post(f"{link}/close", {}).status == 403
    assert site.post(f"{link}/close", {"csrf": "0" * 32}).status == 403
    others = site.get(bobs_link(world)).forms()[f"{bobs_link(world)}/close"]
    assert site.post(f"{link}/close", others).status == 403
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://evil.test"}
    assert site.ask("POST", f"{link}/close", b"csrf=1", headers).status == 403
    assert case(world) == before


def test_looking_changes_nothing_whatever_is_fetched(world: World, site: Visitor) -> None:
    link = link_to(ANN, world)
    become(world, Status.RESOLVED)
    with world.store.read() as connection:
        before = list(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    paths = [
        link,
        *(f"{link}/{action}" for action in ("confirm", "close", "reopen", "escalate", "leave", "priority?priority=1")),
        *(f"{link}/{action}" for action in ("message", "code", "session?code=1", "mail/1", "mail/1/file/0")),
        f"{link}/mail/1/part/0",
    ]
    for path in paths:
        for method in ("GET", "HEAD", "OPTIONS"):
            assert site.get(path, method).status in {200, 404, 405}
    with world.store.read() as connection:
        assert list(connection.connection.driver_connection.iterdump()) == before  # type: ignore[union-attr]
