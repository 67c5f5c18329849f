"""The worker's two threads: slow mail is in nobody's way, and a stop leaves what was not begun as it was."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from mailgate.house import House
from mailgate.leases import Leases
from mailgate.mail.message import Mail, RawMail
from mailgate.mail.parse import parse
from mailgate.store import claims
from mailgate.store.db import open_store, upgrade
from mailgate.store.lease import LEASE
from mailgate.store.tables import case_counter, inbound
from mailgate.worker import Worker
from moments import NOON
from world import World, mail


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(open_store(f"sqlite:///{tmp_path}/mailgate.db")) as store:
        upgrade(store)
        yield World(store)


@contextmanager
def working(world: World, read: Callable[[RawMail], Mail], **more: Any) -> Iterator[Worker]:
    world.reading = lambda raw, _ours: read(raw)
    worker = Worker(lambda: world.house, on_done=lambda: None, **more)
    with running(worker):
        yield worker


@contextmanager
def running(worker: Worker) -> Iterator[Worker]:
    worker.start()
    worker.wake()
    try:
        yield worker
    finally:
        worker.stop()


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


def filed(world: World, worker: Worker, row: int) -> bool:
    worker.wake()
    return bool(world.inbox(row)["state"] == "filed")


def bring(world: World, *names: str) -> list[int]:
    return [world.receive(mail(name, message_id=f"<{name}@x.test>"), process=False) for name in names]


def test_what_was_read_is_concluded_while_a_slow_mail_of_its_batch_is_still_read(world: World) -> None:
    slow = threading.Event()

    def read(raw: RawMail) -> Mail:
        if b"Subject: slow" in raw.data[:]:
            slow.wait(60)
        return parse(raw)

    first, second, third = bring(world, "quick", "slow", "behind")
    with working(world, read, read_for=0.0):
        until(lambda: world.inbox(first)["state"] == "filed")
        assert world.inbox(second)["state"] == "waiting"
        slow.set()
        until(lambda: world.inbox(third)["state"] == "filed")
    assert world.sums() == {"filed": 3}
    assert len(world.letters) == 3


def test_a_stop_ends_with_the_mail_in_hand_and_frees_the_others(world: World) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def read(raw: RawMail) -> Mail:
        begun.set()
        go_on.wait(60)
        return parse(raw)

    ids = bring(world, *(f"request{number}" for number in range(10)))
    with working(world, read) as worker:
        assert begun.wait(60)
        stopping = threading.Thread(target=worker.stop)
        stopping.start()
        until(worker._stopping.is_set)
        go_on.set()
        stopping.join()
        assert world.sums() == {"filed": 1, "waiting": 9}
    with world.store.write() as connection:
        again = claims.claim_inbound(connection, "another/1/x", 20, NOON, LEASE)
    assert [claimed.id for claimed in again] == ids[1:]  # at once, together, and with nothing held against them
    assert {claimed.attempts for claimed in again} == {0}


def test_a_bug_outside_of_any_walk_ends_neither_thread(world: World) -> None:
    bugs = iter((RuntimeError("a bug"), RuntimeError("another")))

    def house() -> House:
        for bug in bugs:
            raise bug
        return world.house

    (only,) = bring(world, "request")
    worker = Worker(house, on_done=lambda: None)
    with running(worker):
        until(lambda: filed(world, worker, only))


def test_a_bug_in_reading_is_the_failure_of_that_mail_alone(world: World) -> None:
    def read(raw: RawMail) -> Mail:
        if b"Subject: cursed" in raw.data[:]:
            raise RuntimeError("a bug")
        return parse(raw)

    def shelved(worker: Worker) -> bool:
        world.clock.time += timedelta(seconds=11)
        worker.wake()
        return bool(world.inbox(cursed)["state"] == "shelved")

    first, cursed, last = bring(world, "one", "cursed", "three")
    with working(world, read) as worker:
        until(lambda: filed(world, worker, first) and filed(world, worker, last))
        until(lambda: shelved(worker))
    row = world.inbox(cursed)
    assert (row["attempts"], row["traceback"].splitlines()[-1]) == (3, "RuntimeError: a bug")


def test_while_no_reader_can_be_started_mail_waits_and_nothing_counts_against_it(world: World) -> None:
    """On a machine out of processes or memory."""
    lost = threading.Semaphore(0)

    def read(raw: RawMail) -> Mail:
        if b"Subject: one" in raw.data[:]:
            return parse(raw)
        lost.release()
        raise BlockingIOError(11, "Resource temporarily unavailable")

    first, second, third = bring(world, "one", "two", "three")
    with working(world, read, pause=0.0) as worker:
        for _ in range(5):
            worker.wake()
            assert lost.acquire(timeout=60)
            world.clock.time += LEASE
        until(lambda: filed(world, worker, first))
    with world.store.write() as connection:
        left = claims.claim_inbound(connection, "another/1/x", 20, world.clock.now(), LEASE)
    assert [(one.id, one.attempts) for one in left] == [(second, 0), (third, 0)], "at once, together, and unblamed"


def lease_of(world: World, row: int) -> datetime:
    with world.store.read() as connection:
        return connection.execute(select(inbound.c.lease_until).where(inbound.c.id == row)).scalar_one() or NOON


def others_find(world: World) -> list[int]:
    with world.store.write() as connection:
        found = claims.claim_inbound(connection, "another/1/x", 20, world.clock.now(), LEASE)
    return [one.id for one in found]


def test_the_leases_of_a_batch_are_renewed_while_it_is_read(world: World) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def read(raw: RawMail) -> Mail:
        begun.set()
        go_on.wait(60)
        return parse(raw)

    ids = bring(world, "slow", "behind")
    with working(world, read, renew_every=0.01):
        assert begun.wait(60)
        for _ in range(4):
            world.clock.time += timedelta(seconds=20)
            for row in ids:
                until(lambda row=row: lease_of(world, row) == world.clock.time + LEASE)  # type: ignore[misc]
            assert others_find(world) == []
        go_on.set()
        until(lambda: world.sums() == {"filed": 2})
    assert {world.inbox(row)["attempts"] for row in ids} == {0}


def test_the_leases_of_a_batch_are_renewed_while_it_is_concluded(postgres_url: str) -> None:
    """Somebody holds the counter of case numbers: the walk hangs in the middle of its batch, and two more wait."""
    with closing(open_store(postgres_url)) as store:
        world = World(store)
        bring(world, "sets the counter up")
        world.process()
        locked = threading.Event()

        def read(raw: RawMail) -> Mail:
            locked.wait(60)
            return parse(raw)

        ids = bring(world, *"abcde")  # before the worker starts, so that it claims them together
        with working(world, read, read_for=60.0, renew_every=0.01) as worker:
            with store.write() as other:
                other.execute(select(case_counter).with_for_update())
                locked.set()
                until(lambda: set(worker._leases._held) == set(ids))
                for _ in range(3):
                    world.clock.time += timedelta(seconds=20)
                    until(lambda: lease_of(world, ids[-1]) == world.clock.time + LEASE)
                    assert others_find(world) == []
            until(lambda: world.sums() == {"filed": 6})
        assert {world.inbox(row)["attempts"] for row in ids} == {0}
        assert len(world.letters) == 6


def test_a_mail_that_another_process_took_meanwhile_is_left_to_it(world: World) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def read(raw: RawMail) -> Mail:
        begun.set()
        go_on.wait(60)
        return parse(raw)

    slow, behind = bring(world, "slow", "behind")
    with working(world, read, renew_every=3600) as worker:
        assert begun.wait(60)
        world.clock.time += LEASE
        assert others_find(world) == [slow]
        worker._leases.renew()
        go_on.set()
        until(lambda: filed(world, worker, behind))
    assert world.sums() == {"filed": 1, "waiting": 1}
    assert len(world.letters) == 1


def test_what_is_in_hand_is_not_taken_in_hand_again(world: World) -> None:
    bring(world, "one", "two")
    leases, found = Leases(lambda: world.house), []
    for _ in range(2):  # the clock stood ahead of all leases: the worker claims its own
        with world.store.write() as connection:
            found.append(claims.claim_inbound(connection, world.house.holder, 20, world.clock.now(), LEASE))
        world.clock.time += LEASE
    first, again = found
    assert leases.take(first) == first
    assert leases.take(again) == []
    leases.drop(again)
    assert leases.take(again) == [], "the first are still in hand"
    leases.drop(first)
    assert leases.take(again) == again
