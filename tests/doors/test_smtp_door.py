from __future__ import annotations

import re
import smtplib
import socket
from pathlib import Path

import pytest

from gate import MAIL, SALES, SUPPORT, Gate, Talker, until
from mailgate.errors import SettingsError


def test_a_mail_is_stored_as_it_was_sent_and_the_answer_says_where(gate: Gate, client: Talker) -> None:
    client.begin("support+r123@example.org")
    answer = client.say(MAIL + b".")
    (row,) = gate.rows()
    assert answer == f"250 2.0.0 stored as {row['id']}"
    assert row["data"] == MAIL
    assert (row["mailbox"], row["recipients"], row["sender"], row["door"], row["peer"], row["helo"]) == (
        "support",
        ["support+r123@example.org"],
        "ann@customer.test",
        "front",
        "127.0.0.1",
        "client.test",
    )
    assert (row["authentication"], row["message_id"], row["state"]) == ("unknown", "<1@customer.test>", "waiting")
    until(lambda: gate.wakes == 1)  # the worker is told after the answer


def test_smtplib_is_understood(gate: Gate) -> None:
    with smtplib.SMTP("127.0.0.1", gate.door.port) as smtp:
        smtp.sendmail("ann@customer.test", [SUPPORT.address], b"Subject: x\r\n\r\n.\r\n..\r\n")
    assert gate.rows()[0]["data"] == b"Subject: x\r\n\r\n.\r\n..\r\n"


def test_the_same_mail_again_is_the_same_row(gate: Gate, client: Talker) -> None:
    client.begin()
    first = client.say(MAIL + b".")
    client.begin()
    assert client.say(MAIL + b".") == first
    assert [row["seen"] for row in gate.rows()] == [2]


def test_two_mailboxes_are_two_arrivals_in_one_commit(gate: Gate, client: Talker) -> None:
    client.begin(SUPPORT.address, SALES.address, "SUPPORT@Example.ORG", "orders@example.org")
    answer = client.say(MAIL + b".")
    support, sales = gate.rows()
    assert answer == f"250 2.0.0 stored as {support['id']}, {sales['id']}"
    assert (support["mailbox"], support["recipients"]) == ("support", [SUPPORT.address, "SUPPORT@example.org"])
    assert (sales["mailbox"], sales["recipients"]) == ("sales", [SALES.address, "orders@example.org"])
    assert gate.store.commits == 1


def test_a_received_field_says_how_it_came(gate: Gate, client: Talker) -> None:
    client.begin()
    client.say(MAIL + b".")
    received = gate.rows()[0]["raw"].partition(b"From:")[0].decode()
    assert re.fullmatch(
        r"Received: from client\.test \(\[127\.0\.0\.1\]\)\r\n by \S+ with ESMTP\r\n"
        r" for <support@example\.org>;\r\n \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000\r\n",
        received,
    )


def test_a_door_calls_itself_as_its_settings_say(tmp_path: Path) -> None:
    with Gate(tmp_path, hostname="mx.example.org") as gate, gate.talk() as client:
        assert client.reply().startswith("220 mx.example.org ")
        assert client.say("EHLO client.test").startswith("250-mx.example.org\n")
        client.begin()
        assert client.say(MAIL + b".").startswith("250")
        assert b"\r\n by mx.example.org with " in gate.rows()[0]["raw"]


def test_nothing_in_helo_breaks_out_of_the_received_field(gate: Gate) -> None:
    with gate.talk() as client:
        client.reply()
        assert client.say(b"EHLO x)\x0b\tX-Evil: \xff\x00yes").startswith("250-")
        client.begin()
        assert client.say(MAIL + b".").startswith("250")
    (row,) = gate.rows()
    assert b"\r" not in row["raw"].partition(b"\r\n")[0]
    assert row["raw"].startswith(b"Received: from x???X-Evil:???yes (")
    assert row["helo"] == "x)??X-Evil: ??yes"


def test_the_null_sender_is_an_empty_string(gate: Gate, client: Talker) -> None:
    client.begin(sender="")
    client.say(MAIL + b".")
    assert gate.rows()[0]["sender"] == ""


