from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gate import MAIL, SALES, SUPPORT, Gate, Talker
from mailgate.errors import StoreError

THREE = (SUPPORT.address, SALES.address, "support+x@example.org")


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with Gate(tmp_path, protocol="lmtp", max_message_bytes=100_000) as opened:
        yield opened


@pytest.fixture
def client(gate: Gate) -> Iterator[Talker]:
    with gate.talk() as talker:
        assert talker.greet("LHLO").startswith("250-")
        yield talker


def answers(client: Talker, data: bytes) -> list[str]:
    """The three answers to DATA, and the proof that there is no fourth."""
    client.send(data + b"\r\nNOOP\r\n")
    got = [client.reply() for _ in range(3)]
    assert client.reply() == "250 2.0.0 OK"
    return got


def test_each_accepted_recipient_is_answered_in_order(gate: Gate, client: Talker) -> None:
    client.begin(*THREE)
    got = answers(client, MAIL + b".")
    support, sales = (row["id"] for row in gate.rows())
    assert got == [f"250 2.0.0 stored as {number}" for number in (support, sales, support)]
    assert b" with LMTP;\r\n" in gate.rows()[0]["raw"]


def test_each_is_answered_when_the_mail_is_too_big(gate: Gate, client: Talker) -> None:
    client.begin(*THREE)
    assert answers(client, b"x" * 100_001 + b"\r\n.") == ["552 5.3.4 Message too big"] * 3
    assert gate.rows() == []


def test_each_is_answered_before_the_door_hangs_up_at_twice_the_size(client: Talker) -> None:
    client.begin(*THREE)
    client.send(b"x" * 300_000)
    client.half_close()
    assert [client.reply() for _ in range(4)] == ["552 5.3.4 Message too big"] * 3 + [""]


@pytest.mark.parametrize("error", [StoreError("database is locked, secret path"), ZeroDivisionError("secret")])
def test_each_is_answered_when_the_commit_fails_and_no_word_of_ours_leaks(
    gate: Gate, client: Talker, error: Exception
) -> None:
    def fail(_: object) -> None:
        raise error

    gate.faults.after = fail
    client.begin(*THREE)
    assert answers(client, MAIL + b".") == ["451 4.3.0 Not stored, try again later"] * 3
    gate.faults.after = lambda _: None
    assert gate.rows() == []
    client.begin(*THREE)
    assert [answer[:3] for answer in answers(client, MAIL + b".")] == ["250"] * 3


def test_a_fault_outside_data_is_one_temporary_answer(gate: Gate) -> None:
    def crash(_: str) -> None:
        raise RuntimeError("secret")

    with gate.talk() as client:
        client.greet("LHLO")
        gate.door._hall.mailbox_of = crash
        client.say("MAIL FROM:<ann@customer.test>")
        assert client.say("RCPT TO:<support@example.org>") == "451 4.3.0 Fault, try again later"
        assert client.say("NOOP") == "250 2.0.0 OK"


def test_helo_and_ehlo_are_smtp(gate: Gate) -> None:
    for verb in ("HELO", "EHLO"):
        with gate.talk() as client:
            assert client.greet(verb) == "500 5.5.2 Not understood"
            assert client.say("MAIL FROM:<>") == "503 5.5.1 Greet first"


def test_a_socket_in_a_folder_is_a_door_too(tmp_path: Path) -> None:
    path = tmp_path / "lmtp.sock"
    with Gate(tmp_path, protocol="lmtp", listen=f"unix:{path}", trust="network", networks=("0.0.0.0/0",)) as gate:
        assert path.stat().st_mode & 0o777 == 0o666
        with gate.talk() as client:
            client.greet("LHLO")
            client.begin()
            assert client.say(MAIL + b".").startswith("250")
        (row,) = gate.rows()
        assert (row["peer"], row["authentication"]) == ("", "unverified")
        assert row["raw"].startswith(b"Received: from client.test\r\n by ")
    assert not path.exists()


def test_a_socket_left_by_a_killed_process_is_replaced_and_a_live_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "lmtp.sock"
    other = tmp_path / "other"
    other.mkdir()
    with Gate(tmp_path, listen=f"unix:{path}") as gate:
        with pytest.raises(Exception, match=r"door\.front\.listen: .*in use"):
            Gate(other, listen=f"unix:{path}").__enter__()
        with gate.talk() as client:
            assert client.greet().startswith("250")
        inode = path.stat().st_ino
        path.rename(tmp_path / "kept")
    (tmp_path / "kept").rename(path)  # now nobody listens there
    assert path.stat().st_ino == inode
    with Gate(tmp_path, listen=f"unix:{path}") as gate, gate.talk() as client:
        assert client.greet().startswith("250")
