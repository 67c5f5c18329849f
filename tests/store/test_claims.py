"""Leases on mails and letters, on both databases."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete

from kept import arrival, open_case
from mailgate.mail.message import RawMail
from mailgate.store import claims, facts, keep, raw
from mailgate.store.db import Store, open_store
from mailgate.store.lease import MAX_LEASE
from mailgate.store.rows import Outgoing
from mailgate.store.tables import raw_mail
from moments import NOON

ME, OTHER, DEAD = "node/1/boot", "node/2/boot", "node/3/boot"
LEASE = timedelta(seconds=20)
LATER = NOON + LEASE


def receive(connection: Connection, *names: str) -> list[int]:
    return [one.inbound_id for one in keep.receive(connection, [arrival(name) for name in names])]


def claim(connection: Connection, holder: str = ME, limit: int = 20, now: object = NOON) -> list[int]:
    return [one.id for one in claims.claim_inbound(connection, holder, limit, now, LEASE)]  # type: ignore[arg-type]


def test_a_claimed_mail_is_the_mail_that_came(store: Store) -> None:
    came = arrival("a", data=b"\x00\xff raw").raw
    with store.write() as connection:
        keep.receive(connection, [arrival("a", data=b"\x00\xff raw")])
        (claimed,) = claims.claim_inbound(connection, ME, 20, NOON, LEASE)
    assert claimed == claims.ClaimedMail(1, RawMail(came.data, came.envelope), attempts=0, released_by="")


def test_the_lowest_ids_come_first_and_nobody_else_gets_them(store: Store) -> None:
    with store.write() as connection:
        receive(connection, *"abcde")
        assert claim(connection, limit=3) == [1, 2, 3]
        assert claim(connection, OTHER) == [4, 5]
        assert claim(connection, OTHER) == []


def test_what_is_postponed_or_to_be_tried_later_waits_for_its_moment(store: Store) -> None:
    with store.write() as connection:
        receive(connection, "a", "b", "c")
        assert claim(connection, limit=2) == [1, 2]
        keep.postpone(connection, [1], LATER)
        keep.retry_inbound(connection, 2, "x", LATER)
        assert claim(connection) == [3]
        assert claim(connection, now=LATER) == [1, 2]


def test_a_batch_ends_before_it_fills_the_memory(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "_BATCH_BYTES", 250)
    with store.write() as connection:
        keep.receive(connection, [arrival(name, data=name.encode() * 100) for name in "abc"])
        keep.receive(connection, [arrival("large", data=b"x" * 1000)])
        assert claim(connection) == [1, 2]
        assert claim(connection) == [3]
        assert claim(connection) == [4]


def test_mails_of_a_lost_holder_come_back_one_by_one_in_their_turn(store: Store) -> None:
    with store.write() as connection:
        receive(connection, "a", "b")
        assert claim(connection, DEAD) == [1, 2]
        receive(connection, "c", "d")
        assert claim(connection, now=LATER) == [1]
        assert claim(connection, now=LATER) == [2]
        assert claim(connection, now=LATER) == [3, 4]
        assert facts.show_inbox(connection, 1)["attempts"] == 0, "nobody knows whose fault it was"


def test_no_load_keeps_a_mail_of_a_lost_holder_waiting(store: Store) -> None:
    with store.write() as connection:
        receive(connection, "early", "left behind")
        claim(connection, OTHER, 1)
        claim(connection, DEAD, 1)
        keep.postpone(connection, [1], NOON)
        claimed = []
        for number in range(4):
            receive(connection, *(f"{number} {more}" for more in range(3)))
            claimed.append(claim(connection, limit=3, now=LATER))
    assert claimed == [[1, 3], [2], [4, 5, 6], [7, 8, 9]]


def test_a_mail_that_takes_its_holder_with_it_alone_has_failed(store: Store) -> None:
    with store.write() as connection:
        receive(connection, "a")
        attempts = []
        for number in range(4):
            (one,) = claims.claim_inbound(connection, f"node/{number}/boot", 20, NOON + number * LEASE, LEASE)
            attempts.append(one.attempts)
    assert attempts == [0, 0, 1, 2]


def test_a_deadly_mail_waits_out_its_lease_while_the_others_go_on(store: Store) -> None:
    """Else a process that is started again at once would die again at once, and nobody's mail be walked."""
    with store.write() as connection:
        receive(connection, "deadly", "b")
        for _ in range(2):  # in a batch, and alone
            assert claim(connection, DEAD)[0] == 1
            claims.void_dead_leases(connection, "node", lambda _: False)
        receive(connection, "c")
        assert claim(connection) == [2]
        assert claim(connection) == [3]
        assert claim(connection) == []
        assert claim(connection, now=LATER) == [1]
        assert facts.show_inbox(connection, 1)["attempts"] == 1


