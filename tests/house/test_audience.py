"""Law of the audience: every recipient of every letter might read that case's letters at that moment, and no letter to
a customer holds what was said on another case, or among ourselves."""

from __future__ import annotations

import os

import pytest

import audience
from attacks import ANN, BEN, BOB, EVE, POLICY, A, laid
from mailgate import pipeline
from mailgate.cases.events import EngineerActed
from mailgate.mail.message import Authentication
from world import World, mail

COUNT = int(os.environ.get("MAILGATE_AUDIENCE", "2000"))
SHARES = 4


@pytest.mark.parametrize("share", range(SHARES))
def test_every_letter_goes_to_those_who_may_read_it(share: int) -> None:
    """A share of the random stories; the rest is played by tests/bench/long/audience."""
    each = COUNT // SHARES
    assert audience.stories(range(share * each, (share + 1) * each)) > each


def test_who_is_taken_out_by_an_engineers_answer_does_not_get_it_and_who_is_brought_in_does() -> None:
    """Found by seed 10553: the words went out before his commands were heard."""
    with World(policy=POLICY, engineers=(BOB, EVE)) as world:
        ground = laid(world)
        pipeline.act(world.house, A, EngineerActed("operator", join=("carl@customer.test",)))
        words = f"/uncc carl@customer.test\n/cc {BEN}\n\nThe key is under the mat."
        answer = mail(
            "Re: x", words, by=BOB, message_id="<9@engineers.test>", in_reply_to=ground.said["bob.a.message_id"]
        )
        world.receive(answer, authentication=Authentication.PASS)
        world.deliver()
        read_by = {to for _, to, message in world.relay.sent if b"under the mat" in message}
        assert (read_by, world.case(A)["participants"]) == ({ANN, BEN}, [ANN, BEN])
