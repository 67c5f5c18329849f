"""The roster is seen and changed from the command line, where it is kept: in the settings file."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import CONFIG, Gate
from mailgate.clock import SystemClock
from mailgate.settings import load_settings
from mailgate.signing_in import SESSION, new_token
from mailgate.store import desk_sessions
from world import mail

ROSTER = """
# Who answers.
[[engineer]]
address = "bob@engineers.test"   # on call in May
name = "Bob"

# The second level.
[[engineer]]
level = 2
address = "eve@engineers.test"
name = "Eve Night"
public = "Eve"
role = "operator"

# Where trouble goes.
[operator]
address = "postmaster@example.net"
"""


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    gate = Gate(tmp_path)
    gate.config.write_text(CONFIG + ROSTER)
    gate.out("db", "upgrade")
    return gate


def test_the_roster_is_listed_with_the_open_cases_of_each(gate: Gate) -> None:
    with gate.world() as world:
        for number in ("1", "2", "3"):
            world.receive(mail(message_id=f"<{number}@customer.test>"))
        numbers = [str(case["number"]) for case in world.cases]
    gate.out("case", "set", *numbers[:2], "--owner", "Eve@engineers.test")
    gate.out("case", "close", numbers[0])
    assert gate.json("engineer", "list") == [
        {"address": "bob@engineers.test", "name": "Bob", "level": 1, "public": "Bob", "role": "engineer", "cases": 0},
        {
            "address": "eve@engineers.test",
            "name": "Eve Night",
            "level": 2,
            "public": "Eve",
            "role": "operator",
            "cases": 1,
        },
    ]
    assert [one["name"] for one in gate.json("engineer", "list", "--level", "2")] == ["Eve Night"]
    assert gate.json("engineer", "list", "--text", "NIGHT", "--level", "1") == []
    assert gate.out("engineer", "list").splitlines()[2].split() == [
        "eve@engineers.test",
        "Eve",
        "Night",
        "Eve",
        "2",
        "operator",
        "1",
    ]
    told = gate.out("engineer", "remove", "eve@engineers.test", "--dry-run")
    assert "not closed and still eve@engineers.test's: 1" in told


def test_an_engineer_is_added_set_and_removed_and_the_rest_of_the_file_stays(gate: Gate) -> None:
    before = gate.config.read_text()
    gate.config.chmod(0o640)
    told = gate.out("engineer", "add", "Ann@Engineers.test", "--name", 'Ann "A" Löwe', "--level", "2")
    assert '+name = "Ann \\"A\\" Löwe"' in told
    assert "systemctl reload mailgate" in told
    assert gate.config.stat().st_mode & 0o777 == 0o640
    assert gate.config.read_text().startswith(before)
    assert gate.json("engineer", "list")[2]["name"] == 'Ann "A" Löwe'
    gate.out("engineer", "set", "eve@engineers.test", "--public", "Ellie", "--level", "1")
    assert load_settings(gate.config).engineers[1].public_name == "Ellie"
    gate.out("engineer", "set", "ann@engineers.test", "--role", "operator")
    assert load_settings(gate.config).engineers[2].role == "operator"
    gate.out("engineer", "set", "ann@engineers.test", "--role", "engineer")
    assert "role" not in gate.config.read_text().partition("Ann@")[2]
    gate.out("engineer", "remove", "ann@engineers.test")
    gate.out("engineer", "set", "eve@engineers.test", "--public", "Eve", "--level", "2")
    gate.out("engineer", "remove", "bob@engineers.test")
    left = gate.config.read_text()
    assert [one["address"] for one in gate.json("engineer", "list")] == ["eve@engineers.test"]
    assert "# The second level.\n[[engineer]]" in left
    assert "# Where trouble goes.\n[operator]" in left


def test_a_dry_run_shows_the_lines_and_leaves_the_file(gate: Gate) -> None:
    before = gate.config.read_text()
    told = gate.out("engineer", "remove", "bob@engineers.test", "--dry-run")
    assert '-address = "bob@engineers.test"   # on call in May' in told
    assert '+name = "Kim"' in gate.out("engineer", "add", "kim@engineers.test", "--dry-run")
    assert gate.config.read_text() == before


def test_what_cannot_be_in_the_roster_is_refused_and_the_file_stays(gate: Gate) -> None:
    before = gate.config.read_text()
    assert gate.error("engineer", "add", "BOB@engineers.test").startswith("BOB@engineers.test is in the roster already")
    assert "support@example.com" in gate.error("engineer", "add", "support@example.com")
    assert "~/mailgate.toml" in gate.error("engineer", "add", "nobody")
    assert gate.error("engineer", "set", "bop@engineers.test", "--level", "2", code=3).endswith(
        'did you mean "bob@engineers.test"?'
    )
    assert gate.error("engineer", "set", "bob@engineers.test", code=2).startswith("say what to set")
    assert gate.config.read_text() == before


def test_a_roster_that_is_no_tables_is_left_to_a_person(gate: Gate) -> None:
    gate.config.write_text('engineer = [{ address = "bob@engineers.test", name = "Bob" }]\n' + CONFIG)
    before = gate.config.read_text()
    assert "by hand" in gate.error("engineer", "remove", "bob@engineers.test")
    gate.run("engineer", "add", "kim@engineers.test")
    assert gate.config.read_text() == before


def sign_in(gate: Gate, *addresses: str) -> None:
    with gate.world() as world, world.store.write() as connection:
        now = SystemClock().now()
        for address in addresses:
            desk_sessions.begin(connection, new_token(), address, now, now + SESSION)


def test_who_is_signed_in_is_listed_and_signed_out(gate: Gate) -> None:
    assert gate.out("engineer", "sessions") == "Nobody is signed in.\n"
    sign_in(gate, "eve@engineers.test", "eve@engineers.test", "bob@engineers.test")
    assert [one["address"] for one in gate.json("engineer", "sessions")].count("eve@engineers.test") == 2
    assert "(sessions: 2)" in gate.out("engineer", "sign-out", "Eve@engineers.test", "--dry-run")
    assert "bob@engineers.test" in gate.out("engineer", "sessions")
    assert "(sessions: 2)" in gate.out("engineer", "sign-out", "Eve@engineers.test")
    assert [one["address"] for one in gate.json("engineer", "sessions")] == ["bob@engineers.test"]
    assert "is not signed in" in gate.error("engineer", "sign-out", "eve@engineers.test", code=3)


def test_who_leaves_the_roster_is_signed_out(gate: Gate) -> None:
    sign_in(gate, "eve@engineers.test", "bob@engineers.test")
    gate.out("engineer", "remove", "eve@engineers.test", "--dry-run")
    assert len(gate.json("engineer", "sessions")) == 2
    gate.out("engineer", "remove", "eve@engineers.test")
    assert [one["address"] for one in gate.json("engineer", "sessions")] == ["bob@engineers.test"]
