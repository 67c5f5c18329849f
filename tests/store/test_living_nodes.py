"""Who lives on one database, who holds what, and how their configurations differ; on both databases."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailgate import fingerprint, holder, indexing, nodes, reckoning
from mailgate.clock import SharedClock
from mailgate.errors import StoreError
from mailgate.house import House
from mailgate.leases import void_leases_of_the_dead
from mailgate.nodes import Beating, told
from mailgate.settings import Settings
from mailgate.store import claims
from mailgate.store import nodes as rows
from mailgate.store.db import Store
from mailgate.store.lease import MAX_LEASE
from mailgate.store.nodes import Holding, Node
from moments import NOON
from world import World, mail


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def named(world: World, name: str, **policy: object) -> House:
    """A house of a node of that name on the same store; `policy`: keys under [closing] that are other there."""
    default = world.policy
    other = replace(default, closing=replace(default.closing, **policy))  # type: ignore[arg-type]
    return replace(world.house, holder=holder.holder_of(name), policies={default.name: other})


def living(world: World) -> list[Node]:
    with world.store.read() as connection:
        return rows.living(connection, world.clock.now())


@contextmanager
def two(world: World, **policy: object) -> Iterator[tuple[Beating, Beating]]:
    """Node a has lived longer; b's policy is another one."""
    first, second = named(world, "a"), named(world, "b", **policy)
    one = Beating(lambda: first)
    world.clock.time += timedelta(seconds=1)
    other = Beating(lambda: second)
    one.beat()
    other.beat()
    one.beat()
    yield one, other


def test_a_node_lives_while_it_beats_and_is_silent_after_four_missed_beats(world: World) -> None:
    with two(world):
        assert [one.name for one in living(world)] == ["a", "b"]
        world.clock.time += rows.SILENT_AFTER
        assert living(world) == []


def test_a_node_that_goes_says_so(world: World) -> None:
    with two(world) as (one, other):
        other.start()
        other.stop()
        assert [node.name for node in living(world)] == ["a"]
        one.beat()
        assert one.differing == ()


def test_what_a_node_holds_is_counted_by_its_leases(world: World) -> None:
    house = named(world, "a")
    for number in range(3):
        world.receive(mail(f"{number}", message_id=f"<{number}@customer.test>"), process=False)
    with world.store.write() as connection:
        claims.claim_inbound(connection, house.holder, 2, world.clock.now(), MAX_LEASE)
        claims.hold_role(connection, "imap x", house.holder, world.clock.now(), MAX_LEASE)
    with world.store.read() as connection:
        assert rows.holdings(connection) == {house.holder: Holding(2, 0, ("imap x",))}


def test_a_policy_that_differs_is_named_with_its_key_on_every_node(world: World) -> None:
    with two(world, reopen_days=3) as (one, other):
        said = ("node b: policy default differs from node a's, key closing.reopen_days",)
        assert one.differing == other.differing == said


def test_the_operator_hears_once_of_nodes_that_differ_and_once_that_they_agree(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with two(world, reopen_days=3) as (one, other):
        assert world.letters == [], "whoever changes them changes one after the other"
        monkeypatch.setattr(nodes, "TELL_AFTER_SECONDS", 0.0)
        for _ in range(2):
            one.beat()
            other.beat()
        (letter,) = world.letters
        assert "key closing.reopen_days" in letter.get_content() if not letter.is_multipart() else str(letter)
        with world.store.write() as connection:
            rows.leave(connection, other._house().holder)
        one.beat()
        one.beat()
    assert [letter["Subject"] for letter in world.letters] == [
        "mailgate: the nodes differ",
        "mailgate: the nodes go by one configuration again",
    ]


def node(name: str, began: int = 0, **config: dict[str, str]) -> Node:
    return Node(f"{name}/{began}/x", name, "1", "0001", NOON + timedelta(seconds=began), NOON, config=config)


def test_what_differs_is_said_of_each_part_in_words() -> None:
    first = node("a", settings={"operator": "1", "x": "1"}, templates={"t": "1"}, gold={})
    other = node("b", 1, settings={"operator": "2", "x": "1"}, templates=dict.fromkeys("tuvwx", "1"))
    assert told([first, other]) == [
        "node b: has no gold, node a has one",
        "node b: settings differ from node a's, key operator",
        "node b: templates differ from node a's, keys u, v, w and 1 more",
    ]
    assert told([first, replace(first, holder="a/2/y")])[0].startswith("2 living nodes are named a: give each")
    assert told([first, replace(first, name="c", version="2")]) == [
        "node c: version 2 (schema 0001), node a's is 1 (0001)"
    ]
    assert told([]) == []


def test_what_is_each_nodes_own_is_no_difference_and_what_is_common_is(world: World, tmp_path: Path) -> None:
    def parts(house: House) -> dict[str, dict[str, str]]:
        return fingerprint.fingerprint(house.settings, house.policies, house.directory, [tmp_path])

    house = world.house
    before = parts(house)
    own = replace(house.settings, path=tmp_path / "else.toml", relay=replace(house.settings.relay, url="smtp://x:25"))
    assert parts(replace(house, settings=own)) == before
    common = replace(house.settings, operator="else@example.com", engineers=())
    differ = fingerprint.differences(before, parts(replace(house, settings=common)))
    assert [part for part, _ in differ] == ["settings"]
    assert "operator" in differ[0][1]
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "closed.txt.j2").write_text("Bye.")
    assert fingerprint.differences(before, parts(house)) == [("templates", ["en/closed.txt.j2"])]


