"""Mail that lies in an object store is walked like any other; and where the object store fails, it waits for it."""

from __future__ import annotations

import hashlib
import mailbox
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mailgate import holder, tidying
from mailgate.errors import SettingsError
from mailgate.exporting import export
from mailgate.forgetting import erase
from mailgate.mail.message import Address
from mailgate.pipeline import replay
from mailgate.store import owner
from mailgate.store.lease import MAX_LEASE
from objects import Moody
from world import World, in_memory, mail

ANN = Address("", "ann@customer.test")
SMALL = mail("Small", "x", message_id="<small@customer.test>")


@pytest.fixture
def bucket() -> Moody:
    return Moody()


@pytest.fixture
def world(bucket: Moody) -> Iterator[World]:
    with World(in_memory(bucket), engineers=["eve@engineers.test"]) as made:
        tidying.begin(made.house)
        yield made


def state(world: World, number: int) -> tuple[str, int]:
    row = world.inbox(number)
    return row["state"], row["attempts"]


def test_a_mail_and_its_answer_are_walked(world: World, bucket: Moody) -> None:
    first = world.receive(mail())
    world.receive(mail(f"Re: {world.cases[0]['ref']}", "Still.", message_id="<2@customer.test>"))
    assert state(world, first) == ("filed", 0)
    assert [case["entries"] for case in world.cases] == [2]
    assert len(bucket.keys) == 2


def test_each_mail_is_asked_for_once_however_often_it_is_looked_into(world: World, bucket: Moody) -> None:
    world.receive(mail())
    key = hashlib.sha256(mail()).hexdigest()
    assert [verb for verb, asked in bucket.asked if asked == key] == ["put", "get"]


def test_while_the_object_store_is_down_its_mail_waits_untouched_and_other_mail_goes_on(
    world: World, bucket: Moody
) -> None:
    bucket.least = 1000
    waits = world.receive(mail(body="x" * 2000), process=False)
    bucket.down = True
    goes = world.receive(SMALL)
    for _ in range(5):
        world.advance(minutes=1)
    key = hashlib.sha256(mail(body="x" * 2000)).hexdigest()
    assert [verb for verb, asked in bucket.asked if asked == key] == ["put"] + ["get"] * 6, "once a walk"
    assert (state(world, waits), state(world, goes)) == (("waiting", 0), ("filed", 0))
    assert "is down" in world.inbox(waits)["traceback"]
    bucket.down = False
    world.advance(minutes=1)
    assert state(world, waits) == ("filed", 0)


def test_an_object_store_that_was_emptied_is_waited_for(world: World, bucket: Moody) -> None:
    """A bucket that is gone, or another one of that name: no mail is put aside for it."""
    number = world.receive(mail(), process=False)
    data = bucket.get(bucket.keys[0]) or b""
    for key in (*bucket.keys, owner.OWNER):
        bucket.delete(key)
    for _ in range(5):
        world.advance(minutes=1)
    assert state(world, number) == ("waiting", 0)
    bucket.put(owner.OWNER, world.house.org.encode())
    bucket.put(hashlib.sha256(data).hexdigest(), data)
    world.advance(minutes=1)
    assert state(world, number) == ("filed", 0)


@pytest.mark.parametrize("kind", ["gone", "altered", "shorter"])
def test_octets_that_are_not_those_that_came_are_never_walked_and_their_mail_alone_is_put_aside(
    world: World, bucket: Moody, kind: str
) -> None:
    number = world.receive(mail(), process=False)
    (key,) = bucket.keys
    data = bucket.get(key) or b""
    if kind == "gone":
        bucket.delete(key)
    else:
        bucket.alter(key, data[:-3] if kind == "shorter" else data.replace(b"It burns", b"It drips"))
    other = world.receive(SMALL)
    for _ in range(4):
        world.advance(minutes=1)
    assert (state(world, number)[0], state(world, other)[0]) == ("shelved", "filed")
    assert "memory" in world.inbox(number)["traceback"]
    bucket.alter(key, data)
    replay(world.house, number)
    assert state(world, number)[0] == "filed"


def test_what_is_erased_leaves_the_object_store_too(world: World, bucket: Moody) -> None:
    world.receive(mail())
    world.set_status(world.cases[0]["number"], "closed")
    world.deliver()
    erase(world.house, ANN, "operator")
    assert len(bucket.keys) == 1
    assert tidying.delete_forgotten(world.house) == 0
    assert bucket.keys == []


def test_an_export_holds_the_mail_that_lies_there(world: World, tmp_path: Path) -> None:
    world.receive(mail())
    assert export(world.house, ANN, tmp_path / "ann").gone == 0
    box = mailbox.mbox(tmp_path / "ann" / "mail.mbox")
    try:
        assert "Printer on fire" in [str(one["Subject"]) for one in box]
    finally:
        box.close()


def test_two_gates_do_not_share_one_place(world: World, bucket: Moody) -> None:
    with World(in_memory(bucket)) as other, pytest.raises(SettingsError, match="belongs to another mailgate"):
        tidying.begin(other.house)
    tidying.begin(world.house)


def test_a_daemon_starts_without_its_object_store(world: World, bucket: Moody) -> None:
    bucket.down = True
    tidying.begin(world.house)
    tidying.sweep(world.house)


def test_a_gate_that_could_not_ask_whose_it_is_deletes_nothing_of_another(world: World, bucket: Moody) -> None:
    """It began while the object store was down. What another put there long ago is in no row of its own."""
    world.receive(mail())
    with World(in_memory(bucket)) as other:
        bucket.down = True
        tidying.begin(other.house)
        bucket.down = False
        other.clock.time += timedelta(days=2)
        for _ in range(3):
            tidying.sweep(other.house)
    assert len(bucket.keys) == 1


def test_an_object_store_is_tidied_by_one_node_at_a_time(world: World, bucket: Moody) -> None:
    other = replace(world.house, holder=holder.holder_of("other"))
    tidying.jobs(lambda: world.house)[1]()
    bucket.asked.clear()
    tidying.jobs(lambda: other)[1]()
    assert bucket.asked == []
    world.clock.time += MAX_LEASE
    tidying.jobs(lambda: other)[1]()
    assert bucket.asked
