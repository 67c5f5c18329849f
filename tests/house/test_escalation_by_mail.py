"""Mail to the escalation address moves its case up one rung: for those whom it is there for, at the pace of people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from mailgate.mail.message import Authentication
from mailgate.policy.policy import Policy
from mailgate.policy.service import Escalation, Rung
from mailgate.roster import Engineer
from mailgate.store.db import Store
from world import World, mail

URGENT = "help@example.com"  # an alias of the mailbox support
RUNGS = (Rung("Duty manager", ("duty@engineers.test",)), Rung("Director", ("director@engineers.test",)))


def laddered(policy: Policy) -> Policy:
    """Our people hear of escalations alone."""
    quiet = replace(policy.letters, desk=False)
    return replace(policy, escalation=Escalation(address=URGENT, rungs=RUNGS), letters=quiet)


def make(store: Store | None = None) -> World:
    world = World(store)
    settings = replace(world.house.settings, engineers=(Engineer("eng@engineers.test", "Eng"),))
    policy = laddered(world.policy)
    world.house = replace(world.house, settings=settings, policies={policy.name: policy})
    return world


@pytest.fixture
def world() -> Iterator[World]:
    with make() as made:
        yield made


def again(world: World, number: int, by: str = "ann@customer.test", **more: Any) -> int:
    """A reply on the first case, to the escalation address."""
    reply = mail(f"Re: {world.letters[0]['Subject']}", by=by, message_id=f"<{number}@again.test>")
    return world.receive(reply, to=URGENT, **more)


def rung(world: World) -> int:
    (case,) = world.cases
    found = world.case(case["number"])["rung"]
    assert isinstance(found, int)
    return found


def last_note(world: World) -> str:
    return str(world.case(world.cases[0]["number"])["history"][-1]["text"])


def told(world: World) -> list[str]:
    return [str(letter["To"]) for letter in world.letters if letter["From"] == "mailgate <support@example.com>"]


def test_a_mail_there_that_belongs_to_no_case_opens_one_on_the_first_rung(world: World) -> None:
    arrived = world.receive(mail(), to=URGENT)
    assert (rung(world), told(world)) == (1, ["duty@engineers.test"])
    assert str(world.letters[0]["Subject"]).startswith("#")  # the customer's confirmation, as ever
    assert any("escalated to 1" in note for note in world.inbox(arrived)["trace"]["decision"]["notes"])


def test_a_mail_to_the_mailbox_itself_escalates_nothing(world: World) -> None:
    world.receive(mail())
    assert (rung(world), told(world)) == (0, [])


def test_a_participants_mail_moves_its_case_one_rung_an_hour(store: Store) -> None:
    with make(store) as world:
        world.receive(mail())
        again(world, 1)
        assert (rung(world), told(world)) == (1, ["duty@engineers.test"])
        world.advance(minutes=59)
        again(world, 2, by="Ann@Customer.test")
        assert (rung(world), last_note(world)) == (
            1,
            "not escalated: Ann@customer.test escalated within the last hour",
        )
        world.advance(minutes=2)
        again(world, 3)
        assert (rung(world), told(world)) == (2, ["duty@engineers.test", "director@engineers.test"])
        world.advance(hours=2)
        again(world, 4)
        assert (rung(world), last_note(world)) == (2, "not escalated: the case is on the highest rung already")


def test_a_hundred_mails_there_are_a_hundred_cases_and_one_letter_to_the_rung(world: World) -> None:
    for number in range(30):
        world.receive(mail(message_id=f"<{number}@flood.test>"), to=URGENT, process=False)
    world.process()
    assert (len(world.cases), told(world)) == (30, ["duty@engineers.test"])


def test_a_colleague_s_mail_is_appended_and_escalates_nothing(world: World) -> None:
    world.receive(mail())
    again(world, 1, by="bob@customer.test")
    assert (rung(world), told(world)) == (0, [])
    assert last_note(world) == "not escalated: bob@customer.test does not take part in the case"


def test_a_stranger_s_mail_is_held(world: World) -> None:
    world.receive(mail())
    held = again(world, 1, by="eve@stranger.test")
    assert (world.inbox(held)["reason"], rung(world)) == ("stranger", 0)


@pytest.mark.parametrize("authentication", [Authentication.FAIL, Authentication.UNVERIFIED])
def test_a_from_that_the_door_does_not_believe_escalates_nothing(world: World, authentication: Authentication) -> None:
    world.receive(mail())
    again(world, 1, authentication=authentication)
    assert (rung(world), told(world)) == (0, [])
    assert last_note(world) == f"not escalated: the sender's authentication is {authentication.value}"


def test_a_machine_escalates_nothing(world: World) -> None:
    world.receive(mail())
    reply = f"Re: {world.letters[0]['Subject']}"
    world.receive(mail(reply, message_id="<2@x.test>", auto_submitted="auto-replied"), to=URGENT)
    world.receive(mail("Disk full", message_id="<3@x.test>", auto_submitted="auto-generated"), to=URGENT)
    assert (told(world), [world.case(case["number"])["rung"] for case in world.cases]) == ([], [0, 0])


def test_an_engineer_escalates_a_customers_case_and_his_words_stay_within(world: World) -> None:
    world.receive(mail())
    before = len(world.letters)
    arrived = again(world, 1, by="eng@engineers.test", authentication=Authentication.PASS)
    assert (rung(world), told(world)) == (1, ["duty@engineers.test"])
    case = world.case(world.cases[0]["number"])
    assert (case["status"], case["contact"]) == ("new", "ann@customer.test")
    assert [line["kind"] for line in case["history"]] == ["mail", "note", "escalation"]
    assert len(world.letters) == before + 1
    assert all("It burns" not in note for note in world.inbox(arrived)["trace"]["decision"]["notes"])


def test_who_calls_himself_an_engineer_escalates_nothing(world: World) -> None:
    world.receive(mail())
    noted = again(world, 1, by="eng@engineers.test", authentication=Authentication.UNKNOWN)
    assert (world.inbox(noted)["reason"], rung(world)) == ("note", 0)


def test_a_plus_address_of_it_is_it_too(world: World) -> None:
    world.receive(mail(), to="help+now@example.com")
    assert rung(world) == 1


def test_one_mail_that_is_walked_twice_escalates_once(world: World) -> None:
    arrived = world.receive(mail(), to=URGENT)
    again(world, 1)
    world.receive(mail(), to=(URGENT, "support@example.com"))  # the same mail by another way
    assert (rung(world), len(told(world)), world.inbox(arrived)["state"]) == (1, 1, "filed")
