"""format=flowed (RFC 3676): soft line breaks joined again. Quote marks stay, one run a paragraph."""

from __future__ import annotations

import re

_QUOTES = re.compile(">*")


def unflow(text: str, *, delete_space: bool = False) -> str:
    """The text as it was typed. `delete_space` is DelSp=yes (§4.2): the space of a soft break is none of the text."""
    out: list[str] = []
    paragraph: list[str] = []
    depth = 0
    for line in text.split("\n"):
        quotes = _QUOTES.match(line)
        level = quotes.end() if quotes else 0
        words = line[level:]
        words = words.removeprefix(" ")  # space-stuffing (§4.4)
        if paragraph and (level != depth or words == "-- "):
            out.append(_line(depth, paragraph))  # a soft break into another quote, or into the signature, is a hard one
            paragraph = []
        depth = level
        soft = words.endswith(" ") and words != "-- "
        paragraph.append(words[:-1] if soft and delete_space else words)
        if not soft:
            out.append(_line(depth, paragraph))
            paragraph = []
    if paragraph:
        out.append(_line(depth, paragraph))
    return "\n".join(out)


def _line(depth: int, pieces: list[str]) -> str:
    words = "".join(pieces)
    return ">" * depth + (" " + words if depth and words else words)
