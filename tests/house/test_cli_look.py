"""Whoever looks in sees every case, mail and letter, in the words that DESIGN.md fixes, and changes nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from commands import Gate
from world import mail


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """One case with a reply on it, one held bounce, one waiting mail."""
    gate = Gate(tmp_path)
    with gate.world() as world:
        world.receive(mail())
        (confirmation,) = world.letters
        reply = mail("Re: Printer", "Still.", message_id="<2@customer.test>", in_reply_to=confirmation["Message-ID"])
        world.receive(reply)
        out_of_office = mail("Away", "Back soon", message_id="<3@customer.test>", auto_submitted="auto-replied")
        world.receive(out_of_office)
        world.receive(mail("Later\x1b[31m", message_id="<4@customer.test>"), process=False)
    return gate


def test_lists_have_exactly_the_keys_of_the_design(gate: Gate) -> None:
    (case,) = gate.json("case", "list")
    assert re.fullmatch(r"\d{10}", case["number"])
    assert re.fullmatch(r"ref:_00D\w{6}\._500\w{13}:ref", case["ref"])
    number, opened_at = case["number"], case["opened_at"]
    assert case == {
        "number": number,
        "ref": case["ref"],
        "subject": "Printer on fire",
        "status": "new",
        "priority": 3,
        "mailbox": "support",
        "contact": "ann@customer.test",
        "opened_at": opened_at,
        "entries": 2,
    }
    assert [(row["id"], row["state"], row["reason"], row["case"]) for row in gate.json("inbox", "list")] == [
        (4, "waiting", None, None),
        (3, "held", "auto_reply", None),
        (2, "filed", "reply", number),
        (1, "filed", "opened", number),
    ]
    assert list(gate.json("inbox", "list")[0]) == [
        "id", "state", "reason", "message_id", "mailbox", "received_at", "case",
    ]  # fmt: skip
    (letter,) = gate.json("outbox", "list")
    assert list(letter) == ["id", "case", "kind", "to", "subject", "message_id", "state", "attempts", "due_at"]
    assert (letter["case"], letter["kind"], letter["to"], letter["state"]) == (
        number,
        "confirmation",
        "ann@customer.test",
        "queued",
    )


def test_one_case_shows_its_history(gate: Gate) -> None:
    number = gate.json("case", "list")[0]["number"]
    shown = gate.json("case", "show", number)
    assert [(line["kind"], line["actor"], line["text"].strip()) for line in shown["history"]] == [
        ("mail", "ann@customer.test", "It burns."),
        ("mail", "ann@customer.test", "Still."),
    ]
    assert {tuple(line)[:4] for line in shown["history"]} == {("at", "kind", "actor", "text")}
    assert [line.get("n") for line in shown["history"] if line["kind"] == "mail"] == [1, 2]
    assert not any("of" in line for line in shown["history"])
    told = gate.out("case", "show", f"#{number}")
    assert f"#{number}: Printer on fire" in told
    assert "  It burns." in told
    lines = told.splitlines()
    assert lines[lines.index("letters:") + 1] == "  letter 1: confirmation to ann@customer.test, queued"
    assert lines[lines.index("  It burns.") - 1].endswith("  mail  ann@customer.test  (mail 1)")
    assert lines[lines.index("  Still.") - 1].endswith("  mail  ann@customer.test  (mail 2)")


def test_what_came_without_a_mail_names_none_and_a_case_without_letters_has_no_heading_for_them(gate: Gate) -> None:
    number = gate.json("case", "list")[0]["number"]
    gate.out("case", "close", number)
    assert gate.out("case", "show", number).splitlines()[-2].endswith("  status  operator")
    with gate.world() as world:
        world.receive(mail("Alarm", message_id="<9@customer.test>", auto_submitted="auto-generated"))
    assert "letters" not in gate.out("case", "show", gate.json("case", "list")[0]["number"])


def test_filters_and_limits_narrow_a_list(gate: Gate) -> None:
    assert gate.json("case", "list", "--status", "closed") == []
    assert len(gate.json("case", "list", "--status", "new")) == 1
    assert [row["id"] for row in gate.json("inbox", "list", "--state", "filed")] == [2, 1]
    assert [row["id"] for row in gate.json("inbox", "list", "--limit", "2")] == [4, 3]
    assert gate.json("outbox", "list", "--state", "sent") == []
    assert gate.error("inbox", "list", "--state", "lost", code=2).startswith("Invalid value for '--state'")
    assert gate.error("inbox", "list", "--limit", "0", code=2).startswith("Invalid value for '--limit'")


def test_tables_are_one_row_a_line_with_headings(gate: Gate) -> None:
    lines = gate.out("inbox", "list").splitlines()
    assert lines[0].split("  ")[0] == "ID"
    assert len(lines) == 1 + 4 + 2
    assert lines[-1] == "4 received: 1 waiting, 2 filed, 1 held, 0 shelved, 0 dropped"
    assert not [line for line in lines if line != line.rstrip()]
    assert [heading for heading in ("FROM", "SUBJECT", "MESSAGE-ID") if heading not in lines[0]] == []
    assert re.search(r"^3 .* ann@customer\.test +Away +<3@customer\.test>$", lines[2])
    assert re.search(r"^1 .* ann@customer\.test +Printer on fire +<1@customer\.test>$", lines[4])
    (held,) = gate.out("inbox", "list", "--state", "held").splitlines()[1:2]
    assert "Away" in held
    assert "Re: Printer" in gate.out("inbox", "list", "--limit", "3").splitlines()[3]
    assert "confirmation" in gate.out("outbox", "list")
    assert "Printer on fire" in gate.out("case", "list")


def test_one_mail_and_one_letter_show_all_that_is_known(gate: Gate) -> None:
    shown = gate.json("inbox", "show", "3")
    assert (shown["state"], shown["from"], shown["door"]) == ("held", "ann@customer.test", "test")
    assert shown["trace"]["mail"]["subject"] == "Away"
    assert shown["trace"]["verdict"]["reason"] == "auto_reply"
    assert "auto_reply" in gate.out("inbox", "show", "3")
    letter = gate.json("outbox", "show", "1")
    assert letter["message"].startswith("Date: ")
    assert "Auto-Submitted: auto-replied" in gate.out("outbox", "show", "1")


def test_a_mail_is_printed_octet_by_octet_as_it_came(gate: Gate) -> None:
    assert gate.run("inbox", "show", "1", "--raw").stdout_bytes == mail()
    assert "exclude each other" in gate.error("inbox", "show", "1", "--raw", "--json", code=2)
    assert gate.error("inbox", "show", "99", "--raw", code=3).startswith("inbound 99")


def test_strangers_words_do_not_steer_the_terminal(gate: Gate) -> None:
    with gate.world() as world:
        world.receive(mail("Hi", "red\x1b[31m\x07words\u202e", message_id="<5@customer.test>"))
    number = gate.json("case", "list")[0]["number"]
    told = gate.out("case", "show", number)
    assert "words" in told
    assert not set("\x1b\x07\u202e") & set(told)


def test_one_endless_subject_does_not_widen_every_row_of_a_list(gate: Gate) -> None:
    with gate.world() as world:
        world.receive(mail("Re: [x] " * 1500, message_id="<5@customer.test>"))
    rows = gate.out("inbox", "list").splitlines()
    assert max(len(row) for row in rows) < 500
    assert any("Re: [x] Re: [x]" in row and "…" in row for row in rows)


def test_a_terminal_that_knows_only_ascii_gets_escapes_and_no_traceback(gate: Gate) -> None:
    with gate.world() as world:
        world.receive(mail("日本", message_id="<5@customer.test>"))
    command = [sys.executable, "-m", "mailgate", "case", "list", "--config", str(gate.config)]
    environ = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environ)
    assert "\\u65e5\\u672c" in done.stdout
    assert done.stderr == ""


def test_an_unknown_number_is_answered_in_words(gate: Gate) -> None:
    assert gate.error("case", "show", "2611999999", code=3) == "case 2611999999: there is no such number"
    assert gate.error("inbox", "show", "99", code=3) == "inbound 99: there is no such id"
    assert gate.error("outbox", "show", "99", code=3) == "outbox 99: there is no such id"
    assert gate.error("inbox", "show", "x", code=3) == "x: no mail has this Message-ID"


def test_looking_makes_no_store_and_says_how_to_get_one(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    for words in (["case", "list"], ["inbox", "list", "--json"], ["block", "list"], ["db", "check"]):
        error = gate.error(*words)
        assert "there is no store yet" in error
        assert "mailgate db upgrade --config ~/mailgate.toml" in error
    assert not (tmp_path / "mailgate.db").exists()


def test_an_empty_store_is_an_empty_list(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    gate.out("db", "upgrade")
    assert [gate.json(noun, "list") for noun in ("case", "inbox", "outbox", "block")] == [[], [], [], []]
    assert gate.out("case", "list") == "There are no cases yet.\n"
    assert gate.out("inbox", "list") == "No mail has come in yet.\n"
    assert gate.out("outbox", "list") == "No letter was written yet.\n"
    assert gate.out("block", "list") == "Nobody is blocked.\n"


def test_the_settings_may_be_named_by_the_environment(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner  # noqa: PLC0415 - the one test that sets the variable itself

    from mailgate.cli import main  # noqa: PLC0415 - as above

    monkeypatch.setenv("MAILGATE_CONFIG", str(gate.config))
    assert CliRunner().invoke(main, ["db", "check"]).exit_code == 0
    monkeypatch.delenv("MAILGATE_CONFIG")
    assert gate.run("db", "check", "--config", "/nowhere.toml", config=False).stderr == (
        "Error: /nowhere.toml: there is no such file\n"
    )
