"""The real `mailgate serve`, used as its owners and their mail servers use it: doors, signals, neighbours, troubles."""

from __future__ import annotations

import os
import signal
import smtplib
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from daemon import Daemon, free_port
from gate import Talker
from mailgate.shipped import folder
from smtp_sink import Sink, standing
from world import mail

SUPPORT = "support@example.com"
CERTIFICATE = Path(__file__).with_name("localhost.pem")  # with its key


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    with Daemon(tmp_path) as running:
        yield running


def talk(daemon: Daemon) -> Talker:
    talker = Talker(socket.create_connection(("127.0.0.1", daemon.port)))
    talker.greet()
    return talker


def another(number: int = 2, body: str = "It burns.", **fields: str) -> bytes:
    return mail(f"Request {number}", body, message_id=f"<{number}@customer.test>", **fields)


def letters(daemon: Daemon) -> list[str]:
    return [path.read_text() for path in daemon.sent()]


def reader_of(daemon: Daemon) -> int | None:
    """The process that reads mail for the daemon."""
    assert daemon.process is not None
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it ended meanwhile
        if parent == daemon.process.pid:
            return int(stat.parent.name)
    return None


def test_one_mail_to_two_mailboxes_is_a_case_in_each(daemon: Daemon) -> None:
    with talk(daemon) as client:
        client.begin("support+new@example.com", "sales@example.com")
        assert client.say(mail().rstrip() + b"\r\n.") == "250 2.0.0 stored as 1, 2"
        assert client.say("QUIT").startswith("221")
    daemon.becomes("filed", 1, 2)
    cases = daemon.ask("case", "list")
    assert {(case["mailbox"], case["contact"], case["entries"]) for case in cases} == {
        ("support", "ann@customer.test", 1),
        ("sales", "ann@customer.test", 1),
    }
    daemon.wait(lambda: len(daemon.sent()) == 2, "both confirmations")


def test_an_lmtp_door_answers_for_each_recipient_and_refuses_strangers(tmp_path: Path) -> None:
    door = '[door.lmtp]\nprotocol = "lmtp"\nlisten = "unix:lmtp.sock"\n'
    with Daemon(tmp_path, extra=door) as daemon:
        daemon.wait((tmp_path / "lmtp.sock").exists, "the socket")
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(tmp_path / "lmtp.sock"))
        with Talker(connection) as client:
            client.greet("LHLO")
            client.say("MAIL FROM:<ann@customer.test>")
            answers = [client.say(f"RCPT TO:<{name}@example.com>")[:3] for name in ("support", "nobody", "sales")]
            assert answers == ["250", "550", "250"]
            client.say("DATA")
            client.send(mail().rstrip() + b"\r\n.\r\n")
            assert [client.reply(), client.reply()] == ["250 2.0.0 stored as 1", "250 2.0.0 stored as 2"]
        daemon.becomes("filed", 1, 2)
        assert daemon.stop() == 0
        assert not (tmp_path / "lmtp.sock").exists()


def test_a_door_with_a_certificate_offers_starttls_and_takes_mail_over_it(tmp_path: Path) -> None:
    port = free_port()
    door = f'[door.tls]\nprotocol = "smtp"\nlisten = "127.0.0.1:{port}"\ntls_cert_file = "{CERTIFICATE}"\n'
    with Daemon(tmp_path, extra=door) as daemon:
        daemon.says("ready")
        with smtplib.SMTP("localhost", port, timeout=60) as client:
            client.starttls(context=ssl.create_default_context(cafile=str(CERTIFICATE)))
            client.sendmail("ann@customer.test", [SUPPORT], mail())
        daemon.becomes("filed", 1)
        with smtplib.SMTP("127.0.0.1", daemon.port, timeout=60) as client:
            client.ehlo()
            assert not client.has_extn("starttls")


