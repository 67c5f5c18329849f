"""The sender's authentication is found out when a mail is walked, kept with it, and asked again after DNS trouble."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from types import MappingProxyType
from typing import Literal

import pytest
from structlog.testing import capture_logs

from mailgate import pipeline
from mailgate.authenticating import authenticated
from mailgate.child import ChildForeign, ChildGone
from mailgate.door_settings import Door
from mailgate.intake.own_verdict import own_verdict
from mailgate.intake.verify import Authenticator, Question, Verdict, unsettled
from mailgate.mail.authentication import Judgement
from mailgate.mail.message import Authentication, Envelope, Mail, Octets, Proof, RawMail
from mailgate.store import blocks
from mailgate.store.claims import ClaimedMail
from moments import NOON
from signing import Zone, signed, signed_by_ed25519
from world import World, mail

ZONE_NAME = "customer.test"


@pytest.fixture
def world() -> Iterator[World]:
    with World() as made:
        yield made


def trusting(
    world: World, door: Door, verdict: Verdict, monotonic: Callable[[], float] = time.monotonic
) -> Authenticator:
    """The world's mail comes in at that door from now on."""
    world.house = replace(world.house, settings=replace(world.house.settings, doors=MappingProxyType({"test": door})))
    made = Authenticator(world.house.settings, verdict, monotonic)
    world.house = replace(world.house, authenticate=made.begin)
    return made


def asking(zone: Zone) -> Verdict:
    return lambda question, data: own_verdict(question, data[:], zone.ask)


def unasked(_question: Question, _data: Octets) -> Judgement:
    raise AssertionError("nobody is to be asked")


VERIFY = Door("test", "smtp", trust="verify")
UPSTREAM = Door("test", "lmtp", trust="upstream", authserv_id="mx.example.com")


def test_what_was_found_is_kept_with_the_mail_and_told(world: World) -> None:
    verifier = trusting(world, VERIFY, asking(Zone().key(ZONE_NAME)))
    row = world.inbox(world.receive(signed(mail(), ZONE_NAME)))
    assert row["authentication"] == "pass"
    assert row["proof"] == row["trace"]["mail"]["proof"]
    assert row["proof"][-1] == "dkim proves customer.test, which counts for customer.test"
    assert "Printer on fire" in str(world.letters[0]["Subject"])
    assert world.inbox(world.receive(mail(message_id="<2@x.test>")))["authentication"] == "unverified"
    assert "Printer on fire" not in str(world.letters[1]["Subject"])
    verifier.close()


def test_dns_that_was_silent_is_asked_again_when_the_mail_is_replayed_and_never_after(world: World) -> None:
    zone = Zone().key(ZONE_NAME)
    verifier = trusting(world, VERIFY, asking(zone))
    with world.store.write() as connection:
        blocks.add(connection, ZONE_NAME, "ann", NOON)
    zone.silent.add(f"s1._domainkey.{ZONE_NAME}")
    held = world.receive(signed(mail(), ZONE_NAME))
    assert (world.inbox(held)["state"], world.inbox(held)["authentication"]) == ("held", "unverified")
    assert "temporary" in world.inbox(held)["proof"][-1]
    zone.silent.clear()
    pipeline.replay(world.house, held)
    assert (world.inbox(held)["state"], world.inbox(held)["authentication"]) == ("held", "pass")
    zone.asked.clear()
    zone.records.clear()  # the key was changed meanwhile
    pipeline.replay(world.house, held, released_by="ann@engineers.test")
    assert (world.inbox(held)["state"], world.inbox(held)["authentication"]) == ("filed", "pass")
    assert zone.asked == []
    verifier.close()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("mx.example.com; dmarc=pass header.from=customer.test", "pass"),
        ("mx.example.com; dmarc=fail (p=reject) header.from=customer.test", "fail"),
        ("evil.test; dmarc=pass header.from=customer.test", "unverified"),
    ],
)
def test_an_upstream_servers_word_counts_without_a_question(world: World, fields: str, expected: str) -> None:
    verifier = trusting(world, UPSTREAM, unasked)
    data = f"Authentication-Results: {fields}\r\nX-Mailgate-Authentication: pass\r\n".encode() + mail()
    row = world.inbox(world.receive(data))
    assert (row["state"], row["authentication"]) == ("filed", expected)
    assert len(world.letters) == (0 if expected == "fail" else 1)
    verifier.close()


