"""Doors that fetch, through the real `mailgate serve`: from the folder to the case, the answer, and a second node."""

from __future__ import annotations

import signal
import time
from contextlib import closing
from pathlib import Path

from daemon import Daemon
from dovecot import Dovecot, gate
from imap_bench import mail
from mailgate.store.db import open_store, upgrade


def test_a_mail_in_a_folder_becomes_a_case_and_is_answered(tmp_path: Path) -> None:
    with Dovecot() as server, gate(tmp_path, server, more='after = "move"\nmax_message_bytes = 65536\n') as daemon:
        server.put(mail(1), mail(2, size=200_000))
        daemon.wait(lambda: len(daemon.inbox()) == 2, "both mails")
        small, big = daemon.settled()[::-1]
        assert (small["state"], small["reason"]) == ("filed", "opened")
        assert (big["state"], big["reason"], big["message_id"]) == ("held", "too_big", "<2@customer.test>")
        assert len(daemon.sent()) == 1
        daemon.wait(lambda: len(server.folder("Mailgate")) == 2, "both to be moved")
        released = daemon.run("inbox", "release", str(big["id"]))
        assert "too big: 2" in str(daemon.ask("case", "show", daemon.inbox()[1]["case"])), released
        assert daemon.stop() == 0


def test_another_node_takes_a_mailbox_over_from_one_that_is_killed(postgres_url: str, tmp_path: Path) -> None:
    with (
        Dovecot() as server,
        gate(tmp_path / "a", server, postgres_url) as first,
        gate(tmp_path / "b", server, postgres_url) as second,
    ):
        server.put(mail(1))
        first.becomes("filed")
        assert second.lines("mailbox connected") == []
        first.kill()
        server.put(mail(2))
        second.wait(lambda: len(second.inbox()) == 2, "the second node", 90)
        second.becomes("filed")
        assert [row["message_id"] for row in second.inbox()] == ["<1@customer.test>", "<2@customer.test>"]


def test_a_maildir_is_emptied_into_cases(tmp_path: Path) -> None:
    extra = '\n[door.box]\nprotocol = "maildir"\nurl = "maildir:in"\nmailbox = "sales"\nmax_message_bytes = 65536\n'
    new = tmp_path / "in" / "new"
    new.mkdir(parents=True)
    for number in range(1, 6):
        (new / f"{number}.host").write_bytes(mail(number).replace(b"\r\n", b"\n"))
    (new / "6.host").write_bytes(mail(6, size=200_000))
    with Daemon(tmp_path, extra=extra) as daemon:
        daemon.wait(lambda: len(daemon.inbox()) == 6, "six mails")
        rows = daemon.settled()
        daemon.wait(lambda: not list(new.iterdir()), "new/ to be empty")
        assert min(file.name for file in (tmp_path / "in" / "cur").iterdir()) == "1.host:2,"
        assert {row["mailbox"] for row in rows} == {"sales"}
        assert sorted((row["reason"]) for row in rows) == ["opened"] * 5 + ["too_big"]
        # A crash between the commit and the move: the same file once more.
        (tmp_path / "in" / "cur" / "1.host:2,").rename(new / "1.host")
        daemon.wait(lambda: not list(new.iterdir()), "new/ to be empty again")
        assert len(daemon.inbox()) == 6
        assert daemon.stop() == 0


def test_an_old_mailbox_comes_in_once_and_is_not_answered(tmp_path: Path) -> None:
    box = tmp_path / "old.mbox"
    mails = [mail(number).replace(b"\r\n", b"\n") + b"\n>From here on\n>>From quoted\n" for number in range(1, 251)]
    box.write_bytes(b"".join(b"From ann@customer.test Thu Nov 19 09:00:00 2026\n" + one + b"\n" for one in mails))
    with Daemon(tmp_path) as daemon:
        said = daemon.run("import", "mbox", str(box), "--mailbox", "support", "--dry-run")
        assert said.stdout == "250 would come in for support, 0 had come before\n", said.stderr
        assert daemon.inbox() == []
        said = daemon.run("import", "mbox", str(box), "--mailbox", "support")
        assert said.stdout == "250 came in for support, 0 had come before\n", said.stderr
        daemon.becomes("filed")
        said = daemon.run("import", "mbox", str(box), "--mailbox", "support")
        assert said.stdout == "0 came in for support, 250 had come before\n"
        assert (len(daemon.ask("case", "list")), daemon.outbox()) == (250, [])
        case = daemon.ask("case", "show", daemon.inbox()[0]["case"])
        assert case["history"][0]["text"].endswith("From here on\n>From quoted")
        refused = daemon.run("import", "mbox", str(daemon.config), "--mailbox", "support")
        assert "is no mbox file" in refused.stderr
        unsaid = daemon.run("import", "mbox", str(box))
        assert "--mailbox sales or support" in unsaid.stderr


def test_an_old_maildir_is_answered_only_where_asked_for(tmp_path: Path) -> None:
    cur = tmp_path / "old" / "cur"
    cur.mkdir(parents=True)
    (cur / "1:2,S").write_bytes(mail(1))
    (tmp_path / "x").mkdir()
    with Daemon(tmp_path) as daemon:
        said = daemon.run("import", "maildir", str(tmp_path / "old"), "--mailbox", "support", "--letters")
        assert said.stdout == "1 came in for support, 0 had come before\n", said.stderr
        daemon.settled()
        assert len(daemon.outbox()) == 1
        assert "is no maildir" in daemon.run("import", "maildir", str(tmp_path / "x"), "--mailbox", "support").stderr


def test_a_restarted_daemon_need_not_wait_for_its_own_lease(tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path}/mailgate.db")) as store:
        upgrade(store)
    with Dovecot() as server, gate(tmp_path, server) as daemon:
        daemon.says("mailbox connected")
        daemon.kill()
        daemon.start()
        daemon.says("mailbox connected", 2)
        server.put(mail(1))
        daemon.becomes("filed")


def test_the_operator_hears_once_of_a_mailbox_that_stalls_and_once_when_it_recovers(tmp_path: Path) -> None:
    operator = 'stall_minutes = 1\n[operator]\naddress = "pm@example.net"\n'
    with Dovecot() as server, gate(tmp_path, server, more=operator) as daemon:
        server.stop()
        daemon.wait(lambda: len(daemon.sent()) == 1, "the first letter", 100)
        (stalled,) = daemon.sent()
        assert "Subject: mailgate: the mailbox of door inbox cannot be read\n" in stalled.read_text()
        assert stalled.read_text().startswith("Return-Path: <>\nDelivered-To: pm@example.net\n")
        assert daemon.lines("mailbox cannot be read")[0]["level"] == "error"
        daemon.signal(signal.SIGUSR1)
        assert daemon.says("figures")['mailbox_stalled{door="inbox"}'] == 1
        daemon.kill()
        daemon.start()
        server.start()
        daemon.wait(lambda: len(daemon.sent()) == 2, "the second letter", 60)
        time.sleep(6)  # one more round of the watch
        assert [row["kind"] for row in daemon.outbox()] == ["mailbox_stalled", "mailbox_recovered"]
        assert len({row["message_id"] for row in daemon.outbox()}) == 2
        daemon.signal(signal.SIGUSR1)
        assert daemon.says("figures", 2)['mailbox_stalled{door="inbox"}'] == 0
