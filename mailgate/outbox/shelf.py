"""The templates of all letters: read, compiled, tried once, none passed over. It knows no cases, policies or mail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import (
    ChoiceLoader,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mailgate.cases.letter_kinds import INTERNAL_LETTERS, OPERATOR_LANGUAGE, OPERATOR_LETTERS, LetterKind
from mailgate.errors import ConfigError
from mailgate.outbox.misspelt import misspelt
from mailgate.outbox.samples import trials

FORMS = ("txt", "html")


class _Environment(ImmutableSandboxedEnvironment):
    """Ours adds nothing to it once it is made, so what templates find everywhere is one dict. (Jinja's own chain of
    two is gone through name by name for each letter, and for each template that it is made of.)"""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}


class Shelf:
    """All letters of all languages that the folders hold; overriding folders first, the shipped one last."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        shipped = FileSystemLoader(self._folders[-1])
        self._environment = _Environment(
            loader=ChoiceLoader([*map(FileSystemLoader, folders), PrefixLoader({"shipped": shipped})]),
            undefined=StrictUndefined,
            # `select_autoescape` would pass over `x.html.j2`. Whatever is not surely plain text is escaped.
            autoescape=lambda name: name is None or not name.endswith(".txt.j2"),
            auto_reload=False,  # templates change together: a reload makes another shelf
            cache_size=-1,  # all of them stay: a plain dict, where one with a limit is locked at each look
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.languages = frozenset(self._languages())
        self._letters = {
            (kind, language): self._pair(kind, language)
            for language in self.languages
            for kind in self._kinds(language)
        }
        if theirs := self._folders[:-1]:  # ours alone were looked through by our tests
            names = sorted(f"letters/{language}/{kind}.{form}.j2" for kind, language in self._letters for form in FORMS)
            for fault in misspelt(self._environment, theirs, names, "web/"):
                raise fault

    def write(self, kind: LetterKind, language: str, values: Mapping[str, object]) -> tuple[str, str]:
        """The text and the html of one letter; `language` is one that the letter is there in (`language_for`)."""
        text, html = self._letters[kind, language]
        return self._run(text, values), self._run(html, values)

    def language_for(self, kind: LetterKind, wanted: str) -> str:
        """The language in which that letter is written to somebody who is to be written to in `wanted`.

        A language may lack the letters to our own people, and templates may be taken away after a case was opened in
        their language: no letter is lost on either.
        """
        return wanted if (kind, wanted) in self._letters else OPERATOR_LANGUAGE

    def _languages(self) -> Iterator[str]:
        for name in self._environment.list_templates(extensions=("j2",)):
            match name.split("/"):
                case ["letters", language, _]:
                    yield language

    def _kinds(self, language: str) -> Iterator[LetterKind]:
        """The letters that a language must have: all in ours, elsewhere those to customers, and what else is there."""
        for kind in LetterKind:
            there = any(
                folder.joinpath("letters", language, f"{kind}.{form}.j2").exists()
                for folder in self._folders
                for form in FORMS
            )
            if language == OPERATOR_LANGUAGE or (kind not in INTERNAL_LETTERS | OPERATOR_LETTERS) or there:
                yield kind

    def _pair(self, kind: LetterKind, language: str) -> tuple[Template, Template]:
        text, html = (self._template(f"letters/{language}/{kind}.{form}.j2") for form in FORMS)
        for values in trials(kind):
            self._run(text, values)
            self._run(html, values)
        return text, html

    def _template(self, name: str) -> Template:
        try:
            return self._environment.get_template(name)
        except (TemplateError, OSError, UnicodeDecodeError) as error:
            raise self._broken(name, error) from error

    def _run(self, template: Template, values: Mapping[str, object]) -> str:
        try:
            return template.render(values)
        except Exception as error:  # a template may fail in any way that an expression can
            raise self._broken(template.name or "", error) from error

    def _missing(self, name: str) -> ConfigError:
        return ConfigError(self._folders[-1] / name, "", "this letter has no template")

    def _broken(self, name: str, error: Exception) -> ConfigError:
        if isinstance(error, TemplateNotFound):
            wanted = error.name or name
            if wanted == name:
                return self._missing(name)
            file, line = self._where(error)
            return ConfigError(
                file or self._path(name), "", f"it asks for the template {wanted!r}, which is not there", line
            )
        if isinstance(error, TemplateSyntaxError):
            return ConfigError(error.filename or self._path(error.name or name), "", error.message or "", error.lineno)
        file, line = self._where(error)
        return ConfigError(file or self._path(name), "", f"{error}" or type(error).__name__, line)

    def _path(self, name: str) -> Path:
        places = [folder / name for folder in self._folders]
        return next((place for place in places if place.exists()), places[-1])

    def _where(self, error: Exception) -> tuple[str | None, int | None]:
        """The last line of a template that an error passed through: Jinja puts them into the traceback."""
        step, found = error.__traceback__, None
        while step is not None:
            file = step.tb_frame.f_code.co_filename
            if file.endswith(".j2"):
                found = step
            step = step.tb_next
        return (found.tb_frame.f_code.co_filename, found.tb_lineno) if found else (None, None)
