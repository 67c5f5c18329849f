"""A case that follows a closed one is its opener's: letters of the old lead nobody else onto it."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from attacks import ANN, BOB, POLICY, A
from mailgate.mail.message import Authentication
from world import World, mail

CARL, MAL = "carl@customer.test", "mal@evil.test"
FOLLOWER = "2612000001"


@pytest.fixture
def world() -> Iterator[World]:
    """Ann's case with Carl is closed for good; Mal, who has seen its confirmation, opened one that follows it."""
    with World(policy=POLICY, engineers=(BOB,)) as made:
        made.receive(mail(cc=CARL))
        made.set_status(A, "closed")
        made.advance(days=20)
        assert answered(made, ANN, MAL, "I heard of this.")[:2] == (FOLLOWER, "follow_up")
        yield made


def letter_to(world: World, address: str) -> EmailMessage:
    return next(one for one in world.letters if one["To"].addresses[0].addr_spec == address and A in one["Subject"])


def answered(
    world: World, whose: str, by: str, words: str, found: Authentication = Authentication.PASS
) -> tuple[str, str, str]:
    """`by` answers the letter of the old case to `whose`: the case that his mail went to, why, and his standing."""
    letter, own_id = letter_to(world, whose), f"<{len(words)}.{by}>"
    answer = mail(f"Re: {letter['Subject']}", words, by=by, message_id=own_id, in_reply_to=letter["Message-ID"])
    row = world.inbox(world.receive(answer, sender=by, authentication=found))
    return row["case"], row["reason"], row["trace"]["match"]["standing"]


def test_who_took_part_in_the_old_case_commands_nothing_on_anothers_follower(world: World) -> None:
    assert answered(world, ANN, CARL, "/close")[0] != FOLLOWER
    assert world.case(FOLLOWER)["status"] == "new"


def test_the_customers_answer_does_not_go_on_a_case_that_somebody_else_opened_to_follow_his(world: World) -> None:
    number, reason, _ = answered(world, ANN, ANN, "It burns again.")
    assert (number, reason) == ("2612000002", "follow_up")
    assert world.case(number)["participants"] == [ANN]
    assert "It burns again." not in str(world.case(FOLLOWER)["history"])


def test_his_next_answer_finds_his_own_follower_whoever_opened_one_since(world: World) -> None:
    answered(world, ANN, ANN, "It burns again.")
    answered(world, ANN, "eve@evil.test", "Me too.")
    assert answered(world, ANN, ANN, "And again!!") == ("2612000002", "reply", "participant")


def test_what_an_engineer_answers_to_a_letter_about_the_old_case_is_not_sent_to_who_opened_its_follower(
    world: World,
) -> None:
    assert answered(world, BOB, BOB, "Your door opens with 4711.")[0] == A
    world.deliver()
    assert [recipient for _, recipient, message in world.relay.sent if b"4711" in message] == [ANN, CARL]
