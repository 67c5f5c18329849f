"""Random stories come to the same, whether their mails are walked together or one by one."""

from __future__ import annotations

import pytest

from twin_stories import lived


@pytest.mark.parametrize("seed", [0, 3, 4, 8, 10])
def test_what_comes_together_comes_to_what_comes_one_by_one(seed: int) -> None:
    inbox = lived(seed, rounds=4).twins[0].told()["inbox"]
    assert len({reason for _, reason, _ in inbox}) > 3