def test_a_signature_by_ed25519_proves_the_sender_as_one_by_rsa_does(world: World) -> None:
    verifier = trusting(world, VERIFY, asking(Zone().ed25519(ZONE_NAME)))
    good = signed_by_ed25519(mail(), ZONE_NAME)
    assert world.inbox(world.receive(good))["authentication"] == "pass"
    changed = signed_by_ed25519(mail(message_id="<2@x.test>"), ZONE_NAME).replace(b"burns", b"melts")
    row = world.inbox(world.receive(changed))
    assert (row["authentication"], "dkim=fail" in row["proof"][1]) == ("unverified", True)
    verifier.close()


@pytest.mark.parametrize("trust", ["upstream", "verify"])
def test_the_pipe_is_a_door_like_any_other(world: World, trust: Literal["upstream", "verify"]) -> None:
    door = Door("test", "pipe", trust=trust, authserv_id="mx.example.com" if trust == "upstream" else "")
    verifier = trusting(world, door, asking(Zone().key(ZONE_NAME)))
    data = b"Authentication-Results: mx.example.com; dmarc=pass header.from=customer.test\r\n" + mail()
    data = signed(mail(), ZONE_NAME) if trust == "verify" else data
    row = world.inbox(world.receive(data, authentication=Authentication.UNVERIFIED))
    assert row["authentication"] == "pass"
    verifier.close()


@pytest.mark.parametrize(("found", "said"), [("pass", "is of"), ("unverified", "is not of")])
def test_a_peer_that_is_believed_or_not_is_named(world: World, found: str, said: str) -> None:
    door = Door("test", "smtp", trust="network", networks=("10.0.0.0/8",))
    verifier = trusting(world, door, unasked)
    row = world.inbox(world.receive(mail(), authentication=Authentication(found)))
    assert (row["authentication"], row["proof"]) == (
        found,
        [f"the peer (without an address) {said} the door's networks"],
    )
    verifier.close()


def test_a_mail_of_nobody_is_not_asked_about(world: World) -> None:
    verifier = trusting(world, VERIFY, unasked)
    row = world.inbox(world.receive(mail(by="ann@customer.test, eve@evil.test")))
    assert (row["state"], row["authentication"]) == ("filed", "unverified")
    verifier.close()


@pytest.mark.parametrize("error", [ChildGone("verifying it took too long"), OSError("no process"), ValueError("bug")])
def test_trouble_of_ours_gives_no_authority_and_loses_no_mail(world: World, error: Exception) -> None:
    def broken(_question: Question, _data: Octets) -> Judgement:
        raise error

    verifier = trusting(world, VERIFY, broken)
    with capture_logs() as lines:
        row = world.inbox(world.receive(mail()))
    assert (row["state"], row["authentication"]) == ("filed", "unverified")
    assert row["proof"][0].startswith("temporary: ")
    assert [line["event"] for line in lines if "verif" in line["event"]] != []
    verifier.close()


def test_a_verifier_of_another_version_keeps_mail_waiting(world: World) -> None:
    """The files were upgraded under the daemon: until it is restarted no sender is judged."""

    def newer(_question: Question, _data: Octets) -> Judgement:
        raise ChildForeign("restart mailgate")

    verifier = trusting(world, VERIFY, newer)
    inbound_id = world.receive(mail(), process=False)
    with pytest.raises(OSError, match="restart"):
        world.process()
    assert (world.inbox(inbound_id)["state"], world.inbox(inbound_id)["attempts"], world.cases) == ("waiting", 0, [])
    verifier.close()
    verifier = trusting(world, VERIFY, asking(Zone()))
    world.advance(minutes=1)
    assert world.inbox(inbound_id)["state"] == "filed"
    verifier.close()


