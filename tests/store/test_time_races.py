"""Several processes pass time at once, on both databases: nothing fires twice, nothing is lost."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from kept import new_case, opening
from mailgate import pipeline
from mailgate.cases.case import EntryKind, Status
from mailgate.cases.events import EngineerActed
from mailgate.errors import Conflict
from mailgate.store import facts, keep, marks
from mailgate.store.db import Store, open_store
from moments import NOON
from world import World, mail

HANDS = 4
CASES = 60


@contextmanager
def several(url: str, count: int) -> Iterator[list[World]]:
    """So many houses on one database, each with a store of its own, as processes have them."""
    worlds = [World(open_store(url)) for _ in range(count)]
    try:
        yield worlds
    finally:
        for world in worlds:
            world.store.close()


def together(works: list[Callable[[], None]]) -> None:
    errors: list[BaseException] = []
    start = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        try:
            start.wait()
            work()
        except BaseException as error:  # noqa: BLE001 - shown by the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def waiting_cases(world: World, count: int = CASES) -> list[str]:
    for n in range(count):
        world.receive(mail(message_id=f"<{n}@customer.test>", by=f"<c{n}@customer.test>"), process=False)
    world.process()
    numbers = [str(case["number"]) for case in world.cases]
    for number in numbers:
        world.set_status(number, "waiting")
    return numbers


def kinds(world: World) -> Counter[tuple[str, str]]:
    with world.store.read() as connection:
        return Counter((row["case"], row["kind"]) for row in facts.list_outbox(connection))


def test_four_hands_pass_time_at_once_and_each_step_is_taken_once(database: str) -> None:
    with several(database, HANDS) as worlds:
        numbers = waiting_cases(worlds[0])
        for world in worlds:
            world.clock.time += timedelta(days=3)
        looked_at: list[int] = []

        def passing(world: World) -> Callable[[], None]:
            def work() -> None:
                while count := pipeline.pass_time(world.house, limit=7):
                    looked_at.append(count)

            return work

        together([passing(world) for world in worlds])
        assert sum(looked_at) == CASES
        letters = kinds(worlds[0])
        assert {letters[number, "customer_reminder"] for number in numbers} == {1}
        for number in numbers:
            history = worlds[0].case(number)["history"]
            assert [line["kind"] for line in history].count(EntryKind.REMINDER) == 1


def test_time_and_an_engineer_at_one_case_both_have_their_way(database: str) -> None:
    with several(database, 2) as (timely, acting):
        numbers = waiting_cases(timely, 20)
        for world in (timely, acting):
            world.clock.time += timedelta(days=3)

        def act() -> None:
            for number in numbers:
                try:
                    pipeline.act(acting.house, number, EngineerActed("eve", priority=1))
                except Conflict:
                    pipeline.act(acting.house, number, EngineerActed("eve", priority=1))

        def pass_time() -> None:
            while pipeline.pass_time(timely.house, limit=2):
                continue

        together([act, pass_time])
        assert {case["priority"] for case in timely.cases} == {1}
        assert {kinds(timely)[number, "customer_reminder"] for number in numbers} == {1}


def test_a_case_that_cannot_be_looked_at_stands_in_no_others_way(store: Store) -> None:
    world = World(store)
    broken = waiting_cases(world, 2)
    world.receive(mail(message_id="<s@x.test>", by="<s@customer.test>"), to="sales@example.com")
    sound = str(world.cases[-1]["number"])
    world.set_status(sound, "waiting")
    world.clock.time += timedelta(days=3)
    # The mailbox of the others is gone from the settings: what they are owed cannot be written.
    settings = replace(world.house.settings, mailboxes={"sales": world.house.settings.mailboxes["sales"]})
    world.house = replace(world.house, settings=settings)
    world.pass_time()
    letters = kinds(world)
    assert letters[sound, "customer_reminder"] == 1
    with store.read() as connection:
        later = {case.next_due_at for case in facts.cases_of(connection, broken)}
    assert later == {world.clock.time + timedelta(hours=1)}
    assert not any(letters[number, "customer_reminder"] for number in broken)


def test_cases_of_a_changed_policy_are_asked_for_some_at_a_time(store: Store) -> None:
    with store.write() as connection:
        numbers = []
        for place in range(25):
            names = keep.mint(connection, NOON, "example.com", new_case=True)
            status = Status.CLOSED if place % 5 == 0 else Status.OPEN
            policy = "other" if place % 5 == 1 else "default"
            case = replace(new_case(names), status=status, policy=policy)
            keep.keep(connection, None, opening(case), [], None, NOON)
            if (status, policy) == (Status.OPEN, "default"):
                numbers.append(case.number)
    asked, after = [], ""
    while True:
        with store.write() as connection:
            last = marks.look_at_cases_of(connection, "default", after, 4, NOON)
        if last is None:
            break
        with store.read() as connection:
            found = facts.cases_of(connection, [number for number in numbers if after < number <= last])
        assert {case.next_due_at for case in found} == {NOON}
        asked.append(len(found))
        after = last
    assert asked == [4, 4, 4, 3]
