"""A relay that is down, greylists, refuses one recipient, or hangs up after the dot, behind the real daemon."""

from __future__ import annotations

import email
from pathlib import Path

from daemon import Daemon, free_port
from ledger import Ledger, reconcile, taken_by
from smtp_sink import CUT, Sink, standing


def hurry(daemon: Daemon) -> None:
    """An operator does not wait for the pauses between attempts."""
    done = daemon.run("outbox", "retry", "--all")
    assert done.returncode == 0, done.stderr


def test_letters_wait_for_a_relay_that_is_down(tmp_path: Path) -> None:
    ledger, port = Ledger(), free_port()
    with Daemon(tmp_path, relay=f"smtp://127.0.0.1:{port}") as daemon:
        ledger.bring(daemon, range(20))
        daemon.says("letter not taken; trying again", 20)
        daemon.kill()
        daemon.start()
        with standing(Sink(port=port)) as sink:
            hurry(daemon)
            assert reconcile(daemon, range(20), taken_by(sink)) == []
            assert daemon.stop() == 0


def test_what_a_relay_puts_off_refuses_or_leaves_unsaid(tmp_path: Path) -> None:
    """One letter greylisted, one cut off after the dot, one whose recipient is refused."""
    script = {
        "RCPT TO:<person1@customer1.test>": ["451 4.7.1 greylisted", "250 fine"],
        "RCPT TO:<person3@customer3.test>": ["550 5.1.1 nobody here"],
        ".": ["250 fine", CUT, "250 fine"],
    }
    ledger = Ledger()
    with standing(Sink(script)) as sink, Daemon(tmp_path, relay=f"smtp://127.0.0.1:{sink.port}") as daemon:
        ledger.bring(daemon, [0])
        daemon.wait(lambda: len(sink.taken) == 1, "the first letter")
        ledger.bring(daemon, [1])
        daemon.says("letter not taken; trying again")
        ledger.bring(daemon, [2])
        daemon.says("letter not taken; trying again", 2)
        ledger.bring(daemon, [3])
        daemon.says("letter given up")
        hurry(daemon)
        daemon.wait(lambda: len(sink.taken) == 3, "what was put off")
        # `retry --all` has what was given up tried once more, too.
        states = ["failed", "sent", "sent", "sent"]
        daemon.wait(lambda: sorted(row["state"] for row in daemon.outbox()) == states, "the marks")
        rows = {row["to"]: row for row in daemon.outbox()}
        failed = rows["person3@customer3.test"]
        case = daemon.ask("case", "show", failed["case"])
        dead = daemon.ask("contact", "dead")
        assert daemon.stop() == 0
    ids = {recipient: str(email.message_from_bytes(message)["Message-ID"]) for _, recipient, message in sink.taken}
    assert ids == {to: row["message_id"] for to, row in rows.items() if to != "person3@customer3.test"}
    assert sum(command.startswith("RCPT TO:<person2@") for command in sink.commands) == 2, "cut off, and sent again"
    assert failed["state"] == "failed"
    assert "550 5.1.1 nobody here" in str(case["history"])
    assert [one["address"] for one in dead] == ["person3@customer3.test"]
