"""What the pages say to customers, in each language that somebody wrote it in (`web/customer/words/<language>.j2`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

from jinja2 import Environment, TemplateError

from mailgate.cases.letter_kinds import OPERATOR_LANGUAGE
from mailgate.errors import ConfigError

WORDS = "customer/words"


def says(environment: Environment, folders: Sequence[Path]) -> dict[str, SimpleNamespace]:
    """The words by language. Ours are in the last of the folders; what an operator's file lacks is told in ours of that
    language. ConfigError where a language has too few words, or one that no page uses."""
    found: dict[str, dict[str, object]] = {}
    for folder in reversed(folders):
        for file in sorted(folder.glob(f"{WORDS}/*.j2")):
            found[file.stem] = found.get(file.stem, {}) | dict(_of(environment, file))
    known = found[OPERATOR_LANGUAGE].keys()
    for language, words in found.items():
        for what, wrong in (("has no", known - words.keys()), ("has, and no page uses it:", words.keys() - known)):
            if wrong:
                where = next(one for one in (folder / WORDS / f"{language}.j2" for folder in folders) if one.exists())
                raise ConfigError(where, "", f"it {what} `{min(wrong)}`; `en.j2` has the names of all")
    return {language: SimpleNamespace(**words) for language, words in found.items()}


def _of(environment: Environment, file: Path) -> Iterator[tuple[str, object]]:
    try:
        module = environment.from_string(file.read_text(encoding="utf_8")).module
    except (TemplateError, OSError, UnicodeDecodeError) as error:
        raise ConfigError(file, "", str(error), getattr(error, "lineno", None)) from error
    yield from ((name, value) for name, value in vars(module).items() if not name.startswith("_"))
