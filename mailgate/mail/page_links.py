"""Links to our pages in somebody's words: each is one person's alone, and mails quote the letters that they answer."""

from __future__ import annotations

import re

# Also where a scanner wrote the link anew: percent-encoded, once or twice.
_SLASH = r"(?:/|%(?:25)?2[Ff])"
_PAGE = rf"(?:case{_SLASH}[0-9]{{10,14}}|account|organisation|approve|finish|sign-in)"
_LINK = re.compile(rf"({_SLASH}{_PAGE}{_SLASH})[A-Za-z0-9_-]{{40,512}}")


def without_links(text: str) -> str:
    """The text, or html, with what makes a link to a page of ours worth anything masked."""
    return _LINK.sub(r"\1…", text)
