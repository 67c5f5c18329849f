"""One of several values, bound as one parameter: the same rows as by `in_`, and looked up as those are."""

from __future__ import annotations

from contextlib import closing

import pytest
from sqlalchemy import Select, select, text

from kept import open_case
from mailgate.store import ahead, claims, facts, found, had, keep, raw, reach
from mailgate.store.among import among
from mailgate.store.db import Store
from mailgate.store.tables import cases, inbound
from world import in_memory

STATEMENTS = {
    "letters": ahead.LETTERS,
    "on cases": ahead.ON_CASES,
    "passed on": ahead.PASSED_ON,
    "threads": ahead.THREADS,
    "letters of the day": had._of_the_day,
    "tokens": facts._by_token,
    "paths": facts._by_path,
    "thread ids": facts._threads_of,
    "waiting": facts._waiting_among,
    "cases": found._standing,
    "merged": found._merged,
    "participants": found._participants_of,
    "dead": reach._dead_among,
    "identities": keep._known,
    "raw": raw._by_name,
    "due": claims._due,
    "leases": claims._ended,
    "held": claims._still_held,
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_statement_of_the_walk_goes_through_a_whole_table(name: str) -> None:
    statement: Select[tuple[object, ...]] = STATEMENTS[name]
    with closing(in_memory()) as store, store.read() as connection:
        spelled = statement.compile(connection)
        plan = connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {spelled}", tuple("[]" for _ in spelled.positiontup or ())
        )
        steps = [row[3] for row in plan]
    table_scans = [step for step in steps if step.startswith("SCAN") and "json_each" not in step]
    assert steps
    assert not table_scans


def test_what_waits_is_found_by_its_name_however_much_waits() -> None:
    with closing(in_memory()) as store, store.read() as connection:
        spelled = facts._waiting_among.compile(connection)
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {spelled}", ("[]", "", "waiting"))
        assert any("inbound_message_id" in row[3] for row in plan)


def test_it_finds_those_that_are_there_whatever_else_is_asked_for(store: Store) -> None:
    with store.write() as connection:
        case, _, _ = open_case(connection)
        asked = {case.number, "9", '"]', "\0\ud800", "größe", "😀" * 600}
        numbers = connection.execute(select(cases.c.number).where(among(cases.c.number, "these")), {"these": asked})
        assert list(numbers.scalars()) == [case.number]
        ids = select(inbound.c.id).where(among(inbound.c.id, "these"))
        there = connection.execute(text("SELECT id FROM inbound")).scalars().all()
        assert set(connection.execute(ids, {"these": [*there, 10**12]}).scalars()) == set(there)
        assert connection.execute(ids, {"these": []}).scalars().all() == []
