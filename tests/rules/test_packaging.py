"""What is handed on is whole: nothing stands twice, and what the tests read is there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

from mailgate import shipped

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))


def test_no_dependency_is_named_twice() -> None:
    names = Counter(re.split(r"[^\w.-]", one, maxsplit=1)[0] for one in PROJECT["project"]["dependencies"])
    assert [name for name, count in names.items() if count > 1] == []


def test_the_source_archive_holds_what_its_own_tests_read() -> None:
    included = PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    assert {"/.ci", "/tests", "/fixtures", "/mailgate", "/templates", "/config", "/systemd"} <= set(included)


def test_every_shipped_policy_is_in_the_wheel_where_it_is_looked_for() -> None:
    included = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included["config"] == "mailgate/_data/config"  # `shipped.folder` looks there first
    root = Path(__file__).parents[2]
    names = sorted(file.stem for file in (root / "config" / "policies").glob("*.toml"))
    assert names == ["appviewx", "auvik", "aveksa", "beyondtrust", "default", "roxen"]
    assert shipped.policy_names(root / "tests") == names


def test_a_machine_without_time_zones_of_its_own_has_ours() -> None:
    command = [sys.executable, "-m", "mailgate", "policy", "timeline", "auvik", "--opened", "2026-11-19T12:00"]
    done = subprocess.run(
        [*command, "--priority", "1"],
        env=os.environ | {"PYTHONTZPATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "first_response_due" in done.stdout
