"""What is stored is put away: on a real Dovecot that is full or knows no MOVE, on servers that cannot do it at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from dovecot import CERTIFICATE, PASSWORD, Dovecot
from fake_imap import FakeImap, Faults
from imap_bench import Reader, mail, mails, until
from mailgate.door_settings import Door
from mailgate.intake import watch
from mailgate.intake.imap import Pace

# Moving within one quota needs no room; copying, which is all that a server without MOVE offers, does.
WITHOUT_MOVE = "imap_capability = IMAP4rev1 IDLE UIDPLUS\n"
QUOTA = """\
mail_plugins = quota
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=100K
  quota_grace = 0
}
"""


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    return file


def moving(url: str, secret: Path) -> Door:
    return Door("inbox", "imap", url=url, password_file=secret, ca_file=CERTIFICATE, after="move")


def test_a_server_with_uidplus_and_without_move_is_served_in_three_steps(secret: Path, tmp_path: Path) -> None:
    with Dovecot(more=WITHOUT_MOVE) as server:
        server.put(*mails(1, 30))
        with Reader(tmp_path, moving(server.url, secret)) as reader:
            until(lambda: (len(server.folder()), len(server.folder("Mailgate"))) == (0, 30))
            assert [row["seen"] for row in reader.has(30)] == [1] * 30


def test_a_full_mailbox_is_read_and_its_mail_waits_in_it_and_the_operator_is_told_once(
    secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "RENEW_SECONDS", 0.2)
    with Dovecot(more=WITHOUT_MOVE + QUOTA) as server:
        server.put(*mails(1, 3, size=25_000))
        reader = Reader(tmp_path, moving(server.url, secret), pace=Pace(idle=1, soon=1))
        reader.door._watch._stall = 2.0
        with reader:
            reader.has(3)
            until(lambda: len(reader.told) == 1)
            assert ("Quota exceeded" in reader.told[0].why, reader.told[0].taken_in) == (True, True)
            assert (len(server.folder()), server.folder("Mailgate")) == (3, {})
            # Somebody makes room: nothing was copied meanwhile, and nothing comes a second time.
            server.expunge(1)
            until(lambda: (len(server.folder()), len(server.folder("Mailgate"))) == (0, 2))
            until(lambda: [stall.over for stall in reader.told] == [False, True])
            assert [row["seen"] for row in reader.rows()] == [1] * 3


def test_a_server_that_can_neither_move_nor_expunge_one_mail_keeps_its_mail_and_the_operator_hears_of_it(
    secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "RENEW_SECONDS", 0.2)
    with FakeImap({1: mail(1), 2: mail(2)}, capabilities="IMAP4rev1 IDLE", password=PASSWORD) as server:
        reader = Reader(tmp_path, moving(server.url, secret), pace=Pace(idle=1, soon=1))
        reader.door._watch._stall = 1.0
        with reader:
            reader.has(2)
            until(lambda: [(stall.taken_in, stall.over) for stall in reader.told] == [(True, False)])
            assert "neither MOVE nor UIDPLUS" in reader.told[0].why
            assert (server.said["UID COPY"], server.said["UID STORE"], server.said["EXPUNGE"]) == (0, 0, 0)
            assert [row["seen"] for row in reader.rows()] == [1, 1]


def test_who_may_copy_and_not_delete_copies_once(secret: Path, tmp_path: Path) -> None:
    faults = Faults(closed=3)
    with (
        FakeImap({1: mail(1)}, faults, capabilities="IMAP4rev1 IDLE UIDPLUS", password=PASSWORD) as server,
        Reader(tmp_path, moving(server.url, secret), pace=Pace(idle=1, soon=1)) as reader,
    ):
        reader.has(1)
        until(lambda: not server.mails)
        assert (server.said["UID STORE"], server.said["UID COPY"]) == (4, 1)
