"""Time itself at the real `mailgate serve`: what is due is taken, and a reloaded policy reaches the cases there are."""

from __future__ import annotations

import email
import email.policy
import signal
from pathlib import Path

from daemon import Daemon
from world import mail

POLICY = """\
title = "Quick"

[[level]]
level = 1
name = "Desk"
queue = "desk@example.net"

[[priority]]
level = 3
name = "Medium"
response = "never"
activated = "{activated}"

[letters]
confirmation = false
desk = false
"""


def house(home: Path, activated: str) -> Daemon:
    write(home, activated)
    return Daemon(home, extra='\n[mailbox.quick]\naddress = "quick@example.com"\npolicy = "quick"\n')


def write(home: Path, activated: str) -> None:
    (home / "policies").mkdir(exist_ok=True)
    (home / "policies" / "quick.toml").write_text(POLICY.format(activated=activated))


def told(daemon: Daemon) -> str:
    """The letter to the desk, once it has left over the relay."""
    (file,) = daemon.wait(daemon.sent, "a letter to leave")
    letter = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    return f"{letter['To']}: {letter['Subject']}"


def test_what_is_due_leaves_over_the_relay_without_anybody_asking(tmp_path: Path) -> None:
    with house(tmp_path, "0 minutes") as daemon:
        daemon.send(mail(), to="quick@example.com")
        assert "desk@example.net" in told(daemon)
        assert daemon.stop() == 0


def test_a_reloaded_policy_is_that_of_the_cases_there_are(tmp_path: Path) -> None:
    with house(tmp_path, "never") as daemon:
        (mail_id,) = daemon.send(mail(), to="quick@example.com")
        daemon.becomes("filed", mail_id)
        assert daemon.sent() == []
        write(tmp_path, "0 minutes")
        daemon.signal(signal.SIGHUP)
        assert "the beginning of work is due now" in told(daemon)
        assert daemon.says("cases are looked at again under a changed policy")["policy"] == "quick"


def test_what_came_due_while_the_daemon_was_down_is_taken_at_its_start(tmp_path: Path) -> None:
    with house(tmp_path, "never") as daemon:
        (mail_id,) = daemon.send(mail(), to="quick@example.com")
        daemon.becomes("filed", mail_id)
        assert daemon.stop() == 0
        write(tmp_path, "0 minutes")
        daemon.start()
        assert "desk@example.net" in told(daemon)