def test_while_dns_answers_nothing_mail_is_not_asked_about_and_afterwards_is_again(world: World) -> None:
    now, asked, silent = [1000.0], [0], [True]

    def verdict(_question: Question, _data: Octets) -> Judgement:
        asked[0] += 1
        if silent[0]:
            return replace(unsettled("no answer"), silent=True)
        return Judgement(Authentication.PASS, Proof(("dkim",)))

    def come(first: int, mails: int) -> list[str]:
        rows = [world.inbox(world.receive(mail(message_id=f"<{first + n}@x.test>"))) for n in range(mails)]
        assert {row["state"] for row in rows} == {"filed"}
        return [row["authentication"] for row in rows]

    verifier = trusting(world, VERIFY, verdict, lambda: now[0])
    with capture_logs() as lines:
        assert come(0, 10) == ["unverified"] * 10
    assert asked == [3]
    assert "pause" in world.inbox(10)["proof"][0]
    assert [line["event"] for line in lines if "DNS" in line["event"]] == [
        "DNS answers nothing: senders are not verified for now"
    ]
    now[0] += 61
    come(10, 5)
    assert asked == [4], "one mail finds out whether it is still so"
    now[0] += 61
    silent[0] = False
    assert come(20, 5) == ["pass"] * 5
    silent[0] = True
    come(30, 2)
    silent[0] = False
    assert come(40, 3) == ["pass"] * 3, "two in a row are no outage"
    verifier.close()


@pytest.mark.parametrize(
    ("door", "peer", "client"),
    [
        (VERIFY, "192.0.2.5", "192.0.2.5"),
        (VERIFY, "2001:db8::5", "2001:db8::5"),
        (VERIFY, "fe80::1%eth0", "fe80::1"),
        (VERIFY, "127.0.0.1", ""),
        (VERIFY, "", ""),
        (replace(VERIFY, networks=("10.1.0.0/16",)), "10.1.2.3", ""),
        (replace(VERIFY, networks=("10.1.0.0/16",)), "10.2.2.3", "10.2.2.3"),
        (replace(VERIFY, protocol="lmtp"), "192.0.2.5", ""),
        (replace(VERIFY, protocol="imap"), "", ""),
    ],
)
def test_behind_a_relay_the_client_is_not_known(world: World, door: Door, peer: str, client: str) -> None:
    asked: list[Question] = []

    def note(question: Question, data: Octets) -> Judgement:
        asked.append(question)
        return own_verdict(question, data[:], Zone().ask)

    verifier = trusting(world, door, note)
    envelope = Envelope("support", "ann@customer.test", ("support@example.com",), "test", NOON, peer, "helo.test")
    raw = RawMail(mail(), envelope)
    verifier.begin(raw, world.read(raw)).result()
    assert [(question.peer, question.helo, question.sender) for question in asked] == [
        (client, "helo.test", "ann@customer.test")
    ]
    verifier.close()


def test_what_has_not_begun_goes_back_and_what_has_is_waited_for() -> None:
    envelope = Envelope("support", "", ("support@example.com",), "test", NOON)
    known, running, waiting = Future[Mail](), Future[Mail](), Future[Mail]()
    known.set_result(Mail(envelope, subject="known"))
    running.set_running_or_notify_cancel()
    begun = [
        (ClaimedMail(number, RawMail(b"", envelope), 0, ""), future)
        for number, future in enumerate((known, running, waiting), 1)
    ]
    threading.Timer(0.3, running.set_result, (Mail(envelope, subject="running"),)).start()
    mails, back = authenticated(begun, 0.05)
    assert [read.subject for _, read in mails] == ["known", "running"]
    assert [claimed.id for claimed in back] == [3]


def test_mail_whose_turn_did_not_come_is_walked_the_next_time(world: World) -> None:
    verifier = trusting(world, VERIFY, asking(Zone()))
    begin, first = world.house.authenticate, [True]

    def never(raw: RawMail, read: Mail) -> Future[Mail]:
        return Future() if first and first.pop() else begin(raw, read)

    world.house = replace(world.house, authenticate=never)
    world.process()
    row = world.inbox(world.receive(mail()))
    assert (row["state"], row["attempts"]) == ("filed", 0)
    verifier.close()