def test_sigterm_sends_the_idle_home_and_lets_a_mail_that_is_coming_in_finish(daemon: Daemon) -> None:
    with talk(daemon) as idle, talk(daemon) as busy:
        busy.begin(SUPPORT)
        busy.send(mail()[:100])
        daemon.signal(signal.SIGTERM)
        assert idle.reply().startswith("421 4.3.2")
        assert idle.reply() == ""
        daemon.wait(lambda: not daemon.listens(), "the door to close")
        busy.send(mail()[100:].rstrip() + b"\r\n.\r\n")
        assert busy.reply() == "250 2.0.0 stored as 1"
        assert busy.reply().startswith("421 4.3.2")
        assert daemon.process is not None
        assert daemon.process.wait(timeout=60) == 0
    assert [row["message_id"] for row in daemon.inbox()] == ["<1@customer.test>"]
    assert daemon.lines()[-1]["event"] == "stopped"
    daemon.start()
    daemon.becomes("filed", 1)


def test_sigterm_waits_for_letters_under_way_and_leaves_the_others_for_the_next_start(tmp_path: Path) -> None:
    sink, everybody = Sink(holding=True), [f"person{number}@customer.test" for number in range(60)]
    with standing(sink), Daemon(tmp_path, relay=f"smtp://127.0.0.1:{sink.port}") as daemon:
        daemon.send(*(another(number, by=f"<{address}>") for number, address in enumerate(everybody)))
        daemon.becomes("filed")
        daemon.wait(lambda: "DATA" in sink.commands, "a letter to be under way")
        daemon.signal(signal.SIGTERM)
        daemon.says("stopping")
        sink.holding = False
        assert daemon.process is not None
        assert daemon.process.wait(timeout=60) == 0
        taken = [recipient for _, recipient, _ in sink.taken]
        assert 0 < len(taken) < len(everybody)
        states = {row["to"]: row["state"] for row in daemon.outbox()}
        assert states == {address: "sent" if address in taken else "queued" for address in everybody}
        daemon.start()
        daemon.wait(lambda: len(sink.taken) >= len(everybody), "the others")
        daemon.wait(lambda: {row["state"] for row in daemon.outbox()} == {"sent"}, "the marks")
        assert sorted(recipient for _, recipient, _ in sink.taken) == sorted(everybody)


def test_sighup_brings_new_contacts_and_a_broken_file_changes_nothing(daemon: Daemon) -> None:
    policy, contacts = daemon.home / "policies" / "default.toml", daemon.home / "contacts.toml"
    policy.parent.mkdir()
    policy.write_text('[entitlement]\nneeds = ["contact"]\nothers = "hold"\n')
    daemon.signal(signal.SIGHUP)
    daemon.says("policies, templates, contacts and roster reloaded")
    daemon.send(another(1))
    daemon.wait(lambda: [row["reason"] for row in daemon.inbox()] == ["entitlement"], "the held mail")
    daemon.wait(lambda: [row["state"] for row in daemon.outbox()] == ["sent"], "the letter about what is missing")
    contacts.write_text('[[account]]\nname = "Example Ltd"\ndomains = ["customer.test", "customer1.test"]\n')
    with daemon.config.open("a") as settings:
        settings.write('\n[[engineer]]\naddress = "eve@engineers.test"\nname = "Eve"\n')
    daemon.signal(signal.SIGHUP)
    reloaded = daemon.says("policies, templates, contacts and roster reloaded", 2)
    assert reloaded["engineers"] == 1
    contacts.write_text('[[account]]\nnmae = "Example Ltd"\n')
    daemon.signal(signal.SIGHUP)
    assert (
        "contacts.toml:1: account[1]"
        in daemon.says("reload refused; the old policies, templates, contacts and roster stay")["why"]
    )
    daemon.send(another(2))
    daemon.wait(lambda: [row["reason"] for row in daemon.inbox()].count("opened") == 1, "the case of the account")


