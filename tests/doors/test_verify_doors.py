"""Doors that authenticate senders, through a real daemon that asks a real name server on loopback."""

from __future__ import annotations

import smtplib
import time
from pathlib import Path

import pytest

from daemon import Daemon, free_port
from dns_server import DnsServer
from fixture_mail import FOLDER
from mailgate.child import ChildDied, ChildForeign, ChildGone
from mailgate.intake.resolver import NoAnswerNow, asker, place_of
from mailgate.intake.verify import Children, Question
from mailgate.mail.message import Address, Authentication
from mailgate.trust_rules import Dns
from signing import Zone, signed
from world import mail

DOORS = """
[door.mx]
protocol = "smtp"
listen = "127.0.0.1:{mx}"
trust = "verify"

[door.inside]
protocol = "smtp"
listen = "127.0.0.1:{inside}"
trust = "upstream"
authserv_id = "mx.example.com"

[door.box]
protocol = "maildir"
url = "maildir:box"
mailbox = "support"
trust = "upstream"
authserv_id = "microsoft"

[dns]
servers = ["{server}"]
seconds = 5
"""
ANN = Address("", "ann@customer.test")


def test_each_door_authenticates_senders_in_its_own_way(tmp_path: Path) -> None:
    ports = {"mx": free_port(), "inside": free_port()}
    for folder in ("new", "cur", "tmp"):
        (tmp_path / "box" / folder).mkdir(parents=True)
    upstream = b"Authentication-Results: mx.example.com; dmarc=pass header.from=customer.test\r\n"
    with (
        DnsServer(Zone().key("customer.test")) as server,
        Daemon(tmp_path, extra=DOORS.format(server=server.place, **ports)) as daemon,
    ):
        for door, data in (
            ("mx", signed(mail(message_id="<1@x.test>"), "customer.test")),
            ("mx", upstream + mail(message_id="<2@x.test>")),
            ("inside", upstream + mail(message_id="<3@x.test>")),
            ("inside", signed(mail(message_id="<4@x.test>"), "customer.test")),
        ):
            with smtplib.SMTP("127.0.0.1", ports[door], timeout=60) as client:
                client.sendmail("ann@customer.test", ["support@example.com"], data)
        daemon.becomes("filed", 1, 2, 3, 4)
        shown = [daemon.ask("inbox", "show", str(number)) for number in range(1, 5)]
        assert [row["authentication"] for row in shown] == ["pass", "unverified", "pass", "unverified"]
        assert shown[0]["proof"][1] == "dkim=pass customer.test selector s1"
        assert "dkim proves customer.test" in daemon.run("explain", "1").stdout
        (tmp_path / "box" / "new" / "1.m.host").write_bytes((FOLDER / "results_microsoft.eml").read_bytes())
        daemon.becomes("filed", 5)
        assert daemon.ask("inbox", "show", "5")["authentication"] == "pass"
        assert daemon.stop() == 0


def question(server: str, seconds: float = 5) -> Question:
    return Question(ANN, "", "", "", (), Dns((server,), seconds))


def test_a_child_gives_the_verdict_and_is_used_again() -> None:
    children = Children()
    with DnsServer(Zone().key("customer.test")) as server:
        for _ in range(2):
            judgement = children.verdict(question(server.place), signed(mail(), "customer.test"))
            assert judgement.authentication is Authentication.PASS
    assert len(children._all) == 1
    children.close()


def test_a_name_server_that_is_silent_or_ill_is_waited_for_only_so_long() -> None:
    zone = Zone()
    zone.silent.add("_dmarc.customer.test")
    children = Children()
    with DnsServer(zone) as ill:
        judgement = children.verdict(question(ill.place, 2), mail())
        assert (judgement.authentication, judgement.proof.temporary) == (Authentication.UNVERIFIED, True)
        assert not judgement.silent, "one domain is ill, DNS is not"
    began = time.monotonic()
    # Nothing answers there: a port that was just free.
    judgement = children.verdict(question(f"127.0.0.1:{free_port()}", 1), signed(mail(), "customer.test"))
    assert judgement.proof.temporary
    assert judgement.silent
    assert time.monotonic() - began < 30
    children.close()


def test_a_mail_that_hangs_the_libraries_costs_its_child_alone() -> None:
    """dkimpy's pattern for white space at line ends is quadratic: two megabytes of blanks take it hours."""
    children = Children()
    hostile = signed(mail(), "customer.test") + b" " * 2_000_000 + b"x\r\n"
    with DnsServer(Zone().key("customer.test")) as server:
        began = time.monotonic()
        with pytest.raises(ChildGone):
            children.verdict(question(server.place, 1), hostile)
        assert time.monotonic() - began < 30
        judgement = children.verdict(question(server.place), signed(mail(), "customer.test"))
        assert judgement.authentication is Authentication.PASS
    children.close()


def test_a_child_that_dies_is_replaced() -> None:
    children = Children()
    with DnsServer(Zone()) as server:
        children.verdict(question(server.place), mail())
        process = children._all[0].process
        assert process is not None
        process.kill()
        process.wait()
        assert children.verdict(question(server.place), mail()).authentication is Authentication.UNVERIFIED
    children.close()
    assert issubclass(ChildDied, ChildGone)


def test_a_child_of_another_version_gives_no_verdict() -> None:
    children = Children()
    child = children._take()
    child._speech = b"what was spoken before"
    children._idle.put(child)
    with pytest.raises(ChildForeign, match="the verifier is newer: restart mailgate"):
        children.verdict(question("127.0.0.1:9"), mail())
    children.close()


def test_records_come_as_they_stand_in_the_zone() -> None:
    zone = Zone().txt("long.test", "x" * 600)
    zone.records["a.test", "MX"] = [b"10 mx.test."]
    zone.records["a.test", "A"] = [b"192.0.2.1", b"192.0.2.2"]
    with DnsServer(zone) as server:
        ask = asker((server.place,), time.monotonic() + 60)
        assert ask("long.test.", "TXT") == (b"x" * 600,)
        assert ask("a.test", "MX") == (b"10 mx.test.",)
        assert sorted(ask("A.TEST", "A")) == [b"192.0.2.1", b"192.0.2.2"]
        assert ask("none.test", "TXT") == ()
        assert ask("a" * 70 + ".test", "TXT") == ask("a..test", "TXT") == ()
        asked = len(zone.asked)
        ask("a.test", "A")
        assert len(zone.asked) == asked
        with pytest.raises(NoAnswerNow, match="no time left"):
            asker((server.place,), time.monotonic() - 1)("a.test", "A")


def test_a_server_is_an_address_with_or_without_a_port() -> None:
    assert [place_of(one) for one in ("192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:5353", "2001:db8::53")] == [
        ("192.0.2.53", 53),
        ("192.0.2.53", 5353),
        ("2001:db8::53", 5353),
        ("2001:db8::53", 53),
    ]
