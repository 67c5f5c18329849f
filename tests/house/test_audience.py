"""Law of the audience: every recipient of every letter might read that case's letters at that moment, and no letter to
a customer holds what was said on another case, or among ourselves."""

from __future__ import annotations

import os

import pytest

import audience

COUNT = int(os.environ.get("MAILGATE_AUDIENCE", "2000"))
SHARES = 4


@pytest.mark.parametrize("share", range(SHARES))
def test_every_letter_goes_to_those_who_may_read_it(share: int) -> None:
    """A share of the random stories; the rest is played by tests/bench/long/audience."""
    each = COUNT // SHARES
    assert audience.stories(range(share * each, (share + 1) * each)) > each