def test_where_raw_mail_lies_and_how_long_links_hold_must_be_alike(world: World, tmp_path: Path) -> None:
    """Else a node looks for mail in vain, and puts it aside; or deletes the keys of links that others have made."""

    def parts(settings: Settings) -> dict[str, dict[str, str]]:
        return fingerprint.fingerprint(settings, {}, world.house.directory, [tmp_path])

    ours = world.house.settings
    s3 = replace(ours.store.s3, endpoint="https://other.test", timeout_seconds=3)
    other = replace(
        ours, store=replace(ours.store, raw="s3://other", s3=s3), web=replace(ours.web, link_days=7, listen="[::1]:1")
    )
    assert fingerprint.differences(parts(ours), parts(other)) == [
        ("settings", ["store.raw", "store.s3.endpoint", "web.link_days"])
    ]


def test_who_is_of_my_machine_is_known_by_its_process_and_another_by_its_beat() -> None:
    me = holder.holder_of("gate")
    place = me.split("/")[2].partition("-")[0]
    assert not holder.is_gone(me, me, ())
    assert not holder.is_gone(f"gate/{os.getppid()}/{place}-1", me, ())
    assert holder.is_gone(f"gate/{os.getpid()}/{place}-1", me, ()), "a container gives every incarnation the same pid"
    assert holder.is_gone(f"gate/4194399/{place}-1", me, ()), "no process has such a number"
    elsewhere = f"gate/{os.getpid()}/elsewhere-1"
    assert holder.is_gone(elsewhere, me, ())
    assert not holder.is_gone(elsewhere, me, {elsewhere})


def test_a_living_node_of_the_same_name_keeps_what_it_holds(world: World) -> None:
    """Two containers of one host name: process numbers of one mean nothing in the other. SQLite has one daemon."""
    world.receive(mail(), process=False)
    now, elsewhere = world.clock.now(), "gate/7/elsewhere-1"
    with world.store.write() as connection:
        rows.say(connection, Node(elsewhere, "gate", "1", "0001", now, now))
        assert claims.claim_inbound(connection, elsewhere, 1, now, MAX_LEASE)
    starting = replace(world.house, holder=holder.holder_of("gate"))
    void_leases_of_the_dead(starting)
    with world.store.write() as connection:
        free = claims.claim_inbound(connection, starting.holder, 1, now, MAX_LEASE)
    assert bool(free) == (world.store.dialect == "sqlite")
    world.clock.time += rows.SILENT_AFTER  # and it is silent since, its lease still running
    void_leases_of_the_dead(replace(starting, holder=holder.holder_of("gate")))
    with world.store.read() as connection:
        assert [one.holder for one in rows.nodes(connection)] == []


def test_a_beat_that_cannot_be_written_stops_nothing(world: World) -> None:
    tried = threading.Semaphore(0)

    class Ill:
        dialect = "postgresql"

        def write(self) -> object:
            tried.release()
            raise StoreError("away")

    house = named(world, "a")
    beating = Beating(lambda: replace(house, store=Ill()), every=0.001)  # type: ignore[arg-type]
    beating.start()
    assert all(tried.acquire(timeout=30) for _ in range(3))
    beating.stop()


def test_a_shared_clock_is_the_others_and_goes_on_by_itself() -> None:
    clock = SharedClock()
    theirs = datetime.now(UTC) + timedelta(minutes=5)
    clock.agree(lambda: theirs)
    first = clock.now()
    assert timedelta() <= first - theirs < timedelta(seconds=30)
    assert clock.now() >= first


def test_the_days_are_counted_by_one_node_at_a_time(world: World) -> None:
    one, other = named(world, "a"), named(world, "b")
    assert reckoning.bring_up(one) > 0
    world.clock.time += timedelta(seconds=1)
    assert reckoning.bring_up(other) == 0
    world.clock.time += MAX_LEASE
    assert reckoning.bring_up(other) > 0


def test_the_search_index_is_brought_up_by_one_node_at_a_time(world: World) -> None:
    one, other = named(world, "a"), named(world, "b")
    world.receive(mail())
    assert indexing.bring_up(one) == 1
    world.receive(mail("Second", message_id="<2@customer.test>"))
    assert indexing.bring_up(other) == 0
    world.clock.time += MAX_LEASE
    assert indexing.bring_up(other) == 1
    with world.store.read() as connection:
        assert rows.holdings(connection)[other.holder].roles == ("search",)
