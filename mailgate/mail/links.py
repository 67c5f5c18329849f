"""Links and addresses in words, and whether two of them lead to the same place: scanners write links anew."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import unquote

from mailgate.mail.shingles import WORD

_WORD = re.compile(WORD)
# For `str.translate`: whatever is no letter or digit of ASCII parts words. Ten times as fast as a pattern.
_BETWEEN_WORDS = str.maketrans({chr(code): " " for code in range(128) if not chr(code).isalnum()})
_LINK: Final = r"(?:https?|ftp)://[^\s<>\"\])]+|www\.[^\s<>\"\])]+|mailto:[^\s<>\"\])]+"
_ADDRESS: Final = r"[\w.+-]{1,64}+@[\w-]{1,63}+(?:\.[\w-]{1,63}+){1,10}"
_TOKEN = re.compile(rf"(?P<link>{_LINK}|{_ADDRESS})|{WORD}")
_OPENING = re.compile(r"(?:(?:https?|ftp)://|mailto:)?(?:www\.)?")
_MOST: Final = 100  # links among which one is looked for within a longer one
_SHORTEST: Final = 8  # characters of such a one
_LONGEST: Final = 4000


def links_in(line: str) -> tuple[list[str], list[tuple[int, str]]]:
    """The words of a line that `shingles.plain` gave, and (how many of them stand before it, the link) of each link or
    address, as it leads somewhere: without its scheme."""
    if "@" not in line and "://" not in line and "www." not in line and "mailto:" not in line:
        return line.translate(_BETWEEN_WORDS).split() if line.isascii() else _WORD.findall(line), []
    words: list[str] = []
    links: list[tuple[int, str]] = []
    for found in _TOKEN.finditer(line):
        if found["link"]:
            links.append((len(words), _bare(found["link"])))
        else:
            words.append(found[0])
    return words, links


def same_link(link: str, known: Collection[str]) -> bool:
    """Whether it is one of those, or such as scanners make of one: theirs, with the other written into it."""
    if link in known:
        return True
    if len(known) > _MOST or len(link) > _LONGEST:
        return False
    within = unquote(unquote(link))
    return any(one in within for one in known if len(one) >= _SHORTEST and "@" not in one)


def _bare(link: str) -> str:
    return _OPENING.sub("", link, count=1).rstrip("/.,;:!?'*_")
