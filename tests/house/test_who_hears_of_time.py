"""Who of ours is told what time brings: the owner, else the queue of the level, else its engineers."""

from __future__ import annotations

from dataclasses import replace

from mailgate import pipeline
from mailgate.cases.events import EngineerActed
from mailgate.policy.service import Level
from world import World, mail

EVE, BOB = "eve@engineers.test", "bob@engineers.test"


def told(world: World, what: str) -> list[str]:
    return sorted(str(one["To"]) for one in world.letters if what in str(one["Subject"]))


def test_a_small_desk_without_queues_hears_what_is_overdue() -> None:
    with World(engineers=[EVE, BOB]) as world:
        world.receive(mail())
        world.advance(days=3)
        assert told(world, "is overdue") == [BOB, EVE]


def test_whoever_has_the_case_hears_alone() -> None:
    with World(engineers=[EVE, BOB]) as world:
        world.receive(mail())
        pipeline.act(world.house, world.cases[0]["number"], EngineerActed(EVE, owner=EVE))
        world.advance(days=3)
        assert told(world, "is overdue") == [EVE]


def test_a_queue_stands_for_the_engineers_of_its_level() -> None:
    with World(engineers=[EVE]) as world:
        policy = replace(world.policy, levels=(Level(1, "First", queue="first@engineers.test"),))
        world.house = replace(world.house, policies={policy.name: policy})
        world.receive(mail())
        world.advance(days=3)
        assert told(world, "is overdue") == ["first@engineers.test"]


def test_a_case_handed_to_a_level_without_a_queue_is_told_to_our_engineers() -> None:
    with World(engineers=[EVE, BOB]) as world:
        policy = replace(world.policy, levels=(Level(1, "First"), Level(2, "Second")))
        world.house = replace(world.house, policies={policy.name: policy})
        world.receive(mail())
        pipeline.act(world.house, world.cases[0]["number"], EngineerActed(EVE, level=2))
        assert told(world, "handed on") == [BOB]