def test_the_offers(gate: Gate) -> None:
    with gate.talk() as client:
        offers = client.greet().splitlines()
    assert offers[1:] == [
        "250-PIPELINING",
        "250-SIZE 1000000",
        "250-8BITMIME",
        "250-SMTPUTF8",
        "250 ENHANCEDSTATUSCODES",
    ]


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("MAIL FROM:<", "501 5.5.4"),
        ("MAIL FROM:<ann>", "501 5.1.7"),
        ("MAIL FROM:<ann@customer.test> SIZE=1000001", "552 5.3.4"),
        ("MAIL", "501 5.5.4"),
        ("RCPT TO:<support@example.org>", "503 5.5.1"),
        ("DATA", "503 5.5.1"),
        ("VRFY support@example.org", "252 2.1.5"),
        ("EXPN support", "502 5.5.1"),
        ("AUTH PLAIN AGEAYg==", "502 5.5.1"),
        ("STARTTLS", "454 4.7.0"),
        ("LHLO client.test", "500 5.5.2"),
        ("HELP", "214 2.0.0"),
        ("HELP MAIL", "214 2.0.0"),
        ("NOOP", "250 2.0.0"),
        ("RSET", "250 2.0.0"),
        ("RSET x", "501 5.5.4"),
        ("QUIT x", "501 5.5.4"),
        ("EHLO", "501 5.5.4"),
        ("", "500 5.5.2"),
        ("NOOP " + "x" * 2000, "500 5.5.2"),
        ("x" * 200_000, "500 5.5.2"),
        (b"\xff\xfe", "500 5.5.2"),
        (b"MAIL FROM:<\xff@customer.test>", "501 5.1.7"),
        ("FROB", "500 5.5.2"),
    ],
)
def test_every_answer_has_an_enhanced_code_and_words_of_ours(client: Talker, command: str, answer: str) -> None:
    got = client.say(command)
    assert got.startswith(answer + " ")
    assert "Error" not in got
    assert client.say("QUIT") == "221 2.0.0 Bye"


@pytest.mark.parametrize(
    ("recipient", "answer"),
    [
        ("<nobody@example.org>", "550 5.1.1"),
        ("<support@elsewhere.test>", "550 5.1.1"),
        ("<sales+x@example.org>", "550 5.1.1"),
        ("<postmaster@elsewhere.test>", "550 5.1.1"),
        ("<postmasters@example.org>", "550 5.1.1"),
        ("<>", "501 5.1.3"),
        ("support@example.org", "501 5.5.4"),
        ("<support@example.org> NOTIFY=NEVER", "555 5.5.4"),
    ],
)
def test_recipients_that_are_not_ours_are_refused_one_by_one(client: Talker, recipient: str, answer: str) -> None:
    client.say("MAIL FROM:<ann@customer.test>")
    assert client.say(f"RCPT TO:{recipient}").startswith(answer + " ")
    assert client.say("RCPT TO:<support@example.org>").startswith("250 2.1.5")


@pytest.mark.parametrize("recipient", ["Postmaster", "postmaster@example.org", "POSTMASTER@Example.ORG"])
def test_the_postmaster_is_somebody(gate: Gate, client: Talker, recipient: str) -> None:
    client.say("MAIL FROM:<ann@customer.test>")
    assert client.say(f"RCPT TO:<{recipient}>").startswith("250 ")
    client.say("DATA")
    assert client.say(b"Subject: Your server\r\n\r\nIt bounces our mail.\r\n.").startswith("250 ")
    (row,) = gate.rows()
    assert row["mailbox"] == "support"


def test_lines_may_be_as_long_as_they_like(gate: Gate, client: Talker) -> None:
    mail = b"Subject: long\r\n\r\n" + b"x" * 300_000 + b"\r\n"
    client.begin()
    assert client.say(mail + b".").startswith("250")
    assert gate.rows()[0]["data"] == mail


def test_more_than_fifty_received_fields_are_a_loop(gate: Gate, client: Talker) -> None:
    client.begin()
    assert client.say(b"Received: x\r\n" * 51 + MAIL + b".").startswith("554 5.4.6 ")
    client.begin()
    body = b"received : x\r\n" * 60  # in the body they are words
    assert client.say(b"Received: x\r\n" * 50 + MAIL + body + b".").startswith("250")
    assert gate.rooms.counter.taken == 0
    assert len(gate.rows()) == 1


