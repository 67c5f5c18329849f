"""The daemon counts what it does and says it at SIGUSR1; its breaker holds and tells over the real outbox."""

from __future__ import annotations

import signal
import smtplib
from pathlib import Path

import pytest

from daemon import Daemon
from world import mail


def test_the_figures_are_logged_when_asked_for(tmp_path: Path) -> None:
    with Daemon(tmp_path) as daemon:
        daemon.says("ready")
        daemon.send(mail(), mail(message_id="<2@customer.test>"))
        with smtplib.SMTP("127.0.0.1", daemon.port, timeout=60) as client:
            client.ehlo("client.test")
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                client.sendmail("ann@customer.test", ["nobody@example.com"], mail())
        daemon.settled()
        daemon.signal(signal.SIGUSR1)
        said = daemon.says("figures")
        assert said['mails_stored{door="smtp"}'] == 2
        assert said['recipients_refused{door="smtp"}'] == 1
        assert said['mails_decided{outcome="filed"}'] == 2
        assert said["letters_sent"] == 2
        assert said["breakers_open"] == 0


def test_letters_beyond_the_breaker_are_held_until_they_are_released(tmp_path: Path) -> None:
    settings = '[operator]\naddress = "postmaster@example.net"\n[breaker]\nhourly = 2\n'
    with Daemon(tmp_path, extra=settings) as daemon:
        daemon.says("ready")
        daemon.send(*(mail(by=f"p{n}@n{n}.test", message_id=f"<{n}@n.test>") for n in range(5)))
        daemon.says("breaker open: letters are held")
        daemon.settled()
        states = [row["state"] for row in daemon.outbox() if row["kind"] == "confirmation"]
        assert states == ["sent", "sent", "held", "held", "held"]
        assert [row["to"] for row in daemon.outbox() if row["kind"] == "breaker_opened"] == ["postmaster@example.net"]
        daemon.signal(signal.SIGUSR1)
        said = daemon.says("figures")
        assert (said['letters_held{reason="breaker"}'], said["breakers_open"]) == (3, 1)
        assert daemon.run("outbox", "release", "--all").stdout.startswith("released: ")
        daemon.settled()
        assert len(daemon.sent()) == 6
