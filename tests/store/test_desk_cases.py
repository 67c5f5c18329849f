"""The desk's list of cases, on both databases: its pages hold each case once, both ways, and no page reads them all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from kept import new_case
from mailgate.cases.case import Status
from mailgate.cases.ref import Names
from mailgate.errors import NotFound
from mailgate.store.db import Store
from mailgate.store.desk_cases import Cursor, page_of_cases
from mailgate.store.lists import CasesWanted, find_cases
from mailgate.store.rows import case_row, participant_rows
from mailgate.store.tables import cases, participant
from moments import NOON
from plans import plans

MANY, SIZE = 400, 7
STATUSES = list(Status)
EVE = "eve@engineers.test"
OPEN = tuple(one.value for one in Status if one is not Status.CLOSED)


@pytest.fixture
def full(store: Store) -> Store:
    """Cases of all sorts; three were opened at each moment."""
    made = [
        replace(
            new_case(Names(f"2611{n:06}", "00DABCDEF", f"500{n:013}", b"", "example.com")),
            opened_at=NOON + timedelta(minutes=n // 3),
            status=STATUSES[n % 7 % 5],
            priority=n % 4 + 1,
            owner=("", EVE, "otto@engineers.test")[n % 11 % 3],
            mailbox=("support", "sales")[n % 13 == 0],
            subject="printer" if n % 17 == 0 else "phone",
            participants=(f"p{n % 20}@x.test",),
            next_due_at=NOON + timedelta(hours=n % 9) if n % 2 else None,
        )
        for n in range(1, MANY)
    ]
    with store.write() as connection:
        connection.execute(cases.insert(), [case_row(one) for one in made])
        connection.execute(participant.insert(), [row for one in made for row in participant_rows(one)])
    return store


WANTED = (
    CasesWanted(),
    CasesWanted(OPEN),
    CasesWanted(("closed",)),
    CasesWanted(owner=EVE),
    CasesWanted(OPEN, owner=""),
    CasesWanted(OPEN, owner="nobody@x.test"),
    CasesWanted(priorities=(1, 3)),
    CasesWanted(OPEN, priorities=(1,), owner=EVE),
    CasesWanted(mailbox="sales"),
    CasesWanted(contact="P7@x.test"),
    CasesWanted(("closed",), contact="p7@x.test", owner=EVE),
    CasesWanted(OPEN, subject="PRINT"),
    CasesWanted(due=NOON + timedelta(hours=2)),
    CasesWanted(OPEN, owner=EVE, due=NOON + timedelta(hours=5)),
    CasesWanted(opened_after=NOON + timedelta(minutes=30), opened_before=NOON + timedelta(minutes=60)),
)


def forwards(connection: Connection, wanted: CasesWanted, window: int) -> tuple[list[str], Cursor | None]:
    """Every number, page by page, and a cursor at the end that leads back."""
    seen: list[str] = []
    cursor: Cursor | None = None
    for _ in range(MANY):
        page = page_of_cases(connection, wanted, SIZE, cursor, window)
        seen += [row["number"] for row in page.rows]
        assert len(page.rows) <= SIZE
        if page.older is None:
            return seen, page.newer
        cursor = page.older
    raise AssertionError("there is no end")


def test_pages_hold_each_case_once_both_ways(full: Store) -> None:
    for wanted in WANTED:
        for window in (5, 50, 10_000):
            walks_both_ways(full, wanted, window)


def walks_both_ways(full: Store, wanted: CasesWanted, window: int) -> None:
    with full.read() as connection:
        whole = [row["number"] for row in _in_order(find_cases(connection, wanted), wanted)]
        seen, cursor = forwards(connection, wanted, window)
        assert seen == whole
        back: list[str] = []
        while cursor is not None:
            page = page_of_cases(connection, wanted, SIZE, cursor, window)
            back = [row["number"] for row in page.rows] + back
            cursor = page.newer
        assert back == whole[: len(back)]
        assert len(back) >= len(whole) - SIZE


def _in_order(rows: list[dict[str, Any]], wanted: CasesWanted) -> list[dict[str, Any]]:
    """What is wanted by when it is due stands by that; `full` says when that is."""
    return sorted(rows, key=lambda row: (int(row["number"][4:]) % 9, row["number"])) if wanted.due else rows


def test_a_page_that_is_not_full_says_how_far_it_looked(full: Store) -> None:
    with full.read() as connection:
        page = page_of_cases(connection, CasesWanted(subject="nothing"), SIZE, window=50)
        assert (page.rows, page.looked_to) == ((), f"2611{MANY - 50:06}")
        assert page.older == Cursor(f"2611{MANY - 50:06}")
        whole = page_of_cases(connection, CasesWanted(subject="nothing"), SIZE)
        assert (whole.rows, whole.looked_to, whole.older) == ((), None, None)


def test_a_page_beside_no_case_is_not_found(full: Store) -> None:
    with full.read() as connection, pytest.raises(NotFound):
        page_of_cases(connection, CasesWanted(), SIZE, Cursor("2611999999"))


def test_an_index_leads_to_every_page(full: Store) -> None:
    with full.write() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # of 400 rows it reads all rather
        with plans(connection) as found:
            for wanted in WANTED:
                page_of_cases(connection, wanted, SIZE, Cursor("2611000200"), window=50)
    assert len(found) > len(WANTED)
    for plan in found:
        assert "SCAN cases\n" not in f"{plan}\n", plan
        assert "Seq Scan" not in plan, plan


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_owners_and_contacts_have_their_own_indexes(full: Store) -> None:
    for wanted, index, others in (
        (CasesWanted(OPEN, owner=EVE), "cases_owner", "cases_status"),
        (CasesWanted(owner=EVE), "cases_owner", "cases_opened"),
        (CasesWanted(("closed",), contact="p7@x.test", owner=EVE), "participant_address", "cases_owner"),
        (CasesWanted(("closed",), contact="p7@x.test"), "participant_address", "cases_status"),
        (CasesWanted(("closed",)), "cases_status", "SCAN"),
        (CasesWanted(OPEN, due=NOON), "cases_due", "cases_status"),
        (CasesWanted(OPEN, owner=EVE, due=NOON), "cases_due", "cases_owner"),
    ):
        with full.read() as connection, plans(connection) as found:
            page_of_cases(connection, wanted, SIZE)
        assert found
        assert all(index in plan and others not in plan for plan in found), (wanted, found)
