"""Mailing lists: their mail opens a case and gets no letter, unless the list stands in front of the mailbox."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage

import pytest

from mailgate.mail.message import Authentication
from mailgate.policy.policy import Handling, Intake, Letters, Policy, Windows
from world import World, mail

GROUP = "fixtures/mail/list_google_group.eml"
MUNGED = "fixtures/mail/list_writes_in_its_own_name.eml"
OURS = Policy("default", intake=Intake(own_lists=("desk.groups.example.com", "desk@lists.example.com")))


def to_of(letters: list[EmailMessage]) -> list[str]:
    return [str(letter["To"]) for letter in letters]


def test_mail_by_a_list_opens_a_case_without_a_letter() -> None:
    with World() as world:
        row = world.inbox(world.receive(GROUP))
        assert (row["state"], row["case"] is not None, world.letters) == ("filed", True, [])
        assert world.case(row["case"])["history"][0]["kind"] == "list"


def test_who_writes_through_a_list_of_our_own_is_answered_in_person() -> None:
    with World(policy=OURS) as world:
        row = world.inbox(world.receive(GROUP, sender="desk+bounces@groups.example.com"))
        assert to_of(world.letters) == ["Ann <ann@example.net>"]
        assert world.case(row["case"])["history"][0]["kind"] == "mail"


def test_a_list_that_writes_in_its_own_name_is_never_written_to() -> None:
    with World(policy=OURS) as world:
        case = world.case(world.inbox(world.receive(MUNGED))["case"])
        assert world.letters == []
        assert (
            case["history"][-1]["text"] == "confirmation not sent: desk@lists.example.com is the list, not the person"
        )


@pytest.mark.parametrize("field", [{"auto_submitted": "auto-replied"}, {"precedence": "junk"}, {"x_autoreply": "yes"}])
def test_a_machine_that_writes_through_a_list_of_our_own_is_not_answered(field: dict[str, str]) -> None:
    with World(policy=OURS) as world:
        data = mail(list_id="<desk.groups.example.com>", list_post="<mailto:desk@groups.example.com>", **field)
        world.receive(data)
        assert world.letters == []


def test_a_copy_by_another_list_is_quiet_where_repeats_are_accepted() -> None:
    policy = replace(OURS, intake=replace(OURS.intake, duplicate=Handling.ACCEPT))
    with World(policy=policy) as world:
        world.receive(mail())
        world.receive(mail(list_id="<users.example.org>", list_post="<mailto:users@example.org>"))
        assert len(world.letters) == 1


def test_windows_and_authentication_hold_for_mail_by_our_own_list() -> None:
    policy = replace(OURS, letters=Letters(hourly=Windows(authenticated=1)))
    through = {"list_id": "<desk.groups.example.com>", "list_post": "<mailto:desk@groups.example.com>"}
    with World(policy=policy) as world:
        world.receive(mail(message_id="<0@customer.test>", **through), authentication=Authentication.FAIL)
        assert world.letters == []
        world.receive(mail(message_id="<1@customer.test>", **through))
        world.receive(mail("Other", message_id="<2@customer.test>", **through))
        assert len(world.letters) == 1


def test_an_answer_through_a_list_wakes_its_case_and_gets_no_letter() -> None:
    with World(policy=replace(Policy("default"), letters=Letters(reply_received=True))) as world:
        world.receive(mail())
        number, (confirmation,) = world.cases[0]["number"], world.letters
        world.set_status(number, "waiting")
        through = {"list_id": "<users.example.org>", "list_post": "<mailto:users@example.org>"}
        world.receive(
            mail("Re: it", "Still.", message_id="<2@x.test>", in_reply_to=confirmation["Message-ID"], **through)
        )
        assert world.case(number)["status"] == "open"
        assert world.case(number)["history"][-2]["kind"] == "list"
        assert len(world.letters) == 1


def test_what_a_list_brings_with_the_ref_alone_wakes_nothing() -> None:
    with World() as world:
        world.receive(mail())
        number, (confirmation,) = world.cases[0]["number"], world.letters
        world.set_status(number, "waiting")
        through = {"list_id": "<users.example.org>", "list_post": "<mailto:users@example.org>"}
        world.receive(mail(f"Re: {confirmation['Subject']}", "Still.", message_id="<2@x.test>", **through))
        assert world.case(number)["status"] == "waiting"
