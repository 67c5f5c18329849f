"""A page of a list costs the same wherever in the list it is, on both databases: an index finds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from kept import arrival, letter, new_case, opening
from mailgate.cases.case import Status
from mailgate.cases.ref import Names
from mailgate.store import keep, lists
from mailgate.store.db import Store
from mailgate.store.rows import Kept, case_row, outbox_row, participant_rows
from mailgate.store.tables import cases, inbound, outbox, participant
from moments import NOON
from plans import plans

MANY = 3000


def named(n: int) -> Names:
    return Names(f"2611{n:06}", "00DABCDEF", f"500{n:013}", b"", "example.com")


@pytest.fixture
def full(store: Store) -> Store:
    """Cases of all statuses, most of them closed, one a minute; a mail and a letter of each."""
    states = ("filed", "filed", "held", "waiting")
    with store.write() as connection:
        made = [
            replace(
                new_case(named(n)),
                opened_at=NOON + timedelta(minutes=n),
                status=Status.NEW if n % 100 == 0 else Status.CLOSED,
                participants=(f"p{n % 500}@x.test",),
            )
            for n in range(1, MANY)
        ]
        connection.execute(cases.insert(), [case_row(one) for one in made])
        connection.execute(participant.insert(), [row for one in made for row in participant_rows(one)])
        written = [(one, letter(one, named(n))) for n, one in enumerate(made, 1)]
        connection.execute(outbox.insert(), [outbox_row(Kept(opening(one)), sent, NOON) for one, sent in written])
        keep.receive(connection, [arrival(str(n), message_id=f"<{n}@x.test>") for n in range(1, MANY)])
        for place, state in enumerate(states):
            connection.execute(inbound.update().where(inbound.c.id % len(states) == place).values(state=state))
    with store.write() as connection:
        connection.execute(text("ANALYZE"))
    return store


@pytest.mark.parametrize(
    "page",
    [
        lambda connection: lists.find_cases(connection, lists.CasesWanted(), 20, "2611002000"),
        lambda connection: lists.find_cases(connection, lists.CasesWanted(("new",)), 20, "2611002000"),
        lambda connection: lists.find_cases(connection, lists.CasesWanted(("new", "closed")), 20, "2611002000"),
        lambda connection: lists.find_inbox(connection, lists.InboxWanted(), 20, 2000),
        lambda connection: lists.find_inbox(connection, lists.InboxWanted(("held", "waiting")), 20, 2000),
        lambda connection: lists.find_outbox(connection, lists.OutboxWanted(), 20, 2000),
    ],
    ids=["cases", "cases of a status", "cases of two", "mails", "mails of two states", "letters"],
)
def test_a_page_is_found_by_an_index_and_nothing_is_sorted(
    full: Store, page: Callable[[Connection], list[dict[str, Any]]]
) -> None:
    with full.read() as connection:
        with plans(connection) as found:
            page(connection)
        assert found
        for plan in found:
            assert "TEMP B-TREE" not in plan, plan
            assert "Sort" not in plan, plan
            assert "Index" in plan or "INDEX" in plan or "PRIMARY KEY" in plan, plan
            assert "OFFSET" not in plan.upper(), plan


def test_the_cases_of_a_person_are_found_by_the_person(full: Store) -> None:
    with full.read() as connection:
        with plans(connection) as found:
            rows = lists.find_cases(connection, lists.CasesWanted(contact="P7@x.test"), 20)
        assert [int(row["number"][4:]) % 500 for row in rows] == [7] * 6
        assert "participant_address" in found[-1]


def test_pages_meet_without_a_gap_where_many_were_opened_at_one_moment(store: Store) -> None:
    with store.write() as connection:
        made = [new_case(named(n)) for n in range(1, 8)]
        connection.execute(cases.insert(), [case_row(one) for one in made])
        seen: list[str] = []
        while page := lists.find_cases(connection, lists.CasesWanted(), 3, seen[-1] if seen else None):
            seen += [row["number"] for row in page]
    assert seen == [f"2611{n:06}" for n in range(7, 0, -1)]


def test_what_a_person_types_is_no_pattern(full: Store) -> None:
    with full.read() as connection:
        for subject in ("%", "_rinter", "\\"):
            assert lists.find_cases(connection, lists.CasesWanted(subject=subject), 1) == []
        assert lists.find_cases(connection, lists.CasesWanted(subject="pRINTER"), 1) != []
        assert lists.find_inbox(connection, lists.InboxWanted(writer="%@%"), 1) == []
        assert lists.find_outbox(connection, lists.OutboxWanted(to="%"), 1) == []
