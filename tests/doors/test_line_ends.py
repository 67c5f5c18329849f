from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from gate import Gate, Talker, until
from mailgate.door_settings import Limits
from mailgate.intake import connection
from mailgate.intake.line_ends import is_clean


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    """A door as it is by default."""
    with Gate(tmp_path) as opened:
        yield opened


ENDS = {
    f"{before!r} . {after!r}": before + b"." + after
    for before in (b"\r\n", b"\n", b"\r", b"")
    for after in (b"\r\n", b"\n", b"\r", b"")
}


INNER = b"MAIL FROM:<eve@evil.test>\r\nRCPT TO:<support@example.org>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n"


@pytest.mark.parametrize("end", ENDS.values(), ids=repr)
def test_each_end_of_data_gives_one_mail_or_one_refusal_and_only_crlf_dot_crlf_is_one(
    gate: Gate, client: Talker, end: bytes
) -> None:
    client.begin()
    answer = client.say(b"Subject: outer\r\n\r\nx" + end + INNER + b".")
    if end == b"\r\n.\r\n":  # the client said so itself: two mails
        assert [answer[:3], *(client.reply()[:3] for _ in range(4))] == ["250", "250", "250", "354", "250"]
    elif end.replace(b"\r\n", b"").strip(b".") == b"":
        assert answer.startswith("250")
        assert client.say("NOOP") == "250 2.0.0 OK"
        (row,) = gate.rows()
        assert row["data"].endswith(b"smuggled\r\n\r\nx\r\n")
    else:
        assert answer == "550 5.6.11 Bare CR, bare LF or NUL in the message"
        client.half_close()
        assert client.reply() == ""
        assert gate.rows() == []


@pytest.mark.parametrize("end", [end for end in ENDS.values() if end != b"\r\n.\r\n"], ids=repr)
@pytest.mark.parametrize("protocol", ["smtp", "lmtp"])
def test_where_bare_line_ends_are_mended_each_end_of_data_gives_one_marked_mail(
    tmp_path: Path, protocol: Literal["smtp", "lmtp"], end: bytes
) -> None:
    mending: dict[str, Any] = {"bare_newlines": "normalise"} if protocol == "smtp" else {}
    with Gate(tmp_path, protocol=protocol, **mending) as gate, gate.talk() as client:
        client.greet("EHLO" if protocol == "smtp" else "LHLO")
        client.begin()
        assert client.say(b"Subject: outer\r\n\r\nx" + end + INNER + b".").startswith("250")
        assert client.say("NOOP") == "250 2.0.0 OK"
        (row,) = gate.rows()
    bare = end.replace(b"\r\n", b"").strip(b".") != b""
    assert row["marks"] == (["line ends normalised"] if bare else [])
    assert is_clean(row["raw"])
    assert row["data"].count(b"Subject:") == 2


@pytest.mark.parametrize("octets", [b"a\rb", b"a\nb", b"a\0b", b"\n", b"\0"], ids=repr)
def test_what_is_pipelined_behind_a_bare_line_end_is_no_command(gate: Gate, client: Talker, octets: bytes) -> None:
    client.begin()
    client.send(octets + b"\r\n.\r\n" + INNER + b".\r\nQUIT\r\n")
    assert client.reply() == "550 5.6.11 Bare CR, bare LF or NUL in the message"
    client.send(INNER + b".\r\n")
    client.half_close()
    assert client.reply() == ""
    assert gate.rows() == []


def test_a_bare_line_end_closes_the_session_at_once_though_the_client_holds_its_own_side_open(
    gate: Gate, client: Talker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LINGER_SECONDS", 3600.0)
    monkeypatch.setattr(connection, "LINGER_SILENCE_SECONDS", 3600.0)
    client.begin()
    assert client.say(b"a\nb\r\n.\r\nNOOP").startswith("550 5.6.11 ")
    assert client.reply() == ""
    client.close()
    until(lambda: gate.door.sessions == 0)


def test_who_stays_silent_after_the_last_word_is_cut_off_soon(
    gate: Gate, client: Talker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LINGER_SECONDS", 3600.0)
    client.begin()
    assert client.say(b"a\nb\r\n.").startswith("550 5.6.11 ")
    until(lambda: gate.door.sessions == 0)


def test_who_stays_after_the_last_word_is_cut_off_without_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LINGER_SECONDS", 3600.0)
    monkeypatch.setattr(connection, "LINGER_SILENCE_SECONDS", 3600.0)
    with Gate(tmp_path, limits=Limits(silence_seconds=2.0)) as gate, gate.talk() as client:
        client.greet()
        client.begin()
        assert client.say(b"a\nb\r\n.").startswith("550 5.6.11 ")
        assert client.reply() == ""
        until(lambda: gate.door.sessions == 0)
        assert gate.unhandled == []


def test_a_trusted_network_has_its_line_ends_mended_and_may_be_refused_too(tmp_path: Path) -> None:
    networks = ("127.0.0.0/8",)
    refusing: dict[str, Any] = {"bare_newlines": "refuse"}
    for keys, code in (({}, "250"), (refusing, "550")):
        folder = tmp_path / code
        folder.mkdir()
        with Gate(folder, trust="network", networks=networks, **keys) as gate, gate.talk() as client:
            client.greet()
            client.begin()
            assert client.say(b"Subject: x\r\n\r\na\rb\0c\n\r\n.").startswith(code)
            rows = gate.rows()
        assert [(row["data"], row["marks"]) for row in rows] == [
            (b"Subject: x\r\n\r\na\r\nbc\r\n\r\n", ["line ends normalised", "NUL removed"])
        ] * (code == "250")


@pytest.mark.parametrize(
    "line",
    [
        b"NOOP\n",
        b"NOOP\r\r\n",
        b"EHLO x\ry\r\n",
        b"MAIL FROM:<a@customer.test>\nRCPT TO:<support@example.org>\r\n",
        b"\n",
        b"x" * 20_000 + b"\n",
    ],
    ids=lambda line: repr(line[-40:]),
)
@pytest.mark.parametrize("protocol", ["smtp", "lmtp"])
def test_a_command_with_a_bare_line_end_ends_the_session_at_every_door(
    tmp_path: Path, protocol: Literal["smtp", "lmtp"], line: bytes
) -> None:
    with Gate(tmp_path, protocol=protocol, bare_newlines="normalise") as gate, gate.talk() as client:
        client.greet("EHLO" if protocol == "smtp" else "LHLO")
        client.send(line + INNER + b".\r\n")
        assert client.reply() == "500 5.5.2 A command ends in CR and LF, and holds neither"
        client.half_close()
        assert client.reply() == ""
        assert gate.rows() == []


@pytest.mark.parametrize("octets", [8_190, 8_191, 8_192, 8_193, 16_384, 20_000])
def test_a_command_that_is_too_long_is_refused_wherever_the_stream_cuts_it(client: Talker, octets: int) -> None:
    assert client.say("x" * octets) == "500 5.5.2 Not understood"
    assert client.say("NOOP") == "250 2.0.0 OK"


def test_a_command_may_come_octet_by_octet(client: Talker) -> None:
    for octet in b"NOOP\r\n":
        client.send(bytes((octet,)))
    assert client.reply() == "250 2.0.0 OK"
