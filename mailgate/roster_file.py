"""Changes the roster where it is kept: the `[[engineer]]` tables of `mailgate.toml`, by their lines, so that comments
and order stay. What comes out is read as settings before anything is kept."""

from __future__ import annotations

import dataclasses
import difflib
import json
import os
import re
import stat
import tempfile
from pathlib import Path

from mailgate.errors import MailgateError
from mailgate.roster import Engineer
from mailgate.settings import Settings, read_settings

_TABLE = re.compile(r"^\s*\[")
_HERE = re.compile(r"^\s*\[\[\s*engineer\s*\]\]\s*(#.*)?$")
_KEYS = ("address", "name", "level", "public", "role")
_DEFAULTS = {"level": 1, "public": "", "role": "engineer"}


def with_engineer(text: str, engineer: Engineer, place: int | None) -> str:
    """The file's text with that engineer: in the table at `place` (from 0), or in a new one at the end."""
    lines = text.splitlines()
    if place is None:
        gap = [""] if lines and lines[-1].strip() else []
        return "\n".join([*lines, *gap, "[[engineer]]", *_said(engineer)]) + "\n"
    begin, end = _table(lines, place)
    body = [line for line in lines[begin + 1 : end] if not re.match(rf"^\s*(?:{'|'.join(_KEYS)})\s*=", line)]
    return "\n".join([*lines[: begin + 1], *_said(engineer), *body, *lines[end:]]) + "\n"


def without_engineer(text: str, place: int) -> str:
    """The file's text without the table at `place`, and without the blank line before it."""
    lines = text.splitlines()
    begin, end = _table(lines, place)
    while begin and not lines[begin - 1].strip():
        begin -= 1
    return "\n".join([*lines[:begin], *([""] if lines[end:] and begin else []), *lines[end:]]) + "\n"


def changed(settings: Settings, text: str, engineers: tuple[Engineer, ...]) -> str:
    """The change as a unified diff, once it is sure that with `text` the settings are the same but for that roster.

    MailgateError where they would not be: the file is written in a way that only a person can change.
    """
    path = settings.path
    before = path.read_text(encoding="utf-8-sig")
    with tempfile.TemporaryDirectory() as folder:
        # Both from one place: what is relative in them is then the same.
        trial = Path(folder) / path.name
        old, new = (_read(trial, one, path) for one in (before, text))
    if new != dataclasses.replace(old, engineers=engineers):
        raise MailgateError(f"{path}: its [[engineer]] tables are written in a way that only a person can change")
    lines = difflib.unified_diff(before.splitlines(), text.splitlines(), str(path), str(path), lineterm="")
    return "\n".join(lines)


def _read(trial: Path, text: str, path: Path) -> Settings:
    trial.write_text(text, encoding="utf-8")
    read, faults = read_settings(trial)
    if read is None:
        raise MailgateError(str(faults[0]).replace(str(trial), str(path)))
    return read


def write(path: Path, text: str) -> None:
    """Puts the text in the file's place in one step, with its owner and mode. OSError where that may not be."""
    before = path.stat()
    handle, name = tempfile.mkstemp(dir=_folder(path), prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, stat.S_IMODE(before.st_mode))  # noqa: PTH101 - a path is not needed for it
        if (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
            os.chown(name, before.st_uid, before.st_gid)
        os.replace(name, path.resolve())  # noqa: PTH105 - as above
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _folder(path: Path) -> Path:
    return path.resolve().parent


def _table(lines: list[str], place: int) -> tuple[int, int]:
    """Where that `[[engineer]]` begins, and the first line after it; comments right above what follows are of that."""
    begins = [at for at, line in enumerate(lines) if _HERE.match(line)]
    if place >= len(begins):
        raise MailgateError("the roster is not written as [[engineer]] tables: change it by hand")
    begin = begins[place]
    end = next((at for at in range(begin + 1, len(lines)) if _TABLE.match(lines[at])), len(lines))
    while end > begin + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return begin, end


def _said(engineer: Engineer) -> list[str]:
    given = {key: getattr(engineer, key) for key in _KEYS}
    # JSON's strings are TOML's basic strings, as long as nothing beyond ASCII is escaped by two units.
    return [
        f"{key} = {json.dumps(value, ensure_ascii=False)}"
        for key, value in given.items()
        if value != _DEFAULTS.get(key)
    ]
