"""What a person sets in motion by hand happens once, is told in one line, and stands in the books."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from commands import Gate
from mailgate.clock import SystemClock
from mailgate.store import claims, keep
from mailgate.store.lease import MAX_LEASE
from world import mail


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    gate = Gate(tmp_path)
    gate.out("db", "upgrade")
    return gate


def one_case(gate: Gate) -> str:
    with gate.world() as world:
        world.receive(mail())
        return str(world.cases[0]["number"])


def an_auto_reply(gate: Gate) -> int:
    with gate.world() as world:
        return world.receive(mail("Away", message_id="<9@customer.test>", auto_submitted="auto-replied"))


def test_a_case_is_set_and_its_history_says_by_whom(gate: Gate) -> None:
    number = one_case(gate)
    told = gate.out("case", "set", number, "--status", "waiting", "--priority", "1")
    assert told == f"#{number}: priority: 3 → 1; status: new → waiting\n"
    case = gate.json("case", "show", f"#{number}")
    assert (case["status"], case["priority"]) == ("waiting", 1)
    assert [(line["kind"], line["actor"]) for line in case["history"]][1:] == [("status", "operator")] * 2
    assert gate.out("case", "close", number) == f"#{number}: status: waiting → closed\n"
    assert gate.out("case", "close", number) == f"#{number}: it was so already\n"


def test_a_case_is_not_set_to_what_its_policy_does_not_have(gate: Gate) -> None:
    number = one_case(gate)
    assert (
        gate.error("case", "set", number, "--priority", "7") == 'policy "default" has no priority 7; it has 1, 2, 3, 4'
    )
    assert gate.error("case", "set", number, "--status", "lost", code=2).startswith("Invalid value for '--status'")
    assert gate.error("case", "set", number, code=2) == (
        "say what to set: --status, --priority, --owner, ... (`mailgate case set --help`)"
    )
    assert gate.error("case", "set", "2611999999", "--priority", "1", code=3) == (
        "case 2611999999: there is no such number"
    )
    assert gate.json("case", "show", number)["priority"] == 3


def test_a_held_mail_is_held_again_by_replay_and_let_in_by_release(gate: Gate) -> None:
    held = an_auto_reply(gate)
    assert gate.out("inbox", "replay", str(held)) == f"mail {held}: held (auto_reply: an automatic answer)\n"
    story = gate.json("inbox", "release", str(held))
    number = story["decision"]["case"]
    assert (story["decision"]["outcome"], story["decision"]["letters"]) == ("filed", [])
    shown = gate.json("inbox", "show", str(held))
    assert (shown["state"], shown["case"], shown["released_by"]) == ("filed", number, "operator")
    assert gate.error("inbox", "replay", str(held)) == f"inbound {held} is filed: it cannot be brought back"
    assert gate.error("inbox", "release", "99", code=3) == "inbound 99: there is no such id"


def test_what_replay_and_release_would_come_to_is_said_and_nothing_is_done(gate: Gate) -> None:
    away = mail("Away", "Back soon", message_id="<3@customer.test>", auto_submitted="auto-replied")
    with gate.world() as world:
        world.receive(away)
    before = gate.json("inbox", "list"), gate.json("case", "list"), gate.json("outbox", "list")
    assert gate.out("inbox", "replay", "1", "--dry-run").startswith("mail 1 would be held (auto_reply: ")
    assert gate.out("inbox", "release", "1", "--dry-run").startswith("mail 1 would be filed on case (new), now new (")
    assert (gate.json("inbox", "list"), gate.json("case", "list"), gate.json("outbox", "list")) == before
    gate.out("inbox", "release", "1")
    assert gate.error("inbox", "release", "1", "--dry-run") == "inbound 1 is filed: it cannot be brought back"


def test_a_dry_release_names_the_letters_that_it_would_send(gate: Gate) -> None:
    gate.out("db", "upgrade")
    gate.out("block", "add", "customer.test")
    with gate.world() as world:
        world.receive(mail())
    told = gate.out("inbox", "release", "1", "--dry-run").splitlines()
    assert told[0].startswith("mail 1 would be filed on case (new), now new (opened: ")
    assert told[1:] == ["letter: confirmation to ann@customer.test"]


def test_a_shelved_mail_shows_its_traceback_and_comes_back_by_replay(gate: Gate) -> None:
    with gate.world() as world:
        shelved = world.receive(mail(), process=False)
        with world.store.write() as connection:
            keep.shelve(connection, shelved, "Traceback: bang", world.clock.now())
    assert "Traceback: bang" in gate.run("inbox", "show", str(shelved)).stdout
    assert "Traceback: bang" in gate.run("explain", str(shelved), "--trace").stdout
    told = gate.out("inbox", "replay", str(shelved))
    (case,) = gate.json("case", "list")
    assert told == f"mail {shelved}: filed on case {case['number']}, now new (opened: a new case is opened)\n"


def test_a_dropped_mail_stays_in_the_books(gate: Gate) -> None:
    held = an_auto_reply(gate)
    assert gate.out("inbox", "drop", str(held), "--dry-run").startswith(f"would drop: mail {held}, held, from ann@")
    assert gate.json("inbox", "list")[0]["state"] == "held"
    assert gate.out("inbox", "drop", str(held)).startswith(f"dropped: mail {held}, held, from ann@customer.test: ")
    assert gate.json("inbox", "list")[0]["state"] == "dropped"
    assert "It was set aside by hand" in gate.out("explain", str(held))
    assert "for good" not in gate.out("inbox", "drop", "--help", config=False), "`inbox replay` brings it back"
    assert gate.error("inbox", "drop", "99", code=3) == "inbound 99: there is no such id"


def test_failed_letters_are_queued_again_one_or_all(gate: Gate) -> None:
    with gate.world() as world:
        for number in ("1", "2", "3"):
            world.receive(mail(message_id=f"<{number}@customer.test>"))
        with world.store.write() as connection:
            keep.mark_failed(connection, 1, "550 no", world.clock.now())
            keep.mark_failed(connection, 2, "550 no", world.clock.now())
            keep.mark_sent(connection, [3], world.clock.now())
    assert "550 no" in gate.out("outbox", "show", "1")
    assert gate.out("outbox", "retry", "1") == "queued again: 1\n"
    assert gate.out("outbox", "retry", "--all") == "queued again: 2\n"
    assert gate.out("outbox", "retry", "--all") == "No letter has failed or was put off.\n"
    assert [row["state"] for row in gate.json("outbox", "list")] == ["sent", "queued", "queued"]
    assert gate.error("outbox", "retry", "3") == "outbox 3 is sent: it cannot be queued again"
    assert gate.error("outbox", "retry", code=2) == "say which: IDs, or --all"
    assert gate.error("outbox", "retry", "1", "--all", code=2) == "say which: IDs, or --all"


def test_letters_that_the_relay_put_off_are_queued_now_by_all(gate: Gate) -> None:
    with gate.world() as world:
        for number in ("1", "2"):
            world.receive(mail(message_id=f"<{number}@customer.test>"))
        with world.store.write() as connection:
            keep.retry_outbox(connection, 2, "connection refused", world.clock.now() + timedelta(hours=4))
    assert gate.out("outbox", "retry", "--all") == "queued again: 2\n"
    assert {row["attempts"] for row in gate.json("outbox", "list")} == {0}


def test_a_letter_that_is_under_way_is_left_alone(gate: Gate) -> None:
    with gate.world() as world:
        for number in ("1", "2"):
            world.receive(mail(message_id=f"<{number}@customer.test>"))
        now = SystemClock().now()
        with world.store.write() as connection:
            keep.retry_outbox(connection, 1, "connection refused", now)
            keep.retry_outbox(connection, 2, "connection refused", now + timedelta(hours=4))
            assert [one.id for one in claims.claim_outbox(connection, "daemon/1/1", 20, now, MAX_LEASE)] == [1]
    assert gate.error("outbox", "retry", "1") == "outbox 1 is being sent at this moment; look again in a minute"
    assert gate.out("outbox", "retry", "--all") == "queued again: 2\n"
    assert [row["attempts"] for row in gate.json("outbox", "list")] == [0, 1]


def test_a_blocked_sender_is_held_until_he_is_blocked_no_more(gate: Gate) -> None:
    assert gate.out("block", "add", "@Customer.TEST") == "blocked: customer.test\n"
    assert gate.out("block", "add", "customer.test") == "customer.test was blocked already\n"
    with gate.world() as world:
        held = world.receive(mail())
    assert gate.json("inbox", "show", str(held))["reason"] == "block"
    (row,) = gate.json("block", "list")
    assert (row["pattern"], row["by"]) == ("customer.test", "operator")
    assert "customer.test" in gate.out("block", "list")
    assert gate.out("block", "remove", "customer.test") == "no longer blocked: customer.test\n"
    assert gate.error("block", "remove", "customer.test", code=3).startswith("customer.test is not blocked")
    assert "a new case is opened" in gate.out("inbox", "replay", str(held))


@pytest.mark.parametrize("sender", ["", "ann", "a b@example.org", "*", "*@example.org", "a@b@c.org", "https://x.org/"])
def test_what_is_no_sender_cannot_be_blocked(gate: Gate, sender: str) -> None:
    assert 'is no address, domain or "*.domain"' in gate.error("block", "add", sender, code=2)


def test_every_sort_of_sender_can_be_blocked(gate: Gate) -> None:
    for sender in ("Ann@Customer.test", "customer.test", "*.customer.test", "<bob@customer.test>"):
        gate.out("block", "add", sender)
    assert [row["pattern"] for row in gate.json("block", "list")] == [
        "*.customer.test",
        "ann@customer.test",
        "bob@customer.test",
        "customer.test",
    ]
    assert "mailbox of ours" in gate.error("block", "add", "support@example.com")


def test_the_database_is_made_once_and_then_there_is_nothing_to_do(gate: Gate) -> None:
    assert gate.out("db", "upgrade").endswith(": nothing to do\n")
    assert gate.out("db", "check").endswith(": the schema is this version's, and all is there\n")


def test_acting_makes_no_store_either(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    for words in (["inbox", "replay", "1"], ["case", "close", "2611000001"], ["block", "add", "a.example"]):
        assert "there is no store yet" in gate.error(*words)
    assert not (tmp_path / "mailgate.db").exists()


def test_tokens_are_revoked_and_a_mistyped_address_is_not_told_as_done(gate: Gate) -> None:
    number = one_case(gate)
    told = gate.error("case", "revoke", number, "--of", "anne@customer.test")
    assert "no letter to anne@customer.test" in told
    told = gate.out("case", "revoke", f"#{number}", "--of", "Ann@customer.test")
    assert told == f"#{number}: the reply tokens of Ann@customer.test were revoked (letters: 1)\n"
    assert "nothing to revoke" in gate.error("case", "revoke", number)
    assert "no such number" in gate.error("case", "revoke", "2611999999", code=3)
