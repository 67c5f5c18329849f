from __future__ import annotations

import gc
import smtplib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from gate import MAIL, SUPPORT, Gate, until
from mailgate.door_settings import Limits
from mailgate.errors import SettingsError

CERTIFICATE = Path(__file__).with_name("localhost.pem")  # with its key


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with Gate(tmp_path, tls_cert_file=CERTIFICATE) as opened:
        yield opened


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(CERTIFICATE))


def test_a_mail_comes_in_over_tls_and_its_received_field_says_so(gate: Gate) -> None:
    with smtplib.SMTP("127.0.0.1", gate.door.port) as smtp:
        smtp._host = "localhost"  # type: ignore[attr-defined]  # the name to be verified
        smtp.ehlo("client.test")
        assert smtp.has_extn("starttls")
        smtp.starttls(context=trusting())
        smtp.ehlo("client.test")
        assert not smtp.has_extn("starttls")
        assert not smtp.has_extn("auth")
        smtp.sendmail("ann@customer.test", [SUPPORT.address], MAIL)
        assert smtp.docmd("STARTTLS")[0] == 503
    (row,) = gate.rows()
    assert row["data"] == MAIL
    assert b" with ESMTPS\r\n" in row["raw"]


def test_big_mail_comes_through_tls_whole(gate: Gate) -> None:
    mail = b"Subject: big\r\n\r\n" + b".x\r\n" * 500_000
    with smtplib.SMTP("127.0.0.1", gate.door.port) as smtp:
        smtp._host = "localhost"  # type: ignore[attr-defined]
        smtp.starttls(context=trusting())
        smtp.sendmail("ann@customer.test", [SUPPORT.address], mail)
    assert gate.rows()[0]["data"] == mail


def test_what_was_said_before_tls_counts_no_more(gate: Gate) -> None:
    """RFC 3207 §4.2: neither the greeting nor what somebody in the middle pipelined behind STARTTLS."""
    with socket.create_connection(("127.0.0.1", gate.door.port), timeout=60) as plain:
        plain.recv(1000)
        plain.sendall(b"EHLO client.test\r\nSTARTTLS\r\nRSET\r\n")
        heard = b""
        while b"220 Ready" not in heard:
            heard += plain.recv(1000)
        with trusting().wrap_socket(plain, server_hostname="localhost") as secure:
            secure.sendall(b"MAIL FROM:<ann@customer.test>\r\n")
            assert secure.recv(1000) == b"503 5.5.1 Greet first\r\n"


@pytest.mark.parametrize("octets", [b"this is no handshake\r\n", b""], ids=["garbage", "nothing"])
def test_a_handshake_that_comes_to_nothing_ends_that_session_alone(gate: Gate, octets: bytes) -> None:
    with gate.talk() as client:
        client.greet()
        assert client.say("STARTTLS").startswith("220")
        client.send(octets)
    until(lambda: gate.door.sessions == 0)
    gc.collect()  # a task that died of something says so now
    with gate.talk() as client:
        assert client.greet().startswith("250")


def test_silence_instead_of_a_handshake_ends_the_session(tmp_path: Path) -> None:
    with Gate(tmp_path, tls_cert_file=CERTIFICATE, limits=Limits(silence_seconds=0.2)) as gate, gate.talk() as client:
        client.greet()
        client.say("STARTTLS")
        assert client.reply() == ""
        until(lambda: gate.door.sessions == 0)


def test_a_stop_in_the_middle_of_a_handshake_ends(gate: Gate) -> None:
    with gate.talk() as client:
        client.greet()
        client.say("STARTTLS")
        gate.run(gate.door.stop(within=0.3))
        assert gate.door.sessions == 0


def test_a_client_that_stays_after_the_goodbye_is_cut_off_when_the_door_stops(gate: Gate) -> None:
    """TLS has a goodbye of its own, and asyncio waits half a minute for the client's."""
    with socket.create_connection(("127.0.0.1", gate.door.port), timeout=60) as plain:
        plain.sendall(b"EHLO client.test\r\nSTARTTLS\r\n")
        heard = b""
        while b"220 Ready" not in heard:
            heard += plain.recv(1000)
        with trusting().wrap_socket(plain, server_hostname="localhost") as secure:
            gate.run(gate.door.stop(within=0.3))
            assert secure.recv(1000).startswith(b"421 ")
            assert gate.door.sessions == 0


@pytest.mark.parametrize("key", [None, Path(__file__)], ids=["no certificate", "a wrong key"])
def test_a_certificate_that_cannot_be_used_names_the_door_and_the_key(tmp_path: Path, key: Path | None) -> None:
    certificate = CERTIFICATE if key else Path(__file__)
    with pytest.raises(SettingsError, match=r"door\.front\.tls_cert_file: cannot use "):
        Gate(tmp_path, tls_cert_file=certificate, tls_key_file=key).__enter__()
