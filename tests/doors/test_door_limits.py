"""The bounds of a door (`[door.NAME.limits]`), each reached."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from pathlib import Path

import pytest

from gate import MAIL, Gate, Talker, until
from mailgate.door_settings import Limits
from mailgate.intake.hall import neighbourhood


def test_a_hundred_recipients_and_no_more(client: Talker) -> None:
    client.say("MAIL FROM:<ann@customer.test>")
    for number in range(100):
        assert client.say(f"RCPT TO:<support+{number}@example.org>").startswith("250")
    assert client.say("RCPT TO:<support@example.org>").startswith("452 4.5.3 ")
    assert client.say("DATA").startswith("354")
    assert client.say(MAIL + b".").startswith("250")


def test_what_is_too_big_is_refused_and_the_session_goes_on(gate: Gate, client: Talker) -> None:
    client.begin()
    assert client.say(b"x" * 1_000_001 + b"\r\n.") == "552 5.3.4 Message too big"
    client.begin()
    assert client.say(MAIL + b".").startswith("250")
    assert [row["data"] for row in gate.rows()] == [MAIL]


@pytest.mark.parametrize("line", [b"x" * 65536, b"\r\n" * 32768], ids=["one line", "empty lines"])
def test_at_twice_the_size_the_door_hangs_up(gate: Gate, client: Talker, line: bytes) -> None:
    client.begin()
    for _ in range(33):
        client.send(line)
    assert client.reply() == "552 5.3.4 Message too big"
    client.send(b"\r\n.\r\nNOOP\r\n")
    client.half_close()
    assert client.reply() == ""
    assert gate.rows() == []


def test_one_session_too_many_is_told_to_come_back(tmp_path: Path) -> None:
    with Gate(tmp_path, limits=Limits(connections=2)) as gate:
        with gate.talk() as first, gate.talk() as second:
            first.greet()
            second.greet()
            with gate.talk() as third:
                assert third.reply().startswith("421 4.3.2 ")
                assert third.reply() == ""
        until(lambda: gate.door.sessions == 0)
        with gate.talk() as fourth:
            assert fourth.greet().startswith("250")


def test_silence_ends_a_session_with_a_word(tmp_path: Path) -> None:
    with Gate(tmp_path, limits=Limits(silence_seconds=0.2)) as gate, gate.talk() as client:
        client.greet()
        assert client.reply() == "421 4.4.2 Timeout"
        assert client.reply() == ""


def test_a_slow_mail_is_not_silence(tmp_path: Path) -> None:
    with Gate(tmp_path, limits=Limits(silence_seconds=2)) as gate, gate.talk() as client:
        client.greet()
        client.begin()
        for number in range(9):
            time.sleep(0.25)
            client.send(b"%d" % number * 1024)
        assert client.say(b"\r\n.").startswith("250")


def test_idle_chatter_has_an_end(client: Talker) -> None:
    client.send(b"NOOP\r\n" * 1000)
    answers = [client.reply() for _ in range(102)]
    assert answers[99] == "250 2.0.0 OK"
    assert answers[100].startswith("421 4.7.0 ")
    assert answers[101] == ""


def cut_off_after(client: Talker, octets: bytes, pause: float) -> float:
    """Sends them again and again until the door hangs up; the seconds that took."""
    began = time.monotonic()
    with suppress(ConnectionError):
        while time.monotonic() - began < 60:
            time.sleep(pause)
            client.send(octets)
    return time.monotonic() - began


def test_octet_by_octet_is_silence(tmp_path: Path) -> None:
    with Gate(tmp_path, limits=Limits(silence_seconds=0.3)) as gate, gate.talk() as client:
        client.greet()
        client.begin()
        assert 0.2 < cut_off_after(client, b"x", pause=0.05) < 60
        assert gate.rows() == []


def test_a_command_octet_by_octet_is_silence(tmp_path: Path) -> None:
    with Gate(tmp_path, limits=Limits(silence_seconds=0.3)) as gate, gate.talk() as client:
        client.greet()
        for _ in range(4):
            time.sleep(0.05)
            client.send(b"N")
        assert client.reply() == "421 4.4.2 Timeout"


def test_a_session_has_an_end_however_busy_it_is(tmp_path: Path) -> None:
    with Gate(tmp_path, limits=Limits(session_seconds=2)) as gate, gate.talk() as client:
        assert client.greet().startswith("250")
        began = time.monotonic()
        while (answer := client.say("RSET")).startswith("250"):
            assert time.monotonic() - began < 60
            time.sleep(0.02)
        assert answer == "421 4.4.2 Session too long, come back later"
        assert client.reply() == ""


def test_at_the_end_of_its_time_a_mail_that_is_coming_in_is_still_taken(tmp_path: Path) -> None:
    with Gate(tmp_path, limits=Limits(session_seconds=3)) as gate, gate.talk() as client:
        client.greet()
        client.begin()
        time.sleep(3.2)
        client.send(MAIL + b".\r\n")
        assert client.reply().startswith("250")
        assert client.reply() == "421 4.4.2 Session too long, come back later"


def test_at_twice_its_time_a_mail_that_never_ends_is_cut_off(tmp_path: Path) -> None:
    with Gate(tmp_path, limits=Limits(session_seconds=1.5)) as gate, gate.talk() as client:
        client.greet()
        client.begin()
        assert 2.5 < cut_off_after(client, b"x" * 1024, pause=0.01) < 60
        assert gate.rows() == []


def test_one_session_too_many_of_one_peer_is_told_to_come_back(tmp_path: Path) -> None:
    with Gate(tmp_path, limits=Limits(connections_per_peer=2)) as gate:
        with gate.talk() as first, gate.talk() as second, gate.talk() as third:
            assert first.greet().startswith("250")
            assert second.greet().startswith("250")
            assert third.reply().startswith("421 4.3.2 ")
            door = ("127.0.0.1", gate.door.port)
            with Talker(socket.create_connection(door, source_address=("127.0.0.2", 0))) as other:
                assert other.greet().startswith("250")
        until(lambda: gate.door.sessions == 0)
        assert not gate.door._hall.peers
        with gate.talk() as fourth:
            assert fourth.greet().startswith("250")


def test_behind_a_unix_socket_nobody_is_a_peer(tmp_path: Path) -> None:
    limits = Limits(connections_per_peer=1)
    with (
        Gate(tmp_path, limits=limits, listen=f"unix:{tmp_path}/door.sock") as gate,
        gate.talk() as first,
        gate.talk() as second,
    ):
        assert first.greet().startswith("250")
        assert second.greet().startswith("250")


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_an_ipv6_peer_is_as_big_as_his_network(peer: str, expected: str) -> None:
    assert neighbourhood(peer) == expected


def test_the_limit_of_recipients_is_a_setting(tmp_path: Path) -> None:
    with Gate(tmp_path, limits=Limits(recipients=2)) as gate, gate.talk() as client:
        client.greet()
        client.say("MAIL FROM:<ann@customer.test>")
        answers = [client.say(f"RCPT TO:<support+{number}@example.org>")[:3] for number in range(3)]
        assert answers == ["250", "250", "452"]


def test_commands_that_bring_no_mail_have_an_end_and_mails_none(tmp_path: Path) -> None:
    with Gate(tmp_path, limits=Limits(commands=9)) as gate, gate.talk() as client:
        client.greet()
        for _ in range(5):
            client.begin()
            assert client.say(MAIL + b".").startswith("250")
        for verb in ("RSET", "EHLO x") * 4:
            assert client.say(verb).startswith("250")
        client.send(b"NOOP\r\n" * 100)
        assert client.reply() == "250 2.0.0 OK"
        assert client.reply() == "421 4.7.0 Too many commands that bring no mail"
        client.half_close()
        assert client.reply() == ""


def test_errors_have_an_end(tmp_path: Path) -> None:
    with Gate(tmp_path, limits=Limits(errors=3)) as gate, gate.talk() as client:
        client.greet()
        client.say("MAIL FROM:<ann@customer.test>")
        for number in range(3):
            assert client.say(f"RCPT TO:<nobody{number}@example.org>").startswith("550 5.1.1 ")
        client.send(b"RCPT TO:<nobody@example.org>\r\nRCPT TO:<support@example.org>\r\nDATA\r\n")
        assert client.reply().startswith("550 5.1.1 ")
        assert client.reply() == "421 4.7.0 Too many errors"
        client.half_close()
        assert client.reply() == ""


def test_all_recipients_of_one_mail_that_lmtp_refuses_are_one_error(tmp_path: Path) -> None:
    limits = Limits(errors=2)
    with Gate(tmp_path, protocol="lmtp", max_message_bytes=100, limits=limits) as gate, gate.talk() as client:
        client.greet("LHLO")
        client.begin("support+1@example.org", "support+2@example.org", "support+3@example.org")
        client.send(b"x" * 101 + b"\r\n.\r\n")
        assert [client.reply()[:3] for _ in range(3)] == ["552"] * 3
        assert client.say("NOOP").startswith("250")


def test_words_that_are_no_commands_have_an_end(client: Talker) -> None:
    for _ in range(4):
        assert client.say("GET / HTTP/1.1") == "500 5.5.2 Not understood"
    assert client.say("GET / HTTP/1.1") == "421 4.7.0 Too many errors"
    client.half_close()
    assert client.reply() == ""
