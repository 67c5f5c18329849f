"""The counter where mail goes to an object store first: who waits for that, and who does not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path

import pytest

from mailgate.errors import ObjectStoreError, StoreError
from mailgate.intake import accept
from mailgate.intake.accept import Acceptor
from mailgate.mail.message import Envelope
from mailgate.store.db import Store, open_store, upgrade
from mailgate.store.keep import Receipt
from moments import NOON
from objects import Moody

SMALL, LARGE = b"Subject: small\r\n\r\n", b"Subject: large\r\n\r\n" + b"x" * 1000


class Gated(Moody):
    """Holds what is put until it is told to go on."""

    def __init__(self) -> None:
        super().__init__(least=100)
        self.began, self.go_on = threading.Event(), threading.Event()
        self.before = self._wait

    def _wait(self, verb: str, _key: str) -> None:
        if verb == "put":
            self.began.set()
            assert self.go_on.wait(60)


@pytest.fixture
def bucket() -> Iterator[Gated]:
    made = Gated()
    yield made
    made.go_on.set()


@pytest.fixture
def store(tmp_path: Path, bucket: Gated) -> Iterator[Store]:
    with closing(open_store(f"sqlite:///{tmp_path}/accept.db", bucket)) as opened:
        upgrade(opened)
        yield opened


@pytest.fixture
def acceptor(store: Store) -> Iterator[Acceptor]:
    made = Acceptor(store)
    made.start()
    yield made
    made.close()


def submit(acceptor: Acceptor, data: bytes, number: int = 1) -> Future[list[Receipt]]:
    named = b"Message-ID: <%d@customer.test>\r\n" % number + data
    return acceptor.submit(named, [Envelope("support", "ann@customer.test", ("support@example.org",), "test", NOON)])


def test_a_slow_object_store_keeps_only_its_own_mail_waiting(acceptor: Acceptor, bucket: Gated) -> None:
    large = submit(acceptor, LARGE, 1)
    assert bucket.began.wait(60)
    assert submit(acceptor, SMALL, 2).result(60)
    assert not large.done()
    bucket.go_on.set()
    assert large.result(60)


def test_what_is_on_its_way_is_stored_before_the_counter_closes(acceptor: Acceptor, bucket: Gated) -> None:
    large = submit(acceptor, LARGE)
    assert bucket.began.wait(60)
    closing_it = threading.Thread(target=acceptor.close)
    closing_it.start()
    bucket.go_on.set()
    closing_it.join(60)
    assert large.result(60)
    with pytest.raises(StoreError, match="closed"):
        submit(acceptor, SMALL)


def test_many_are_laid_side_by_side(acceptor: Acceptor, bucket: Gated) -> None:
    all_there = threading.Barrier(4)

    def meet(verb: str, _key: str) -> None:
        if verb == "put":
            all_there.wait(60)

    bucket.before = meet
    coming = [submit(acceptor, LARGE + b"%d" % number, number) for number in range(4)]
    assert {one.result(60)[0].inbound_id for one in coming} == {1, 2, 3, 4}


def test_a_mail_that_has_waited_too_long_for_its_turn_is_to_come_again(
    acceptor: Acceptor, bucket: Gated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accept, "LAY_WITHIN_SECONDS", -1.0)
    with pytest.raises(ObjectStoreError, match="too slow"):
        submit(acceptor, LARGE).result(60)
    assert bucket.keys == []
