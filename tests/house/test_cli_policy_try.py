"""`policy try` plays the mail that came through another policy, and tells what comes otherwise; nothing is touched."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from commands import CONFIG, Gate
from mailgate.clock import SystemClock
from mailgate.mail.message import Authentication
from terminal import on_a_terminal
from world import ROOT, World, mail

DEFAULT = (ROOT / "config" / "policies" / "default.toml").read_text(encoding="utf-8")
URGENT = ("priority = 3    ", "priority = 1    ")
ENGINEER = "bob@engineers.test"
ROSTER = f'\n[[engineer]]\naddress = "{ENGINEER}"\nname = "Bob"\n'


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """Ten days ago a case with a reply on it, which answers our letter; five days ago an automatic mail, held."""
    gate = Gate(tmp_path)
    gate.config.write_text(CONFIG + ROSTER)
    with gate.world() as first:
        world = World(first.store, now=SystemClock().now() - timedelta(days=10), engineers=[ENGINEER])
        world.receive(mail("Printer on fire"), authentication=Authentication.PASS)
        world.deliver()
        confirmation = next(one for one in world.letters if "ann@customer.test" in one["To"])
        world.go_to(world.clock.time + timedelta(hours=1))
        reply = mail(
            f"Re: {confirmation['Subject']}", "Still.", message_id="<2@x.test>", in_reply_to=confirmation["Message-ID"]
        )
        world.receive(reply, to=str(confirmation["Reply-To"]), authentication=Authentication.PASS)
        world.go_to(world.clock.time + timedelta(days=5))
        world.receive(mail("Away", message_id="<3@x.test>", auto_submitted="auto-replied"))
    return gate


def draft(gate: Gate, *changes: tuple[str, str], name: str = "default") -> str:
    text = DEFAULT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    folder = gate.home / "drafts"
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.toml"
    file.write_text(text)
    return str(file)


def tried(gate: Gate, *words: str, code: int) -> dict[str, Any]:
    done = gate.run("policy", "try", *words, "--json")
    assert (done.exit_code, done.stderr) == (code, ""), done.output
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_the_same_policy_differs_in_nothing_and_ends_with_0(gate: Gate) -> None:
    said = tried(gate, draft(gate), code=0)
    assert (said["mails"], said["cases"]) == ([], [])
    assert said["sums"]["mails"] == 3
    assert said["sums"]["old"] == said["sums"]["new"]
    assert said["sums"]["old"]["held: auto_reply"] == 1
    assert said["sums"]["old"]["cases: new"] == 1, "the reply found its case by the letter that really left"
    told = gate.out("policy", "try", draft(gate))
    assert "3 mails played: 0 come otherwise; 0 cases end otherwise" in told
    assert "is not played" in told


def test_what_comes_otherwise_is_told_mail_by_mail_and_case_by_case(gate: Gate) -> None:
    number = gate.json("case", "list")[0]["number"]
    file = draft(gate, URGENT, ('auto_reply = "match_or_hold"', 'auto_reply = "quiet"'))
    said = tried(gate, file, code=1)
    first, *_, last = said["mails"]
    assert (last["id"], last["old"]["outcome"], last["new"]["outcome"]) == (3, "held", "filed")
    assert said["cases"][-1]["old"] is None, "a case that there never was"
    assert said["sums"]["old"]["held: auto_reply"] == 1
    assert "held: auto_reply" not in said["sums"]["new"]
    assert (first["id"], first["subject"]) == (1, "Printer on fire")
    assert (first["old"]["priority"], first["new"]["priority"]) == (3, 1)
    assert {"priority"} <= set(first["differs"])
    assert first["old"]["case"] == first["new"]["case"] == number
    lines = gate.run("policy", "try", file).stdout
    assert "mail 1 from ann@customer.test: Printer on fire" in lines
    assert "    priority: 3 → 1" in lines
    assert f"#{number}: Printer on fire" in lines
    assert "    outcome: held → filed" in lines
    assert "    next: " in lines
    assert "only under the new policy there is such a case" in lines


def test_nothing_is_written_and_no_letter_leaves(gate: Gate) -> None:
    database = gate.home / "mailgate.db"

    def content() -> str:
        return hashlib.sha256(b"".join(one.encode() for one in dump())).hexdigest()

    def dump() -> list[str]:
        import sqlite3  # noqa: PLC0415 - to look at every row, whatever its table

        with sqlite3.connect(database) as connection:
            return list(connection.iterdump())

    before = content()
    gate.run("policy", "try", draft(gate))
    assert content() == before
    assert not (gate.home / "sent").exists()


def test_only_mail_since_then_and_of_the_mailbox_is_played(gate: Gate) -> None:
    assert tried(gate, draft(gate), "--since", "6d", code=0)["sums"]["mails"] == 1
    assert tried(gate, draft(gate), "--mailbox", "sales", code=0)["sums"]["mails"] == 0
    assert gate.error("policy", "try", draft(gate), "--mailbox", "sals", code=2).endswith('did you mean "sales"?')
    assert gate.error("policy", "try", "nosuch", code=3).startswith('there is no policy "nosuch"')


def test_a_policy_of_another_name_stands_for_the_one_that_all_have(gate: Gate) -> None:
    assert tried(gate, draft(gate, name="other"), code=0)["sums"]["mails"] == 3
    gate.config.write_text(gate.config.read_text().replace("subaddress = true", 'subaddress = true\npolicy = "auvik"'))
    assert "--mailbox support | sales" in gate.error("policy", "try", draft(gate, name="other"))
    assert tried(gate, draft(gate, name="other"), "--mailbox", "sales", code=0)["sums"]["mails"] == 0


def test_answers_to_cases_from_before_find_them_as_they_stood(gate: Gate) -> None:
    number = gate.json("case", "list")[0]["number"]
    with gate.world() as first:
        world = World(first.store, now=SystemClock().now() - timedelta(days=2), engineers=[ENGINEER])
        world.set_status(number, "waiting")
        world.clock.time += timedelta(hours=1)
        confirmation = next(one for one in world.letters if "ann@customer.test" in one["To"])
        world.receive(
            mail("Re: x", "More.", message_id="<7@x.test>", in_reply_to=confirmation["Message-ID"]),
            to=str(confirmation["Reply-To"]),
            authentication=Authentication.PASS,
        )
        world.set_status(number, "closed")
    said = tried(gate, draft(gate), "--since", "3d", code=0)
    assert said["sums"]["mails"] == 1
    assert "cases: closed" not in said["sums"]["old"], "it was closed only after the mail, and by command"
    assert sum(count for name, count in said["sums"]["old"].items() if name.startswith("cases: ")) == 1


def test_an_engineers_answer_by_mail_is_played(gate: Gate) -> None:
    number = gate.json("case", "list")[0]["number"]
    with gate.world() as first:
        world = World(first.store, now=SystemClock().now() - timedelta(days=4), engineers=[ENGINEER])
        about = next(one for one in world.letters if ENGINEER in one["To"])
        answer = mail("Re: x", "Pull the plug.", by=ENGINEER, message_id="<5@e.test>", in_reply_to=about["Message-ID"])
        world.receive(answer, to=str(about["Reply-To"]), sender=ENGINEER, authentication=Authentication.PASS)
    assert gate.json("case", "show", number)["status"] == "waiting"
    said = tried(gate, draft(gate), code=0)
    assert said["sums"]["old"]["letters: reply"] == 1
    assert said["sums"]["old"]["cases: waiting"] == 1


def test_a_mail_that_was_let_in_by_hand_is_let_in(gate: Gate) -> None:
    gate.out("inbox", "release", "3")
    said = tried(gate, draft(gate), code=0)
    assert "held: auto_reply" not in said["sums"]["old"]


def test_a_mail_whose_bytes_are_gone_is_counted_and_left_out(gate: Gate) -> None:
    with gate.world() as world, world.store.write() as connection:
        connection.exec_driver_sql("DELETE FROM raw_mail WHERE sha256 = (SELECT sha256 FROM inbound WHERE id = 3)")
    said = tried(gate, draft(gate), code=0)
    assert (said["sums"]["mails"], said["sums"]["bytes_gone"]) == (2, 1)


def test_the_moments_are_those_at_which_the_mail_came(gate: Gate) -> None:
    said = tried(gate, draft(gate, URGENT), code=1)
    received = {row["id"]: row["received_at"] for row in gate.json("inbox", "list")}
    for one in said["mails"]:
        assert datetime.fromisoformat(one["received_at"]) == datetime.fromisoformat(received[one["id"]])


def test_a_terminal_sees_how_far_it_is_and_then_whole_lines(gate: Gate) -> None:
    told = on_a_terminal(gate, "policy", "try", draft(gate))
    assert "3/3" in told
    after = told.rpartition("\x1b[2K")[2]
    assert after.lstrip("\r\n").startswith("3 mails played: 0 come otherwise; 0 cases end otherwise\r\n")
