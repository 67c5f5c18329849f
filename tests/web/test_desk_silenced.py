"""Who is answered no more, and why, as the desk shows it; and how an operator ends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from desk_site import EVE, OTTO, signed_in, staffed
from mailgate.cases.lost import Lost
from mailgate.policy.policy import Letters, Policy
from mailgate.settings import BreakerSettings
from mailgate.store import facts, reach
from site_visitor import Answer, Visitor
from world import World, mail

CHATTY = Policy("default", letters=Letters(reply_received=True))


@pytest.fixture
def world() -> Iterator[World]:
    with staffed(policy=CHATTY, breaker=BreakerSettings(hourly=9)) as world:
        yield world


def flooded(world: World) -> None:
    for n in range(12):
        world.receive(mail(f"Printer {n}", by=f"p{n}@n{n}.test", message_id=f"<{n}@n{n}.test>"), process=False)
    world.process()
    world.deliver()


def states(world: World) -> dict[str, int]:
    with world.store.read() as connection:
        return dict(Counter(row["state"] for row in facts.list_outbox(connection)))


def tries(visitor: Visitor, what: str, which: str) -> Answer:
    form = visitor.get("/desk/silenced").forms()["/desk/silenced/try"]
    return visitor.post("/desk/silenced/try", form | {"what": what, "id": which})


def test_an_open_breaker_is_shown_with_what_it_holds(world: World, otto: Visitor) -> None:
    assert "everybody closed" in otto.get("/desk/silenced").words
    flooded(world)
    words = otto.get("/desk/silenced").words
    assert "everybody open since 2026-11-17 12:00 UTC more 9" in words
    assert "letters are held: too many letters were to leave at once." in words
    world.advance(hours=1, minutes=5)


def test_an_operator_sends_what_a_breaker_holds_after_being_told_how_much(world: World, otto: Visitor) -> None:
    flooded(world)
    held = states(world)["held"]
    told = tries(otto, "release", "breaker")
    assert f"would release: {held} letters" in told.words
    assert states(world)["held"] == held
    assert f"released: {held} letters" in otto.fill(told, "/desk/silenced/do").words
    assert "held" not in states(world)


def test_or_drops_it_and_each_case_says_by_whom(world: World, otto: Visitor) -> None:
    flooded(world)
    held = states(world)["held"]
    told = tries(otto, "drop", "breaker")
    assert f"would drop: {held} held letters" in told.words
    assert states(world)["held"] == held
    otto.fill(told, "/desk/silenced/do")
    assert states(world)["dropped"] == held
    lines = [line["text"] for case in world.cases for line in world.case(case["number"])["history"]]
    assert any(f"dropped by {OTTO}" in line for line in lines)


def test_whose_windows_are_full_and_what_was_not_sent_is_listed(world: World, otto: Visitor) -> None:
    world.receive(mail())
    ref = world.cases[0]["ref"]
    for n in range(6):
        world.receive(mail(f"Re: {ref}", f"And {n}.", message_id=f"<r{n}@customer.test>"))
        world.receive(mail(f"Printer {n}", f"It burns {n}.", message_id=f"<n{n}@customer.test>"))
    words = otto.get("/desk/silenced").words
    assert "ann@customer.test 8 8" in words
    assert "reply_received not sent: ann@customer.test had 2 letters about this case in the last day" in words


def test_machines_whose_mail_is_held_are_listed_with_how_often(world: World, otto: Visitor) -> None:
    for n in range(3):
        away = mail(
            "Away", f"Gone {n}", by="bot@robot.test", message_id=f"<{n}@robot.test>", auto_submitted="auto-replied"
        )
        world.receive(away, sender="bot@robot.test")
    assert "bot@robot.test an automatic answer 3 2026-11-17 12:00 UTC" in otto.get("/desk/silenced").words


def test_a_dead_address_is_listed_and_written_to_again(world: World, otto: Visitor) -> None:
    world.receive(mail())
    with world.store.write() as connection:
        reach.lose(connection, Lost(1, "ann@customer.test", "does not exist", nowhere=True), world.clock.now())
    page = otto.get("/desk/silenced")
    assert "ann@customer.test 2026-11-17 12:00 UTC" in page.words
    told = otto.fill(page, "/desk/silenced/try", what="revive", id=["ann@customer.test"])
    assert "would be written to again: ann@customer.test" in told.words
    with world.store.read() as connection:
        assert [one["address"] for one in reach.dead(connection)] == ["ann@customer.test"]
    otto.fill(told, "/desk/silenced/do")
    with world.store.read() as connection:
        assert reach.dead(connection) == []
    assert "ann@customer.test is no dead address" in otto.fill(page, "/desk/silenced/try", what="revive", id=[
        "ann@customer.test"]).words  # fmt: skip


def test_an_engineer_sees_it_and_ends_nothing(world: World, site: Visitor) -> None:
    flooded(world)
    held = states(world)["held"]
    eve = signed_in(world, site, EVE)
    page = eve.get("/desk/silenced")
    assert "open since" in page.words
    assert "Send what it holds" not in page.words
    for where in ("try", "do"):
        form = page.forms()["/desk/silenced/try"] | {"what": "drop", "id": "breaker"}
        assert eve.post(f"/desk/silenced/{where}", form).status == 403
    assert states(world)["held"] == held
    assert site.get("/desk/silenced").status == 303


def test_nothing_else_is_released_or_dropped_here(world: World, otto: Visitor) -> None:
    flooded(world)
    before = states(world)
    assert [tries(otto, what, which).status for what, which in (("drop", "1"), ("burn", "breaker"))] == [404, 404]
    assert states(world) == before
