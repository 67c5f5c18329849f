"""What the README says of the shipped policies is so."""

from __future__ import annotations

import re
from pathlib import Path

from mailgate import shipped
from mailgate.policy.load import load_policy

ROOT = Path(__file__).parents[2]


def test_the_policies_that_have_a_ladder_are_named_where_a_case_is_sent_up_one() -> None:
    _, _, after = (ROOT / "README.md").read_text(encoding="utf-8").partition("--escalate")
    said = re.search(r"where the policy has a ladder\s+\((?P<some>[^;)]+); not (?P<none>\w+)\)", after[:300])
    assert said
    ladders = {
        name
        for name in shipped.policy_names(ROOT)
        if load_policy(ROOT / "config" / "policies" / f"{name}.toml").escalation.rungs
    }
    assert set(said["some"].split(", ")) == ladders
    assert said["none"] not in ladders
