"""Periodic work: who is woken, when the books are gone through, and that what failed is not noted as done."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from mailgate import figures
from mailgate.books import go_through
from mailgate.jobs import JOBS, Rounds, ran, set_right, ticker
from mailgate.store import vitals
from mailgate.store.books_tables import received
from mailgate.web.asking import Heard
from mailgate.web.metrics import Of
from moments import NOON
from world import World, mail


def rounds(log: list[str]) -> Rounds:
    names = "worker sender time figures forget books keys index purge reckon objects orphans".split()
    return Rounds(*((lambda name=name: log.append(name)) for name in names))


def done_at(job: str) -> float | None:
    return figures.snapshot().get(f'job_last_success_timestamp_seconds{{job="{job}"}}')


def test_each_job_wakes_whom_it_is_for_and_is_noted() -> None:
    log: list[str] = []
    with World() as world:
        for job in JOBS:
            ran(job, rounds(log), world.clock)
    assert log[:9] == ["worker", "sender", "time", "forget", "index", "reckon", "figures", "keys", "books"]
    assert log[9:] == ["purge", "objects", "orphans"]
    assert {done_at(job.name) for job in JOBS} == {NOON.timestamp()}


def test_a_job_that_fails_is_not_noted() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    failing = Rounds(*[fail] * 12)
    with World() as world:
        ran(JOBS[0], rounds([]), world.clock)
        world.clock.time += timedelta(hours=1)
        with pytest.raises(ZeroDivisionError):
            ran(JOBS[0], failing, world.clock)
    assert done_at(JOBS[0].name) == NOON.timestamp()


def test_the_books_are_gone_through_each_night_in_utc() -> None:
    with World() as world:
        (job,) = [one for one in ticker(rounds([]), world.clock).get_jobs() if one.id == "books"]
    first = job.trigger.get_next_fire_time(None, NOON)
    assert first == datetime(2026, 11, 18, 3, 17, tzinfo=UTC)
    assert job.trigger.get_next_fire_time(first, first + timedelta(seconds=1)) == first + timedelta(days=1)


def test_a_clock_that_is_put_back_makes_only_those_run_whom_their_next_run_is_out_of_reach() -> None:
    async def story() -> list[str]:
        with World() as world:
            scheduler = ticker(rounds([]), world.clock)
            scheduler.start(paused=True)
            try:
                for job in scheduler.get_jobs():
                    job.modify(next_run_time=NOON)
                return set_right(scheduler, NOON - timedelta(hours=3))
            finally:
                scheduler.shutdown(wait=False)

    ran = ["figures", "inbox", "objects", "outbox", "pictures", "retention", "search", "time"]
    assert sorted(asyncio.run(story())) == ran


def test_a_missed_service_level_is_counted_by_its_priority() -> None:
    before = figures.snapshot().get('sla_breached{priority="3"}', 0)
    with World() as world:
        world.receive(mail())
        for _ in range(10):
            world.advance(days=1)
        breaches = [line for line in world.case(world.cases[0]["number"])["history"] if line["kind"] == "breach"]
    assert breaches
    assert figures.snapshot()['sla_breached{priority="3"}'] - before == len(breaches)


def test_the_way_from_receipt_to_decision_is_measured() -> None:
    def measured() -> tuple[float, float]:
        said = figures.snapshot()
        return said.get("intake_seconds_count", 0), said.get("intake_seconds_sum", 0)

    count, total = measured()
    with World() as world:
        world.receive(mail(), process=False)
        world.clock.time += timedelta(seconds=40)
        world.process()
    assert measured()[0] == count + 1
    assert measured()[1] == pytest.approx(total + 40)


def balanced(world: World) -> str:
    """What `/metrics` says of the books, "" where it says nothing."""
    registry = CollectorRegistry(auto_describe=False)
    with world.store.read() as connection:
        registry.register(Of(Heard(vitals.look(connection), ""), world.clock.now()))
    said = generate_latest(registry).decode()
    return "".join(line.rpartition(" ")[2] for line in said.splitlines() if line.startswith("mailgate_books_balanced "))


def test_the_night_tells_the_operator_and_the_metrics_of_books_that_do_not_reconcile() -> None:
    (job,) = [one for one in JOBS if one.name == "books"]
    with World() as world:
        nightly = replace(rounds([]), reconcile=lambda: go_through(world.house))
        world.receive(mail())
        assert balanced(world) == ""
        ran(job, nightly, world.clock)
        assert balanced(world) == "1.0"
        with world.store.write() as connection:
            connection.execute(received.update().values(mails=7))
        world.advance(days=1)
        ran(job, nightly, world.clock)
        assert balanced(world) == "0.0"
        assert done_at("books") == world.clock.now().timestamp()
        told = [letter["Subject"] for letter in world.letters if letter["To"] == "postmaster@example.net"]
        assert told == ["mailgate: the books do not reconcile"]
