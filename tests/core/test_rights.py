"""Why a file cannot be used is said with its owner and the one who asks."""

from __future__ import annotations

import os
from pathlib import Path

from mailgate.rights import hindrance
from nobody import as_nobody, asker, open_folder, owner


def test_what_may_be_used_has_nothing_against_it(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.touch()
    assert hindrance(file, os.R_OK | os.W_OK) == ""
    assert hindrance(tmp_path, os.W_OK | os.X_OK) == ""


def test_what_is_not_there_is_named_by_the_first_that_is_missing(tmp_path: Path) -> None:
    assert hindrance(tmp_path / "a") == f"there is no {tmp_path}/a"
    assert hindrance(tmp_path / "a" / "b" / "c").startswith(f"there is no folder {tmp_path}/a; make it")


def test_what_belongs_to_another_says_to_whom_and_who_asks() -> None:
    with open_folder() as folder:
        file = folder / "a"
        file.touch(mode=0o400)
        file.chmod(0)
        assert as_nobody(lambda: hindrance(file)) == (
            f"{file} belongs to {owner()} (mode 0), and this runs as {asker()}; run it as {owner()}, "
            "or change its owner or mode"
        )


def test_a_folder_that_may_not_be_entered_is_named_rather_than_what_is_in_it() -> None:
    with open_folder() as folder:
        closed = folder / "closed"
        closed.mkdir()
        (closed / "a").touch()
        closed.chmod(0)
        said = as_nobody(lambda: hindrance(closed / "a"))
        closed.chmod(0o700)
        assert said.startswith(f"{closed} belongs to {owner()} (mode 0)")
