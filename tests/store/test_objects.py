"""Raw mail in an object store, on both databases: nothing is lost, whatever the object store does and whoever is at it
at the same moment."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from kept import arrival
from mailgate.errors import Conflict, ObjectStoreError, StoreError
from mailgate.intake.accept import Acceptor, accept_now
from mailgate.mail.message import Octets
from mailgate.store import erasing, integrity, keep, owner, raw, rehousing
from mailgate.store.bucket import AT_ONCE, PART
from mailgate.store.db import Store, open_store
from mailgate.store.doomed import delete_doomed, doom_orphans
from mailgate.store.laying import lay, lay_all
from mailgate.store.near import InBucket
from mailgate.store.opening import check_raw
from mailgate.store.tables import inbound, raw_mail
from objects import Moody

# What is put in a test is put at about this moment (minutes later, on a slow machine), by the store in memory.
NOW = datetime.now(UTC)
DAY = timedelta(days=1)
ONE = b"Subject: one\r\n\r\nIt burns.\r\n"


@pytest.fixture
def bucket() -> Moody:
    return Moody()


@pytest.fixture
def store(database: str, bucket: Moody) -> Iterator[Store]:
    opened = open_store(database, bucket)
    owner.claim(bucket, "00DTEST")
    yield opened
    opened.close()


def comes(store: Store, data: bytes, name: str = "one", mailbox: str = "support") -> int:
    laid = lay_all(store, [arrival(name, data=data, mailbox=mailbox)])
    with store.write() as connection:
        return keep.receive(connection, laid)[0].inbound_id


def named(store: Store) -> list[str | None]:
    with store.read() as connection:
        return sorted(connection.execute(select(raw_mail.c.object)).scalars(), key=str)


def read(store: Store, data: bytes) -> bytes:
    with store.read() as connection:
        return raw.get(connection, digest(data))


def forget(store: Store, *ids: int, now: datetime = NOW) -> None:
    with store.write() as connection:
        erasing.forget_mails(connection, ids, now)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_mail_lies_there_by_its_digest_and_not_in_the_database(store: Store, bucket: Moody) -> None:
    comes(store, ONE)
    assert bucket.keys == named(store) == [digest(ONE)]
    assert read(store, ONE) == ONE
    with store.read() as connection:
        assert connection.execute(select(raw_mail.c.data, raw_mail.c.size)).one() == (b"", len(ONE))


def test_the_same_octets_are_put_once_and_compared_when_they_come_again(store: Store, bucket: Moody) -> None:
    comes(store, ONE)
    comes(store, ONE, "again", "sales")
    assert bucket.keys == [digest(ONE)]
    bucket.alter(digest(ONE), ONE.replace(b"burns", b"drips"))
    comes(store, ONE, "third", "sales")
    assert len(bucket.keys) == 2, "what lies there is not what came: so it is put beside it"


def test_what_is_small_may_stay_in_the_database(database: str) -> None:
    bucket = Moody(least=100)
    store = open_store(database, bucket)
    try:
        comes(store, ONE)
        comes(store, ONE * 10, "big")
        assert named(store) == [digest(ONE * 10), None]
        assert [read(store, ONE), read(store, ONE * 10)] == [ONE, ONE * 10]
    finally:
        store.close()


def test_a_big_mail_goes_in_parts_and_comes_back_the_same(store: Store, bucket: Moody) -> None:
    class Watched:
        """Octets that tell how much of them was asked for at once."""

        most = 0

        def __len__(self) -> int:
            return len(self.data)

        def __init__(self, data: bytes) -> None:
            self.data = data

        def __getitem__(self, cut: slice, /) -> bytes:
            found = self.data[cut]
            Watched.most = max(Watched.most, len(found))
            return found

    data = b"Subject: big\r\n\r\n" + bytes(range(256)) * (PART // 128)
    assert len(data) > 2 * PART
    octets: Octets = Watched(data)
    laid = lay(store, bucket, octets)
    assert Watched.most <= PART
    near = InBucket(bucket, laid.key, laid.name, laid.size)
    assert (near[:20], near[PART - 5 : PART + 5], near[-5:]) == (data[:20], data[PART - 5 : PART + 5], data[-5:])
    assert hashlib.sha256(near[:]).hexdigest() == digest(data)


def test_what_cannot_be_put_is_not_stored(store: Store, bucket: Moody) -> None:
    bucket.down = True
    with pytest.raises(ObjectStoreError, match="is down"):
        accept_now(store, ONE, [arrival("one").raw.envelope])
    bucket.down = False
    assert named(store) == []


def test_a_deletion_waits_for_the_commit_and_is_tried_until_it_is_done(store: Store, bucket: Moody) -> None:
    forget(store, comes(store, ONE))
    assert (named(store), bucket.keys) == ([], [digest(ONE)])
    bucket.down = True
    assert delete_doomed(store, NOW) == 1
    bucket.down = False
    assert delete_doomed(store, NOW) == 0
    assert bucket.keys == []


def test_what_is_rolled_back_is_not_deleted(store: Store) -> None:
    number = comes(store, ONE)

    def fail() -> None:
        with store.write() as connection:
            erasing.forget_mails(connection, [number], NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert delete_doomed(store, NOW) == 0
    assert read(store, ONE) == ONE


def test_the_same_octets_get_another_key_while_the_old_one_is_to_be_deleted(store: Store, bucket: Moody) -> None:
    """A deletion without an answer may still be carried out: nothing may lie where it strikes."""
    forget(store, comes(store, ONE))
    comes(store, ONE, "again", "sales")
    (key,) = named(store)
    assert key is not None
    assert key.startswith(f"{digest(ONE)}-")
    delete_doomed(store, NOW)
    comes(store, ONE, "third", "third")
    bucket.delete(digest(ONE))  # at last
    assert read(store, ONE) == ONE
    delete_doomed(store, NOW + 2 * DAY)
    forget(store, 2, 3)
    delete_doomed(store, NOW)
    comes(store, ONE, "fourth")
    assert named(store) == [digest(ONE)], "after a day it is free again"


def orphan(store: Store, bucket: Moody, data: bytes = ONE) -> str:
    return lay(store, bucket, data).key


def sweep(store: Store, now: datetime = NOW + 1.5 * DAY) -> int:
    found = doom_orphans(store, now)
    delete_doomed(store, now)
    return found


def test_what_was_put_and_never_committed_goes_after_a_day(store: Store, bucket: Moody) -> None:
    comes(store, b"kept")
    orphan(store, bucket)
    bucket.put("somebody-else's", b"x")
    assert sweep(store) == 0, "the first time only leaves a mark"
    assert sweep(store, NOW + timedelta(hours=23)) == 0
    assert sweep(store) == 1
    assert sorted(bucket.keys) == sorted([digest(b"kept"), "somebody-else's"])
    assert named(store) == [digest(b"kept")]


def test_a_database_that_was_restored_deletes_nothing(store: Store, bucket: Moody) -> None:
    """What came since its backup is in no row of it, and is not lost for that."""
    sweep(store)
    orphan(store, bucket)
    bucket.replace(owner.SWEPT, b"by another")
    with pytest.raises(ObjectStoreError, match="another state of this database"):
        sweep(store)
    assert bucket.keys == [digest(ONE)]
    bucket.delete(owner.SWEPT)
    assert (sweep(store), sweep(store)) == (0, 1)


def test_nodes_that_collect_at_one_moment_do_not_take_each_other_for_a_restored_database(
    store: Store, bucket: Moody
) -> None:
    """All nodes begin at the same minute of the night: whose mark comes last must stand in the database, too."""
    sweep(store)
    orphan(store, bucket)
    turns = ["another node"]

    def meanwhile(verb: str, key: str) -> None:
        if verb == "replace" and key == owner.SWEPT and turns:
            turns.pop()
            doom_orphans(store, NOW)

    bucket.after = meanwhile
    sweep(store, NOW)
    assert turns == []
    assert sweep(store) == 1, "the next night goes as ever"


def test_mail_does_not_wait_behind_what_is_deleted(store: Store, bucket: Moody) -> None:
    """Nor does anybody go on deleting where the object store hangs: each request takes as long as one may wait."""
    ids = [comes(store, b"Subject: %d\r\n\r\n" % number, str(number)) for number in range(3 * AT_ONCE)]
    forget(store, *ids)
    well = threading.Event()

    def hangs(verb: str, _key: str) -> None:
        if verb == "delete":
            well.wait(60)
            raise ObjectStoreError("s3://memory: no answer")

    bucket.before = hangs
    acceptor = Acceptor(store)
    acceptor.start()
    with ThreadPoolExecutor(1) as hand:
        deleting = hand.submit(delete_doomed, store, NOW)
        try:
            while not any(verb == "delete" for verb, _ in bucket.asked):
                time.sleep(0.01)
            assert acceptor.submit(ONE, [arrival("one").raw.envelope]).result(60)
            assert not deleting.done()
        finally:
            well.set()
            acceptor.close()
        assert deleting.result() == 3 * AT_ONCE
    assert sum(verb == "delete" for verb, _ in bucket.asked) <= AT_ONCE


@pytest.mark.parametrize("kind", ["orphan", "erased"])
def test_who_finds_an_object_that_is_deleted_at_this_moment_is_not_robbed(
    store: Store, bucket: Moody, kind: str
) -> None:
    """The mail comes while the collector is between its look and its deletion; and the other way round."""
    sweep(store)
    if kind == "erased":
        forget(store, comes(store, ONE))
    else:
        orphan(store, bucket)
    came: list[int] = []

    def meanwhile(verb: str, key: str) -> None:
        if verb == "delete" and key == digest(ONE) and not came:
            came.append(0)
            came[0] = comes(store, ONE, "again", "sales")

    bucket.before = meanwhile
    sweep(store)
    assert came
    assert read(store, ONE) == ONE
    assert [*integrity.objects_missing(store)] == []


def test_who_was_laid_before_the_collector_looked_is_told_to_lay_again(store: Store) -> None:
    sweep(store)
    (laid,) = lay_all(store, [arrival("one", data=ONE)])
    assert sweep(store) == 1
    with pytest.raises(Conflict), store.write() as connection:
        keep.receive(connection, [laid])
    assert named(store) == []
    comes(store, ONE)
    assert read(store, ONE) == ONE


@pytest.mark.parametrize("least", [0, 10**9], ids=["objects", "database"])
def test_nothing_is_forgotten_that_a_commit_under_way_relies_on(postgres_url: str, least: int) -> None:
    with (
        closing(open_store(postgres_url, Moody(least))) as store,
        closing(open_store(postgres_url, store.bucket)) as other,
        ThreadPoolExecutor(1) as hand,
    ):
        first = comes(store, ONE)
        again = lay_all(store, [arrival("again", data=ONE, mailbox="sales")])
        with store.write() as connection:
            keep.receive(connection, again)
            forgetting = hand.submit(forget, other, first)
            while not forgetting.done() and not waits_for_a_lock(store):
                time.sleep(0.01)
        forgetting.result()
        delete_doomed(store, NOW)
        assert read(store, ONE) == ONE


def waits_for_a_lock(store: Store) -> bool:
    with store.read() as connection:
        waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return connection.execute(text(waiting)).first() is not None


def test_many_hands_at_once_lose_nothing(store: Store) -> None:
    """Two nodes take the same mails in, a third forgets them, a fourth collects: whatever was acknowledged and not
    forgotten since can be read."""
    sweep(store)
    contents = [b"Subject: %d\r\n\r\n" % number for number in range(4)]
    stop, acknowledged = threading.Event(), list[tuple[int, bytes]]()

    def take(hand: int) -> None:
        for turn in range(12):
            for data in contents:
                try:
                    number = comes(store, data, f"{data!r} {hand} {turn}", f"box{hand}")
                except Conflict:
                    continue  # 451: it comes again
                acknowledged.append((number, data))

    def tidy(work: Callable[[], object]) -> None:
        while not stop.is_set():
            work()

    def forgets() -> None:
        with store.write() as connection:
            old = connection.execute(select(inbound.c.id).where(inbound.c.erased_at.is_(None)).limit(3)).scalars().all()
            erasing.forget_mails(connection, old, NOW)

    def collects() -> None:
        try:
            sweep(store)
        except (ObjectStoreError, Conflict):
            return  # the other collector swept meanwhile

    with ThreadPoolExecutor(4) as hands:
        tidying_up = [hands.submit(tidy, forgets), hands.submit(tidy, collects)]
        taking = [hands.submit(take, hand) for hand in range(2)]
        for one in taking:
            one.result()
        stop.set()
        for one in tidying_up:
            one.result()
    with store.read() as connection:
        left = set(connection.execute(select(inbound.c.id).where(inbound.c.erased_at.is_(None))).scalars())
    assert acknowledged
    for number, data in acknowledged:
        if number in left:
            assert read(store, data) == data
    assert [*integrity.objects_missing(store)] == []


def test_raw_mail_moves_out_and_back_and_is_gone_on_with(store: Store, bucket: Moody) -> None:
    contents = [b"Subject: %d\r\n\r\n" % number + b"x" * number * 500_000 for number in range(5)]
    bucket.least = 10**9
    for number, data in enumerate(contents):
        comes(store, data, str(number))
    assert bucket.keys == []
    bucket.least = 0
    assert rehousing.to_move(store, "objects") == (5, sum(map(len, contents)))

    def broken_off(done: int, _total: int) -> None:
        raise ZeroDivisionError(done)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rehousing, "_STEP", 2)
        with pytest.raises(ZeroDivisionError):
            rehousing.move(store, "objects", lambda: NOW, broken_off)
        assert rehousing.to_move(store, "objects")[0] == 3
        assert rehousing.move(store, "objects", lambda: NOW, lambda *_: None) == 3
    assert sorted(bucket.keys) == sorted(map(digest, contents))
    assert [read(store, data) for data in contents] == contents
    assert rehousing.move(store, "database", lambda: NOW, lambda *_: None) == 5
    delete_doomed(store, NOW)
    assert bucket.keys == []
    assert [read(store, data) for data in contents] == contents
    with store.read() as connection:
        assert [*integrity.altered(connection), *integrity.missing(connection)] == []


def test_what_is_not_what_was_stored_does_not_move(store: Store, bucket: Moody) -> None:
    comes(store, ONE)
    bucket.alter(digest(ONE), ONE.replace(b"burns", b"drips"))
    with pytest.raises(Exception, match="other octets"):
        rehousing.move(store, "database", lambda: NOW, lambda *_: None)
    assert named(store) == [digest(ONE)]


def test_what_is_missing_or_altered_is_named(store: Store, bucket: Moody) -> None:
    for number in range(3):
        comes(store, ONE * (number + 1), str(number))
    assert [*integrity.objects_missing(store)] == []
    bucket.delete(digest(ONE))
    bucket.alter(digest(ONE * 2), ONE * 2 + b"!")
    bucket.alter(digest(ONE * 3), ONE + ONE.replace(b"burns", b"drips") + ONE)
    assert sorted(line[8:72] for line in integrity.objects_missing(store)) == sorted([digest(ONE), digest(ONE * 2)])
    with store.read() as connection:
        assert len([*integrity.altered(connection)]) == 3


def test_rows_that_name_objects_are_no_use_without_an_object_store(store: Store, database: str) -> None:
    comes(store, ONE)
    bare = open_store(database)
    try:
        with pytest.raises(StoreError, match="name that here"):
            check_raw(bare)
        with pytest.raises(StoreError, match=r"\[store\] raw names none"):
            read(bare, ONE)
    finally:
        bare.close()
