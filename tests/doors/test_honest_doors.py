"""Honest mail at doors that look for its sender's authentication: a real daemon, a real name server, nothing held."""

from __future__ import annotations

import smtplib
from pathlib import Path

from daemon import Daemon, free_port
from dns_server import DnsServer
from honest import ANN, filled
from mailgate.simulate.record import letter_of
from mailgate.store import facts
from signing import Zone, sealed, signed
from world import mail

DOORS = """
[door.mx]
protocol = "smtp"
listen = "127.0.0.1:{mx}"
trust = "verify"
arc_sealers = ["lists.test"]

[door.inside]
protocol = "smtp"
listen = "127.0.0.1:{inside}"
trust = "upstream"
authserv_id = "mx.example.com"

[dns]
servers = ["{server}"]
seconds = 5
"""
PASSED = b"Authentication-Results: mx.example.com; dmarc=pass header.from=customer.test\r\n"
# Fixture, door, what is done to it on its way, what the door finds, who the writer is to the case.
WAYS = (
    ("signed_at_a_verifying_door", "mx", "signed", "pass", "participant"),
    ("unsigned_at_a_verifying_door", "mx", "", "unverified", "participant"),
    ("arc_forwarded_answer", "mx", "sealed", "pass", "participant"),
    ("second_address_by_reply_address", "mx", "", "unverified", "acquainted"),
    ("mailman_rewrites_from", "mx", "", "unverified", "acquainted"),
    ("gmail_app", "inside", "passed", "pass", "participant"),
    ("upstream_says_fail", "inside", "", "fail", "participant"),
    ("colleague_by_ref", "inside", "passed", "pass", "organisation"),
)


def on_its_way(data: bytes, done: str) -> bytes:
    match done:
        case "signed":
            return signed(data, "customer.test")
        case "sealed":
            seen = "dkim=pass header.d=customer.test; dmarc=pass header.from=customer.test"
            changed = signed(data, "customer.test") + b"-- \r\nPassed on by the office.\r\n"
            return sealed(changed, "lists.test", seen)
        case "passed":
            return PASSED + data
    return data


def test_honest_answers_come_through_doors_that_verify(tmp_path: Path) -> None:
    ports = {"mx": free_port(), "inside": free_port()}
    zone = Zone().key("customer.test").key("lists.test", "arc")
    with (
        DnsServer(zone) as server,
        Daemon(tmp_path, extra=DOORS.format(server=server.place, **ports)) as daemon,
    ):

        def bring(door: str, data: bytes, to: str) -> None:
            with smtplib.SMTP("127.0.0.1", ports[door]) as client:
                client.sendmail(ANN, [to], data)

        bring("mx", on_its_way(mail(), "signed"), "support@example.com")
        daemon.wait(daemon.sent, "the confirmation")
        letter = letter_of(daemon.sent()[0].read_bytes())
        for name, door, done, _, _ in WAYS:
            data = on_its_way(filled(name, letter), done)
            to = str(letter["Reply-To"]) if "second" in name else "support@example.com"
            bring(door, data, to.strip("<> "))
        daemon.becomes("filed", *range(1, len(WAYS) + 2))
        with daemon.look() as connection:
            rows = [facts.show_inbox(connection, number) for number in range(1, len(WAYS) + 2)]
        for (name, _, _, authentication, standing), row in zip(WAYS, rows[1:], strict=True):
            assert (row["authentication"], row["trace"]["match"]["standing"]) == (authentication, standing), name
        assert {row["case"] for row in rows} == {rows[0]["case"]}
        assert daemon.stop() == 0
