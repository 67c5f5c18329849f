"""The IMAP door against a real Dovecot: nothing is missed, nothing comes twice, whatever happens to the server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dovecot import CERTIFICATE, PASSWORD, Dovecot
from imap_bench import Reader, mail, mails, until
from mailgate.door_settings import Door
from mailgate.intake import fetch


@pytest.fixture
def server() -> Iterator[Dovecot]:
    with Dovecot() as dovecot:
        yield dovecot


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    return file


def door(server: Dovecot, secret: Path, **more: Any) -> Door:
    return Door("inbox", "imap", url=server.url, password_file=secret, ca_file=CERTIFICATE, **more)


def test_what_lies_there_is_fetched_whole_and_left_as_it_was(server: Dovecot, secret: Path, tmp_path: Path) -> None:
    sent = mails(1, 45)
    server.put(*sent)
    before = server.folder()
    with Reader(tmp_path, door(server, secret)) as reader:
        rows = reader.has(45)
        assert [row["data"] for row in rows] == sent
        assert [uid for _, uid, _ in reader.ledger()] == sorted(before)
    assert server.folder() == before, "people read this folder, too"


def test_a_mail_that_comes_while_we_idle_is_here_at_once(server: Dovecot, secret: Path, tmp_path: Path) -> None:
    server.put(mail(1))
    with Reader(tmp_path, door(server, secret)) as reader:
        reader.has(1)
        time.sleep(1.5)  # past the first, short IDLE: now it is the server's word that counts
        began = time.monotonic()
        server.put(mail(2))
        reader.has(2)
        assert time.monotonic() - began < 5


def test_the_envelope_says_what_the_delivery_knew(server: Dovecot, secret: Path, tmp_path: Path) -> None:
    delivered = b"Delivered-To: support+r0123@example.com\r\n" + mail(1, to="Ann <ann@customer.test>")
    server.put(delivered, mail(2, to="somebody@customer.test"))
    with Reader(tmp_path, door(server, secret)) as reader:
        first, second = reader.has(2)
    assert (first["recipients"], second["recipients"]) == (["support+r0123@example.com"], ["support@example.com"])
    assert (first["sender"], first["door"], first["mailbox"], first["marks"]) == (None, "inbox", "support", [])


@pytest.mark.parametrize("after", ["leave", "flag", "move"])
def test_what_is_ours_is_put_away_as_the_settings_say(
    server: Dovecot, secret: Path, tmp_path: Path, after: Any
) -> None:
    server.put(*mails(1, 3))
    with Reader(tmp_path, door(server, secret, after=after, move_to="Done by us")) as reader:
        reader.has(3)
        until(lambda: all(settled for _, _, settled in reader.ledger()))
        inbox, done = server.folder(), server.folder("Done by us")
        assert (len(inbox), len(done)) == ((0, 3) if after == "move" else (3, 0))
        flags = {flag for one in (*inbox.values(), *done.values()) for flag in one}
        assert flags - {b"\\Recent"} == ({b"$Mailgate"} if after == "flag" else set())
        server.put(mail(4))
        assert [row["seen"] for row in reader.has(4)] == [1] * 4


def test_nothing_is_moved_before_it_is_stored(server: Dovecot, secret: Path, tmp_path: Path) -> None:
    server.put(mail(1))
    with Reader(tmp_path, door(server, secret, after="move")) as reader:
        with reader.store.write():  # nobody can commit meanwhile
            time.sleep(2)
            assert (len(server.folder()), len(server.folder("Mailgate"))) == (1, 0)
        until(lambda: (len(server.folder()), len(server.folder("Mailgate"))) == (0, 1))
        reader.has(1)


def test_what_a_crash_left_between_commit_and_move_is_moved_later(
    server: Dovecot, secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put(*mails(1, 2))
    with monkeypatch.context() as crash:
        crash.setattr(fetch.Fetcher, "_put_away", lambda *_: None)
        with Reader(tmp_path, door(server, secret, after="move")) as reader:
            reader.has(2)
    assert len(server.folder()) == 2
    with Reader(tmp_path, door(server, secret, after="move")) as reader:
        until(lambda: len(server.folder("Mailgate")) == 2)
        assert [row["seen"] for row in reader.rows()] == [1, 1], "moved by the ledger, not fetched again"


def test_three_restarts_in_the_middle_of_fetching_lose_and_double_nothing(
    server: Dovecot, secret: Path, tmp_path: Path
) -> None:
    sent = mails(1, 60, size=400_000)
    server.put(*sent)
    with Reader(tmp_path, door(server, secret)) as reader:
        for restart in range(3):
            until(lambda done=restart: len(reader.rows()) > done * 10, 60)  # type: ignore[misc]
            server.restart()
        rows = reader.has(60, 60)
    assert sorted(row["data"] for row in rows) == sorted(sent)
    assert [row["seen"] for row in rows] == [1] * 60


def test_other_uids_for_the_same_mails_double_nothing(server: Dovecot, secret: Path, tmp_path: Path) -> None:
    server.put(*mails(1, 5))
    with Reader(tmp_path, door(server, secret)) as reader:
        reader.has(5)
        before = {validity for validity, _, _ in reader.ledger()}
        server.stop()
        time.sleep(1)  # Dovecot makes a UIDVALIDITY of the time
        server.renumber()
        server.start()
        server.put(mail(6))
        rows = reader.has(6)
        until(lambda: len(reader.ledger()) == 11)
        assert len({validity for validity, _, _ in reader.ledger()} - before) == 1
        assert [row["message_id"] for row in rows] == [f"<{number}@customer.test>" for number in range(1, 7)]


def test_mail_that_is_expunged_under_our_hands_stops_nobody(server: Dovecot, secret: Path, tmp_path: Path) -> None:
    server.put(*mails(1, 40, size=100_000))
    with Reader(tmp_path, door(server, secret)) as reader:
        until(lambda: len(reader.rows()) > 0)
        server.expunge(39, 40)
        until(lambda: len(reader.rows()) >= 38)
        server.put(mail(41))
        until(lambda: "<41@customer.test>" in reader.ids())
    assert {f"<{number}@customer.test>" for number in range(1, 39)} <= set(reader.ids())


def test_a_mail_over_the_limit_leaves_its_header_and_a_mark(server: Dovecot, secret: Path, tmp_path: Path) -> None:
    server.put(mail(1), mail(2, size=200_000), mail(3))
    with Reader(tmp_path, door(server, secret, max_message_bytes=65536)) as reader:
        rows = {row["message_id"]: row for row in reader.has(3)}
        big = rows["<2@customer.test>"]
        assert big["data"].startswith(b"From: ann@customer.test\r\n")
        assert big["data"].endswith(b"Subject: Mail 2\r\n\r\n")
        assert [mark.partition(":")[0] for mark in big["marks"]] == ["too big"]
        server.put(mail(4))
        reader.has(4)


def test_a_folder_that_cannot_be_moved_to_keeps_nobody_waiting(
    server: Dovecot, secret: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.put(mail(1))
    with Reader(tmp_path, door(server, secret, after="move", move_to="no/such name")) as reader:
        reader.has(1)
        server.put(mail(2))
        reader.has(2)
        assert [settled for _, _, settled in reader.ledger()] == [False, False]
    assert "Name must not have '/' characters" in capsys.readouterr().out


def test_a_wrong_password_is_tried_again_and_the_right_one_let_in(
    server: Dovecot, secret: Path, tmp_path: Path
) -> None:
    secret.write_text("wrong")
    server.put(mail(1))
    with Reader(tmp_path, door(server, secret)) as reader:
        time.sleep(3)
        assert reader.rows() == []
        secret.write_text(PASSWORD)
        reader.has(1)


def test_a_certificate_that_nobody_we_know_signed_is_refused(server: Dovecot, secret: Path, tmp_path: Path) -> None:
    server.put(mail(1))
    stranger = Door("inbox", "imap", url=server.url, password_file=secret)
    with Reader(tmp_path, stranger) as reader:
        until(lambda: "CERTIFICATE_VERIFY_FAILED" in reader.door._watch._why)
        assert reader.rows() == []


def test_two_readers_of_one_mailbox_take_turns(server: Dovecot, secret: Path, tmp_path: Path) -> None:
    server.put(*mails(1, 3))
    with Reader(tmp_path, door(server, secret, after="move")) as first:
        first.has(3)
        second = Reader(tmp_path, door(server, secret, after="move"), holder="node/2/boot", store=first.store)
        with second:
            server.put(*mails(4, 30))
            first.has(33)
            until(lambda: len(server.folder("Mailgate")) == 33)
            assert not second.door._watch.held
        assert [row["seen"] for row in first.rows()] == [1] * 33
