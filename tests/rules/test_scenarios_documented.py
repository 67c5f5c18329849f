"""Every key of a scenario stands in fixtures/README.md."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mailgate.simulate.scenario import Scenario
from mailgate.tomlfile import inner, keys_of
from world import ROOT

DOCUMENTED = set(
    re.findall(r"`([a-z_]+)`", (ROOT / "fixtures" / "README.md").read_text().partition("## scenarios/")[2])
)


def keys(shape: object) -> dict[str, Any]:
    """Each key that a scenario may have anywhere, but for the tables that `config/README.md` documents."""
    found: dict[str, Any] = {}
    for key, value in keys_of(shape).items():
        found[key] = value
        kind, held = inner(value)
        if kind != "value" and (shape, key) not in {(Scenario, "account"), (Scenario, "contact")}:
            found |= keys(held)
    return found


@pytest.mark.parametrize("key", sorted(keys(Scenario)))
def test_a_key_of_a_scenario_is_documented(key: str) -> None:
    assert key in DOCUMENTED
