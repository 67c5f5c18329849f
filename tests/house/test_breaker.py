"""The circuit breaker: what an hour has no room for is held, the operator hears of it once, and nothing is lost."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands import Gate
from mailgate.errors import Transient
from mailgate.mail.message import Authentication
from mailgate.settings import BreakerSettings
from mailgate.store import facts, marks
from world import OPERATOR, World, mail


def written(world: World, count: int, domain: str = "n{n}.test", start: int = 0) -> None:
    """Mails of so many people, decided upon and as far as possible answered."""
    for n in range(start, start + count):
        at = domain.format(n=n)
        world.receive(mail(by=f"p{n}@{at}", message_id=f"<{n}@{at}>"), process=False)
    world.process()
    world.deliver()


def states(world: World, kind: str = "confirmation") -> dict[str, int]:
    with world.store.read() as connection:
        return dict(Counter(row["state"] for row in facts.list_outbox(connection) if row["kind"] == kind))


def to_operator(world: World) -> list[str]:
    return [message.partition(b"Subject: ")[2].partition(b"\r\n")[0].decode() for _, to, message in world.relay.sent
            if to == OPERATOR]  # fmt: skip


def test_what_an_hour_has_no_room_for_is_held_and_the_operator_told_once() -> None:
    with World(breaker=BreakerSettings(hourly=10)) as world:
        written(world, 60)
        assert states(world) == {"sent": 10, "held": 50}
        written(world, 5, start=100)
        assert states(world) == {"sent": 10, "held": 55}
        assert to_operator(world) == ["mailgate: letters are held back"]
        with world.store.read() as connection:
            (held, *_) = facts.list_outbox(connection, 1, "held")
            assert facts.show_outbox(connection, held["id"])["error"] == "more letters than 10 within an hour"


def test_it_closes_when_half_as_many_are_wanted_and_says_so_once() -> None:
    with World(breaker=BreakerSettings(hourly=10)) as world:
        written(world, 20)
        world.advance(minutes=59)
        assert len(to_operator(world)) == 1
        world.advance(minutes=2)
        world.advance(minutes=2)
        assert to_operator(world) == ["mailgate: letters are held back", "mailgate: letters go out again"]
        body = world.relay.sent[-1][2].decode()
        assert "10 of them are still held" in body
        written(world, 10, start=100)
        assert states(world) == {"sent": 20, "held": 10}


def test_while_a_flood_goes_on_it_stays_open() -> None:
    with World(breaker=BreakerSettings(hourly=10)) as world:
        for hour in range(12):
            written(world, 20, start=hour * 20)
            world.advance(minutes=30)
        assert states(world) == {"sent": 10, "held": 230}
        assert len(to_operator(world)) == 1


def test_another_process_or_a_restart_does_not_tell_it_again() -> None:
    with World(breaker=BreakerSettings(hourly=10)) as world:
        written(world, 11)
        again = World(store=world.store, breaker=BreakerSettings(hourly=10), now=world.clock.now())
        written(again, 5, start=50)
        assert to_operator(again) == []
        assert states(world) == {"sent": 10, "held": 6}


def test_the_letters_to_one_domain_are_counted_apart_and_cost_the_others_nothing() -> None:
    with World(breaker=BreakerSettings(hourly=30, domain_hourly=5)) as world:
        written(world, 100, "victim.test")
        assert states(world) == {"sent": 5, "held": 95}
        written(world, 25, start=200)
        assert states(world) == {"sent": 30, "held": 95}
        assert to_operator(world) == ["mailgate: letters to victim.test are held back"]
        world.advance(hours=1, seconds=1)
        assert to_operator(world)[1:] == ["mailgate: letters to victim.test go out again"]


def test_who_has_his_address_at_a_mail_provider_is_not_counted_with_all_others_there() -> None:
    with World(breaker=BreakerSettings(domain_hourly=5)) as world:
        written(world, 20, "gmail.com")
        assert states(world) == {"sent": 20}


def test_neutral_letters_have_a_breaker_of_their_own_that_costs_the_verified_nothing() -> None:
    with World(breaker=BreakerSettings(hourly=20, unverified_hourly=5)) as world:
        for n in range(50):
            forged = mail(by=f"p{n}@v{n}.test", message_id=f"<{n}@v.test>")
            world.receive(forged, authentication=Authentication.UNVERIFIED)
        world.deliver()
        assert states(world) == {"sent": 5, "held": 45}
        written(world, 15, start=100)
        assert states(world) == {"sent": 20, "held": 45}
        assert to_operator(world) == ["mailgate: letters to unverified senders are held back"]


def test_a_letter_that_the_relay_puts_off_comes_to_the_breaker_once() -> None:
    with World(breaker=BreakerSettings(hourly=2)) as world:
        world.relay.refuse = {f"p{n}@n{n}.test": Transient("450 later", 450) for n in range(2)}
        written(world, 2)
        world.relay.refuse = {}
        written(world, 1, start=2)
        world.advance(minutes=5)
        assert states(world) == {"sent": 2, "held": 1}


@settings(max_examples=20, deadline=None)
@given(
    waves=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 2), st.integers(1, 50)), max_size=8),
    hourly=st.integers(0, 12),
    domain_hourly=st.integers(0, 6),
)
def test_no_hour_has_more_letters_than_the_breaker_allows(
    waves: list[tuple[int, int, int]], hourly: int, domain_hourly: int
) -> None:
    with World(breaker=BreakerSettings(hourly=hourly, domain_hourly=domain_hourly)) as world:
        sent: list[tuple[object, str]] = []
        for number, (count, domain, minutes) in enumerate(waves):
            written(world, count, f"d{domain}.test", start=number * 100)
            sent += [(world.clock.now(), to) for _, to, _ in world.relay.sent[len(sent) :]]
            world.advance(minutes=minutes)
            sent += [(world.clock.now(), to) for _, to, _ in world.relay.sent[len(sent) :]]
        letters = [(at, to) for at, to in sent if to != OPERATOR]
        for start, _ in letters:
            within = [to for at, to in letters if start <= at < start + timedelta(hours=1)]  # type: ignore[operator]
            assert len(within) <= hourly
            assert all(count <= domain_hourly for count in Counter(to.partition("@")[2] for to in within).values())
        assert sum(states(world).values()) == len(world.cases), "each letter is still there"


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    gate = Gate(tmp_path)
    with gate.world() as world:
        for n in range(4):
            world.receive(mail(by=f"p{n}@n{n}.test", message_id=f"<{n}@x.test>"), authentication=Authentication.PASS)
    return gate


def states_of(gate: Gate) -> list[str]:
    return [row["state"] for row in reversed(gate.json("outbox", "list"))]


def test_letters_are_held_and_released_by_hand(gate: Gate) -> None:
    assert gate.out("outbox", "hold", "2") == "held: 2\n"
    assert gate.out("outbox", "hold", "--all") == "held: 1, 3, 4\n"
    assert gate.out("outbox", "hold", "--all") == "No letter is queued.\n"
    assert gate.error("outbox", "hold", "2") == "outbox 2 is held: it cannot be held"
    assert gate.error("outbox", "retry", "2") == "outbox 2 is held: it cannot be queued again; release it"
    assert gate.out("outbox", "retry", "--all") == "No letter has failed or was put off.\n"
    assert "held by operator" in gate.out("outbox", "show", "2")
    assert gate.out("outbox", "release", "2") == "released: 2\n"
    assert gate.error("outbox", "release", "2") == "outbox 2 is queued: it is not held"
    assert gate.out("outbox", "release", "--all", "--reason", "breaker") == "No such letter is held.\n"
    assert gate.out("outbox", "release", "--all", "--reason", "operator") == "released: 1, 3, 4\n"
    assert states_of(gate) == ["queued"] * 4
    assert gate.error("outbox", "release", code=2) == "say which: IDs, or --all"
    assert gate.error("outbox", "release", "1", "--reason", "domain", code=2) == "--reason goes with --all"


def test_letters_are_dropped_by_hand_and_their_cases_say_so(gate: Gate) -> None:
    gate.out("outbox", "hold", "--all")
    assert gate.out("outbox", "drop", "1", "--dry-run") == "would drop: letter 1, held, confirmation to p0@n0.test\n"
    assert gate.out("outbox", "drop", "--all", "--dry-run") == "would drop: 4 held letters\n"
    assert states_of(gate) == ["held"] * 4
    assert gate.out("outbox", "drop", "1") == "dropped: letter 1, held, confirmation to p0@n0.test\n"
    assert gate.out("outbox", "drop", "--all") == "dropped: 3 held letters\n"
    assert states_of(gate) == ["dropped"] * 4
    for row in gate.json("case", "list"):
        assert gate.json("case", "show", row["number"])["history"][-1]["text"].endswith("it was dropped by operator")
    assert gate.out("outbox", "retry", "--all") == "No letter has failed or was put off.\n"
    assert gate.out("outbox", "retry", "3") == "queued again: 3\n"
    assert gate.error("outbox", "drop", "9", code=3) == "outbox 9: there is no such id"


def test_what_a_person_released_goes_past_the_breaker() -> None:
    with World(breaker=BreakerSettings(hourly=3)) as world:
        written(world, 10)
        with world.store.write() as connection:
            assert len(marks.release_outbox(connection, "breaker", world.clock.now())) == 7
        world.deliver()
        assert states(world) == {"sent": 10}
