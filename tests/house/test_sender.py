"""The outbox empties itself: what is sent, tried again, given up, and what a crash in the middle may do."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection
from structlog.testing import capture_logs

from kept import open_case
from mailgate.cases.case import Written
from mailgate.errors import Conflict, Permanent, Transient
from mailgate.outbox import deliver, record
from mailgate.outbox.breaker import Breaker
from mailgate.outbox.deliver import Sender
from mailgate.outbox.relay import open_relay
from mailgate.settings import BreakerSettings, RelaySettings
from mailgate.store import claims, facts
from mailgate.store.db import Store
from mailgate.store.rows import Outgoing
from moments import NOON
from smtp_sink import Sink, serving

ME = "node/1/a"
UNBROKEN = Breaker(BreakerSettings(), lambda _connection, _trip, _now: None)


class HandClock:
    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time


class Script:
    """A relay that gives each letter the next answer of its script, the last one for ever; no script is a yes."""

    def __init__(self, **answers: list[Exception | None]) -> None:
        self.answers = answers
        self.sent: list[tuple[int, bytes]] = []
        self.asked = 0
        self.hold = asyncio.Event()
        self.hold.set()

    async def send(self, outbox_id: int, envelope_from: str, recipient: str, message: bytes) -> None:  # noqa: ARG002
        self.asked += 1
        await self.hold.wait()
        answers = self.answers.get(f"n{outbox_id}", [None])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if answer is not None:
            raise answer
        self.sent.append((outbox_id, message))

    async def close(self) -> None:
        """Nothing is open."""


class Bench:
    """A sender with its clock, and what it told of letters given up."""

    def __init__(self, store: Store, relay: Script, holder: str = ME) -> None:
        self.store, self.relay, self.clock = store, relay, HandClock()
        self.failed: list[tuple[int, str]] = []
        self.trouble: list[Exception] = []
        self.sender = Sender(store, relay, self.clock, holder, self.on_failed, self.on_accepted, UNBROKEN)

    def on_accepted(self, connection: Connection, outgoing: Outgoing, now: datetime) -> None:
        """No letter of these tests is waited for."""

    def on_failed(self, connection: Connection, outgoing: Outgoing, why: str, now: datetime) -> None:
        assert now == self.clock.now()
        assert facts.show_outbox(connection, outgoing.id)["state"] == "failed"  # the same transaction
        if self.trouble:
            raise self.trouble.pop(0)
        self.failed.append((outgoing.id, why))

    def letters(self, count: int = 1) -> list[Written]:
        with self.store.write() as connection:
            return [open_case(connection, str(number))[1] for number in range(count)]

    def once(self) -> None:
        asyncio.run(self.sender.run_once())

    def row(self, number: int = 1) -> dict[str, object]:
        with self.store.read() as connection:
            return facts.show_outbox(connection, number)

    def states(self) -> list[str]:
        with self.store.read() as connection:
            return [row["state"] for row in sorted(facts.list_outbox(connection), key=lambda row: int(row["id"]))]


def test_what_is_due_is_sent_once_with_the_bytes_that_were_decided(store: Store) -> None:
    bench = Bench(store, Script())
    written = bench.letters(3)
    bench.once()
    bench.once()
    assert sorted(bench.relay.sent) == [(place, each.message) for place, each in enumerate(written, start=1)]
    assert bench.states() == ["sent"] * 3
    assert bench.row()["attempts"] == 1


def test_what_is_not_taken_now_is_sent_later(store: Store) -> None:
    bench = Bench(store, Script(n1=[Transient("RCPT: 450 greylisted", 450), Transient("again"), None]))
    bench.letters()
    bench.once()
    assert bench.row()["due_at"] == "2026-11-17T12:01:00+00:00"
    bench.clock.time += timedelta(seconds=59)
    bench.once()
    assert bench.relay.asked == 1
    bench.clock.time += timedelta(seconds=1)
    bench.once()
    assert bench.row()["due_at"] == "2026-11-17T12:03:00+00:00"
    bench.clock.time += timedelta(minutes=2)
    bench.once()
    assert bench.states() == ["sent"]
    assert bench.row()["attempts"] == 3
    assert bench.failed == []


def test_what_is_refused_is_given_up_at_once_and_told(store: Store) -> None:
    bench = Bench(store, Script(n2=[Permanent("RCPT: 550 no such user", 550)]))
    bench.letters(3)
    bench.once()
    assert bench.states() == ["sent", "failed", "sent"]
    assert bench.failed == [(2, "RCPT: 550 no such user")]
    bench.clock.time += timedelta(days=1)
    bench.once()
    assert bench.relay.asked == 3


def test_what_is_not_taken_for_five_days_is_given_up_and_told(store: Store) -> None:
    bench = Bench(store, Script(n1=[Transient("no session with the relay")]))
    bench.letters()
    for _ in range(60):
        bench.once()
        if bench.failed:
            break
        bench.clock.time = datetime.fromisoformat(str(bench.row()["due_at"]))
    assert bench.failed == [(1, "no session with the relay")]
    assert bench.clock.time == NOON + timedelta(days=5)
    assert bench.states() == ["failed"]


def test_a_bug_in_the_relay_is_no_reason_to_give_up(store: Store) -> None:
    bench = Bench(store, Script(n1=[RuntimeError("oops"), None]))
    bench.letters()
    bench.once()
    assert bench.states() == ["queued"]
    bench.clock.time += timedelta(minutes=1)
    bench.once()
    assert bench.states() == ["sent"]


def test_trouble_with_one_case_is_no_trouble_of_other_letters(store: Store) -> None:
    bench = Bench(store, Script(n1=[Permanent("no")], n2=[Permanent("no")]))
    bench.letters(3)
    bench.trouble = [Conflict("somebody else wrote on the case")]
    bench.once()
    assert bench.states() == ["queued", "failed", "sent"]
    asyncio.run(bench.sender._write_down())
    assert bench.states() == ["failed", "failed", "sent"]
    assert sorted(bench.failed) == [(1, "no"), (2, "no")]


def test_a_case_that_cannot_be_written_on_does_not_keep_its_letter_for_ever(store: Store) -> None:
    bench = Bench(store, Script(n1=[Permanent("no")]))
    bench.letters()
    bench.trouble = [ValueError("a bug")] * 9
    bench.once()
    for _ in range(4):
        assert bench.states() == ["queued"] or bench.sender._results == []
        asyncio.run(bench.sender._write_down())
    assert bench.states() == ["failed"]
    assert len(bench.trouble) == 6


def test_after_a_crash_between_yes_and_mark_the_same_letter_goes_again(store: Store) -> None:
    first = Bench(store, Script())
    (written,) = first.letters()

    async def crash() -> None:
        (outgoing,) = await first.sender._claim(10)
        await first.sender._send(outgoing)

    asyncio.run(crash())
    second = Bench(store, Script(), holder="node/2/b")
    second.once()
    assert second.relay.sent == []  # the lease still stands
    second.clock.time += timedelta(seconds=30)
    second.once()
    assert first.relay.sent == second.relay.sent == [(1, written.message)]
    assert written.letter.message_id.encode() in facts_message(store)
    assert second.states() == ["sent"]


def facts_message(store: Store) -> bytes:
    with store.read() as connection:
        return str(facts.show_outbox(connection, 1)).encode()


def test_leases_of_letters_under_way_are_renewed(store: Store) -> None:
    bench = Bench(store, Script())
    bench.letters()
    asyncio.run(bench.sender._claim(10))
    bench.clock.time += timedelta(seconds=20)
    assert bench.sender._renew_rows([1]) == {1}
    bench.clock.time += timedelta(seconds=20)
    with store.write() as connection:
        assert claims.claim_outbox(connection, "node/2/b", 10, bench.clock.now(), timedelta(seconds=30)) == []


def test_who_lost_a_letter_to_another_process_says_nothing_more_about_it(store: Store) -> None:
    first = Bench(store, Script(n1=[Permanent("no")], n2=[Transient("later")]))
    first.letters(2)

    async def slow() -> None:
        for outgoing in await first.sender._claim(10):
            await first.sender._send(outgoing)

    asyncio.run(slow())
    second = Bench(store, Script(), holder="node/2/b")
    second.clock.time += timedelta(seconds=31)
    second.once()
    asyncio.run(first.sender._write_down())
    assert first.failed == []
    assert first.sender._results == []
    assert second.states() == ["sent", "sent"]
    assert [second.row(number)["attempts"] for number in (1, 2)] == [1, 1]


class LateCommit:
    """A store whose commit of a letter's mark takes so long that leases are renewed three times meanwhile."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._marking: int | None = None
        self._renewals = 0
        self._renewed = threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def mark(self, *_: object) -> None:
        self._marking = threading.get_ident()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self._store.write() as connection:
            yield connection
        if self._marking == threading.get_ident():
            assert self._renewed.wait(60)
        elif self._marking:
            self._renewals += 1
            if self._renewals == 3:
                self._renewed.set()


