"""Why a file cannot be used is said with its owner and the one who asks."""

from __future__ import annotations

import os
from pathlib import Path

from mailgate.rights import closed, hindrance, no_room, unreadable
from nobody import as_nobody, asker, open_folder, owner


def test_what_may_be_used_has_nothing_against_it(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.touch()
    assert hindrance(file, os.R_OK | os.W_OK) == ""
    assert closed(tmp_path) == ""
    assert no_room(tmp_path / "b") == ""


def test_what_is_not_there_is_named_by_the_first_that_is_missing(tmp_path: Path) -> None:
    assert hindrance(tmp_path / "a") == f"there is no {tmp_path}/a"
    for why in (closed(tmp_path / "a"), hindrance(tmp_path / "a" / "b" / "c"), no_room(tmp_path / "a" / "b")):
        assert why == f"there is no folder {tmp_path}/a; make it, or name another"


def test_a_folder_cannot_be_read_as_a_file(tmp_path: Path) -> None:
    assert unreadable(tmp_path) == f"{tmp_path} is a folder; name a file"
    assert unreadable(tmp_path / "a") == f"there is no {tmp_path}/a"
    (tmp_path / "a").touch()
    assert unreadable(tmp_path / "a") == ""


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
        locked = folder / "locked"
        locked.mkdir()
        (locked / "a").touch()
        locked.chmod(0)
        said = as_nobody(lambda: hindrance(locked / "a"))
        locked.chmod(0o700)
        assert said.startswith(f"{locked} belongs to {owner()} (mode 0)")


def test_a_folder_that_takes_no_new_file_is_named() -> None:
    with open_folder() as folder:
        folder.chmod(0o555)
        said = as_nobody(lambda: no_room(folder / "a"))
        folder.chmod(0o755)
    assert said.startswith(f"{folder} belongs to {owner()} (mode 555), and this runs as {asker()}")
