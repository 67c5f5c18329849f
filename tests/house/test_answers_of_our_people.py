"""What comes back from letters to people of ours: never as words of the customer, and never unseen."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from mailgate import pipeline
from mailgate.cases.events import EngineerActed
from mailgate.policy.policy import Policy
from mailgate.policy.service import Escalation, Rung
from world import World, mail


@pytest.fixture
def world() -> Iterator[World]:
    ladder = Escalation(rungs=(Rung("Manager", ("eve@engineers.test",)),))
    with World(policy=Policy("default", escalation=ladder)) as made:
        yield made


def escalated(world: World) -> EmailMessage:
    """A case that waits for its customer has been escalated: the letter to the manager."""
    world.receive(mail())
    number = world.cases[0]["number"]
    world.set_status(number, "waiting")
    pipeline.act(world.house, number, EngineerActed("bob@engineers.test", escalate=True, reason="it burns"))
    world.deliver()
    letter = world.letters[-1]
    assert letter["To"] == "eve@engineers.test"
    return letter


def test_what_one_of_ours_answers_to_a_notice_is_a_note_and_no_word_of_the_customer(world: World) -> None:
    letter = escalated(world)
    before = world.case(world.cases[0]["number"])
    inbound = world.receive(
        mail(
            f"Re: {letter['Subject']}",
            "I shall see to it.",
            by="Eve <eve@engineers.test>",
            message_id="<1@engineers.test>",
            in_reply_to=letter["Message-ID"],
            references=letter["Message-ID"],
        ),
        sender="eve@engineers.test",
    )
    assert (world.inbox(inbound)["state"], world.inbox(inbound)["reason"]) == ("filed", "note")
    after = world.case(world.cases[0]["number"])
    assert after["history"][:-1] == before["history"]
    note = after["history"][-1]
    assert (note["kind"], note["actor"], note["text"]) == ("note", "eve@engineers.test", "I shall see to it.")
    assert (after["status"], after["next_due_at"]) == (before["status"], before["next_due_at"])
    assert len(world.cases) == 1


def test_that_an_engineer_was_not_reached_is_seen_on_the_case_and_says_nothing_of_the_customer(world: World) -> None:
    escalated(world)
    due = world.case(world.cases[0]["number"])["next_due_at"]
    envelope_from, recipient, message = world.relay.sent[-1]
    assert recipient == "eve@engineers.test"
    report = (
        b"From: MAILER-DAEMON@mx.test\r\nTo: " + envelope_from.encode() + b"\r\nSubject: Undelivered Mail\r\n"
        b"Message-ID: <2@mx.test>\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nNo such user.\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n\r\n"
        b"Final-Recipient: rfc822; eve@engineers.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + message + b"\r\n--b--\r\n"
    )
    inbound = world.receive(report, to=envelope_from, sender=None)
    case = world.case(world.cases[0]["number"])
    assert world.inbox(inbound)["state"] == "filed"
    assert (case["status"], case["next_due_at"]) == ("waiting", due), "the customer's reminders go on"
    assert "to eve@engineers.test was not delivered: the address does not exist (5.1.1)" in case["history"][-1]["text"]
