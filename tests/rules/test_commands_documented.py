"""README tells engineers of every command, in the words of the letters that they get."""

from __future__ import annotations

from pathlib import Path

from mailgate.cases.command_words import USAGE, Speaker
from mailgate.cases.notices import commands

README = (Path(__file__).parent.parent.parent / "README.md").read_text(encoding="utf-8")


def test_readme_lists_every_command_of_engineers_and_no_other() -> None:
    section = README.partition("## For engineers")[2].partition("\n## ")[0]
    listed = [line.removeprefix("    ") for line in section.splitlines() if line.startswith("    /")]
    assert listed == commands().splitlines()
    assert len(listed) == len(USAGE[Speaker.ENGINEER])
