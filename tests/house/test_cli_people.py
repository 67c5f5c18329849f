"""The lists of people, accounts and blocked senders, are narrowed and read page by page, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Gate


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    gate = Gate(tmp_path)
    gate.out("db", "upgrade")
    gate.out("contact", "add", "Acme", "--domain", "acme.test", "--csm", "eve@engineers.test")
    gate.out("contact", "add", "Beta", "ann@beta.test", "--name", "Ann Lee", "--mailbox", "sales")
    gate.out("contact", "add", "Gamma Ltd", "--domain", "gamma.test")
    gate.out("contact", "set", "Acme", "--status", "escalated")
    gate.out("block", "add", "a.test", "spam@b.test", "*.c.test")
    return gate


def names(gate: Gate, *words: str) -> list[str]:
    return [row["account"] for row in gate.json("contact", "list", *words)]


def test_accounts_are_narrowed(gate: Gate) -> None:
    assert names(gate) == ["Acme", "Beta", "Gamma Ltd"]
    assert names(gate, "--status", "escalated") == ["Acme"]
    assert names(gate, "--domain", "@Gamma.test") == ["Gamma Ltd"]
    assert names(gate, "--csm", "EVE@engineers.test") == ["Acme"]
    assert names(gate, "--mailbox", "support") == ["Acme", "Gamma Ltd"]
    assert names(gate, "--text", "LEE") == ["Beta"]
    assert gate.out("contact", "list", "--text", "nobody") == "There are no such accounts.\n"
    assert gate.error("contact", "list", "--mailbox", "sals", code=2).endswith('did you mean "sales"?')


def test_accounts_are_read_page_by_page(gate: Gate) -> None:
    assert names(gate, "--limit", "2") == ["Acme", "Beta"]
    assert names(gate, "--limit", "2", "--after", "beta") == ["Gamma Ltd"]
    assert gate.out("contact", "list", "--limit", "2").splitlines()[-1] == "There are more: --after Beta"


def test_blocked_senders_are_narrowed_and_read_page_by_page(gate: Gate) -> None:
    def blocked(*words: str) -> list[str]:
        return [row["pattern"] for row in gate.json("block", "list", *words)]

    assert blocked() == ["*.c.test", "a.test", "spam@b.test"]
    assert blocked("--text", "SPAM") == ["spam@b.test"]
    assert blocked("--limit", "1", "--after", "*.c.test") == ["a.test"]
    assert (blocked("--since", "1h"), blocked("--before", "1h")) == (blocked(), [])
    assert gate.out("block", "list", "--limit", "1").splitlines()[-1] == "There are more: --after *.c.test"
    assert gate.out("block", "list", "--text", "x") == "There are no such senders.\n"
