"""What is handed on is whole: nothing stands twice, and what the tests read is there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections import Counter
from pathlib import Path

import pytest

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


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source archive, as `python -m build` makes them, of the files that git has."""
    folder = tmp_path_factory.mktemp("dist")
    root = Path(__file__).parents[2]
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)],
        cwd=root,
        capture_output=True,
        check=True,
    )
    return folder


def test_wheel_and_source_archive_carry_all_that_is_shipped(built: Path) -> None:
    root = Path(__file__).parents[2]
    (wheel,), (archive,) = built.glob("*.whl"), built.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as zipped, tarfile.open(archive) as tarred:
        in_wheel = set(zipped.namelist())
        in_archive = {name.partition("/")[2] for name in tarred.getnames()}
    for name in ("templates", "config", "systemd"):
        files = [str(file.relative_to(root)) for file in (root / name).rglob("*") if file.is_file()]
        shipped_files = [file for file in files if not re.search(r"^config/(?:sent/|.*\.db)|~$", file)]
        assert shipped_files
        assert {f"mailgate/_data/{file}" for file in shipped_files} <= in_wheel
        assert set(shipped_files) <= in_archive
    beside = {"mailgate/CHANGELOG.md", "mailgate/DECISIONS.md", "mailgate/store/migrations/versions/0001_first.py"}
    assert beside <= in_wheel & in_archive
    assert any(name.endswith(".data/data/share/man/man1/mailgate.1") for name in in_wheel)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in in_wheel)
    assert not [name for name in in_wheel | in_archive if "__pycache__" in name or name.endswith((".db", ".pyc"))]


def test_what_is_installed_finds_what_it_carries(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as zipped:
        zipped.extractall(tmp_path / "site")
    (tmp_path / "mailgate.toml").write_text(
        '[mailbox.support]\naddress = "support@example.com"\n[relay]\nurl = "maildir:sent"\n'
    )
    for words in (("check-config",), ("policy", "check"), ("systemd-unit", "mailgate.service")):
        done = subprocess.run(
            [sys.executable, "-m", "mailgate", *words, "--config", str(tmp_path / "mailgate.toml")],
            env=os.environ | {"PYTHONPATH": str(tmp_path / "site")},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        if words[0] == "policy":
            assert f"{tmp_path}/site/mailgate/_data/config/policies/auvik.toml" in done.stdout