def test_sighup_brings_new_policies_and_templates_and_a_broken_file_changes_nothing(daemon: Daemon) -> None:
    shipped = (folder("config") / "policies" / "default.toml").read_text()
    policy, template = daemon.home / "policies" / "default.toml", daemon.home / "templates" / "letters" / "en"
    policy.parent.mkdir()
    template.mkdir(parents=True)
    policy.write_text(shipped.replace("An engineer will contact you shortly.", "Somebody rings you at noon."))
    own = '{% extends "shipped/letters/en/confirmation.txt.j2" %}'
    own += "{% block signature %}Greetings from the workshop.{% endblock %}"
    (template / "confirmation.txt.j2").write_text(own)
    daemon.signal(signal.SIGHUP)
    daemon.says("policies, templates, contacts and roster reloaded")
    daemon.send(another(1))
    daemon.wait(lambda: len(letters(daemon)) == 1, "the first letter")
    assert "Somebody rings you at noon." in letters(daemon)[0]
    assert "Greetings from the workshop." in letters(daemon)[0]

    refusal = "reload refused; the old policies, templates, contacts and roster stay"
    policy.write_text(shipped.replace("next_step", "nxt_step"))
    daemon.signal(signal.SIGHUP)
    line = daemon.says(refusal)
    assert line["level"] == "error"
    assert all(word in line["why"] for word in (str(policy), "texts.nxt_step", "next_step"))
    policy.write_text(shipped)
    (template / "confirmation.txt.j2").write_text("{{ nmae }}")
    daemon.signal(signal.SIGHUP)
    assert "confirmation.txt.j2" in daemon.says(refusal, 2)["why"]
    daemon.send(another(2))
    daemon.wait(lambda: len(letters(daemon)) == 2, "the second letter")
    assert "Somebody rings you at noon." in letters(daemon)[1]
    assert "Greetings from the workshop." in letters(daemon)[1]


def test_what_deliver_stores_beside_the_daemon_is_taken_up_in_a_moment(daemon: Daemon) -> None:
    deliver(daemon, another(1))
    began = time.monotonic()
    daemon.becomes("filed", 1)
    assert time.monotonic() - began < 10  # looked after each second; the rest is for slow machines


def test_what_deliver_stored_is_taken_up_by_a_daemon_that_starts_later(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path)
    deliver(daemon, another(1))
    assert [row["state"] for row in daemon.inbox()] == ["waiting"]
    with daemon:
        daemon.becomes("filed", 1)
        daemon.wait(lambda: len(daemon.sent()) == 1, "the confirmation")


