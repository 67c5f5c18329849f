"""Mail that a server of our own passed on to us is no loop; our own words that come back by that way are one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fixture_mail import data_of, read_bytes
from honest import filled
from mailgate.cases.clues import clues_of
from mailgate.policy.policy import Intake, Policy
from world import World, mail

PASSED_ON = ("help+caf_=support=gate.example@example.com", "Help+SRS=GrYzX=T5=customer.test=ann@Example.com")
GROUP = "honest_own_group_rewrites_from"


@pytest.mark.parametrize("sender", PASSED_ON)
def test_our_own_words_that_our_own_server_passes_on_are_a_loop(sender: str) -> None:
    with World() as world:
        row = world.inbox(world.receive(mail(by="Support <support@example.com>"), sender=sender))
        assert (row["state"], row["reason"]) == ("held", "loop")


@pytest.mark.parametrize("sender", ["help@example.com", "help+x=y@example.com", "support+bounce@example.com"])
def test_any_other_return_path_of_ours_is_a_loop(sender: str) -> None:
    with World() as world:
        assert world.inbox(world.receive(mail(), sender=sender))["reason"] == "loop"


def test_a_group_that_no_policy_names_may_not_write_in_our_name() -> None:
    with World() as world:
        assert world.inbox(world.receive(data_of(GROUP), sender="x@groups.test"))["reason"] == "loop"


def test_a_letter_of_ours_that_comes_back_by_our_own_group_is_a_loop() -> None:
    policy = Policy("default", intake=Intake(own_lists=("help.example.com",)))
    with World(policy=policy) as world:
        world.receive(mail())
        ours = str(world.letters[0]["Message-ID"]).encode()
        back = data_of(GROUP).replace(b"<own_group_rewrites_from@customer.test>", ours)
        assert world.inbox(world.receive(back))["reason"] == "loop"
        assert len(world.letters) == 1


def test_our_own_address_is_known_in_both_forms_of_its_domain() -> None:
    with World(domain="xn--bcher-kva.test") as world:
        data = mail(by="Support <support@bücher.test>")
        assert world.inbox(world.receive(data, to="support@xn--bcher-kva.test"))["reason"] == "loop"


def test_a_reply_address_in_to_alone_tells_where_a_mail_belongs_and_nothing_of_its_writer() -> None:
    with World() as world:
        world.receive(mail())
        read = read_bytes(filled("reply_address_in_to_alone", world.letters[0]))
        clues = clues_of(
            replace(read, envelope=replace(read.envelope, recipients=("support@example.com",))), world.house.org
        )
        assert len(clues.tokens) == 1
        assert clues.direct == frozenset()
