"""Says why a file cannot be used: that it is not there, or who owns it and who asks. It opens nothing."""

from __future__ import annotations

import os
import pwd
from pathlib import Path


def closed(folder: Path) -> str:
    """Why this process cannot enter a folder and what helps, or ""."""
    for one in (*reversed(folder.absolute().parents), folder.absolute()):
        if not one.is_dir():
            return f"there is no folder {one}; make it, or name another"
        if not os.access(one, os.X_OK):
            return _belongs(one)
    return ""


def hindrance(path: Path, mode: int = os.R_OK) -> str:
    """Why this process cannot use what is at `path` in that way (`os.R_OK`, `os.W_OK` …) and what helps, or ""."""
    if why := closed(path.absolute().parent):
        return why
    if not path.exists():
        return f"there is no {path.absolute()}"
    return "" if os.access(path, mode) else _belongs(path.absolute())


def no_room(path: Path) -> str:
    """Why this process cannot make a file at `path` and what helps, or ""."""
    folder = path.absolute().parent
    return closed(folder) or ("" if os.access(folder, os.W_OK) else _belongs(folder))


def unreadable(path: Path) -> str:
    """Why this process cannot read a file, and what helps, or ""."""
    return hindrance(path) or (f"{path} is a folder; name a file" if path.is_dir() else "")


def _belongs(path: Path) -> str:
    found = path.stat()
    owner, me = _name(found.st_uid), _name(os.geteuid())
    return (
        f"{path} belongs to {owner} (mode {found.st_mode & 0o7777:o}), and this runs as {me}; "
        f"run it as {owner}, or change its owner or mode"
    )


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"
