"""The desk's inbox: who sees which mail and why it is held, and what comes of letting it in, or walking it again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from desk_site import EVE, OTTO, signed_in, staffed
from site_visitor import Answer, Visitor, shown
from world import World, mail

AWAY = mail("Away", "Back soon", message_id="<3@customer.test>", auto_submitted="auto-replied")


@pytest.fixture
def world() -> Iterator[World]:
    with staffed() as world:
        yield world


@pytest.fixture
def site(world: World) -> Iterator[Visitor]:
    with shown(world) as site:
        yield site


@pytest.fixture
def eve(world: World, site: Visitor) -> Visitor:
    return signed_in(world, site, EVE)


@pytest.fixture
def otto(world: World, site: Visitor) -> Visitor:
    return signed_in(world, site, OTTO)


def tries(visitor: Visitor, what: str, *ids: int) -> Answer:
    page = visitor.get("/desk/inbox?state=all")
    return visitor.fill(page, "/desk/inbox/try", what=what, id=list(ids))


def test_what_waits_for_a_person_is_listed_with_its_reason(world: World, eve: Visitor) -> None:
    world.receive(mail())
    world.receive(AWAY)
    page = eve.get("/desk/inbox")
    assert "an automatic answer ann@customer.test Away support" in page.words
    assert "Printer on fire" not in page.words
    assert "Printer on fire" in eve.get("/desk/inbox?state=all").words


def test_a_mail_says_who_wrote_it_when_and_why_it_is_held_in_the_words_of_explain(world: World, eve: Visitor) -> None:
    held = world.receive(AWAY)
    page = eve.get(f"/desk/inbox/{held}").words
    assert "is held : an automatic answer (Auto-Submitted: auto-replied)" in page
    assert "Did a machine write it? Yes: Auto-Submitted: auto-replied." in page
    assert "Back soon" in page
    assert "ann@customer.test" in page


def test_an_engineer_lets_a_held_mail_in_after_being_told_what_that_does(world: World, eve: Visitor) -> None:
    held = world.receive(AWAY)
    told = tries(eve, "release", held)
    assert f"mail {held} would be filed on case (new), now new" in told.words
    assert world.inbox(held)["state"] == "held"
    done = eve.fill(told, "/desk/inbox/do")
    assert "Done: 1 of 1." in done.words
    assert (world.inbox(held)["state"], world.inbox(held)["released_by"]) == ("filed", EVE)
