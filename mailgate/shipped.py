"""Where the files lie that are shipped with mailgate, and which of the operator's own stand in front of them.

An installed wheel has them in `mailgate/_data/`, a checkout beside the package. The operator's are those beside his
`mailgate.toml`; they override ours file by file.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Literal

_PACKAGE = Path(str(files("mailgate")))


def folder(name: Literal["config", "templates", "systemd"]) -> Path:
    """The shipped folder of that name."""
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def template_folders(config: Path) -> tuple[Path, ...]:
    """The folders to look for a template in: the operator's beside his settings (in `config`), then ours."""
    own = config / "templates"
    return (own, folder("templates")) if own.is_dir() else (folder("templates"),)


def policy_file(config: Path, name: str) -> Path | None:
    """The file of that policy: the operator's own, else ours, else None."""
    places = (config / "policies" / f"{name}.toml", folder("config") / "policies" / f"{name}.toml")
    return next((place for place in places if place.is_file()), None)


def policy_names(config: Path) -> list[str]:
    """The names of all policies there are, ours and the operator's."""
    places = (config / "policies", folder("config") / "policies")
    return sorted({file.stem for place in places for file in place.glob("*.toml")})


def languages(config: Path) -> list[str]:
    """The languages that there are letters in, ours and the operator's."""
    folders = [place / "letters" for place in template_folders(config)]
    return sorted({place.name for folder in folders if folder.is_dir() for place in folder.iterdir() if place.is_dir()})
