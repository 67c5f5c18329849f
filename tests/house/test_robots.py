"""The gate against machines, thirty days each: it falls silent, and none gets more than two letters a day."""

from __future__ import annotations

from dataclasses import replace

import pytest

import robots
from mailgate.mail.message import Authentication
from mailgate.policy.policy import Daily, Letters, Policy
from mailgate.settings import BreakerSettings
from world import World, mail

CHATTY = Policy("default", letters=Letters(reply_received=True))
ROBOTS = [
    robots.polite_vacation,
    robots.rude_vacation,
    robots.forgetful_vacation,
    robots.numbering_desk,
    robots.quoting_machine,
    robots.bouncer,
    robots.rude_bouncer,
    robots.rewriting_list,
    robots.polite_list,
]


def request_of_the_day(day: int) -> bytes:
    return mail(f"Printer {day}", f"On day {day} it burns.", by="bob@robot.test", message_id=f"<day{day}@robot.test>")


@pytest.mark.parametrize("policy", [Policy("default"), CHATTY], ids=["confirming", "receipts too"])
@pytest.mark.parametrize("robot", ROBOTS)
def test_the_gate_and_a_machine_fall_silent(robot: robots.Robot, policy: Policy) -> None:
    with World(policy=policy) as world:
        got = robots.play(world, robot, request_of_the_day)
        # An address that does not exist, as its server says, is not written to again.
        assert len(got) >= (1 if robot is robots.bouncer else 30), "each day's request is confirmed"
        assert robots.busiest_day(got) <= 2
        assert world.sums().get("waiting", 0) == 0


@pytest.mark.parametrize("delay", [0.5, 300, 7200])
def test_how_fast_it_answers_makes_no_difference(delay: float) -> None:
    for robot in (robots.rude_vacation, robots.forgetful_vacation):
        with World(policy=CHATTY) as world:
            assert robots.busiest_day(robots.play(world, robot, request_of_the_day, days=5, delay=delay)) <= 2


@pytest.mark.parametrize("rude", [False, True], ids=["as they are", "with all marks lost between them"])
@pytest.mark.parametrize("policy", [Policy("default"), CHATTY], ids=["confirming", "receipts too"])
def test_two_gates_that_write_to_each_other_fall_silent(rude: bool, policy: Policy) -> None:
    def forged(day: int) -> bytes:
        return mail(f"Printer {day}", f"Day {day}.", by="support@other.test", message_id=f"<f{day}@x.test>")

    other = robots.SecondGate(rude=rude)
    with World(policy=policy) as world, other.world:
        other.world.house = replace(other.world.house, policies={policy.name: policy})
        got = robots.play(world, other, forged)
        assert len(got) >= 30
        assert robots.busiest_day(got) <= 2


def test_a_person_who_writes_three_requests_a_day_is_answered_each_time() -> None:
    with World() as world:
        for day in range(3):
            for hour in range(3):
                text = f"Hello, the printer on floor {hour} burns."
                world.receive(mail(f"Printer {day}.{hour}", text, message_id=f"<{day}.{hour}@customer.test>"))
                world.advance(hours=2)
            world.advance(hours=18)
        assert len(world.letters) == 9


def test_a_person_with_a_rude_machine_is_still_answered_what_he_asks() -> None:
    with World() as world:
        for number in range(4):
            world.receive(mail(f"Request {number}", f"Thing {number}.", message_id=f"<{number}@customer.test>"))
            for n in range(3):
                world.advance(minutes=1)
                world.receive(mail("Away", "I am on a boat.", message_id=f"<away{number}.{n}@customer.test>"))
            world.advance(minutes=10)
        confirmed = [str(letter["Subject"]) for letter in world.letters]
        assert [number for number in range(4) if any(f"Request {number}" in one for one in confirmed)] == [0, 1, 2, 3]
        assert sum("Away" in one for one in confirmed) <= 1


def test_a_person_who_writes_often_on_one_case_is_filed_each_time_and_noted() -> None:
    with World(policy=CHATTY) as world:
        world.receive(mail())
        ref = world.cases[0]["ref"]
        for number in range(12):
            world.advance(minutes=5)
            world.receive(mail(f"Re: {ref}", f"And {number}.", message_id=f"<r{number}@customer.test>"))
        assert (len(world.cases), len(world.letters)) == (1, 2)
        history = world.case(world.cases[0]["number"])["history"]
        assert [f"And {number}." in [line["text"] for line in history] for number in range(12)] == [True] * 12
        note = "reply_received not sent: ann@customer.test had 2 letters about this case in the last day"
        assert [line["text"] for line in history].count(note) == 11


@pytest.mark.parametrize("singly", [True, False], ids=["one by one", "in a batch"])
def test_a_case_of_many_has_a_window_of_its_own(singly: bool) -> None:
    with World(policy=CHATTY) as world:
        world.receive(mail(cc=", ".join(f"p{number}@customer.test" for number in range(19))))
        ref = world.cases[0]["ref"]
        for number in range(19):
            reply = mail(f"Re: {ref}", f"Me {number}.", by=f"p{number}@customer.test", message_id=f"<m{number}@x.test>")
            world.receive(reply, process=singly)
        world.process()
        assert len(world.letters) == 10


def test_the_windows_of_a_day_hold_within_a_batch() -> None:
    policy = Policy("default", letters=Letters(reply_received=True, daily=Daily(address=3)))
    with World(policy=policy) as world:
        world.receive(mail())
        ref = world.cases[0]["ref"]
        for number in range(5):
            world.receive(mail(f"Re: {ref}", f"{number}.", message_id=f"<r{number}@x.test>"), process=False)
            world.receive(mail(f"New {number}", f"{number}.", message_id=f"<n{number}@x.test>"), process=False)
        world.process()
        kinds = ["reply" if "Printer" in str(letter["Subject"]) else "new" for letter in world.letters[1:]]
        assert sorted(kinds) == ["new", "reply"], "two about the case, three in all"


@pytest.mark.parametrize(("authentication", "letters"), [(Authentication.FAIL, 0), (Authentication.UNVERIFIED, 400)])
def test_a_flood_of_forged_senders_gets_nothing_where_the_door_knows(
    authentication: Authentication, letters: int
) -> None:
    """`tests/bench/long/robots` has it in full: 10,000."""
    with World(breaker=BreakerSettings(hourly=2000, domain_hourly=1000)) as world:
        robots.flood(world, 400, authentication)
        assert (len(world.relay.sent), len(world.cases)) == (letters, 400)
        assert len({to for _, to, _ in world.relay.sent}) == letters, "a neutral letter each, and no second one"
        assert all(b"Offer" not in message for _, _, message in world.relay.sent)


def test_a_flood_at_a_door_that_does_not_look_ends_at_the_breaker() -> None:
    with World(breaker=BreakerSettings(hourly=50, domain_hourly=20)) as world:
        robots.flood(world, 400, Authentication.UNKNOWN, days=0, domains=4)
        customers = [to for _, to, _ in world.relay.sent if to != "postmaster@example.net"]
        assert len(customers) == 50
        told = [letter for letter in world.letters if letter["To"] == "postmaster@example.net"]
        assert len(told) == 5, "of each domain once, and once of all"
        assert len(world.letters) == 400 + len(told), "nothing is lost"
