"""Lists are narrowed by what people ask for, and read page by page; names are taken in the forms in which people have
them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from commands import Gate
from mailgate.clock import SystemClock
from mailgate.policy.load import load_policy
from mailgate.store import keep
from world import World, mail


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """Four cases, opened an hour apart, the last an hour ago; of the first a second mail, and one that was held."""
    gate = Gate(tmp_path)
    with gate.world() as world:
        world.clock.time = SystemClock().now() - timedelta(hours=4)
        for n, (who, subject) in enumerate(
            (("ann", "Printer on fire"), ("bob", "Printer 100% dead"), ("ann", "Invoice"), ("cid", "Other"))
        ):
            to = "sales@example.com" if subject == "Invoice" else "support@example.com"
            text = mail(subject, by=f"{who}@{who}.test", message_id=f"<{n}@x.test>")
            world.receive(text, to=to, sender=f"{who}@{who}.test")
            world.clock.time += timedelta(hours=1)
        world.receive(mail("Away", by="cid@cid.test", message_id="<9@x.test>", auto_submitted="auto-replied"))
        with world.store.write() as connection:
            keep.mark_sent(connection, [1], world.clock.now())
    return gate


def subjects(gate: Gate, *words: str) -> list[str]:
    return [row["subject"] for row in gate.json("case", "list", *words)]


def test_cases_are_narrowed_by_what_they_are(gate: Gate) -> None:
    first, second, *_ = reversed([row["number"] for row in gate.json("case", "list")])
    gate.out("case", "set", first, "--status", "waiting", "--priority", "1")
    gate.out("case", "set", second, "--owner", "eve@engineers.test")
    gate.out("case", "close", second)
    assert subjects(gate, "--status", "waiting", "--status", "closed") == ["Printer 100% dead", "Printer on fire"]
    assert subjects(gate, "--open") == ["Other", "Invoice", "Printer on fire"]
    assert subjects(gate, "--closed") == ["Printer 100% dead"]
    assert subjects(gate, "--priority", "1", "--priority", "2") == ["Printer on fire"]
    assert subjects(gate, "--mailbox", "sales") == ["Invoice"]
    assert subjects(gate, "--contact", "Ann@ann.TEST") == ["Invoice", "Printer on fire"]
    assert subjects(gate, "--owner", "eve@engineers.test") == ["Printer 100% dead"]
    assert subjects(gate, "--unowned", "--subject", "PRINTER") == ["Printer on fire"]
    assert subjects(gate, "--subject", "100% d") == ["Printer 100% dead"]
    assert subjects(gate, "--subject", "1_0") == []
    assert subjects(gate, "--opened-after", "130m") == ["Other", "Invoice"]
    assert subjects(gate, "--opened-before", "130m", "--contact", "ann@ann.test") == ["Printer on fire"]
    assert subjects(gate, "--opened-before", "2020-01-01") == []


def test_cases_to_which_time_brings_something_soon_are_found(gate: Gate) -> None:
    due = {row["number"]: gate.json("case", "show", row["number"])["next_due_at"] for row in gate.json("case", "list")}
    soonest = min(filter(None, due.values()))
    assert [row["number"] for row in gate.json("case", "list", "--due", soonest)] == [
        number for number, at in due.items() if at == soonest
    ]
    assert subjects(gate, "--due", "2020-01-01") == []


def test_overdue_cases_and_those_on_a_rung_are_found(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    folder = gate.home / "policies"
    folder.mkdir()
    (folder / "default.toml").write_text(
        '[opening]\npriority = 3\n[[priority]]\nlevel = 3\nname = "Any"\nresponse = "1 hour"\n'
        '[[escalation.rung]]\nname = "Lead"\nto = ["lead@engineers.test"]\n'
    )
    policy = load_policy(folder / "default.toml")
    with gate.world() as made:
        world = World(made.store, policy, now=SystemClock().now() - timedelta(days=9))
        for n in range(3):
            world.receive(mail(f"Printer {n}", message_id=f"<{n}@customer.test>"))
        _, second, third = (str(case["number"]) for case in world.cases)
    gate.out("case", "set", second, "--answered")
    gate.out("case", "set", third, "--escalate")
    assert subjects(gate, "--overdue") == ["Printer 2", "Printer 0"]
    assert subjects(gate, "--rung", "1") == ["Printer 2"]
    assert subjects(gate, "--rung", "2") == []


def test_mails_and_letters_are_narrowed(gate: Gate) -> None:
    def inbox(*words: str) -> list[int]:
        return [row["id"] for row in gate.json("inbox", "list", *words)]

    assert inbox("--state", "held", "--state", "waiting") == [5]
    assert inbox("--reason", "auto_reply") == [5]
    assert inbox("--from", "Cid@cid.test") == [5, 4]
    assert inbox("--from", "ann.test", "--mailbox", "sales") == [3]
    assert inbox("--from", "nn.test") == []
    assert inbox("--since", "90m") == [5, 4]
    assert inbox("--before", "90m", "--state", "filed") == [3, 2, 1]

    def outbox(*words: str) -> list[str]:
        return [row["to"] for row in gate.json("outbox", "list", *words)]

    assert outbox("--state", "sent") == ["ann@ann.test"]
    assert outbox("--state", "queued", "--to", "ann.test") == ["ann@ann.test"]
    assert outbox("--to", "BOB@bob.test", "--kind", "confirmation") == ["bob@bob.test"]
    assert outbox("--kind", "reply") == []
    number = gate.json("case", "list", "--subject", "Other")[0]["number"]
    assert outbox("--case", f"#{number}") == ["cid@cid.test"]
    assert outbox("--since", "30m") == []


def test_a_slip_in_an_option_is_told_and_no_empty_list(gate: Gate) -> None:
    assert gate.error("case", "list", "--mailbox", "suport", code=2).endswith('did you mean "support"?')
    assert "needs a calendar" in gate.error("inbox", "list", "--since", "2 business days", code=2)
    assert "is no moment" in gate.error("inbox", "list", "--since", "yesterday", code=2)
    assert gate.error("case", "list", "--owner", "a@b.test", "--unowned", code=2).endswith("exclude each other")
    assert "--unowned" in gate.run("case", "list", "--unownd").stderr


@pytest.mark.parametrize("noun", ["case", "inbox", "outbox"])
def test_pages_one_after_the_other_are_the_whole_list(gate: Gate, noun: str) -> None:
    whole = gate.json(noun, "list")
    key = "number" if noun == "case" else "id"
    pages = list(whole[:0])
    after: list[str] = []
    while page := gate.json(noun, "list", "--limit", "2", *after):
        pages += page
        after = ["--after", str(page[-1][key])]
    assert pages == whole
    told = gate.out(noun, "list", "--limit", "2").splitlines()
    assert told[-1] == f"There are more: --after {whole[1][key]}"
    assert "There are more" not in gate.out(noun, "list", "--limit", str(len(whole)))


def test_pages_of_several_statuses_keep_the_order(gate: Gate) -> None:
    second = gate.json("case", "list")[2]["number"]
    gate.out("case", "close", second)
    both = ("--status", "closed", "--status", "new")
    assert subjects(gate, *both, "--limit", "3") == ["Other", "Invoice", "Printer 100% dead"]
    assert subjects(gate, *both, "--limit", "3", "--after", second) == ["Printer on fire"]
    assert gate.error("case", "list", "--after", "2699999999", code=3).startswith("case 2699999999")


def test_a_case_is_named_by_number_or_ref_in_any_form(gate: Gate) -> None:
    case = gate.json("case", "list")[0]
    key = case["ref"].partition("._")[2].removesuffix(":ref")
    for name in (case["number"], f"#{case['number']}", case["ref"], case["ref"].lower(), key, f"Re: x {case['ref']}"):
        assert gate.json("case", "show", name)["number"] == case["number"]
    number = case["number"]
    slip = number[:-2] + number[-1] + number[-2]
    assert number in gate.error("case", "show", slip, code=3)
    assert gate.error("case", "show", "4", code=3).endswith(f"did you mean {number}?")
    assert gate.error("case", "show", "500" + "0" * 13, code=3).endswith("no case has this ref")
    assert gate.error("case", "show", "printer", code=3).endswith("a number is like 2611000001")


def test_a_mail_is_named_by_id_message_id_or_entry_and_a_letter_by_its_key(gate: Gate) -> None:
    number = gate.json("case", "list", "--subject", "Other")[0]["number"]
    for name in ("4", "#4", "<3@x.test>", "3@x.test", f"{number}/1"):
        assert gate.json("inbox", "show", name)["id"] == 4
    assert gate.error("inbox", "show", number, code=3).endswith(f"that is a case, and its first entry is {number}/1")
    assert "no mail brought such an entry" in gate.error("inbox", "show", f"{number}/7", code=3)
    letter = gate.json("outbox", "show", "1")
    assert [gate.json("outbox", "show", one)["id"] for one in (letter["key"], letter["message_id"])] == [1, 1]
    assert gate.error("outbox", "show", "9" * 30, code=3).endswith("there is no such id")


def test_several_are_acted_on_at_once_and_one_that_fails_keeps_none_from_it(gate: Gate) -> None:
    numbers = [row["number"] for row in gate.json("case", "list")]
    done = gate.run("case", "close", numbers[0], "2699999999", f"#{numbers[1]}")
    assert done.exit_code == 3
    assert done.stdout.count("→ closed") == 2
    assert done.stderr == "Error: case 2699999999: there is no such number\n"
    listed = gate.out("case", "list", "--open", "--limit", "1")
    assert "There are more" in listed
    done = gate.run("case", "close", "-", stdin=listed.encode())
    assert (done.exit_code, done.stdout.count("→ closed"), done.stderr) == (0, 1, "")
    done = gate.run("case", "close", "-", stdin=f"\n{numbers[3]}  and more\n\n#{numbers[2]}\n".encode())
    assert (done.exit_code, done.stderr) == (0, "")
    assert gate.json("case", "list", "--open") == []
    assert gate.run("case", "close", "-", stdin=b"\n").exit_code == 2
    released = gate.run("inbox", "release", "5", "1", "--json")
    assert released.exit_code == 1
    assert json.loads(released.stdout)["decision"]["outcome"] == "filed"
    assert gate.out("outbox", "drop", "2", "3", "--dry-run").count("would drop") == 2
    assert gate.out("block", "add", "a.test", "b.test").splitlines() == ["blocked: a.test", "blocked: b.test"]


def test_what_destroys_can_be_tried_and_changes_nothing(gate: Gate) -> None:
    first, *_ = reversed([row["number"] for row in gate.json("case", "list")])
    with gate.world() as world:
        world.clock.time = SystemClock().now()
        reply = mail("Re", "More.", by="ann@ann.test", message_id="<7@x.test>", in_reply_to="<0@x.test>")
        world.receive(reply, sender="ann@ann.test")
        world.receive(mail("Again", by="ann@ann.test", message_id="<8@x.test>"), sender="ann@ann.test")
        last = max(str(case["number"]) for case in world.cases)
    gate.out("block", "add", "a.test")
    before = [gate.json(*words, "list") for words in (("case",), ("inbox",), ("outbox",), ("block",))]
    shown = gate.json("case", "show", first)
    assert gate.out("case", "close", first, "--dry-run").startswith(f"would change: #{first}: status: new → closed")
    assert gate.out("case", "set", first, "--priority", "1", "--dry-run").startswith("would change")
    assert "ann@ann.test" in gate.out("case", "revoke", first, "--of", "ann@ann.test", "--dry-run")
    assert gate.out("inbox", "drop", "5", "--dry-run").startswith("would drop: mail 5, held")
    assert gate.error("inbox", "drop", "1", "--dry-run") == "inbound 1 is filed: it cannot be dropped"
    assert gate.out("block", "remove", "a.test", "--dry-run") == "would no longer be blocked: a.test\n"
    assert gate.out("case", "merge", first, last, "--dry-run") == (
        f"would merge: #{first} would be part of #{last}, with ann@ann.test\n"
    )
    split = gate.out("case", "split", first, "--entries", "2", "--dry-run")
    assert split.startswith(f"would split from #{first}: a new case, Re, of ann@ann.test; letters: confirmation")
    assert [gate.json(*words, "list") for words in (("case",), ("inbox",), ("outbox",), ("block",))] == before
    assert gate.json("case", "show", first)["history"] == shown["history"]


@pytest.mark.parametrize(
    "words", ["inbox list --after", "outbox list --limit", "case list --limit", "case list --priority"]
)
def test_a_number_that_no_database_takes_is_refused_in_words(gate: Gate, words: str) -> None:
    assert "is not in the range" in gate.error(*words.split(), "9" * 20, code=2)
