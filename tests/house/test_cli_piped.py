"""What one command prints, another reads: `mailgate inbox list … | mailgate inbox drop -`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commands import Gate
from mailgate.store import keep
from world import mail


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    gate = Gate(tmp_path)
    with gate.world() as world:
        for n, who in enumerate(("ann", "bob")):
            letter = mail("Printer on fire", by=f"{who}@{who}.test", message_id=f"<{n}@x.test>")
            world.receive(letter, sender=f"{who}@{who}.test")
    return gate


def test_a_list_as_json_can_be_piped_into_a_verb(gate: Gate) -> None:
    listed = gate.out("case", "list", "--json")
    told = gate.out("case", "close", "-", "--dry-run", stdin=listed.encode())
    assert len(re.findall("would", told)) == 2
    one = gate.out("case", "show", gate.json("case", "list")[0]["number"], "--json")
    assert gate.json("case", "list")[0]["number"] in gate.out("case", "close", "-", stdin=one.encode())


@pytest.mark.parametrize(
    ("asked", "verb"),
    [
        (("inbox", "list", "--state", "held"), ("inbox", "drop", "-")),
        (("case", "list", "--closed"), ("case", "close", "-")),
        (("outbox", "list", "--state", "failed"), ("outbox", "retry", "-")),
        (("block", "list"), ("block", "remove", "-")),
    ],
)
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["table", "json"])
def test_a_list_that_found_nothing_leaves_nothing_to_do(
    gate: Gate, asked: tuple[str, ...], verb: tuple[str, ...], form: tuple[str, ...]
) -> None:
    assert gate.out(*verb, stdin=gate.out(*asked, *form).encode()) == ""


def test_json_that_is_no_list_of_ours_is_wrong_usage_and_not_many_names(gate: Gate) -> None:
    result = gate.run("inbox", "drop", "-", stdin=b'[{"name": "x"}]')
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == (
        "Error: standard input is no list of ours: a table, its --json, or a name a line"
    )


def test_a_slip_in_a_moment_is_told_all_the_forms(gate: Gate) -> None:
    assert gate.error("inbox", "list", "--since", "yesterday", code=2).endswith('or so long ago: "30d", "4h"')
    assert gate.error("case", "list", "--due", "4x", code=2).endswith('or so long from now: "30d", "4h"')


def test_the_erased_are_not_told_as_mail_without_a_sender(gate: Gate) -> None:
    number = gate.json("case", "list", "--contact", "bob@bob.test")[0]["number"]
    gate.out("case", "close", number)
    with gate.world() as world, world.store.write() as connection:
        keep.mark_sent(connection, [row["id"] for row in gate.json("outbox", "list")], world.clock.now())
    assert re.search(
        r"^receipt 1, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$", gate.out("erase", "bob@bob.test"), re.MULTILINE
    )
    assert "contact: nobody any more (erased)" in gate.out("case", "show", number)


def test_the_block_list_tells_moments_as_all_lists_do(gate: Gate) -> None:
    gate.out("block", "add", "spam.test")
    assert re.search(r"\d \d\d:\d\d:\d\d$", gate.out("block", "list").splitlines()[-1])


def test_what_holds_mail_or_tokens_is_for_its_owner_alone(gate: Gate, tmp_path: Path) -> None:
    gate.out("export", "ann@ann.test", "--to", str(tmp_path / "ann"))
    modes = {file.name: file.stat().st_mode & 0o777 for file in (tmp_path / "ann").iterdir()}
    assert modes == {"cases.json": 0o600, "mail.mbox": 0o600}
