"""Makes pages of templates (`templates/web/`). All that they say is escaped, unless our sanitiser has seen it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from mailgate.cases.letter_kinds import OPERATOR_LANGUAGE
from mailgate.errors import ConfigError
from mailgate.outbox.misspelt import misspelt
from mailgate.outbox.values import moment_of
from mailgate.web.assets import Assets
from mailgate.web.forms import CSRF
from mailgate.web.words import WORDS, says


class Shown:
    """The templates of all pages, the operator's own in front of ours."""

    def __init__(self, folders: Sequence[Path], assets: Assets, csrf: Callable[[str], str]) -> None:
        """`csrf` makes the token of a form for whoever proves himself by what it is given. ConfigError where a template
        is broken, and where the operator has one that no page uses. Where he has none, ours are compiled as they are
        shown: our tests have seen them, and compiling all of them takes as long as half of what is imported."""
        web = [folder / "web" for folder in folders]
        self._environment = ImmutableSandboxedEnvironment(
            loader=ChoiceLoader([*map(FileSystemLoader, web), PrefixLoader({"shipped": FileSystemLoader(web[-1])})]),
            undefined=StrictUndefined,
            autoescape=True,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["moment"] = _moment
        self._environment.globals["asset"] = assets.path
        self._environment.globals["csrf"] = lambda bound: Markup('<input type="hidden" name="{}" value="{}">').format(
            CSRF, csrf(bound)
        )
        self._says = says(self._environment, web)
        if theirs := [one for one in web[:-1] if one.is_dir()]:
            ours = [file.relative_to(web[-1]).as_posix() for file in web[-1].rglob("*.j2")]
            for name in ours:
                self._compile(name)
            used = {*ours, *(f"{WORDS}/{language}.j2" for language in self._says)}
            for fault in misspelt(self._environment, theirs, sorted(used), "assets/"):
                raise fault

    def _compile(self, name: str) -> None:
        try:
            self._environment.get_template(name)
        except TemplateSyntaxError as error:
            raise ConfigError(Path(error.filename or name), "", error.message or "", error.lineno) from error

    def page(
        self, request: Request, name: str, status: int = 200, language: str = OPERATOR_LANGUAGE, **values: object
    ) -> HTMLResponse:
        """One page, its own words in `language`, or in English where nobody wrote them in that. `path` is where it
        stands: a form without an action comes back there."""
        spoken = language if language in self._says else OPERATOR_LANGUAGE
        html = self._environment.get_template(name).render(
            path=request.url.path, language=spoken, says=self._says[spoken], **values
        )
        return HTMLResponse(html, status)


def _moment(at: datetime, zone: str = "UTC") -> Markup:
    """A moment as it is read in that zone, for people and machines."""
    told = escape(str(moment_of(at, zone)))
    return Markup('<time datetime="{}">{}</time>').format(at.astimezone(UTC).isoformat(timespec="seconds"), told)
