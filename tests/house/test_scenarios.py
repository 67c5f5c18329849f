"""Each published policy plays its scenario, to the minute and the word, on both databases."""

from __future__ import annotations

import tomllib

import pytest

from mailgate.simulate.play import play
from mailgate.simulate.scenario import read_scenario
from mailgate.store.db import Store
from world import ROOT

SCENARIOS = sorted((ROOT / "fixtures" / "scenarios").glob("*.toml"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_comes_to_what_it_expects(path: object, store: Store) -> None:
    played = play(read_scenario(ROOT / str(path)), ROOT / "none", store=store)
    assert not played.faults, "\n".join(map(str, played.faults))


def test_every_shipped_policy_has_a_scenario_that_brings_a_case_to_its_close() -> None:
    policies = {file.stem for file in (ROOT / "config" / "policies").glob("*.toml")}
    played = {path.stem: tomllib.loads(path.read_text()) for path in SCENARIOS}
    assert policies <= played.keys()
    for name in policies:
        assert played[name]["policy"] == name
        statuses = {case.get("status") for step in played[name]["step"] for case in step.get("case", ())}
        assert "closed" in statuses
