"""Says why a file cannot be used: that it is not there, or who owns it and who asks. It opens nothing."""

from __future__ import annotations

import os
import pwd
from pathlib import Path


def hindrance(path: Path, mode: int = os.R_OK) -> str:
    """Why this process cannot use a file (or a folder) in that way (`os.R_OK`, `os.W_OK` …) and what helps, or ""."""
    path = path.absolute()
    for folder in reversed(path.parents):
        if not folder.is_dir():
            return f"there is no folder {folder}; make it, or name another"
        if not os.access(folder, os.X_OK):
            return _belongs(folder)
    if not path.exists():
        return f"there is no {path}"
    return "" if os.access(path, mode) else _belongs(path)


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
