"""A process that stood still while its leases ended: what it would write late is refused, on both databases."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from kept import arrival
from mailgate import pipeline, setbacks
from mailgate.forgetting import forget_expired
from mailgate.policy.duration import Duration, Unit
from mailgate.store import claims, keep, marks
from mailgate.store import raw as raw_room
from mailgate.store.claims import ClaimedMail
from mailgate.store.db import Store, open_store
from mailgate.store.lease import MAX_LEASE
from mailgate.store.tables import raw_mail
from moments import NOON
from world import World, mail

OTHER = "other/2/node"


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def claimed(world: World, holder: str) -> ClaimedMail:
    with world.store.write() as connection:
        (one,) = claims.claim_inbound(connection, holder, 1, world.clock.now(), MAX_LEASE)
    return one


def taken_over(world: World) -> ClaimedMail:
    """A mail that this process has read, and that another node holds since."""
    world.receive(mail(), process=False)
    mine = claimed(world, world.house.holder)
    world.clock.time += MAX_LEASE
    claimed(world, OTHER)
    return mine


def test_a_mail_that_another_node_has_is_not_decided_upon(world: World) -> None:
    mine = taken_over(world)
    assert pipeline.process(world.house, [mine]) == []
    assert (world.sums(), world.letters, world.cases) == ({"waiting": 1}, [], [])
    world.clock.time += MAX_LEASE
    world.process()
    assert (world.sums(), len(world.letters)) == ({"filed": 1}, 1)


def test_what_is_lost_between_the_look_and_the_write_is_refused_by_the_write(store: Store) -> None:
    """The look at the beginning locks nothing, so that leases can be renewed; the last word is the write's."""
    world = World(store)
    mine = taken_over(world)
    seen: list[frozenset[int]] = []

    def late(_connection: object, ids: list[int], _holder: str) -> frozenset[int]:
        seen.append(frozenset(ids))
        return frozenset(ids)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claims, "still_held", late)
        assert pipeline.process(world.house, [mine]) == []
    assert seen
    assert (world.sums(), world.cases) == ({"waiting": 1}, [])


def test_nor_is_it_given_back_counted_against_or_shelved(world: World) -> None:
    mine = taken_over(world)
    before = world.inbox(mine.id)
    setbacks.give_back(world.house, [mine])
    setbacks.put_back(world.house, mine, "the store")
    setbacks.count_against(world.house, mine, ValueError("late"))
    setbacks.shelve(world.house, mine, "Traceback", "late")
    assert world.inbox(mine.id) == before
    with world.store.write() as connection:
        assert claims.claim_one(connection, mine.id, "third/3/node", world.clock.now(), MAX_LEASE) is None


def test_the_case_hears_once_of_a_letter_that_two_nodes_sent(world: World) -> None:
    world.receive(mail())
    with world.store.write() as connection:
        (letter,) = claims.claim_outbox(connection, OTHER, 9, world.clock.now(), MAX_LEASE)
        assert marks.mark_sent(connection, [letter.id], NOON) == 1
        assert marks.mark_sent(connection, [letter.id], NOON) == 0


def test_octets_that_come_again_while_retention_deletes_them_are_kept(postgres_url: str) -> None:
    """Whoever is first: the mail is not without its octets. On SQLite a writer is alone."""
    with closing(open_store(postgres_url)) as store:
        world = World(store)
        octets = mail()
        world.receive(octets)
        for case in world.cases:
            world.set_status(case["number"], "closed")
        world.deliver()
        policy = world.policy
        retention = replace(policy.retention, raw=Duration(30, Unit.DAYS))
        world.house = replace(world.house, policies={policy.name: replace(policy, retention=retention)})
        world.clock.time += timedelta(days=60)
        came = arrival("the same octets", data=raw_of(store), at=world.clock.now())
        forgot = threading.Thread(target=lambda: forget_expired(world.house, 10))
        with store.write() as arriving:
            keep.receive(arriving, [came])
            forgot.start()
            forgot.join(0.5)
            assert forgot.is_alive(), "retention waits for the mail that comes in"
        forgot.join(60)
        assert there(store) == 1


def test_octets_that_retention_deletes_as_they_come_again_are_put_once_more(postgres_url: str) -> None:
    with closing(open_store(postgres_url)) as store:
        with store.write() as connection:
            raw_room.put_all(connection, [b"octets"])
        with store.write() as forgetting:
            forgetting.execute(raw_mail.delete())
            arriving = threading.Thread(target=lambda: bring(store))
            arriving.start()
            arriving.join(0.5)
            assert arriving.is_alive(), "the mail waits for what becomes of its octets"
        arriving.join(60)
        assert there(store) == 1


def bring(store: Store) -> None:
    with store.write() as connection:
        keep.receive(connection, [arrival("octets", data=b"octets")])


def raw_of(store: Store) -> bytes:
    with store.read() as connection:
        return bytes(connection.execute(select(raw_mail.c.data)).scalar_one())


def there(store: Store) -> int:
    with store.read() as connection:
        return connection.scalar(select(func.count()).select_from(raw_mail)) or 0
