"""The gate was down for days: it catches up without a burst, and no customer hears twice of one case in an hour."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from mailgate.cases.case import Status
from mailgate.cases.letter_kinds import LetterKind
from mailgate.policy.duration import Duration, Unit
from mailgate.policy.load import load_policy
from mailgate.policy.policy import Policy
from mailgate.simulate.record import sent
from world import ROOT, World, mail

OURS = {kind.value for kind in (LetterKind.CONFIRMATION, LetterKind.REPLY_RECEIVED)}


@pytest.fixture(params=["default", "auvik", "roxen", "aveksa", "hasty"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    policy = hasty() if request.param == "hasty" else policy_named(request.param)
    with World(policy=policy) as world:
        yield world


def policy_named(name: str) -> Policy:
    return load_policy(ROOT / "config" / "policies" / f"{name}.toml")


def hasty() -> Policy:
    """One that would write to a customer every ten minutes, if it could."""
    policy, minutes = policy_named("default"), [Duration(n, Unit.MINUTES) for n in range(10, 60, 10)]
    return replace(
        policy,
        priorities=tuple(replace(one, feedback=minutes[0]) for one in policy.priorities),
        reminders=replace(policy.reminders, customer=tuple(minutes[:3]), progress=True),
        closing=replace(policy.closing, waiting=minutes[4], resolved=minutes[3], grace=minutes[0]),
    )


def test_after_days_of_silence_each_case_gets_one_letter_and_the_next_an_hour_later(world: World) -> None:
    names = [f"{status.value}{n}" for status in Status for n in range(1)]
    for name in names:
        world.receive(mail(f"Critical: {name}", by=f"<{name}@customer.test>", message_id=f"<{name}@customer.test>"))
    for case, name in zip(world.cases, names, strict=True):
        if not name.startswith("new"):
            world.set_status(str(case["number"]), name[:-1])
    world.deliver()
    # Not a tick for eight weeks: reminders, notices and closes of all sorts have come due meanwhile.
    world.clock.time += timedelta(weeks=8)
    began = world.clock.time
    world.settle()
    burst = by_case(world, since=began)
    assert burst
    assert {len(moments) for moments in burst.values()} == {1}
    world.go_to(began + timedelta(days=10))
    for moments in by_case(world, since=began).values():
        gaps = [later - sooner for sooner, later in pairwise(moments)]
        assert all(gap >= timedelta(hours=1) for gap in gaps), moments


def test_what_was_missed_comes_with_the_distances_that_it_would_have_had() -> None:
    """Waiting since 17 November, down until 12 January: no two reminders and a close in one breath."""
    with World() as world:
        world.receive(mail())
        world.set_status(str(world.cases[0]["number"]), "waiting")
        world.deliver()
        world.clock.time += timedelta(weeks=8)
        world.go_to(world.clock.time + timedelta(weeks=4))
        assert [(letter.kind, letter.at) for letter in sent(world)[1:]] == [
            ("customer_reminder", datetime(2027, 1, 12, 12, 0, tzinfo=UTC)),
            ("customer_reminder", datetime(2027, 1, 17, 12, 0, tzinfo=UTC)),
            ("closing_notice", datetime(2027, 1, 29, 12, 0, tzinfo=UTC)),
            ("closed", datetime(2027, 2, 2, 12, 0, tzinfo=UTC)),
        ]


def by_case(world: World, since: datetime) -> dict[tuple[str | None, str], list[datetime]]:
    """When time alone wrote to whom about which case, since then."""
    found: dict[tuple[str | None, str], list[datetime]] = defaultdict(list)
    for letter in sent(world):
        if letter.at >= since and letter.kind not in OURS and letter.to.endswith("@customer.test"):
            found[letter.case, letter.to].append(letter.at)
    return found
