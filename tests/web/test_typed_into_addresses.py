"""Whatever somebody types into the address of a page: it is told or passed over, and nothing fails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from desk_site import desk_of
from mailgate.web.typed import moment, whole_number
from site_visitor import Visitor
from world import World, mail

HUGE = "1" + "0" * 5000  # more digits than Python makes a number of
NUMBERS = (HUGE, "00" + HUGE, str(2**63), str(2**64), "-1", "1e9", "١٢", "²", " ", "0x1")
MOMENTS = ("0001-01-01T00:00+23:59", "9999-12-31T23:59-23:59", "0001-01-01", HUGE, "99999999d", "30", "now")


@pytest.fixture(scope="module")
def desk() -> Iterator[tuple[World, Visitor]]:
    with desk_of() as (world, eve):
        world.receive(mail())
        yield world, eve


@pytest.mark.parametrize(
    "page",
    [
        "/desk/cases?priority=",
        "/desk/cases?after=",
        "/desk/inbox?after=",
        "/desk/outbox?after=",
        "/desk/blocks?after=",
        "/desk/escalated/",
        "/desk/inbox/",
        "/desk/outbox/",
    ],
)
def test_a_number_that_is_none_is_no_error_of_ours(desk: tuple[World, Visitor], page: str) -> None:
    for said in NUMBERS:
        assert desk[1].get(page + quote(said)).status < 500, said


def test_nor_is_the_entry_at_which_a_page_of_a_case_begins(desk: tuple[World, Visitor]) -> None:
    world, eve = desk
    for name in ("before", "after"):
        for said in NUMBERS:
            assert eve.get(f"/desk/cases/{world.cases[0]['number']}?{name}={quote(said)}").status == 200, said


@pytest.mark.parametrize("page", ["/desk/cases?due=", "/desk/cases?opened_after=", "/desk/owed?after="])
def test_nor_is_a_moment(desk: tuple[World, Visitor], page: str) -> None:
    for said in MOMENTS:
        assert desk[1].get(page + quote(said)).status < 500, said


def test_a_number_is_plain_digits_up_to_the_largest() -> None:
    assert [whole_number(said, 99) for said in ("0", "7", "99", "100", "٣", "", "-1", HUGE)] == [0, 7, 99, *[None] * 5]


def test_a_moment_without_an_offset_is_utc() -> None:
    assert moment("2026-11-17 09:30") == datetime(2026, 11, 17, 9, 30, tzinfo=UTC)
    assert moment("2026-11-17T09:30+01:00") == datetime(2026, 11, 17, 8, 30, tzinfo=UTC)
    assert [moment(said) for said in ("0001-01-01T00:00+23:59", "9999-12-31", "soon", "")] == [None] * 4
