"""What the desk counts each morning and who is silenced, on both databases; and that no count goes through a table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from kept import new_case
from mailgate.cases.case import Case, Decision, Outcome, Status
from mailgate.cases.ref import Names
from mailgate.errors import NotFound
from mailgate.store import silenced, today
from mailgate.store.db import Store, open_store
from mailgate.store.keep import keep
from moments import NOON
from world import World, mail

HOUR = timedelta(hours=1)
EVE = "eve@engineers.test"


def kept(connection: Connection, n: int, **is_: Any) -> Case:
    """One more case, as it is said."""
    names = Names(f"2611{n:06}", "00DAAAAAA", f"500{n:013}", b"", "example.com")
    case = replace(new_case(names, at=NOON - n * HOUR), **is_)
    keep(connection, None, Decision(Outcome.FILED, "opened", case, opened=True), (), None, NOON)
    return case


@pytest.fixture
def cases(store: Store) -> dict[str, str]:
    """By what it is: the number of a case."""
    with store.write() as connection:
        made = {
            "overdue": kept(connection, 1, owed_at=NOON - HOUR, owner=EVE, priority=1),
            "soon": kept(connection, 2, owed_at=NOON + HOUR, rung=2),
            "later": kept(connection, 3, owed_at=NOON + 9 * HOUR, status=Status.OPEN, rung=2, owner=EVE),
            "waiting": kept(connection, 4, status=Status.WAITING, owner="bob@engineers.test"),
            "closed": kept(connection, 5, status=Status.CLOSED, closed_at=NOON, rung=2, priority=1),
        }
    return {name: case.number for name, case in made.items()}


def test_cases_are_counted_by_what_they_want(store: Store, cases: dict[str, str]) -> None:  # noqa: ARG001 - they are there
    with store.read() as connection:
        found = today.case_figures(connection, EVE, NOON, NOON + 4 * HOUR)
    assert found == today.CaseFigures(
        statuses={"new": 2, "open": 1, "waiting": 1, "resolved": 0},
        overdue=1, soon=1, unowned=1, mine=2, priorities={1: 1, 3: 3}, rungs={2: 2},
    )  # fmt: skip


def test_what_is_owed_comes_in_its_order_and_page_by_page(store: Store, cases: dict[str, str]) -> None:
    wanted = [cases[name] for name in ("overdue", "soon", "later")]
    with store.read() as connection:
        assert [row["number"] for row in today.next_owed(connection)] == wanted
        first = today.next_owed(connection, 1)
        after = first[0]["owed_at"], str(first[0]["number"])
        assert [row["number"] for row in today.next_owed(connection, 9, after)] == wanted[1:]
        assert [row["number"] for row in today.mine_next(connection, EVE)] == [cases["overdue"], cases["later"]]


def test_cases_of_one_moment_are_neither_lost_nor_doubled_between_pages(store: Store) -> None:
    with store.write() as connection:
        numbers = [kept(connection, n, owed_at=NOON).number for n in range(1, 8)]
    found, after = list[str](), None
    with store.read() as connection:
        while rows := today.next_owed(connection, 2, after):
            found += [str(row["number"]) for row in rows]
            after = rows[-1]["owed_at"], found[-1]
    assert found == numbers


def test_a_rung_has_its_cases_newest_first_and_page_by_page(store: Store, cases: dict[str, str]) -> None:
    with store.read() as connection:
        assert [row["number"] for row in today.on_rung(connection, 2, 9)] == [cases["soon"], cases["later"]]
        assert [row["number"] for row in today.on_rung(connection, 2, 9, cases["soon"])] == [cases["later"]]
        assert today.on_rung(connection, 1, 9) == []
        with pytest.raises(NotFound):
            today.on_rung(connection, 2, 9, "9999999999")


def test_mail_and_letters_are_counted_by_why_and_silence_by_whom(store: Store) -> None:
    world = World(store)
    world.receive(mail())
    for n in range(2):
        world.receive(mail("Away", f"Gone {n}", message_id=f"<a{n}@x.test>", auto_submitted="auto-replied"))
    world.receive(mail("Later", message_id="<4@customer.test>"), process=False)
    with store.read() as connection:
        post = today.post_figures(connection)
        written = silenced.most_written(connection, 1, 99, NOON)
        machines = silenced.machines(connection, 9, NOON - HOUR)
        assert silenced.most_written(connection, 2, 99, NOON) == []
        assert silenced.machines(connection, 9, NOON + HOUR) == []
    assert (post.waiting, post.held, post.shelved, post.queued, post.failed) == (1, {"auto_reply": 2}, 0, 1, 0)
    assert written == [silenced.Written("ann@customer.test", 1, 1)]
    assert machines == [silenced.Machine("ann@customer.test", "auto_reply", 2, NOON)]


@contextmanager
def asked(store: Store) -> Iterator[tuple[Connection, list[tuple[str, Any]]]]:
    """A connection, and what was asked of it."""
    statements: list[tuple[str, Any]] = []
    with store.read() as connection:

        def hear(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: Any) -> None:
            statements.append((statement, parameters))

        event.listen(connection, "before_cursor_execute", hear)
        yield connection, statements
        event.remove(connection, "before_cursor_execute", hear)


def test_no_figure_of_the_morning_is_counted_through_a_whole_table(migrated_file: Path) -> None:
    with (
        closing(open_store(f"sqlite:///{migrated_file}")) as store,
        asked(store) as (connection, statements),
    ):
        today.case_figures(connection, EVE, NOON, NOON + HOUR)
        today.post_figures(connection)
        today.next_owed(connection, 9, (NOON, "2611000001"))
        today.on_rung(connection, 1, 9)
        found = list(statements)
        plans = [
            str(row[3])
            for statement, parameters in found
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    assert len(found) > 20
    assert [plan for plan in plans if plan.startswith(("SCAN cases", "SCAN inbound", "SCAN outbox"))] == []
    assert [
        name for name in ("cases_owed", "cases_priority", "cases_rung", "inbound_held") if name not in str(plans)
    ] == []