def test_a_whole_session_in_one_packet_is_answered_in_order(gate: Gate) -> None:
    mail = b"MAIL FROM:<ann@customer.test>\r\nRCPT TO:<%b>\r\nRCPT TO:<support@example.org>\r\nDATA\r\n"
    with gate.talk() as client:
        client.reply()
        client.send(
            b"EHLO client.test\r\n"
            + (mail % b"x@elsewhere.test" + MAIL + b".\r\n")
            + (mail % b"sales@example.org" + MAIL + b"again\r\n.\r\n")
            + b"QUIT\r\n"
        )
        codes = [client.reply()[:3] for _ in range(12)]
    assert codes == "250 250 550 250 354 250 250 250 250 354 250 221".split()
    assert [row["mailbox"] for row in gate.rows()] == ["support", "sales", "support"]


def test_five_megabytes_come_through_whole(tmp_path: Path) -> None:
    mail = b"Subject: big\r\n\r\n" + (b"." + b"x" * 75 + b"\r\n") * 65_000
    with Gate(tmp_path) as gate, smtplib.SMTP("127.0.0.1", gate.door.port) as smtp:
        smtp.sendmail("ann@customer.test", [SUPPORT.address], mail)
        assert gate.rows()[0]["data"] == mail


def test_peers_of_the_networks_vouch_for_their_senders(tmp_path: Path) -> None:
    for networks, expected in ((("10.0.0.0/8", "127.0.0.0/8"), "pass"), (("10.0.0.0/8",), "unverified")):
        folder = tmp_path / expected
        folder.mkdir()
        with Gate(folder, trust="network", networks=networks) as gate, gate.talk() as client:
            client.greet()
            client.begin()
            client.say(MAIL + b".")
            assert gate.rows()[0]["authentication"] == expected


def test_what_a_mail_says_of_its_own_authentication_is_not_believed(tmp_path: Path) -> None:
    us = socket.getfqdn().encode()
    forged = (
        b"Authentication-Results: %b; spf=pass; dkim=pass header.d=customer.test; dmarc=pass\r\n"
        b"X-Mailgate-Authentication: pass\r\nX-Mailgate-Mailbox: sales\r\nReceived: from x by %b\r\n" % (us, us)
    )
    with Gate(tmp_path, trust="network", networks=("10.0.0.0/8",)) as gate, gate.talk() as client:
        client.greet()
        client.begin()
        client.say(forged + MAIL + b".")
        (row,) = gate.rows()
    assert (row["authentication"], row["mailbox"]) == ("unverified", "support")


def test_ipv6_peers_are_named_and_judged(tmp_path: Path) -> None:
    with Gate(tmp_path, listen="[::]:0", trust="network", networks=("127.0.0.1/32",)) as gate, gate.talk() as client:
        client.greet()
        client.begin()
        client.say(MAIL + b".")
        assert (gate.rows()[0]["peer"], gate.rows()[0]["authentication"]) == ("127.0.0.1", "pass")


def test_answers_do_not_wait_for_more_to_say(gate: Gate, client: Talker) -> None:
    """Nagle's algorithm costs 40 ms an answer: 22 messages/s instead of 481 (FACTS, aiosmtpd)."""
    assert client.say("NOOP").startswith("250")
    (session,) = gate.door._hall.sessions
    assert session.transport is not None
    accepted = session.transport.get_extra_info("socket")
    assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize("listen", ["127.0.0.1:{port}", "192.0.2.1:25", "no port"])
def test_an_address_that_cannot_be_had_names_the_door_and_the_key(gate: Gate, tmp_path: Path, listen: str) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(SettingsError, match=r"mailgate\.toml: door\.front\.listen: "):
        Gate(other, listen=listen.format(port=gate.door.port)).__enter__()


def test_a_door_without_a_name_of_a_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"door\.front\.networks: "):
        Gate(tmp_path, trust="network", networks=("10.0.0.300/8",)).__enter__()
