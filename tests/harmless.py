"""Whether a page of ours holds anything that could run, load, send or pass for a part of it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from site_visitor import Answer

_WAYS = ("/case/", "/desk")
# Places on our own pages.
_PLACE = re.compile(r"#(?:main|answer|change|history|e[0-9]+)")


class _Page(HTMLParser):
    """What a page holds that could run, load, send or pass for a part of ours."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "svg", "math", "style", "iframe", "object", "embed", "base", "frame", "template", "video"}:
            self.found.append(tag)
        for name, value in attrs:
            said = value or ""
            if name.startswith("on") or name in {"style", "srcdoc", "formaction", "srcset", "background", "ping"}:
                self.found.append(f"{tag} {name}={said}")
            if name == "id":
                self.ids.append(said)
            if name in {"src", "action"} and not said.startswith(_WAYS):
                self.found.append(f"{tag} {name}={said}")
            if (
                name == "href"
                and tag != "link"
                and not _PLACE.fullmatch(said)
                and not said.startswith((*_WAYS, "/assets/", "https://", "http://", "mailto:", "tel:"))
            ):
                self.found.append(f"{tag} {name}={said}")
            if tag == "meta" and name == "http-equiv":
                self.found.append(f"{tag} {said}")


def harm(answer: Answer) -> list[str]:
    page = _Page()
    page.feed(answer.text)
    page.close()
    doubled = [one for one in page.ids if page.ids.count(one) > 1]
    return page.found + doubled
