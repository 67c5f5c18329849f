"""Where the policy says `page = "link+code"`, acting takes a code that was mailed then, in the browser that asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from case_pages import ANN, BOB, CODE, link_to, page_world
from mailgate.policy.authority import ParticipantRights, Proof
from mailgate.policy.load import load_policy
from site_visitor import Answer, Visitor, shown
from world import ROOT, World, mail

DEFAULT = replace(load_policy(ROOT / "config/policies/default.toml"), page=CODE)


@pytest.fixture
def world() -> Iterator[World]:
    with page_world(DEFAULT) as world:
        world.receive(mail(cc=BOB))
        yield world


def codes(world: World) -> list[str]:
    """Every code that was mailed, oldest first."""
    bodies = [letter.get_body(("plain",)) for letter in world.letters]
    return [found for body in bodies if body for found in re.findall(r"(?m)^(\d{8})\s*$", str(body.get_content()))]


def asked(world: World, site: Visitor, link: str) -> str:
    assert site.fill(site.get(link), "/code").status == 303
    return codes(world)[-1]


def known(world: World, site: Visitor, link: str) -> Answer:
    """The page once the code was given."""
    code = asked(world, site, link)
    assert site.fill(site.get(link), "/session", code=code).status == 303
    return site.get(link)


def actions(page: Answer) -> set[str]:
    return {action.rpartition("/")[2] for action in page.forms()}


def test_looking_takes_the_link_alone_and_acting_a_code(world: World, site: Visitor) -> None:
    link = link_to(ANN, world)
    page = site.get(link)
    assert "It burns." in page.words
    assert actions(page) == {"code"}
    form = page.forms()[f"{link}/code"]
    for action in ("close", "escalate", "leave", "message", "priority"):
        answer = site.post(f"{link}/{action}", {**form, "words": "Hello", "priority": "1"})
        assert answer.status == 403
        assert "have a code mailed to you" in answer.words
    assert world.cases[0]["status"] == "new"
    assert world.sums() == {"filed": 1}


def test_the_code_is_mailed_to_whom_the_link_is_for_and_opens_what_the_page_offers(world: World, site: Visitor) -> None:
    page = known(world, site, link_to(ANN, world))
    letter = world.letters[-1]
    assert str(letter["To"]).endswith(f"<{ANN}>")
    assert "/case/" not in letter.as_string()
    assert {"message", "close", "priority"} <= actions(page)
    assert site.fill(page, "/close").status == 303
    assert world.cases[0]["status"] == "closed"


def test_the_code_of_one_is_mailed_to_none_of_the_others(world: World, site: Visitor) -> None:
    link = world.house.case_page(world.cases[0]["number"], BOB, world.clock.now()).partition(".com")[2]
    known(world, site, link)
    assert str(world.letters[-1]["To"]) == BOB


def test_a_code_shows_what_the_policy_may_ask_for_beside_the_link() -> None:
    rights = replace(DEFAULT.authority, participant=ParticipantRights(commands=Proof.BOTH))
    with page_world(replace(DEFAULT, authority=rights)) as world:
        world.receive(mail())
        with shown(world) as site:
            page = known(world, site, link_to(ANN, world))
            assert site.fill(page, "/close").status == 303
            assert world.cases[0]["status"] == "closed"


def test_the_code_is_written_in_the_language_of_the_case() -> None:
    german = replace(DEFAULT, letters=replace(DEFAULT.letters, language="de"))
    with page_world(german) as world:
        world.receive(mail())
        with shown(world) as site:
            asked(world, site, link_to(ANN, world))
            body = world.letters[-1].get_body(("plain",))
            assert body is not None
            assert "Der Code für die Seite" in str(body.get_content())


def test_another_browser_has_nothing_of_a_code(world: World, site: Visitor) -> None:
    link = link_to(ANN, world)
    code = asked(world, site, link)
    other = site.another()
    form = other.get(link).forms()[f"{link}/code"]
    assert other.post(f"{link}/session", {**form, "code": code}).status == 422
    assert actions(site.get(link)) == {"code", "session"}
    assert actions(known(world, site, link)) > {"close"}
    assert actions(other.get(link)) == {"code"}


def test_a_session_is_for_one_case_and_one_person(world: World, site: Visitor) -> None:
    link = link_to(ANN, world)
    known(world, site, link)
    world.receive(mail(subject="Lamp", message_id="<2@customer.test>"))
    other = link_to(ANN, world)
    assert other != link
    assert "close" not in actions(site.get(other))
    bobs = world.house.case_page(world.cases[0]["number"], BOB, world.clock.now()).partition(".com")[2]
    assert "close" not in actions(site.get(bobs))


def test_five_wrong_tries_end_a_code(world: World, site: Visitor) -> None:
    link = link_to(ANN, world)
    code = asked(world, site, link)
    wrong = f"{(int(code) + 1) % 10**8:08}"
    form = site.get(link).forms()[f"{link}/session"]
    for _ in range(5):
        answer = site.post(f"{link}/session", {**form, "code": wrong})
        assert answer.status == 422
        assert "That is not the code" in answer.words
    assert site.post(f"{link}/session", {**form, "code": code}).status == 422


def test_a_code_is_good_for_ten_minutes_and_once_and_only_the_newest(world: World, site: Visitor) -> None:
    link = link_to(ANN, world)
    old = asked(world, site, link)
    form = site.get(link).forms()[f"{link}/session"]
    asked(world, site, link)
    assert site.post(f"{link}/session", {**form, "code": old}).status == 422
    code = asked(world, site, link)
    world.clock.time += timedelta(minutes=10)
    assert site.post(f"{link}/session", {**form, "code": code}).status == 422
    code = asked(world, site, link)
    jar = dict(site.cookies)
    assert site.post(f"{link}/session", {**form, "code": f" {code[:4]} {code[4:]} "}).status == 303
    site.cookies = jar
    assert site.post(f"{link}/session", {**form, "code": code}).status == 422


def test_a_session_ends_after_half_an_hour_and_with_the_link(world: World, site: Visitor) -> None:
    link = link_to(ANN, world)
    page = known(world, site, link)
    world.clock.time += timedelta(minutes=30)
    assert site.fill(page, "/close").status == 403
    assert world.cases[0]["status"] == "new"


def test_at_most_five_codes_an_hour_are_mailed_to_one_address(world: World, site: Visitor) -> None:
    link = link_to(ANN, world)
    for _ in range(5):
        asked(world, site, link)
    answer = site.fill(site.get(link), "/code")
    assert answer.status == 403
    assert "Enough codes" in answer.words
    assert len(codes(world)) == 5
    world.clock.time += timedelta(minutes=61)
    asked(world, site, link)


def test_what_is_stored_and_what_the_browser_keeps_tell_nobody_the_code(world: World, site: Visitor) -> None:
    link = link_to(ANN, world)
    answer = site.fill(site.get(link), "/code")
    cookie = answer.headers["Set-Cookie"]
    assert re.match(r"__Host-mailgate-case-\d+=", cookie)
    assert all(word in cookie.lower() for word in ("; secure", "; httponly", "; samesite=strict", "; path=/"))
    assert "domain" not in cookie.lower()
    with world.store.read() as connection:
        lines = list(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    rows = "\n".join(line for line in lines if '"page_' in line)
    assert codes(world)[-1] not in rows
    assert next(iter(site.cookies.values())) not in rows


def test_the_history_of_a_case_tells_no_code(world: World, site: Visitor) -> None:
    code = asked(world, site, link_to(ANN, world))
    assert code not in str(world.case(world.cases[0]["number"]))
