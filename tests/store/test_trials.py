"""A trial of a policy reads the past from either database, and leaves it as it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, func, select

from mailgate.cases.case import Status
from mailgate.simulate.trial import Trial
from mailgate.store import trials
from mailgate.store.db import Store
from mailgate.store.rehearsal import Rehearsal
from mailgate.store.tables import cases, entry, inbound, outbox
from moments import NOON
from world import World, mail


def rows(connection: Connection) -> list[int]:
    return [connection.execute(select(func.count()).select_from(one)).scalar_one() for one in (cases, inbound, outbox)]


def test_past_mail_is_played_through_both_and_only_what_the_policy_changes_differs(
    store: Store, tmp_path: Path
) -> None:
    world = World(store)
    world.receive(mail())
    number = world.cases[0]["number"]
    world.advance(hours=1)
    reply = mail("Re: x", "Still.", message_id="<2@x.test>", in_reply_to=str(world.letters[0]["Message-ID"]))
    world.receive(reply)
    with store.read() as connection:
        before = rows(connection)
    opening = dataclasses.replace(world.policy.opening, priority=1)
    urgent = dataclasses.replace(world.policy, opening=opening)
    until = NOON + timedelta(days=30)
    with Trial(world.house, {urgent.name: urgent}, NOON, tmp_path) as trial:
        differing = list(trial.mails(trials.past_mail(store, ["support"], NOON, until)))
        ends = list(trial.cases(until))
    assert [(one.what["id"], one.old and one.old["case"], one.new and one.new["priority"]) for one in differing] == [
        (1, number, 1),
        (2, number, 1),
    ]
    assert [one.what["number"] for one in ends] == [number]
    with store.read() as connection:
        assert rows(connection) == before
        assert trials.count_past(connection, ["support"], NOON, until) == 2
        assert trials.count_past(connection, ["sales"], NOON, until) == 0


def test_a_case_is_known_as_it_stood_at_a_moment(store: Store) -> None:
    world = World(store)
    world.receive(mail())
    number = str(world.cases[0]["number"])
    for hour, status in enumerate(("waiting", "resolved", "closed"), 1):
        world.clock.time = NOON + timedelta(hours=hour)
        world.set_status(number, status)

    def stood(hours: float) -> Status | None:
        with store.read() as connection:
            case = trials.case_at(connection, number, NOON + timedelta(hours=hours))
        return case.status if case else None

    assert [stood(at) for at in (0.5, 1.5, 2.5, 3.5)] == ["new", "waiting", "resolved", "closed"]
    with store.read() as connection:
        early = trials.case_at(connection, number, NOON + timedelta(hours=1.5))
        assert trials.case_at(connection, "2699999999", NOON) is None
    assert early is not None
    assert (early.resolved_at, early.closed_at) == (None, None)
    assert early.course.status_since == NOON + timedelta(hours=1)


def test_what_is_written_on_a_rehearsal_is_seen_within_and_undone(store: Store) -> None:
    world = World(store)
    world.receive(mail())
    number = str(world.cases[0]["number"])
    rehearsal = Rehearsal(store)

    def status(connection: Connection) -> str:
        return str(connection.execute(select(cases.c.status).where(cases.c.number == number)).scalar_one())

    with rehearsal.write() as connection:
        connection.execute(cases.update().values(status="closed"))
        assert status(connection) == "closed"
    with store.read() as connection:
        assert status(connection) == "new"
    world.house = dataclasses.replace(world.house, store=rehearsal)
    decision = world.set_status(number, "closed")
    assert decision.case is not None
    assert decision.case.status is Status.CLOSED
    with store.read() as connection:
        assert status(connection) == "new"
        assert list(kinds(connection)) == ["mail"]


def kinds(connection: Connection) -> Iterator[str]:
    yield from connection.execute(select(entry.c.kind)).scalars()
