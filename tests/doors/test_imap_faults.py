"""The IMAP door against servers that misbehave: no mail is lost for it, none blocks the others, and nothing spins."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from fake_imap import FakeImap, Faults
from imap_bench import Reader, mail, until
from mailgate.door_settings import Door, OAuth
from mailgate.intake import imap_session, watch
from mailgate.intake.imap import Pace
from oauth_server import Tokens


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text("hunter2\n")
    return file


def once(fault: str, times: int) -> Faults:
    faults = Faults()
    setattr(faults, fault, times)
    return faults


def door(server: FakeImap, secret: Path, **more: Any) -> Door:
    return Door("inbox", "imap", url=server.url, password_file=secret, **more)


@pytest.mark.parametrize("fault", ["cut", "nil", "missing"])
def test_a_body_that_does_not_come_whole_is_asked_for_again(secret: Path, tmp_path: Path, fault: str) -> None:
    with (
        FakeImap({1: mail(1), 2: mail(2)}, once(fault, 2)) as server,
        Reader(tmp_path, door(server, secret)) as r,
    ):
        rows = r.has(2)
    assert sorted(row["data"] for row in rows) == [mail(1), mail(2)]


def test_a_server_that_guesses_sizes_does_not_keep_its_mail_from_us(secret: Path, tmp_path: Path) -> None:
    with FakeImap({1: mail(1)}, Faults(lie=1)) as server, Reader(tmp_path, door(server, secret)) as reader:
        (row,) = reader.has(1)
    assert (row["data"], row["marks"]) == (mail(1), [f"the server said {len(mail(1)) + 1} octets"])
    assert server.bodies == [1, 1], "it came twice alike"


def test_a_message_that_always_breaks_the_connection_blocks_no_other(secret: Path, tmp_path: Path) -> None:
    mails = {uid: mail(uid) for uid in range(1, 31)}
    with FakeImap(mails, Faults(poison=frozenset({3, 4}))) as server, Reader(tmp_path, door(server, secret)) as reader:
        reader.has(28)
        server.mails[31] = mail(31)
        reader.has(29)
        before = server.connections
        time.sleep(3)
        assert server.connections - before <= 3, "it is asked for ever more rarely"
        server.faults.poison = frozenset()
        reader.has(31, 60)


def test_mail_that_a_silent_idle_does_not_tell_of_is_found_when_it_is_renewed(secret: Path, tmp_path: Path) -> None:
    with FakeImap({1: mail(1)}) as server, Reader(tmp_path, door(server, secret), pace=Pace(idle=2, soon=2)) as reader:
        reader.has(1)
        server.mails[2] = mail(2)
        reader.has(2)
        assert server.connections == 1


def test_whoever_gets_on_is_not_kept_waiting_ever_longer_nor_called_stalled(
    secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "RENEW_SECONDS", 0.1)
    mails = {uid: mail(uid) for uid in range(1, 130)}
    with FakeImap(mails, Faults(limp=5)) as server:
        pace = Pace(first_pause=0.2, longest_pause=60)
        reader = Reader(tmp_path, door(server, secret), pace=pace)
        reader.door._watch._stall = 8.0  # all of it takes twice as long; a slow machine must not be called stalled
        with reader:
            reader.has(129, 120)
            assert server.connections == 6
            assert reader.told == []


@pytest.mark.parametrize("fault", ["bye", "hang_up"])
def test_a_server_that_goes_away_in_idle_is_called_again_and_does_not_spin(
    secret: Path, tmp_path: Path, fault: str
) -> None:
    pace = Pace(idle=60, soon=60, first_pause=0.1, longest_pause=0.5)
    with (
        FakeImap({1: mail(1)}, once(fault, 3)) as server,
        Reader(tmp_path, door(server, secret), pace=pace) as reader,
    ):
        reader.has(1)
        server.mails[2] = mail(2)
        until(lambda: server.connections == 4)  # long before the IDLE would have been renewed
        reader.has(2)
        busy = time.process_time()
        time.sleep(2)
        assert time.process_time() - busy < 0.5
        assert server.connections == 4


def test_a_server_that_never_answers_is_given_up_after_the_read_timeout(
    secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_session, "READ_SECONDS", 1)
    with FakeImap({1: mail(1)}, Faults(mute=1)) as server, Reader(tmp_path, door(server, secret)) as reader:
        until(lambda: server.connections == 2)
        server.mails[2] = mail(2)
        reader.has(2)


def test_stopping_does_not_wait_for_a_server_that_says_nothing(secret: Path, tmp_path: Path) -> None:
    with FakeImap(faults=Faults(mute=9)) as server:
        with Reader(tmp_path, door(server, secret)):
            until(lambda: server.faults.mute < 9)
            began = time.monotonic()
        assert time.monotonic() - began < 15


def test_a_server_without_idle_is_asked_every_few_seconds(secret: Path, tmp_path: Path) -> None:
    with (
        FakeImap({1: mail(1)}, capabilities="IMAP4rev1") as server,
        Reader(tmp_path, door(server, secret, poll_seconds=2)) as reader,
    ):
        reader.has(1)
        server.mails[2] = mail(2)
        reader.has(2)
        assert (server.said["IDLE"], server.connections) == (0, 1)
        assert server.said["NOOP"] >= 1


def test_each_pause_is_longer_than_the_last_with_an_end_and_never_two_alike(secret: Path, tmp_path: Path) -> None:
    with FakeImap() as server:
        reader = Reader(tmp_path, door(server, secret), pace=Pace(first_pause=1, longest_pause=60))
        one = reader.door
        for chance, expected in ((0.0, [0.5, 1, 2, 4, 8, 16, 30, 30]), (1.0, [1, 2, 4, 8, 16, 32, 60, 60])):
            one._chance = partial(float, chance)
            pauses = []
            for one._failures in range(1, 9):
                pauses.append(one._pause())
            assert pauses == expected
        reader.store.close()


def test_a_stall_is_told_once_however_long_it_lasts(
    secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "RENEW_SECONDS", 0.2)
    with FakeImap({1: mail(1)}, password="another") as server:
        reader = Reader(tmp_path, door(server, secret))
        reader.door._watch._stall = 8.0  # all of it takes twice as long; a slow machine must not be called stalled
        with reader:
            until(lambda: len(reader.told) == 1)
            time.sleep(2)
            assert [(stall.door, stall.over, "was not let in" in stall.why) for stall in reader.told] == [
                ("inbox", False, True)
            ]
            server.password = "hunter2"
            until(lambda: len(reader.told) == 2)
            time.sleep(1)
            assert [stall.over for stall in reader.told] == [False, True]
            assert reader.told[0].since == reader.told[1].since


def test_a_stall_that_another_process_has_told_of_is_not_told_again(
    secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "RENEW_SECONDS", 0.2)
    with FakeImap({1: mail(1)}, password="another") as server:
        first = Reader(tmp_path, door(server, secret))
        first.door._watch._stall = 1.0
        with first:
            until(lambda: len(first.told) == 1)
        second = Reader(tmp_path, door(server, secret), holder="node/2/boot")
        second.door._watch._stall = 1.0
        with second:
            until(lambda: second.door._watch._alarmed)
            assert second.told == []
            server.password = "hunter2"
            until(lambda: [stall.over for stall in second.told] == [True])


@pytest.mark.parametrize("mechanism", ["xoauth2", "oauthbearer"])
def test_a_token_is_got_with_the_secret_and_shown_to_the_server(tmp_path: Path, secret: Path, mechanism: Any) -> None:
    with Tokens().running() as tokens, FakeImap({1: mail(1)}, token="token-1") as server:
        oauth = OAuth(tokens.url, "us", secret, "mail.read", "", mechanism)
        with Reader(tmp_path, Door("inbox", "imap", url=server.url, oauth=oauth)) as reader:
            reader.has(1)
    assert tokens.asked == [
        {
            "grant_type": ["client_credentials"],
            "client_id": ["us"],
            "client_secret": ["hunter2"],
            "scope": ["mail.read"],
        }
    ]
    assert ("user=ann\1" in server.shown[0]) == (mechanism == "xoauth2")


def test_a_token_is_renewed_before_it_ends(tmp_path: Path, secret: Path) -> None:
    with Tokens(seconds=4).running() as tokens, FakeImap({1: mail(1)}, token="token-1") as server:
        oauth = OAuth(tokens.url, "us", secret)
        pace = Pace(idle=1, soon=1, first_pause=0.1)
        with Reader(tmp_path, Door("inbox", "imap", url=server.url, oauth=oauth), pace=pace) as reader:
            reader.has(1)
            server.token = "token-2"
            until(lambda: len(server.shown) == 2)
            server.mails[2] = mail(2)
            reader.has(2)
    assert [shown.split("Bearer ")[1].rstrip("\1") for shown in server.shown] == ["token-1", "token-2"]


def test_a_token_that_is_not_believed_is_thrown_away(tmp_path: Path, secret: Path) -> None:
    with Tokens().running() as tokens, FakeImap({1: mail(1)}, token="token-2") as server:
        oauth = OAuth(tokens.url, "us", secret)
        with Reader(tmp_path, Door("inbox", "imap", url=server.url, oauth=oauth)) as reader:
            reader.has(1)
    assert len(tokens.asked) == 2


def test_an_endpoint_that_refuses_is_asked_again_and_no_secret_is_logged(
    tmp_path: Path, secret: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Tokens().running() as tokens, FakeImap({1: mail(1)}, token="token-3") as server:
        tokens.status = 401
        oauth = OAuth(tokens.url, "us", secret)
        with Reader(tmp_path, Door("inbox", "imap", url=server.url, oauth=oauth)) as reader:
            until(lambda: len(tokens.asked) == 2)
            tokens.status = 200
            reader.has(1)
    said = capsys.readouterr().out
    assert "refused: 401 invalid_client" in said
    assert "hunter2" not in said
    assert "token-" not in said


@pytest.mark.parametrize("mechanism", ["LOGIN", "AUTHENTICATE"])
def test_a_command_gives_the_password_or_the_token(tmp_path: Path, mechanism: str) -> None:
    script = tmp_path / "secret of mine"
    script.write_text("#!/bin/sh\necho hunter2\necho more\n")
    script.chmod(0o755)
    with FakeImap({1: mail(1)}, token="hunter2") as server:
        way: dict[str, Any] = {"password_command": f"'{script}'"} if mechanism == "LOGIN" else {}
        oauth = None if way else OAuth(token_command=f"'{script}'")
        with Reader(tmp_path, Door("inbox", "imap", url=server.url, oauth=oauth, **way)) as reader:
            reader.has(1)
        assert server.said[mechanism] == 1
