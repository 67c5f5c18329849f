"""Keeping and forgetting, as a person at the command line does it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from commands import Gate
from mailgate.clock import SystemClock
from mailgate.store.tables import inbound, raw_mail
from world import ROOT, mail


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    gate = Gate(tmp_path)
    gate.out("db", "upgrade")
    with gate.world() as world:
        world.receive(mail())
        world.deliver()
    return gate


def number(gate: Gate) -> str:
    return str(gate.json("case", "list")[0]["number"])


def test_a_customer_is_erased_once_his_cases_are_closed_and_there_is_a_receipt(gate: Gate) -> None:
    case = number(gate)
    told = gate.error("erase", "ann@customer.test")
    assert told.startswith(f"not closed yet: {case}. Close them first (`mailgate case close NUMBER`)")
    gate.out("case", "close", case)
    assert gate.out("erase", "Ann@customer.test", "--dry-run").startswith(
        "would erase: cases: 1, mails: 1, letters: 1\n"
    )
    first, receipt, *notes = gate.out("erase", "Ann@customer.test").splitlines()
    assert first.startswith("erased: cases: 1, mails: 1, letters: 1, entries: ")
    assert receipt.startswith("receipt 1, 20")
    assert notes == ["note: backups keep what they hold until they are replaced"]
    again = gate.json("erase", "ann@customer.test")
    assert (again["receipt"], [one["receipt"] for one in again["receipts"]]) == (None, [1])
    assert gate.out("erase", "ann@customer.test").splitlines()[1].startswith("erased before: receipt 1, 20")
    assert gate.json("inbox", "list")[0]["state"] == "filed"


def test_a_hold_is_added_shown_and_ended(gate: Gate) -> None:
    case = number(gate)
    gate.out("case", "close", case)
    assert gate.out("legal-hold", "list") == "Nothing is under legal hold.\n"
    assert gate.out("legal-hold", "add", f"#{case}", "--why", "Doe v. Roe") == f"under legal hold: {case}\n"
    assert gate.out("legal-hold", "add", case, "--why", "again") == f"{case} is under legal hold already\n"
    assert [(one["target"], one["why"]) for one in gate.json("legal-hold", "list")] == [(case, "Doe v. Roe")]
    assert gate.error("erase", "ann@customer.test") == (
        f"under legal hold: {case} (Doe v. Roe). Nothing was erased; `mailgate legal-hold remove` ends a hold"
    )
    assert (
        gate.error("legal-hold", "add", "2611999999", "--why", "x", code=3)
        == "case 2611999999: there is no such number"
    )
    assert gate.out("legal-hold", "remove", case) == f"no longer under legal hold: {case}\n"
    assert "is under no legal hold" in gate.error("legal-hold", "remove", case, code=3)
    gate.out("erase", "ann@customer.test")


def test_erase_wants_an_address_or_what_has_expired(gate: Gate) -> None:
    assert gate.error("erase", code=2) == "name an ADDRESS, or --expired"
    assert gate.error("erase", "ann@customer.test", "--expired", code=2) == "name an ADDRESS, or --expired"
    assert gate.out("erase", "--expired") == "erased: nothing\n"
    assert gate.error("erase", "ann", code=2) == '"ann" is no address'


def test_what_there_is_of_a_customer_is_handed_out(gate: Gate) -> None:
    folder = gate.home / "ann"
    told = gate.out("export", "ann@customer.test", "--to", str(folder))
    assert told == f"{folder}: 1 cases, 1 mails, 1 letters\n"
    (case,) = json.loads((folder / "cases.json").read_text())
    assert (case["number"], [line["text"] for line in case["history"]]) == (number(gate), ["It burns."])
    assert gate.error("export", "ann@customer.test", "--to", str(folder)).endswith("name a folder that is not")
    nobody = gate.home / "nobody"
    told = gate.error("export", "nobody@customer.test", "--to", str(nobody), code=3)
    assert (told, nobody.exists()) == ("there is nothing of nobody@customer.test here", False)


def test_a_database_that_lost_octets_is_told_of(gate: Gate) -> None:
    assert gate.out("db", "check").endswith(": the schema is this version's, and all is there\n")
    assert gate.out("db", "check", "--deep").endswith("all is there and unaltered\n")
    with gate.world() as world, world.store.write() as connection:
        connection.execute(delete(raw_mail))
    result = gate.run("db", "check")
    assert result.exit_code == 1
    assert "the octets of mail 1 are gone" in result.stdout


def test_all_that_has_expired_goes_however_much_it_is(gate: Gate) -> None:
    shipped = (ROOT / "config" / "policies" / "default.toml").read_text(encoding="utf-8")
    (gate.home / "policies").mkdir()
    (gate.home / "policies" / "default.toml").write_text(re.sub('(?m)^raw = "never"', 'raw = "365 days"', shipped))
    with gate.world() as world:
        long_ago = SystemClock().now() - timedelta(days=400)
        dropped = {"state": "dropped", "dropped_by": "operator", "done_at": long_ago}
        for n in range(60):
            world.receive(mail(str(n), message_id=f"<d{n}@x.test>"), process=False)
        with world.store.write() as connection:
            connection.execute(update(inbound).where(inbound.c.state == "waiting").values(dropped))
    assert gate.out("erase", "--expired", "--dry-run") == "would erase: dropped: 60\n"
    assert gate.out("erase", "--expired") == "erased: dropped: 60\n"
    assert gate.out("erase", "--expired") == "erased: nothing\n"
