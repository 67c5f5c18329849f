"""Merge and split at the command line, on a real file."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Gate
from world import mail

FIRST, SECOND, THIRD = "2611000001", "2611000002", "2611000003"


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """Two cases of Ann's; the first has two entries."""
    gate = Gate(tmp_path)
    gate.out("db", "upgrade")
    with gate.world() as world:
        world.receive(mail())
        world.receive(mail("Lamp", "It is dark.", message_id="<2@customer.test>"))
        world.receive(mail("Re: Fan", "And the fan?", message_id="<3@customer.test>", in_reply_to="<1@customer.test>"))
    return gate


def test_a_case_is_merged_and_shown_under_both_numbers(gate: Gate) -> None:
    assert gate.out("case", "merge", f"#{SECOND}", FIRST) == f"#{SECOND} is part of #{FIRST} now\n"
    shown = gate.out("case", "show", SECOND)
    assert shown == gate.out("case", "show", FIRST)
    assert f"with the merged #{SECOND}" in shown
    assert f"#{SECOND}  entry 1  " in shown
    assert f"in {FIRST}" in gate.out("case", "list")
    assert gate.json("case", "show", FIRST)["number"] == gate.json("case", "show", SECOND)["number"] == FIRST
    assert gate.json("case", "show", FIRST)["entries"] == 3
    assert gate.out("case", "close", SECOND) == f"#{SECOND}: status: new → closed\n"
    assert gate.json("case", "show", FIRST)["status"] == "closed"


def test_what_cannot_be_merged_is_refused_in_words(gate: Gate) -> None:
    assert gate.error("case", "merge", FIRST, FIRST) == f"case {FIRST} cannot become part of itself"
    assert gate.error("case", "merge", FIRST, "2611999999", code=3).startswith("case 2611999999: there is no")


def test_entries_are_split_off_by_the_numbers_that_case_show_gives(gate: Gate) -> None:
    assert [line.get("n") for line in gate.json("case", "show", FIRST)["history"] if line.get("n")] == [1, 2]
    told = gate.out("case", "split", FIRST, "--entries", "2")
    assert told == f"#{FIRST}: entry 2 became case #{THIRD}\n#{THIRD}: Fan, of ann@customer.test\n"
    assert gate.json("case", "show", THIRD)["history"][0]["text"] == "And the fan?"
    letters = [(one["case"], one["kind"]) for one in gate.json("outbox", "list")]
    assert letters.count((THIRD, "confirmation")) == 1


def test_a_merged_case_is_taken_apart_by_its_old_number(gate: Gate) -> None:
    gate.out("case", "merge", FIRST, SECOND)
    gate.out("case", "split", FIRST, "--entries", "1-2")
    assert [line["text"] for line in gate.json("case", "show", THIRD)["history"] if line.get("n")] == [
        "It burns.",
        "And the fan?",
    ]
    assert [line["text"] for line in gate.json("case", "show", SECOND)["history"] if line.get("n")] == ["It is dark."]


def test_what_cannot_be_split_is_refused_in_words(gate: Gate) -> None:
    assert "has not all of these entries" in gate.error("case", "split", FIRST, "--entries", "3")
    assert "nothing would be left" in gate.error("case", "split", FIRST, "--entries", "1-2")
    assert "--entries" in gate.error("case", "split", FIRST, "--entries", "last", code=2)
