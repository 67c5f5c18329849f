"""What the operator is told of a mailbox in trouble: once, in words that say what is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailgate.door_settings import Door
from mailgate.intake.watch import Stall
from mailgate.operator import tell_of_stall
from world import World


@pytest.mark.parametrize(
    ("stall", "subject", "words"),
    [
        ({}, "the mailbox of door inbox cannot be read", "Mail that comes there is not"),
        ({"taken_in": True}, "mail of door inbox cannot be put away", "A mailbox that fills up takes no new mail"),
        ({"over": True}, "the mailbox of door inbox is well again", "All is well again"),
    ],
)
def test_a_letter_says_what_is_wrong_with_a_mailbox(stall: dict[str, bool], subject: str, words: str) -> None:
    with World() as world:
        doors = {"inbox": Door("inbox", "imap", mailbox="support")}
        house = replace(world.house, settings=replace(world.house.settings, doors=doors, operator="pm@example.net"))
        for _ in range(2):
            with world.store.write() as connection:
                since = world.clock.now() - timedelta(hours=1)
                tell_of_stall(house, connection, Stall("inbox", since, "OVERQUOTA", **stall), world.clock.now())
        (letter,) = world.letters
        assert (letter["To"], letter["Subject"]) == ("pm@example.net", f"mailgate: {subject}")
        body = letter.get_body(("plain",))
        assert body is not None
        assert words in body.get_content()
