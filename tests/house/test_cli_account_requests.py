"""Accounts that are asked for, by command: approved, declined, finished; and the link to an organisation's page."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import CONFIG, Gate

CSM, ANN = "desk@engineers.test", "ann@customer.test"
PAGE = '\n[web]\nurl = "https://support.example.com"\n'


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    gate = Gate(tmp_path)
    gate.config.write_text(CONFIG + PAGE)
    policies = gate.home / "policies"
    policies.mkdir()
    (policies / "default.toml").write_text(f'[account]\ncsm = "{CSM}"\n')
    gate.out("db", "upgrade")
    return gate


def asked(gate: Gate, address: str = ANN) -> str:
    told = gate.out("contact", "ask", address, "--mailbox", "support", "--telephone", "+1 202", "--name", "Ann")
    return told[1:11]


def newest(gate: Gate) -> str:
    return gate.out("outbox", "show", str(gate.json("outbox", "list")[0]["id"]))


def test_an_account_is_approved_with_a_link_of_ours_and_finished(gate: Gate) -> None:
    number = asked(gate)
    assert "https://support.example.com/account/approve/" in newest(gate)
    assert gate.error("contact", "finish", number).endswith("`mailgate contact add` makes him one of it")
    assert gate.error("case", "approve", number) == "say whose account it is: name the organisation"
    assert gate.out("case", "approve", number, "--organisation", "New Ltd") == f"#{number}: approved; told: {ANN}\n"
    assert "https://support.example.com/account/finish/" in newest(gate)
    assert "already" in gate.error("case", "approve", number, "--organisation", "New Ltd")
    told = gate.out("contact", "finish", number, "--name", "Ann Lee", "--preferred", "by mail", "--language", "de")
    assert told == f"#{number}: finished; {ANN} is a contact of New Ltd\n"
    (row,) = gate.json("contact", "list", "New Ltd")
    assert row["contacts"] == [
        {"address": ANN, "name": "Ann Lee", "telephone": "", "admin": False, "language": "de", "preferred": "by mail"}
    ]
    assert gate.json("case", "show", number)["status"] == "closed"
    assert f"finished the account of case {number}" in row["history"][-1]["text"]
    assert "is over" in gate.error("contact", "finish", number)


def test_an_account_is_declined(gate: Gate) -> None:
    number = asked(gate)
    assert gate.out("case", "decline", number, "--reason", "Not yours.") == f"#{number}: declined; told: {ANN}\n"
    assert "Not yours." in newest(gate)
    other = asked(gate, "eve@stranger.test")
    assert gate.out("case", "decline", other) == f"#{other}: declined; told: nobody\n"
    assert gate.json("case", "show", other)["status"] == "closed"


def test_without_a_page_it_takes_a_link_of_ones_own(gate: Gate) -> None:
    gate.config.write_text(CONFIG)
    number = asked(gate)
    assert "visit" not in newest(gate)
    assert gate.error("case", "approve", number, "--organisation", "New Ltd").startswith("web.url is not set")
    gate.out("case", "approve", number, "--organisation", "New Ltd", "--link", "https://example.com/finish")
    assert "https://example.com/finish" in newest(gate)


def test_an_admin_is_mailed_the_link_to_his_organisations_page(gate: Gate) -> None:
    gate.out("contact", "add", "Example Ltd", ANN, "--admin")
    gate.out("contact", "add", "Example Ltd", "bob@customer.test")
    assert gate.out("contact", "page", "ANN@customer.test") == "told: ANN@customer.test\n"
    assert "https://support.example.com/organisation/" in newest(gate)
    assert gate.error("contact", "page", "bob@customer.test", code=3).startswith("no link was sent: ")


def test_contacts_of_an_account_of_the_file_may_lie_in_the_store(gate: Gate) -> None:
    (gate.home / "contacts.toml").write_text('[[account]]\nname = "Filed Ltd"\ndomains = ["filed.test"]\n')
    gate.out("contact", "add", "filed ltd", "hal@filed.test", "--name", "Hal")
    (row,) = gate.json("contact", "list")
    assert (row["account"], row["source"], [one["address"] for one in row["contacts"]]) == (
        "Filed Ltd",
        "file",
        ["hal@filed.test"],
    )
    gate.out("contact", "remove", "hal@filed.test")
    assert gate.json("contact", "list")[0]["contacts"] == []
