"""Many hands at once, on both databases: nothing twice, nothing lost."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kept import arrival, new_case, open_case, opening
from mailgate.cases.case import Decision, Entry, EntryKind, Outcome
from mailgate.errors import Conflict
from mailgate.store import claims, facts, keep
from mailgate.store.db import Store, open_store
from mailgate.store.turn import Turn
from moments import NOON

LEASE = timedelta(seconds=30)


def together(hands: int, work: Callable[[int], None]) -> None:
    """Runs `work(number)` in that many threads at once; an error of one is the error of all."""
    errors: list[BaseException] = []
    start = threading.Barrier(hands)

    def run(number: int) -> None:
        try:
            start.wait()
            work(number)
        except BaseException as error:  # noqa: BLE001 - shown by the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(hands)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_eight_hands_claim_two_thousand_mails_none_twice(store: Store) -> None:
    with store.write() as connection:
        keep.receive(connection, [arrival(str(number)) for number in range(2000)])
    claimed: list[int] = []

    def work(number: int) -> None:
        while True:
            with store.write() as connection:
                batch = claims.claim_inbound(connection, f"node/{number}/boot", 20, NOON, LEASE)
            if not batch:
                return
            claimed.extend(mail.id for mail in batch)

    together(8, work)
    assert len(claimed) == 2000
    assert len(set(claimed)) == 2000


def test_eight_hands_claim_letters_none_twice(store: Store) -> None:
    with store.write() as connection:
        for number in range(200):
            open_case(connection, str(number))
    claimed: list[int] = []

    def work(number: int) -> None:
        while True:
            with store.write() as connection:
                batch = claims.claim_outbox(connection, f"node/{number}/boot", 7, NOON, LEASE)
            if not batch:
                return
            claimed.extend(one.id for one in batch)

    together(8, work)
    assert Counter(claimed) == Counter(range(1, 201))


def test_case_numbers_have_no_gaps_and_no_doubles(store: Store) -> None:
    numbers: list[str] = []

    def work(_: int) -> None:
        for _turn in range(50):
            with store.write() as connection:
                numbers.append(keep.mint(connection, NOON, "example.com", new_case=True).number)

    together(8, work)
    assert sorted(numbers) == [f"2611{number:06}" for number in range(1, 401)]


def test_the_organisation_is_minted_by_one_of_many(store: Store) -> None:
    found: set[str] = set()

    def work(_: int) -> None:
        with store.write() as connection:
            found.add(keep.organisation(connection))

    together(8, work)
    assert len(found) == 1


def test_one_mail_by_eight_doors_is_one_row(store: Store) -> None:
    receipts: list[keep.Receipt] = []

    def work(_: int) -> None:
        with store.write() as connection:
            receipts.extend(keep.receive(connection, [arrival("same"), arrival("same too")]))

    together(8, work)
    with store.read() as connection:
        rows = facts.list_inbox(connection)
        seen = {row["id"]: facts.show_inbox(connection, row["id"])["seen"] for row in rows}
    assert Counter(receipt.inbound_id for receipt in receipts) == dict.fromkeys(seen, 8)
    assert list(seen.values()) == [8, 8]
    assert sum(not receipt.duplicate for receipt in receipts) == 2


def test_one_mail_without_message_id_that_comes_again_after_weeks_by_eight_doors_is_one_new_row(store: Store) -> None:
    later = NOON + timedelta(days=8)
    with store.write() as connection:
        keep.receive(connection, [arrival(name) for name in "abc"])
    receipts: list[keep.Receipt] = []

    def work(_: int) -> None:
        with store.write() as connection:
            receipts.extend(keep.receive(connection, [arrival(name, at=later) for name in "abc"]))

    together(8, work)
    with store.read() as connection:
        seen = {row["id"]: facts.show_inbox(connection, row["id"])["seen"] for row in facts.list_inbox(connection)}
    new = {receipt.inbound_id for receipt in receipts}
    assert {number: seen[number] for number in new} == dict.fromkeys(new, 8)
    assert seen == dict.fromkeys(new, 8) | {1: 1, 2: 1, 3: 1}
    assert sum(not receipt.duplicate for receipt in receipts) == 3


def test_of_two_who_change_a_case_as_they_read_it_one_is_told(store: Store) -> None:
    with store.write() as connection:
        case, _, _ = open_case(connection)
    conflicts: list[Conflict] = []

    def work(number: int) -> None:
        line = Entry(NOON, EntryKind.NOTE, "mailgate", str(number))
        while True:
            with store.read() as connection:
                read = facts.case_of(connection, case.number)
            assert read is not None
            try:
                with store.write() as connection:
                    keep.keep(connection, None, Decision(Outcome.FILED, "x", read, entries=(line,)), [], None, NOON)
            except Conflict as error:
                conflicts.append(error)
                continue
            return

    together(8, work)
    with store.read() as connection:
        changed = facts.case_of(connection, case.number)
        history = facts.show_case(connection, case.number)["history"]
    assert changed == replace(case, version=8)
    assert sorted(line["text"] for line in history[1:]) == [str(number) for number in range(8)]


def test_who_asks_with_a_lock_is_never_told_of_a_conflict(store: Store) -> None:
    with store.write() as connection:
        case, _, _ = open_case(connection)

    def work(_: int) -> None:
        for _turn in range(5):
            with store.write() as connection:
                read = facts.case_of(connection, case.number, lock=True)
                keep.keep(connection, None, Decision(Outcome.FILED, "x", read), [], None, NOON)

    together(8, work)
    with store.read() as connection:
        changed = facts.case_of(connection, case.number)
    assert changed is not None
    assert changed.version == 40


def test_two_workers_on_two_copies_of_a_mail_open_one_case(store: Store) -> None:
    """Direct and through a list: `lock_mails` lets the second look only after the first has decided."""
    with store.write() as connection:
        keep.receive(connection, [arrival(name, message_id="<same@x.test>") for name in ("direct", "by the list")])

    def work(number: int) -> None:
        with store.write() as connection:
            claims.lock_mails(connection, ["support <same@x.test>", "unrelated"][:: 1 if number else -1])
            if facts.list_cases(connection):
                keep.keep(connection, number + 1, Decision(Outcome.HELD, "copy"), [], None, NOON)
                return
            time.sleep(0.05)
            names = keep.mint(connection, NOON, "example.com", new_case=True)
            keep.keep(connection, number + 1, opening(new_case(names)), [], None, NOON)

    together(2, work)
    with store.read() as connection:
        assert len(facts.list_cases(connection)) == 1


def test_turns_are_taken_in_the_order_in_which_they_were_asked_for() -> None:
    turn, served = Turn(), list[int]()

    def take(number: int) -> None:
        with turn:
            served.append(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(20)]
    with turn:
        for number, thread in enumerate(threads):
            thread.start()
            while len(turn._queue) <= number:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert served == list(range(20))


_WRITER = """
import sys
from kept import arrival
from mailgate.store import keep
from mailgate.store.db import open_store
store, number = open_store(sys.argv[1]), 0
while True:
    with store.write() as connection:
        receipts = keep.receive(connection, [arrival(f"{sys.argv[2]} {number + more}") for more in range(5)])
    number += 5
    print(receipts[-1].inbound_id, flush=True)
"""


@pytest.mark.parametrize("processes", [1, 2])
def test_what_was_acknowledged_outlives_a_kill(database: str, processes: int) -> None:
    acknowledged: list[int] = []
    tests = Path(__file__).parents[1]
    for round_number in range(3):
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", _WRITER, database, f"{round_number} {number}"],
                stdout=subprocess.PIPE,
                env=os.environ | {"PYTHONPATH": f"{tests}{os.pathsep}{tests.parent}"},
            )
            for number in range(processes)
        ]
        for writer in writers:
            assert writer.stdout is not None
            writer.stdout.readline()
        time.sleep(random.uniform(0.02, 0.1))
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
        for writer in writers:
            out, _ = writer.communicate()
            acknowledged += [int(line) for line in out.split(b"\n")[:-1]]
    with closing(open_store(database)) as store, store.read() as connection:
        kept = {row["id"] for row in facts.list_inbox(connection)}
        assert acknowledged
        assert set(acknowledged) <= kept
        assert len(kept) % 5 == 0, "a group is kept whole"
    if database.startswith("sqlite"):
        with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as file:
            assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