def deliver(daemon: Daemon, data: bytes) -> None:
    command = [sys.executable, "-m", "mailgate", "deliver", "--config", str(daemon.config)]
    envelope = ["--sender", "ann@customer.test", "--recipient", SUPPORT]
    done = subprocess.run([*command, *envelope], input=data, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_daemon_goes_on_when_its_reader_is_killed(daemon: Daemon) -> None:
    daemon.send(another(1))
    daemon.becomes("filed", 1)
    first = reader_of(daemon)
    assert first is not None
    os.kill(first, signal.SIGKILL)
    daemon.send(another(2))
    daemon.becomes("filed", 2)
    assert {row["entries"] for row in daemon.ask("case", "list")} == {1}
    daemon.wait(lambda: len(daemon.sent()) == 2, "a letter for each: neither mail is unread")
    assert reader_of(daemon) not in {first, None}


def test_no_reader_outlives_a_daemon_that_is_killed(daemon: Daemon) -> None:
    daemon.send(another(1))
    reader = reader_of(daemon)
    assert reader is not None
    daemon.kill()
    daemon.wait(lambda: _ended(reader), "the reader to end")


def _ended(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_shelved_mail_stands_in_nobodys_way_and_inbox_replay_brings_it_back(daemon: Daemon) -> None:
    with closing(sqlite3.connect(daemon.home / "mailgate.db", timeout=20, isolation_level=None)) as database:
        # A bug of ours, for one mail alone.
        database.execute(
            "CREATE TRIGGER bug BEFORE INSERT ON entry WHEN new.text LIKE '%cursed%' "
            "BEGIN SELECT RAISE(ABORT, 'bug'); END"
        )
        cursed, *good = daemon.send(another(1, "cursed"), *(another(number) for number in range(2, 7)))
        daemon.becomes("filed", *good)

        def shelved() -> bool:
            # It would be tried again after 10 s; nobody waits for that here.
            database.execute("UPDATE inbound SET due_at = received_at WHERE state = 'waiting' AND lease_until IS NULL")
            return bool(daemon.inbox()[0]["state"] == "shelved")

        daemon.wait(shelved, "the mail to be shelved", pause=0.3)
        row = daemon.ask("inbox", "show", str(cursed))
        assert (row["reason"], row["attempts"]) == ("crashed", 3)
        assert "Traceback" in row["traceback"]
        failed = daemon.run("inbox", "replay", str(cursed))
        assert failed.returncode == 1
        assert "failed again" in failed.stderr
        database.execute("DROP TRIGGER bug")
        replayed = daemon.run("inbox", "replay", str(cursed))
    assert replayed.returncode == 0, replayed.stderr
    assert daemon.inbox()[0]["state"] == "filed"
    daemon.wait(lambda: len(daemon.sent()) == 6, "its letter, too")


def test_letters_wait_for_a_relay_that_is_down_and_go_when_it_is_up(tmp_path: Path) -> None:
    port = free_port()
    with Daemon(tmp_path, relay=f"smtp://127.0.0.1:{port}") as daemon:
        daemon.send(another(1))
        daemon.says("letter not taken; trying again")
        (letter,) = daemon.outbox()
        assert (letter["state"], letter["attempts"]) == ("queued", 1)
        with standing(Sink(port=port)) as sink:
            done = daemon.run("outbox", "retry", "--all")  # by itself it would go within a minute
            assert done.stdout == "queued again: 1\n"
            daemon.wait(lambda: len(sink.taken) == 1, "the letter")
            daemon.wait(lambda: daemon.outbox()[0]["state"] == "sent", "the mark")


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_demo_that_is_stopped_leaves_nothing_behind(tmp_path: Path, name: signal.Signals) -> None:
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    demo = subprocess.Popen(
        # Whoever runs the tests in the background of a script has SIGINT ignored, and so would the demo.
        ["env", "--default-signal=INT", sys.executable, "-m", "mailgate", "demo"],
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    until = time.monotonic() + 60
    while not (found := _standing(tmp_path)):
        assert time.monotonic() < until
        time.sleep(0.05)
    demo.send_signal(name)
    assert demo.wait(60) != 0
    assert list(tmp_path.iterdir()) == []
    assert [one for one in found if Path(f"/proc/{one}/cmdline").exists() and b"serve" in _words(one)] == []


def _standing(folder: Path) -> list[str]:
    """The processes whose command line names something in the folder."""
    numbers = [one.name for one in Path("/proc").iterdir() if one.name.isdecimal()]
    return [one for one in numbers if str(folder).encode() in _words(one)]


def _words(number: str) -> bytes:
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:  # it has ended meanwhile
        return b""


def test_the_demo_tells_of_each_mail_and_touches_nothing_real(tmp_path: Path) -> None:
    real = {"MAILGATE_STORE_URL": f"sqlite:///{tmp_path}/real.db", "MAILGATE_RELAY_URL": f"maildir:{tmp_path}/real"}
    command = [sys.executable, "-m", "mailgate", "demo"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, **real}, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for scene in (
        "asks for help",
        "its engineer hears",
        "folds the ref",
        "out-of-office",
        "byte for byte",
        "mailing list",
        "Japanese",
    ):
        assert scene in done.stdout
    relayed = done.stdout.partition("nothing of who or where he is:")[2].partition("──")[0]
    assert 'From: "Bob (Support)" <support@example.com>' in relayed
    assert "Pull the plug" in relayed
    assert not any(word in relayed for word in ("bob@", "Night", "0199", "/assign"))
    assert "ended with 0" in done.stdout
    assert "mailgate serve --config" in done.stdout
    assert list(tmp_path.iterdir()) == []