def test_a_lease_that_runs_out_while_its_holder_lives_is_no_failure(store: Store) -> None:
    """The database stood still, or the clock was put forward: the one who claims is the living proof."""
    with store.write() as connection:
        receive(connection, "a")
        for number in range(9):
            (one,) = claims.claim_inbound(connection, ME, 20, NOON + number * LEASE, LEASE)
            assert one.attempts == 0


@pytest.mark.parametrize("back", [timedelta(seconds=1), timedelta(hours=3), timedelta(days=2000)])
def test_a_clock_that_is_put_back_stops_nothing(store: Store, back: timedelta) -> None:
    with store.write() as connection:
        receive(connection, "new")
        open_case(connection, "answered")
        assert claim(connection, now=NOON - back) == [1]
        assert [one.id for one in claims.claim_outbox(connection, ME, 20, NOON - back, LEASE)] == [1]


def test_what_a_clock_wrote_that_was_ahead_counts_for_nothing(store: Store) -> None:
    before = NOON - timedelta(hours=3)
    with store.write() as connection:
        receive(connection, "leased", "put off", "given", "brought back")
        claim(connection, DEAD, limit=1)
        keep.postpone(connection, [2], LATER)
        keep.shelve(connection, 4, "x", NOON)
        keep.reopen_inbound(connection, 4, NOON)
        assert claims.claim_one(connection, 3, DEAD, NOON, LEASE)
        assert claims.claim_one(connection, 3, ME, before, LEASE)
        assert claim(connection, now=before) == [1]
        assert claim(connection, now=before) == [2, 4]
        assert facts.show_inbox(connection, 1)["attempts"] == 0
        open_case(connection, "letter")
        claims.claim_outbox(connection, DEAD, 20, NOON, LEASE)
        assert [one.id for one in claims.claim_outbox(connection, ME, 20, before, LEASE)] == [1]


def test_the_clocks_of_two_nodes_may_differ_by_seconds(store: Store) -> None:
    with store.write() as connection:
        receive(connection, "a")
        open_case(connection, "letter")
        claims.claim_inbound(connection, OTHER, 20, NOON + timedelta(seconds=5), MAX_LEASE)
        claims.claim_outbox(connection, OTHER, 20, NOON + timedelta(seconds=5), MAX_LEASE)
        assert claim(connection) == []
        assert claims.claim_outbox(connection, ME, 20, NOON, LEASE) == []


def test_what_is_due_at_once_is_shown_as_due_since_it_came(store: Store) -> None:
    with store.write() as connection:
        open_case(connection)
        receive(connection, "new")
        assert facts.list_outbox(connection)[0]["due_at"] == NOON.isoformat()
        assert facts.show_outbox(connection, 1)["due_at"] == NOON.isoformat()
        assert facts.show_inbox(connection, 2)["due_at"] == NOON.isoformat()
        keep.requeue_outbox(connection, 1, LATER)
        assert facts.list_outbox(connection)[0]["due_at"] == LATER.isoformat()


def test_a_mail_whose_bytes_are_gone_is_shelved_and_in_nobodys_way(store: Store) -> None:
    with store.write() as connection:
        receive(connection, "gone", "b", "also gone", "d")
        names = [facts.show_inbox(connection, number)["sha256"] for number in (1, 3)]
        connection.execute(delete(raw_mail).where(raw_mail.c.sha256.in_(names)))
        assert claim(connection, limit=1) == [2], "the first does not look like an empty inbox"
        assert claim(connection) == [4]
        gone = facts.show_inbox(connection, 1)
        assert (gone["state"], gone["reason"]) == ("shelved", "raw_missing")
        assert names[0] in gone["traceback"]
        assert facts.inbox_sums(connection)["shelved"] == 2
        raw.put_all(connection, [arrival("also gone").raw.data])
        keep.reopen_inbound(connection, 3, NOON)
        assert claims.claim_one(connection, 3, ME, NOON, LEASE)
        keep.reopen_inbound(connection, 1, NOON)
        assert claims.claim_one(connection, 1, ME, NOON, LEASE) is None
        assert facts.show_inbox(connection, 1)["state"] == "shelved"


def test_one_given_mail_is_claimed_due_or_not_unless_it_is_held_or_done(store: Store) -> None:
    with store.write() as connection:
        receive(connection, "a")
        keep.postpone(connection, [1], LATER)
        one = claims.claim_one(connection, 1, ME, NOON, LEASE)
        assert one is not None
        assert one.raw == arrival("a").raw
        assert claims.claim_one(connection, 1, OTHER, NOON, LEASE) is None
        keep.shelve(connection, 1, "x", NOON)
        assert claims.claim_one(connection, 1, ME, NOON, LEASE) is None
        keep.reopen_inbound(connection, 1, NOON, released_by="ann")
        again = claims.claim_one(connection, 1, ME, NOON, LEASE)
        assert again is not None
        assert again.released_by == "ann"
        assert claim(connection) == []
        assert claims.claim_one(connection, 99, ME, NOON, LEASE) is None


