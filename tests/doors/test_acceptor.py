from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest

from gate import SALES, SUPPORT, Faults, FaultyStore
from mailgate.errors import StoreError
from mailgate.intake import accept
from mailgate.intake.accept import Acceptor, accept_now
from mailgate.mail.message import Envelope
from mailgate.store.db import Store, open_store, upgrade
from mailgate.store.keep import Receipt
from mailgate.store.tables import inbound
from moments import NOON


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/accept.db")
    upgrade(opened)
    yield opened
    opened.close()


def envelope(mailbox: str = SUPPORT.name) -> Envelope:
    return Envelope(mailbox, "ann@customer.test", (f"{mailbox}@example.org",), "test", NOON)


def mail(number: int) -> bytes:
    return b"Message-ID: <%d@customer.test>\r\n\r\nx\r\n" % number


def stored(store: Store) -> list[str]:
    with store.read() as connection:
        return [row.message_id for row in connection.execute(inbound.select().order_by(inbound.c.id))]


class Counter:
    """An acceptor whose first commit waits, so that what follows waits together."""

    def __init__(self, store: Store) -> None:
        self.faults = Faults()
        self.store = FaultyStore(store, self.faults)
        self.wakes: list[str] = []
        self.acceptor = Acceptor(self.store, on_stored=lambda: self.wakes.append(threading.current_thread().name))
        self._began, self._go = threading.Event(), threading.Event()
        self.faults.before = self._wait
        self.acceptor.start()
        self.first = self.acceptor.submit(mail(0), [envelope()])
        assert self._began.wait(60)

    def _wait(self) -> None:
        self._began.set()
        assert self._go.wait(60)
        self.faults.before = lambda: None

    def go(self) -> None:
        self._go.set()
        self.acceptor.close()


def test_all_that_waits_is_stored_in_one_commit(store: Store) -> None:
    counter = Counter(store)
    answers = [counter.acceptor.submit(mail(number), [envelope()]) for number in range(1, 31)]
    counter.go()
    assert len({answer.result(60)[0].inbound_id for answer in answers}) == 30
    assert counter.store.commits == 2
    assert counter.wakes == ["acceptor", "acceptor"]


def test_a_commit_has_bounds_by_count_and_by_octets(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accept, "BATCH_MAILS", 10)
    counter = Counter(store)
    answers = [counter.acceptor.submit(mail(number), [envelope()]) for number in range(1, 26)]
    counter.go()
    assert all(answer.result(60) for answer in answers)
    assert counter.store.commits == 1 + 3
    monkeypatch.setattr(accept, "BATCH_BYTES", 100)
    counter = Counter(store)
    answers = [counter.acceptor.submit(mail(number) + b"x" * 60, [envelope()]) for number in range(30, 34)]
    counter.go()
    assert counter.store.commits == 1 + 4


def test_the_envelopes_of_one_mail_get_receipts_in_their_order(store: Store) -> None:
    acceptor = Acceptor(store)
    acceptor.start()
    receipts = acceptor.submit(mail(1), [envelope(SALES.name), envelope()]).result(60)
    again = acceptor.submit(mail(1), [envelope(), envelope(SALES.name)]).result(60)
    acceptor.close()
    assert again == [Receipt(receipts[1].inbound_id, True), Receipt(receipts[0].inbound_id, True)]
    assert receipts[0].inbound_id != receipts[1].inbound_id


def test_one_bad_mail_does_not_refuse_the_others(store: Store) -> None:
    counter = Counter(store)
    bad = replace(envelope(), received_at=NOON.replace(tzinfo=None))  # the store takes no naive moments
    answers = [counter.acceptor.submit(mail(n), [bad if n == 3 else envelope()]) for n in range(1, 6)]
    counter.go()
    assert [answer.exception(60) is None for answer in answers] == [True, True, False, True, True]
    assert stored(store) == [f"<{number}@customer.test>" for number in (0, 1, 2, 4, 5)]


def test_an_ill_database_is_not_asked_mail_by_mail(store: Store) -> None:
    counter = Counter(store)
    answers = [counter.acceptor.submit(mail(number), [envelope()]) for number in range(1, 20)]
    asked = []

    def fail(_: object) -> None:
        asked.append(1)
        raise StoreError("disk full")

    counter.first.add_done_callback(lambda _: setattr(counter.faults, "after", fail))
    counter.go()
    assert counter.first.result(60)
    assert {str(answer.exception(60)) for answer in answers} == {"disk full"}
    assert len(asked) == 1
    assert stored(store) == ["<0@customer.test>"]


def test_a_caller_that_is_cancelled_takes_nothing_back(store: Store) -> None:
    counter = Counter(store)

    async def hang_up() -> None:
        caller = asyncio.create_task(counter.acceptor.accept(mail(1), [envelope()]))
        await asyncio.sleep(0.05)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        await asyncio.to_thread(counter.go)

    asyncio.run(hang_up())
    assert stored(store) == ["<0@customer.test>", "<1@customer.test>"]


def test_many_threads_and_a_close_lose_nothing(store: Store) -> None:
    acceptor = Acceptor(store)
    acceptor.start()
    answers: list[Future[list[Receipt]]] = []

    def bring(first: int) -> None:
        answers.extend(acceptor.submit(mail(number), [envelope()]) for number in range(first, first + 50))

    threads = [threading.Thread(target=bring, args=(n * 50,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    acceptor.close()
    assert len({answer.result(0)[0].inbound_id for answer in answers}) == 200
    with pytest.raises(StoreError, match="closed"):
        acceptor.submit(mail(1), [envelope()])


def test_who_waits_for_news_cannot_stop_the_next_mail(store: Store) -> None:
    def fail() -> None:
        raise RuntimeError("the worker is gone")

    acceptor = Acceptor(store, on_stored=fail)
    acceptor.start()
    assert acceptor.submit(mail(1), [envelope()]).result(60)
    assert acceptor.submit(mail(2), [envelope()]).result(60)
    acceptor.close()


def test_accept_now_stores_before_it_returns(store: Store) -> None:
    (receipt,) = accept_now(store, mail(7), [envelope()])
    assert not receipt.duplicate
    assert stored(store) == ["<7@customer.test>"]
