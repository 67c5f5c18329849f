"""`explain` tells a mail's story in sentences that can be handed on: what became of it, of its letters; no secret."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commands import Gate
from mailgate.errors import Permanent, Transient
from mailgate.mail.message import Authentication
from world import World, mail

ENGINEER = "bob@engineers.test"


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    gate = Gate(tmp_path)
    gate.out("db", "upgrade")
    return gate


def told(gate: Gate, *words: str) -> str:
    return " ".join(gate.out("explain", *words).split())


def test_the_whole_way_of_a_mail_is_told_up_to_its_letter(gate: Gate) -> None:
    with gate.world() as world:
        world.receive(mail(), authentication=Authentication.PASS)
        world.clock.time = world.clock.time.replace(minute=7)
        world.deliver()
    story = told(gate, "1")
    for sentence in (
        "The mail “Printer on fire” from ann@customer.test came Tue 2026-11-17 12:00 UTC to the mailbox support.",
        "It came by the door “test”. It has 262 bytes.",
        "found proof that it really comes from that address.",
        "Is its sender blocked here? No.",
        "Nothing in it leads to a case that there was.",
        "It was filed on case 2611000001: a new case is opened. The case was new then.",
        "A confirmation with the case's number to ann@customer.test was written Tue 2026-11-17 12:00 UTC;",
        "the next mail server took it Tue 2026-11-17 12:07 UTC.",
    ):
        assert sentence in story
    assert "What was checked" not in gate.out("explain", "1", "--brief")
    assert "server took it" in gate.out("explain", "1", "--brief")
    assert gate.json("explain", "1")["delivery"][0]["state"] == "sent"


def test_a_letter_that_is_tried_again_given_up_held_or_dropped_says_so(gate: Gate) -> None:
    with gate.world() as world:
        world.receive(mail())
        world.relay.down = Transient("451 try later")
        world.deliver()
        assert "was tried 1 times and is tried again Tue 2026-11-17" in told(gate, "1")
        assert "451 try later" in told(gate, "1")
        world.relay.down = Permanent("550 no such user")
        world.advance(hours=1)
    assert re.search(r"was given up Tue 2026-11-17 13:00 UTC, at attempt 2: 550 no such user", told(gate, "1"))
    gate.out("outbox", "retry", "1")
    assert "is about to be sent" in told(gate, "1")
    gate.out("outbox", "hold", "1")
    assert "is held back: a person keeps it back" in told(gate, "1")
    gate.out("outbox", "drop", "1")
    assert "somebody did away with it" in told(gate, "1")


def test_a_letter_that_came_back_later_says_when(gate: Gate) -> None:
    with gate.world() as world:
        world.receive(mail())
        world.deliver()
        envelope_from, _, message = world.relay.sent[0]
        report = (
            b"From: mailer-daemon@customer.test\r\nTo: " + envelope_from.encode() + b"\r\nSubject: Undelivered\r\n"
            b"Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
            b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
            b"--b\r\nContent-Type: text/plain\r\n\r\nIt failed.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
            b"Reporting-MTA: dns; customer.test\r\n\r\nFinal-Recipient: rfc822; ann@customer.test\r\nAction: failed\r\n"
            b"Status: 5.1.1\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n" + message + b"\r\n--b--\r\n"
        )
        world.clock.time = world.clock.time.replace(hour=15)
        bounce = world.receive(report, to=envelope_from, sender="")
    assert "and came back Tue 2026-11-17 15:00 UTC" in told(gate, "1")
    assert "Is it a delivery report? Yes" in told(gate, str(bounce))
    no_secrets(gate, str(bounce))


def test_each_hit_is_told_in_words(gate: Gate) -> None:
    gate.out("block", "add", "eve.test")
    with gate.world() as world:
        world.receive(mail("Away", auto_submitted="auto-replied"))
        world.receive(mail(by="eve@eve.test", message_id="<2@eve.test>"), sender="eve@eve.test")
        world.receive(mail(message_id="<3@customer.test>"))
        world.receive(mail("Re: #2611000001", by="eve@other.test", message_id="<4@eve.test>"), sender="eve@other.test")
        world.receive(mail(message_id="<5@customer.test>"), authentication=Authentication.FAIL)
    assert "Did a machine write it? Yes: Auto-Submitted: auto-replied." in told(gate, "1")
    assert "It was held: an automatic answer." in told(gate, "1")
    assert "Nobody outside was written to because of it." in told(gate, "1")
    assert "Is its sender blocked here? Yes: the sender is blocked by the rule eve.test." in told(gate, "2")
    assert "Its writer has no part in that case." in told(gate, "4")
    assert "May his words go on the case? No:" in told(gate, "4")
    assert "it may be forged" in told(gate, "5")


def no_secrets(gate: Gate, named: str) -> None:
    """In no form of the story stands a token, a ref or its key."""
    with gate.world() as world:
        letters = list(world.letters)
        key = world.cases[0]["ref"].partition("._")[2].removesuffix(":ref")
    tokens = {token for letter in letters for token in re.findall(r"(?<=\+[rb]|[<]r)[0-9a-z]{20}", str(letter))}
    tokens |= {token for letter in letters for token in re.findall(r"\[r:([0-9a-z]{20})\]", str(letter))}
    assert tokens
    for words in ((), ("--trace",), ("--json",), ("--brief",)):
        story = gate.out("explain", named, *words)
        assert key not in story
        assert not [token for token in tokens if token in story]


def test_no_token_ref_or_person_of_ours_is_shown(gate: Gate) -> None:
    gate.config.write_text(gate.config.read_text() + f'[[engineer]]\naddress = "{ENGINEER}"\nname = "Bob"\n')
    with gate.world() as world:
        desk = World(world.store, engineers=[ENGINEER])
        desk.receive(mail())
        desk.deliver()
        confirmation = next(letter for letter in desk.letters if "ann@customer.test" in letter["To"])
        reply = mail(
            f"Re: {confirmation['Subject']}",
            f"See {confirmation['Subject']}",
            message_id="<2@customer.test>",
            in_reply_to=confirmation["Message-ID"],
        )
        desk.receive(reply, to=str(confirmation["Reply-To"]))
        about = next(letter for letter in desk.letters if ENGINEER in letter["To"])
        answer = mail(
            f"Re: {about['Subject']}", "Pull the plug.\n\n" + str(about.get_body(("plain",))), by=ENGINEER,
            message_id="<3@engineers.test>", in_reply_to=about["Message-ID"],
        )  # fmt: skip
        desk.receive(answer, to=str(about["Reply-To"]), sender=ENGINEER, authentication=Authentication.PASS)
    for named in ("1", "2", "3"):
        no_secrets(gate, named)
    for named in ("1", "2"):
        for words in ((), ("--brief",)):
            assert ENGINEER not in gate.out("explain", named, *words)
    assert "Our own people were told." in gate.out("explain", "1")
    assert "The answer of one of our people to ann@customer.test" in gate.out("explain", "3")
    assert ENGINEER in gate.out("explain", "1", "--trace")


def test_nobody_elses_words_are_told(gate: Gate) -> None:
    with gate.world() as world:
        world.receive(mail("Payroll of the board", "Secret figures."))
        number = world.cases[0]["number"]
        world.receive(
            mail(f"#{number}: what is it?", by="eve@other.test", message_id="<4@other.test>"), sender="eve@other.test"
        )
    for words in ((), ("--brief",), ("--trace",), ("--json",)):
        story = gate.out("explain", "2", *words)
        assert not [word for word in ("Payroll", "Secret", "ann@customer.test") if word in story]


def test_what_a_split_did_along_is_told(gate: Gate) -> None:
    with gate.world() as world:
        desk = World(world.store, engineers=[ENGINEER])
        desk.receive(mail())
        more = mail("Re: Printer", "And another.", message_id="<2@customer.test>", in_reply_to="<1@customer.test>")
        desk.receive(more)
        about = [letter for letter in desk.letters if ENGINEER in letter["To"]][-1]
        order = mail("Re: x", "/split", by=ENGINEER, message_id="<3@e.test>", in_reply_to=about["Message-ID"])
        desk.receive(order, to=str(about["Reply-To"]), sender=ENGINEER, authentication=Authentication.PASS)
    assert "Case 2611000002 was opened, too" in told(gate, "3")
    assert "case 2611000002, too, opened" in gate.out("explain", "3", "--trace")
    assert "It stands on case 2611000002 now." in told(gate, "2")
    assert told(gate, "2611000002/1") == told(gate, "2") == told(gate, "<2@customer.test>")


def test_times_are_those_of_the_policy_and_all_of_one_zone(gate: Gate) -> None:
    folder = gate.home / "policies"
    folder.mkdir()
    policy = '[[priority]]\nlevel = 3\nname = "Any"\n'
    (folder / "default.toml").write_text('zone = "America/New_York"\n' + policy)
    with gate.world() as world:
        world.receive(mail())
        world.deliver()
    story = told(gate, "1")
    assert "07:00 EST" in story
    assert "UTC" not in story


def test_of_an_erased_mail_only_that_it_came_is_told(gate: Gate) -> None:
    with gate.world() as world:
        world.receive(mail())
        world.deliver()
    gate.out("case", "close", "2611000001")
    gate.out("erase", "ann@customer.test")
    story = told(gate, "1")
    assert story.startswith("The mail from nobody came Tue 2026-11-17")
    assert "That it came is all that is kept." in story
