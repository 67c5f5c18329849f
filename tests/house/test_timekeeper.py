"""The timekeeper: a thread that takes what is due, looks again where a policy changed, and never ends by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from mailgate.errors import StoreError
from mailgate.house import House
from mailgate.policy.duration import parse_duration
from mailgate.store import facts
from mailgate.store.db import Store
from mailgate.timekeeper import Timekeeper
from world import World, mail

PATIENCE_SECONDS = 20.0


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


@contextmanager
def kept(world: World, house: Callable[[], House] | None = None, **more: Any) -> Iterator[tuple[Timekeeper, Steps]]:
    """A timekeeper at work, which is woken all the time as the daemon's job wakes it."""
    steps, over = Steps(), threading.Event()
    timekeeper = Timekeeper(house or (lambda: world.house), steps.seen.set, pause=0.01, **more)

    def ticking() -> None:
        while not over.wait(0.02):
            timekeeper.wake()

    ticker = threading.Thread(target=ticking)
    timekeeper.start()
    ticker.start()
    try:
        yield timekeeper, steps
    finally:
        over.set()
        ticker.join()
        timekeeper.stop()


class Steps:
    """Whether cases were looked at, as the sender is told of it."""

    def __init__(self) -> None:
        self.seen = threading.Event()

    def come(self) -> bool:
        return self.seen.wait(PATIENCE_SECONDS)


def waiting_case(world: World) -> str:
    world.receive(mail())
    number = str(world.cases[0]["number"])
    world.set_status(number, "waiting")
    return number


def becomes(look: Callable[[], bool]) -> bool:
    done = threading.Event()
    for _ in range(int(PATIENCE_SECONDS / 0.02)):
        if look():
            return True
        done.wait(0.02)
    return False


def next_due(world: World, number: str) -> datetime | None:
    with world.store.read() as connection:
        case = facts.case_of(connection, number)
    assert case is not None
    return case.next_due_at


def test_what_is_due_is_taken_and_the_sender_hears_of_it(world: World) -> None:
    waiting_case(world)
    world.clock.time += timedelta(days=3)
    with kept(world) as (_, steps):
        assert steps.come()
        assert becomes(lambda: len(world.letters) == 2)
    assert "waiting for your answer" in world.letters[1].as_string()


def test_trouble_of_whatever_sort_does_not_end_it(world: World) -> None:
    waiting_case(world)
    world.clock.time += timedelta(days=3)
    troubles: list[Exception] = [StoreError("the database is away"), RuntimeError("a fault of ours")]

    def house() -> House:
        if troubles:
            raise troubles.pop()
        return world.house

    with kept(world, house) as (_, steps):
        assert steps.come()
    assert troubles == []


def test_it_shows_that_it_lives_while_there_is_nothing_to_do(world: World) -> None:
    beats = threading.Semaphore(0)
    timekeeper = Timekeeper(lambda: world.house, lambda: None, on_beat=beats.release)
    timekeeper.start()
    try:
        for _ in range(2):
            assert beats.acquire(timeout=PATIENCE_SECONDS)
    finally:
        timekeeper.stop()


def test_cases_are_looked_at_again_once_their_policy_is_another(world: World) -> None:
    number = waiting_case(world)
    with kept(world) as (_, steps):
        assert becomes(lambda: next_due(world, number) == world.clock.time + timedelta(days=3))
        reminders = replace(world.policy.reminders, customer=(parse_duration("1 hour"),))
        changed = replace(world.policy, reminders=reminders)
        world.house = replace(world.house, policies={changed.name: changed})
        assert steps.come()
        assert becomes(lambda: next_due(world, number) == world.clock.time + timedelta(hours=1))


def test_a_restart_under_the_same_policy_looks_at_no_case(world: World) -> None:
    number = waiting_case(world)
    with kept(world) as (_, steps):
        assert steps.come()
        assert becomes(lambda: next_due(world, number) != world.clock.time)
    before = world.case(number)
    with kept(world) as (_, steps):
        assert not steps.seen.wait(0.3)
    assert world.case(number) == before
