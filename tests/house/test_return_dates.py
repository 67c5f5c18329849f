"""An out-of-office's return date moves our reminder to the morning of that business day, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mailgate.policy.service import Hours
from mailgate.store import facts
from world import World, mail


@pytest.fixture
def world() -> Iterator[World]:
    with World() as made:
        policy = replace(made.policy, zone="America/New_York", hours=Hours(("Mon-Fri 09:00-17:00",), ("US",)))
        made.house = replace(made.house, policies={policy.name: policy})
        made.receive(mail())
        made.set_status(made.cases[0]["number"], "waiting")
        yield made


def away(world: World, text: str, by: str = "ann@customer.test", **fields: str) -> datetime | None:
    reply = f"Automatic reply: {world.letters[0]['Subject']}"
    fields = {"auto_submitted": "auto-replied", "message_id": "<9@away.test>", **fields}
    world.receive(mail(reply, text, by=by, **fields))
    number = world.cases[0]["number"]
    with world.store.read() as connection:
        case = facts.case_of(connection, number)
    assert case is not None
    assert case.status.value == "waiting"  # an automatic reply is no answer
    return case.course.away_until


def test_the_day_that_is_said_counts_from_nine_on_the_wall_of_the_policy(world: World) -> None:
    assert away(world, "I am back on 1 December.") == datetime(2026, 12, 1, 14, 0, tzinfo=UTC)  # EST


def test_a_holiday_or_weekend_moves_it_to_the_next_business_day(world: World) -> None:
    # 26 November 2026 is Thanksgiving; "until 27 November" ends with a Friday.
    assert away(world, "I am back on 26 November.") == datetime(2026, 11, 27, 14, 0, tzinfo=UTC)
    until = "I am on vacation until 27 November."
    assert away(world, until, message_id="<10@away.test>") == datetime(2026, 11, 30, 14, 0, tzinfo=UTC)


def test_the_reminder_comes_then_and_not_before(world: World) -> None:
    away(world, "I am back on 1 December.")
    world.advance(days=13)
    kinds = [str(letter["Subject"]) for letter in world.letters]
    assert len(kinds) == 1  # the confirmation alone: by now two reminders would have gone out
    world.advance(days=1, hours=3)
    assert len(world.letters) == 2


@pytest.mark.parametrize("text", ["Back on 12/05.", "I am away.", "Our offer is valid until 30 November."])
def test_what_may_be_wrong_moves_nothing(world: World, text: str) -> None:
    assert away(world, text) is None


def test_a_colleague_s_absence_is_not_the_customer_s(world: World) -> None:
    assert away(world, "I am back on 1 December.", by="bob@customer.test") is None


def test_a_person_who_writes_of_dates_is_no_out_of_office(world: World) -> None:
    reply = mail(f"Re: {world.letters[0]['Subject']}", "I am back on 1 December.", message_id="<8@x.test>")
    world.receive(reply)
    number = world.cases[0]["number"]
    with world.store.read() as connection:
        case = facts.case_of(connection, number)
    assert case is not None
    assert (case.status.value, case.course.away_until) == ("open", None)