def test_a_letter_that_was_marked_a_moment_ago_is_not_said_to_be_another_processes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        late = LateCommit(store)
        bench = Bench(store, Script(n1=[Permanent("no")]))
        bench.letters()
        bench.sender = Sender(late, bench.relay, bench.clock, ME, late.mark, bench.on_accepted, UNBROKEN)  # type: ignore[arg-type]  # as Bench's, but for its commits
        running = asyncio.create_task(bench.sender.run())
        await until(lambda: bench.states() == ["failed"])
        await until(late._renewed.is_set)
        await bench.sender.stop()
        await running

    monkeypatch.setattr(deliver, "RENEW_SECONDS", 0.02)
    with capture_logs() as said:
        asyncio.run(run())
    assert "letters were taken over by another process" not in {line["event"] for line in said}


def test_a_letter_under_way_is_not_sent_beside_itself_when_its_lease_ran_out(store: Store) -> None:
    bench = Bench(store, Script())
    bench.letters()
    assert len(asyncio.run(bench.sender._claim(10))) == 1
    bench.clock.time += timedelta(seconds=31)
    assert asyncio.run(bench.sender._claim(10)) == []


def test_no_token_gets_into_a_log_line_or_onto_a_case(store: Store) -> None:
    token = "7k2m9qv4x8b1n5c3z6d0"
    said = (
        f"RCPT: 550 <support+b{token}@example.com> and support+R{token.upper()}@example.com and <r{token}.26@x> refused"
    )
    bench = Bench(store, Script(n1=[Permanent(said)], n2=[Transient(said)]))
    written = bench.letters(2)
    with capture_logs() as lines:
        bench.once()
    assert {line["event"] for line in lines} == {"letter given up", "letter not taken; trying again"}
    for text in (str(lines), str(bench.failed), str(bench.row()["error"])):
        assert token not in text.lower()
        assert "refused" in text
    for each in written:
        assert each.letter.token not in str(lines)
    assert {"outbox": 1, "kind": "confirmation", "attempt": 1}.items() <= lines[-1].items()


