"""Our people hear of what a customer does on the page of a case without a word, as they hear of his words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from case_pages import ANN, BOB, link_to, page_world
from desk_mail import text_of
from desk_site import let_in
from mailgate import pipeline
from mailgate.cases.case import Status
from mailgate.cases.events import CustomerActed, EngineerActed
from mailgate.policy.load import load_policy
from mailgate.roster import Engineer
from site_visitor import shown
from world import ROOT, World, mail

EVE, OTTO = "Eve@engineers.test", "otto@engineers.test"


@pytest.fixture
def world() -> Iterator[World]:
    policy = load_policy(ROOT / "config/policies/appviewx.toml")
    policy = replace(
        policy, letters=replace(policy.letters, desk=True, hourly=replace(policy.letters.hourly, desk=3)), levels=()
    )
    with page_world(policy, engineers=(EVE, OTTO)) as world:
        world.receive(mail(cc=BOB))
        yield world


def number(world: World) -> str:
    return str(world.cases[0]["number"])


def told(world: World, event: CustomerActed) -> list[tuple[str, str]]:
    """Who of ours was written to about it, and the subject."""
    before = len(world.letters)
    pipeline.act(world.house, number(world), event)
    return [(letter["To"], str(letter["Subject"])) for letter in world.letters[before:] if "@engineers" in letter["To"]]


def test_the_owner_hears_that_the_customer_closed_on_the_page(world: World) -> None:
    pipeline.act(world.house, number(world), EngineerActed("operator", owner=OTTO))
    with shown(world) as site:
        link = link_to(ANN, world)
        site.fill(site.get(link), "/close")
    letter = world.letters[-1]
    assert letter["To"] == OTTO
    assert f"Case {number(world)}: changed by the customer" in letter["Subject"]
    said = text_of(letter)
    assert f"{ANN} did this on the page of the case:" in said
    assert "status: open → closed" in said


@pytest.mark.parametrize(
    ("before", "event", "words"),
    [
        (None, CustomerActed(ANN, priority=1), "priority: 3 → 1"),
        (Status.CLOSED, CustomerActed(ANN, reopen=True), "status: closed → open"),
        (Status.RESOLVED, CustomerActed(ANN, confirm=True), "status: resolved → closed"),
        (None, CustomerActed(BOB, leave=True), f"takes part no more: {BOB}"),
    ],
)
def test_all_who_hear_of_his_words_hear_of_it(
    world: World, before: Status | None, event: CustomerActed, words: str
) -> None:
    pipeline.act(world.house, number(world), EngineerActed("operator", join=(BOB,), status=before))
    assert [to for to, _ in told(world, event)] == [EVE, OTTO]
    assert words in text_of(world.letters[-1])


def test_who_is_told_that_it_is_escalated_is_not_told_twice(world: World) -> None:
    rung = world.policy.escalation.rungs[0]
    pipeline.act(world.house, number(world), EngineerActed("operator", owner=rung.to[0]))
    before = len(world.letters)
    pipeline.act(world.house, number(world), CustomerActed(ANN, escalate=True))
    assert [letter["To"] for letter in world.letters[before:]].count(rung.to[0]) == 1


def test_what_changes_nothing_is_told_to_nobody(world: World) -> None:
    assert told(world, CustomerActed(ANN, priority=3)) == []


def test_a_policy_that_writes_no_letters_to_ours_writes_none_of_it() -> None:
    policy = load_policy(ROOT / "config/policies/appviewx.toml")
    with page_world(replace(policy, letters=replace(policy.letters, desk=False)), engineers=(OTTO,)) as world:
        world.receive(mail())
        assert told(world, CustomerActed(ANN, close=True)) == []


def test_who_clicks_on_and_on_floods_nobody(world: World) -> None:
    pipeline.act(world.house, number(world), EngineerActed("operator", owner=OTTO))
    heard = [len(told(world, CustomerActed(ANN, priority=priority))) for priority in (1, 2, 1, 2, 1)]
    assert heard == [1, 1, 0, 0, 0], "and one about the new case"
    world.clock.time = world.clock.time.replace(hour=(world.clock.time.hour + 2) % 24)
    assert len(told(world, CustomerActed(ANN, close=True))) == 1


def test_an_owner_is_the_same_however_he_is_spelled(world: World) -> None:
    pipeline.act(world.house, number(world), EngineerActed("operator", owner=EVE.upper()))
    assert world.case(number(world))["owner"] == EVE.lower()
    before = len(world.case(number(world))["history"])
    pipeline.act(world.house, number(world), EngineerActed("operator", owner=EVE))
    assert len(world.case(number(world))["history"]) == before
    assert [to for to, _ in told(world, CustomerActed(ANN, close=True))] == [EVE]


def test_the_lists_find_an_owner_however_he_is_spelled(world: World) -> None:
    settings = world.house.settings
    world.house = replace(world.house, settings=replace(settings, engineers=(Engineer(EVE, "Eve"),)))
    pipeline.act(world.house, number(world), EngineerActed("operator", owner=EVE.upper()))
    with shown(world) as site:
        eve = let_in(world, site, EVE.lower())
        for path in ("/desk/cases?owner=me", f"/desk/cases?owner={EVE}", f"/desk/cases?owner={EVE.upper()}"):
            assert number(world) in eve.get(path).words, path
        assert "Take it" not in eve.get(f"/desk/cases/{number(world)}").words
