"""Links that open nothing: each is refused with the same words, and noted with its reason; forged ones cost nothing."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from case_pages import ANN, BOB, link_to, page_world, parts_of
from mailgate import forgetting, pipeline
from mailgate.cases.case import Status
from mailgate.cases.events import EngineerActed
from mailgate.links import Purpose, sign
from mailgate.mail.message import Address
from mailgate.store import link_ends, link_keys
from mailgate.web.customer.guest import BURST
from site_visitor import Visitor
from world import World, mail


@pytest.fixture
def world() -> Iterator[World]:
    with page_world() as world:
        world.receive(mail(cc=BOB))
        world.receive(mail(subject="Lamp", by="Carol <carol@other.test>", message_id="<2@other.test>"))
        yield world


def number(world: World) -> str:
    return str(world.cases[0]["number"])


def signed(world: World, purpose: Purpose, about: str, who: str, days: float = 1) -> str:
    now = world.clock.now()
    token = sign(purpose, about, who, now, now + timedelta(days=days), world.house.link_keys.known)
    return f"/case/{number(world)}/{token}"


def altered(link: str) -> str:
    """One bit of the octets other than they were."""
    token = parts_of(link)[1]
    octets = bytearray(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    octets[11] ^= 1
    return link.replace(token, urlsafe_b64encode(bytes(octets)).rstrip(b"=").decode())


def expired(world: World) -> str:
    link = link_to(ANN, world)
    world.clock.time += timedelta(days=180)
    return link


def of_another_case(world: World) -> str:
    other = link_to("carol@other.test", world)
    return f"/case/{number(world)}/{parts_of(other)[1]}"


def of_who_left(world: World) -> str:
    link = signed(world, Purpose.CASE, number(world), BOB)
    pipeline.act(world.house, number(world), EngineerActed("operator", leave=(BOB,)))
    return link


def revoked(world: World) -> str:
    link = link_to(ANN, world)
    pipeline.act(world.house, number(world), EngineerActed("operator", revoke=ANN))
    return link


def revoked_for_all(world: World) -> str:
    link = signed(world, Purpose.CASE, number(world), BOB)
    pipeline.act(world.house, number(world), EngineerActed("operator", revoke=""))
    return link


def ended_everywhere(world: World) -> str:
    link = link_to(ANN, world)
    with world.store.write() as connection:
        link_ends.end_links(connection, "", ANN, world.clock.now())
    return link


def of_a_retired_key(world: World) -> str:
    link = link_to(ANN, world)
    with world.store.write() as connection:
        assert link_keys.rotate(connection, world.clock.now() + timedelta(days=200), link_days=60) == 1
    world.house.link_keys._good_until = 0.0  # a minute later
    world.house.link_keys.ring()
    return link


def of_an_erased_case(world: World) -> str:
    link = link_to(ANN, world)
    pipeline.act(world.house, number(world), EngineerActed("operator", leave=(BOB,)))
    pipeline.act(world.house, number(world), EngineerActed("operator", Status.CLOSED))
    world.deliver()
    forgetting.erase(world.house, Address("", ANN), "operator")
    return link


REFUSED: dict[str, tuple[Callable[[World], str], str]] = {
    "expired": (expired, "expired"),
    "altered": (lambda world: altered(link_to(ANN, world)), "altered"),
    "cut short": (lambda world: link_to(ANN, world)[:-1], "altered"),
    "spelled otherwise": (lambda world: link_to(ANN, world) + "=", "malformed"),
    "no token at all": (lambda world: f"/case/{number(world)}/x", "malformed"),
    "for another purpose": (lambda world: signed(world, Purpose.ACCOUNT, number(world), ANN), "for another purpose"),
    "of another case": (of_another_case, "about something else"),
    "of somebody of another case": (
        lambda world: signed(world, Purpose.CASE, number(world), "carol@other.test"),
        "its owner takes no part in the case, or no more",
    ),
    "of who left": (of_who_left, "its owner takes no part in the case, or no more"),
    "revoked": (revoked, "revoked"),
    "revoked for all": (revoked_for_all, "revoked"),
    "ended on all cases": (ended_everywhere, "revoked"),
    "of a retired key": (of_a_retired_key, "unknown key"),
    "of an erased case": (of_an_erased_case, "its owner takes no part in the case, or no more"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_each_link_that_opens_nothing_is_refused_alike_and_noted_with_its_reason(
    world: World, site: Visitor, name: str
) -> None:
    make, why = REFUSED[name]
    assert site.get(link_to(ANN, world)).status == 200
    link = make(world)
    plain = site.get(f"/case/{number(world)}/nothing")
    with capture_logs() as noted:
        answers = [site.get(link), site.get(f"{link}/mail/1"), site.post(f"{link}/close", {"csrf": "x"})]
    assert [one.status for one in answers] == [404, 404, 404]
    assert {one.body for one in answers} == {plain.body}
    assert "answer any letter" in plain.words
    assert [one["why"] for one in noted if one["event"] == "a link was refused"] == [why] * 3
    assert parts_of(link)[1] not in str(noted)
    assert site.get(link, "HEAD").status == 404


def test_a_link_that_was_ended_ends_no_later_one(world: World, site: Visitor) -> None:
    revoked(world)
    world.clock.time += timedelta(seconds=1)
    assert site.get(signed(world, Purpose.CASE, number(world), ANN)).status == 200
    assert site.get(signed(world, Purpose.CASE, number(world), BOB)).status == 200, "nor anybody else's"


def test_a_link_of_the_older_key_opens_until_the_key_goes(world: World, site: Visitor) -> None:
    link = link_to(ANN, world)
    with world.store.write() as connection:
        link_keys.rotate(connection, world.clock.now() + timedelta(days=31), 180)
    world.house.link_keys._good_until = 0.0
    assert site.get(link).status == 200


def test_who_tries_many_links_is_told_to_wait_and_good_links_go_on_working(world: World, site: Visitor) -> None:
    good, bad = link_to(ANN, world), f"/case/{number(world)}/nothing"
    with capture_logs() as noted:
        statuses = [site.get(bad).status for _ in range(BURST + 10)]
    assert statuses == [404] * BURST + [429] * 10
    assert len(noted) == BURST + 1, "then one line a minute"
    assert site.get(good).status == 200
    assert site.get(f"{good}/mail/1").status == 200


def test_a_forged_link_costs_no_look_at_the_store(world: World, site: Visitor) -> None:
    link = altered(link_to(ANN, world))
    site.get(link)
    asked: list[str] = []
    event.listen(world.store._read, "begin", lambda _: asked.append("a transaction"))
    assert [site.get(link).status for _ in range(5)] == [404] * 5
    assert asked == []
    site.get(link_to(ANN, world))
    assert asked != []