def test_words_of_a_relay_are_cleaned_before_they_are_kept() -> None:
    error = Permanent("RCPT: 550 \x00\ud800 bad\r\nline " + "x" * 5000)
    outgoing = Outgoing(1, None, "k/confirmation", "a@b", "c@d", "<m@d>", b"", 0, NOON)
    why = record.Result(outgoing, error).why
    assert why.startswith("RCPT: 550 � bad line xx")
    assert len(why) == 400


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what is waited for is in a database or behind a socket
            await asyncio.sleep(0.01)


def test_the_running_sender_wakes_sends_and_stops(store: Store) -> None:
    async def run() -> None:
        bench = Bench(store, Script())
        running = asyncio.create_task(bench.sender.run())
        await asyncio.sleep(0.05)
        bench.letters(100)
        bench.sender.wake()
        await until(lambda: len(bench.relay.sent) == 100)
        await bench.sender.stop()
        await running
        assert bench.states() == ["sent"] * 100
        assert len({number for number, _ in bench.relay.sent}) == 100

    asyncio.run(run())


def test_stopping_waits_for_what_is_under_way_and_records_it(store: Store) -> None:
    async def run() -> None:
        bench = Bench(store, Script())
        bench.letters(2)
        bench.relay.hold.clear()
        running = asyncio.create_task(bench.sender.run())
        await until(lambda: bench.relay.asked == 2)
        stopping = asyncio.create_task(bench.sender.stop())
        await asyncio.sleep(0.05)
        assert not stopping.done()
        bench.relay.hold.set()
        await stopping
        await running
        assert bench.states() == ["sent", "sent"]

    asyncio.run(run())


def test_what_cannot_be_recorded_while_stopping_is_tried_once_more(store: Store) -> None:
    async def run() -> None:
        bench = Bench(store, Script(n1=[Permanent("no")]))
        bench.letters()
        bench.relay.hold.clear()
        running = asyncio.create_task(bench.sender.run())
        await until(lambda: bench.relay.asked)
        bench.trouble = [Conflict("not now")]
        stopping = asyncio.create_task(bench.sender.stop())
        await asyncio.sleep(0.05)
        bench.relay.hold.set()
        await stopping
        await running
        assert bench.states() == ["failed"]

    asyncio.run(run())


def test_stopping_does_not_wait_for_ever(store: Store) -> None:
    async def run() -> None:
        bench = Bench(store, Script())
        bench.letters()
        bench.relay.hold.clear()
        running = asyncio.create_task(bench.sender.run())
        await until(lambda: bench.relay.asked)
        await bench.sender.stop(0.05)
        await running
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert bench.states() == ["queued"]

    asyncio.run(run())


def test_a_running_sender_survives_a_database_that_says_no_for_a_while(store: Store) -> None:
    async def run() -> None:
        bench = Bench(store, Script(n1=[Permanent("no")]))
        bench.letters(2)
        bench.trouble = [Conflict("not now")]
        running = asyncio.create_task(bench.sender.run())
        await until(lambda: bench.states() == ["failed", "sent"])
        await bench.sender.stop()
        await running
        assert bench.failed == [(1, "no")]

    asyncio.run(run())


def test_a_hundred_letters_go_over_two_connections_and_one_comes_back_refused(store: Store) -> None:
    async def run() -> None:
        failed: list[str] = []
        refusal = {"RCPT TO:<Ann@customer.test>": ["250 fine"] * 50 + ["550 enough", "250 fine"]}
        async with serving(Sink(refusal)) as sink:
            relay = open_relay(RelaySettings(f"smtp://127.0.0.1:{sink.port}", connections=2))
            sender = Sender(
                store, relay, HandClock(), ME, lambda _c, _o, why, _n: failed.append(why), lambda *_: None, UNBROKEN
            )
            bench = Bench(store, Script())
            bench.letters(100)
            running = asyncio.create_task(sender.run())
            await until(lambda: len(sink.taken) == 99 and failed)
            await sender.stop()
            await running
            await relay.close()
            assert sorted(bench.states()) == ["failed"] + ["sent"] * 99
            assert sink.connections == 2
            assert failed == ["RCPT: 550 enough"]

    asyncio.run(run())
