"""The breaker counts right whoever sends at once, on both databases, and looks at no more rows than it must."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from kept import open_case
from mailgate.outbox.breaker import Breaker, Trip
from mailgate.settings import BreakerSettings
from mailgate.store import breakers, claims, facts
from mailgate.store.db import Store, open_store
from moments import NOON

LEASE = timedelta(seconds=30)


def test_several_senders_let_no_more_letters_through_than_one_would(store: Store) -> None:
    with store.write() as connection:
        for number in range(120):
            open_case(connection, str(number))
    told: list[Trip] = []
    breaker = Breaker(BreakerSettings(hourly=50), lambda _connection, trip, _now: told.append(trip))
    passed: list[int] = []
    hands = 6
    start = threading.Barrier(hands)

    def send(number: int) -> None:
        start.wait()
        while True:
            with store.write() as connection:
                claimed = claims.claim_outbox(connection, f"n/{number}/1", 7, NOON, LEASE)
                through = breaker.let_through(connection, claimed, NOON)
            passed.extend(one.id for one in through)
            if not claimed:
                return

    threads = [threading.Thread(target=send, args=(number,)) for number in range(hands)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(passed), len(set(passed)), len(told)) == (50, 50, 1)
    with store.read() as connection:
        assert len(facts.list_outbox(connection, state="held")) == 70
        assert list(breakers.open_since(connection)) == [breakers.ALL]


def test_windows_are_counted_by_their_indexes(migrated_file: Path) -> None:
    """On SQLite only: PostgreSQL plans by the size of its tables, and always scans small ones."""
    statements: list[str] = []
    with closing(open_store(f"sqlite:///{migrated_file}")) as store, store.write() as connection:
        driver: Any = connection.connection.driver_connection
        driver.set_trace_callback(statements.append)
        for name in (breakers.ALL, breakers.UNVERIFIED, breakers.breaker_of("customer.test")):
            breakers.wanted(connection, name, NOON, 10)
        facts.letters_about(connection, "2611000001", "ann@customer.test", NOON)
        driver.set_trace_callback(None)
        plans = [row[3] for one in statements for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}")]
    used = [step for step in plans if "outbox" in step]
    for name in ("COVERING INDEX outbox_gated", "outbox_domain", "outbox_case"):
        assert name in " ".join(used), plans
    assert " ".join(used).count("COVERING INDEX outbox_gated") == 2, "of all, and of the neutral ones"
    assert not [step for step in plans if step.startswith("SCAN outbox")]