def test_letters_are_claimed_longest_due_first_with_all_that_sending_needs(store: Store) -> None:
    with store.write() as connection:
        case, written, inbound_id = open_case(connection, "1")
        open_case(connection, "2")
        keep.retry_outbox(connection, 1, "451", NOON + timedelta(seconds=5))
        assert [one.id for one in claims.claim_outbox(connection, ME, 20, NOON, LEASE)] == [2]
        keep.retry_outbox(connection, 2, "451", NOON + timedelta(seconds=9))
        first, second = claims.claim_outbox(connection, ME, 20, LATER, LEASE)
        assert claims.claim_outbox(connection, OTHER, 20, LATER, LEASE) == []
        assert [one.id for one in claims.claim_outbox(connection, OTHER, 1, LATER + LEASE, LEASE)] == [1]
    assert (first.id, second.id) == (1, 2)
    assert first == Outgoing(
        id=1,
        case=case.number,
        key=written.letter.key,
        recipient="Ann@customer.test",
        envelope_from=written.envelope_from,
        message_id=written.letter.message_id,
        message=written.message,
        attempts=1,
        created_at=NOON,
        inbound=inbound_id,
    )


def test_a_lease_is_renewed_only_by_its_holder_and_while_it_holds(store: Store) -> None:
    with store.write() as connection:
        receive(connection, "a", "b")
        claim(connection, limit=1)
        claim(connection, OTHER)
        assert claims.renew(connection, "inbound", [1, 2], ME, NOON + LEASE / 2, LEASE) == {1}
        assert claim(connection, now=LATER) == [2]
        open_case(connection, "c")
        claims.claim_outbox(connection, ME, 20, NOON, LEASE)
        assert claims.renew(connection, "outbox", [1], ME, NOON, LEASE) == {1}
        assert claims.renew(connection, "outbox", [1], OTHER, NOON, LEASE) == set()


def test_a_lease_that_ran_out_is_renewed_where_nobody_took_it(store: Store) -> None:
    with store.write() as connection:
        receive(connection, "a", "b")
        claim(connection)
        assert claims.renew(connection, "inbound", [1], ME, LATER + LEASE, LEASE) == {1}
        assert claim(connection, OTHER, now=LATER + LEASE) == [2]


def test_a_renewal_does_not_wait_for_a_walk_that_is_going_on(postgres_url: str) -> None:
    """The walk of a batch has its rows locked; where it hangs, the leases of those it has not come to must not end.

    On SQLite a writer is alone.
    """
    with closing(open_store(postgres_url)) as store:
        with store.write() as connection:
            receive(connection, "walked", "not yet")
            claim(connection)
        with store.write() as walk:
            keep.postpone(walk, [1], NOON)
            with store.write() as connection:
                assert claims.renew(connection, "inbound", [1, 2], ME, LATER, LEASE, wait=False) == {1, 2}
            with store.write() as connection:
                assert claim(connection, OTHER, now=LATER) == []


def test_a_lease_is_never_longer_than_half_a_minute(store: Store) -> None:
    with store.write() as connection, pytest.raises(ValueError, match="30 s"):
        claims.claim_inbound(connection, ME, 1, NOON, timedelta(seconds=31))


def test_leases_of_the_dead_of_this_node_are_void_at_once(store: Store) -> None:
    with store.write() as connection:
        receive(connection, *"abc")
        claim(connection, "no_de/1/boot", 1)
        claim(connection, "no_de/2/boot", 1)
        claim(connection, "noXde/1/boot", 1)
        open_case(connection, "d")
        claims.claim_outbox(connection, "no_de/1/boot", 1, NOON, LEASE)
        freed = claims.void_dead_leases(connection, "no_de", lambda holder: holder == "no_de/2/boot")
        assert freed == 2
        assert claim(connection) == [1]
        assert [one.id for one in claims.claim_outbox(connection, ME, 9, NOON, LEASE)] == [1]
        assert claims.void_dead_leases(connection, "no_de", lambda _: True) == 0


@pytest.mark.parametrize("table", ["inbound", "outbox"])
def test_claims_read_by_an_index(migrated_file: Path, table: str) -> None:
    """A scan over all mails ever received would make each claim slower than the one before.

    On SQLite only: PostgreSQL plans by the size of its tables, and always scans small ones.
    """
    statements: list[str] = []
    with closing(open_store(f"sqlite:///{migrated_file}")) as store, store.write() as connection:
        driver: Any = connection.connection.driver_connection
        driver.set_trace_callback(statements.append)
        if table == "inbound":
            claim(connection)
        else:
            claims.claim_outbox(connection, ME, 20, NOON, LEASE)
        driver.set_trace_callback(None)
        plans = [row[3] for one in statements for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}")]
    assert any(step.startswith(f"SEARCH {table}") for step in plans)
    assert not [step for step in plans if step.startswith(f"SCAN {table}")]
    assert table == "outbox" or [step for step in plans if "inbound_leased" in step], "ended leases, not all that waits"
