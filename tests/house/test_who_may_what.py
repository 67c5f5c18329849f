"""Who may do what to a case by mail: through the whole walk, with the ruling in the trace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest

from mailgate import pipeline
from mailgate.cases.events import EngineerActed
from mailgate.cases.ref import marker, tokens_of_message_ids
from mailgate.errors import NotAllowed
from mailgate.mail.message import Authentication
from mailgate.policy.authority import Authority, Copied, MailGoes, Rights
from mailgate.policy.policy import Policy
from mailgate.policy.service import Level
from world import World, mail

PASS = Authentication.PASS
QUEUE = "first-line@engineers.test"
POLICY = Policy("default", levels=(Level(1, "First line", QUEUE),))


@pytest.fixture
def world() -> Iterator[World]:
    with World(policy=POLICY, engineers=("bob@engineers.test", "eve@engineers.test")) as made:
        made.receive(
            mail(cc="Carl <carl@customer.test>, boss@elsewhere.test, help@example.com, no-reply@customer.test")
        )
        yield made


def number(world: World) -> str:
    return str(world.cases[0]["number"])


def participants(world: World, which: int = 0) -> list[str]:
    return list(world.case(world.cases[which]["number"])["participants"])


def answer(letter: EmailMessage, by: str, words: str = "More.", one: int = 2, **fields: str) -> bytes:
    subject = fields.pop("subject", f"Re: {letter['Subject']}")
    own_id = f"<{one}@{by.partition('@')[2]}>"
    return mail(subject, words, by=by, message_id=own_id, in_reply_to=letter["Message-ID"], **fields)


def rulings(world: World, inbound: int) -> list[tuple[str, bool, str | None]]:
    trace: dict[str, Any] = world.inbox(inbound)["trace"]
    return [(one["action"], one["allowed"], one["reason"]) for one in trace["rulings"]]


def test_whoever_opens_a_case_brings_his_colleagues_and_nobody_else(world: World) -> None:
    assert participants(world) == ["ann@customer.test", "carl@customer.test"]


@pytest.mark.parametrize(
    ("whom", "takes_part"),
    [
        (Copied.NO, ["ann@customer.test"]),
        (Copied.ORGANISATION, ["ann@customer.test", "carl@customer.test"]),
        (Copied.ANYBODY, ["ann@customer.test", "carl@customer.test", "boss@elsewhere.test"]),
    ],
)
def test_the_policy_says_who_of_the_copied_takes_part(whom: Copied, takes_part: list[str]) -> None:
    with World(policy=Policy("default", authority=Authority(copied=whom))) as world:
        world.receive(mail(cc="carl@customer.test, boss@elsewhere.test, support+x@example.com, noreply@customer.test"))
        assert participants(world) == takes_part


@pytest.mark.parametrize("found", [Authentication.UNVERIFIED, Authentication.FAIL])
def test_who_opens_a_case_and_may_be_somebody_else_brings_nobody(found: Authentication) -> None:
    with World() as world:
        world.receive(mail(cc="carl@customer.test"), authentication=found)
        assert participants(world) == ["ann@customer.test"]


def test_a_list_takes_no_part() -> None:
    with World() as world:
        world.receive(
            mail(cc="users@customer.test", list_id="<users.customer.test>", list_post="<mailto:users@customer.test>")
        )
        assert participants(world) == ["ann@customer.test"]


def test_who_writes_a_participants_address_into_from_brings_nobody_onto_the_case(world: World) -> None:
    forged = mail(f"Re: {world.letters[0]['Subject']}", "Hi.", message_id="<9@x.test>", cc="dora@customer.test")
    inbound = world.receive(forged)
    assert participants(world) == ["ann@customer.test", "carl@customer.test"]
    assert rulings(world, inbound) == [("join", False, "needs_proof")]
    assert "does not take part" in world.case(number(world))["history"][-1]["text"]


@pytest.mark.parametrize("proof", ["token", "authentication"])
def test_who_shows_that_it_is_he_brings_a_colleague(world: World, proof: str) -> None:
    letter = world.letters[0]
    reply = (
        answer(letter, "ann@customer.test", cc="dora@customer.test")
        if proof == "token"
        else mail(f"Re: {letter['Subject']}", "Hi.", message_id="<9@x.test>", cc="dora@customer.test")
    )
    inbound = world.receive(reply, authentication=PASS if proof == "authentication" else Authentication.UNKNOWN)
    assert rulings(world, inbound) == [("join", True, None)]
    assert "dora@customer.test" in participants(world)


def test_a_forged_sender_shows_nothing_with_a_token_that_he_has_seen(world: World) -> None:
    reply = answer(world.letters[0], "ann@customer.test", cc="dora@customer.test")
    inbound = world.receive(reply, authentication=Authentication.FAIL)
    assert rulings(world, inbound) == [("join", False, "forged")]


def test_the_token_of_another_in_the_references_proves_nothing(world: World) -> None:
    letter = world.letters[0]
    reply = mail("Re: x", "Hi.", message_id="<9@x.test>", references=letter["Message-ID"], cc="dora@customer.test")
    inbound = world.receive(reply)
    assert world.inbox(inbound)["case"] == number(world), "it leads to the case all the same"
    assert rulings(world, inbound) == [("join", False, "needs_proof")]


def test_a_stranger_with_the_ref_is_held_and_shown_to_our_people_who_can_let_him_in(world: World) -> None:
    subject = f"Re: {world.letters[0]['Subject']}"
    held = world.receive(mail(subject, "Let me in.", by="Mal <mal@evil.test>", message_id="<9@evil.test>"))
    assert (world.inbox(held)["state"], world.inbox(held)["reason"]) == ("held", "stranger")
    assert rulings(world, held) == [("append", False, "stranger")]
    shown = world.letters[-1]
    assert shown["To"] == QUEUE
    assert "Let me in." in shown.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    pipeline.replay(world.house, held, "operator")
    assert world.case(number(world))["history"][-1]["text"] == "Let me in."
    assert participants(world) == ["ann@customer.test", "carl@customer.test"]


def shown(world: World) -> int:
    """How many held mails the queue was shown."""
    return sum(letter["To"] == QUEUE and "is held" in letter["Subject"] for letter in world.letters)


def test_our_people_are_shown_at_most_twenty_held_mails_an_hour(world: World) -> None:
    subject = f"Re: {world.letters[0]['Subject']}"
    for one in range(25):
        world.receive(mail(subject, f"No. {one}", by="mal@evil.test", message_id=f"<{one}@evil.test>"))
    assert (shown(world), world.sums()["held"]) == (20, 25)
    world.advance(hours=2)
    world.receive(mail(subject, "Again.", by="mal@evil.test", message_id="<99@evil.test>"))
    assert shown(world) == 21


def test_how_many_are_shown_does_not_hang_on_how_many_read_them() -> None:
    crew = [f"e{n}@engineers.test" for n in range(12)]
    with World(engineers=crew) as world:
        world.receive(mail())
        for one in range(4):
            world.receive(
                mail(f"Re: #{number(world)}", f"No. {one}", by="mal@evil.test", message_id=f"<{one}@evil.test>")
            )
        assert sum("is held" in letter["Subject"] for letter in world.letters) == 4 * len(crew)


def test_a_policy_may_let_strangers_in_and_shut_colleagues_out(world: World) -> None:
    stranger = replace(POLICY.authority.stranger, mail=MailGoes.APPEND)
    table = replace(POLICY.authority, stranger=stranger, organisation=Rights(MailGoes.HOLD))
    world.change_policy(replace(POLICY, authority=table))
    subject = f"Re: {world.letters[0]['Subject']}"
    foreign = world.receive(mail(subject, "Hi.", by="mal@evil.test", message_id="<9@evil.test>"))
    colleague = world.receive(mail(subject, "Hi.", by="zoe@customer.test", message_id="<9@customer.test>"))
    assert (world.inbox(foreign)["state"], world.inbox(colleague)["state"]) == ("filed", "held")


def test_an_engineer_without_proof_writes_a_note_that_moves_nothing(world: World) -> None:
    letter = world.letters[0]
    noted = world.receive(
        mail(f"Re: {letter['Subject']}", "Look.", by="bob@engineers.test", message_id="<9@engineers.test>")
    )
    case = world.case(number(world))
    assert (world.inbox(noted)["reason"], case["status"]) == ("note", "new")
    assert [entry["kind"] for entry in case["history"][-2:]] == ["draft", "note"]
    assert rulings(world, noted) == [("relay", False, "needs_authentication"), ("note", True, None)]
    assert [letter["To"] for letter in world.letters[2:]] == ["bob@engineers.test"], "he is told that it was not sent"


def test_a_forged_engineer_is_held(world: World) -> None:
    forged = mail(
        f"Re: {world.letters[0]['Subject']}", "Look.", by="bob@engineers.test", message_id="<9@engineers.test>"
    )
    held = world.receive(forged, authentication=Authentication.FAIL)
    assert (world.inbox(held)["state"], world.inbox(held)["reason"]) == ("held", "forged")


def test_a_token_is_found_at_the_end_of_what_is_quoted_however_a_client_folds_it(world: World) -> None:
    (token,) = tokens_of_message_ids((world.letters[0]["Message-ID"],))
    line = marker(token)
    words = f"More.\n\nOn Monday support wrote:\n> Hello\n> {line[:9]}\n> {line[9:].upper()}"
    inbound = world.receive(mail("Re: no ref", words, message_id="<9@x.test>", cc="dora@customer.test"))
    assert world.inbox(inbound)["case"] == number(world)
    assert rulings(world, inbound) == [("join", True, None)]


def test_revoked_tokens_lead_nowhere_and_prove_nothing(world: World) -> None:
    letter = world.letters[0]
    pipeline.act(world.house, number(world), EngineerActed("operator", revoke=""))
    reply = answer(letter, "mal@evil.test", subject="Re: x")
    inbound = world.receive(reply)
    assert world.inbox(inbound)["case"] != number(world)
    signals = world.inbox(inbound)["trace"]["signals"]
    assert any("revoked" in line["outcome"] for line in signals)
    own = world.receive(answer(letter, "ann@customer.test", one=3, cc="dora@customer.test"))
    assert world.inbox(own)["case"] == number(world), "by the ref"
    assert rulings(world, own) == [("join", False, "needs_proof")]


def test_a_letter_that_was_not_delivered_is_known_though_its_token_was_revoked(world: World) -> None:
    world.deliver()
    envelope_from, recipient, message = world.relay.sent[0]
    pipeline.act(world.house, number(world), EngineerActed("operator", revoke="ann@customer.test"))
    report = (
        b"From: MAILER-DAEMON@mx.test\r\nTo: " + envelope_from.encode() + b"\r\nSubject: Undelivered Mail\r\n"
        b"Message-ID: <2@mx.test>\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n\r\n"
        b"Final-Recipient: rfc822; " + recipient.encode() + b"\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + message + b"\r\n--b--\r\n"
    )
    inbound = world.receive(report, to=envelope_from, sender=None)
    assert world.inbox(inbound)["case"] == number(world)


def test_who_leaves_a_case_takes_his_tokens_along(world: World) -> None:
    carl = answer(world.letters[0], "carl@customer.test")
    world.receive(carl)
    moved = EngineerActed("operator", leave=("carl@customer.test",), join=("z@elsewhere.test",))
    pipeline.act(world.house, number(world), moved)
    assert participants(world) == ["ann@customer.test", "z@elsewhere.test"]
    with pytest.raises(NotAllowed, match="contact"):
        pipeline.act(world.house, number(world), EngineerActed("operator", leave=("ann@customer.test",)))
    for ours in ("support+x@example.com", "bob@engineers.test", "noreply@customer.test"):
        with pytest.raises(NotAllowed):
            pipeline.act(world.house, number(world), EngineerActed("operator", join=(ours,)))
