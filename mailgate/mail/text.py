"""Turns html into words that a person can read. What may be shown of it, `clean.py` says; what is quoted, `reply.py`.

It is bounded: libxml2 and html5ever slow down (or give nothing) on deep nesting, so nesting and size are looked at
before either sees the input. It never raises, whatever the html.
"""

from __future__ import annotations

import html as entities
import re
from typing import Final

from inscriptis.html_engine import Inscriptis
from inscriptis.model.config import ParserConfig

from mailgate.mail.hidden import without_hidden
from mailgate.mail.layout import CSS, INDENT, laid_out

MAX_HTML: Final = 1 << 20  # characters; no person writes more, and reading costs about 1 s a MiB
MAX_TAGS: Final = 50_000
MAX_DEPTH: Final = 200  # inscriptis gives "" from 500 on, nh3 takes seconds at 50,000

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,20})")
_LONG_TAG = re.compile(r"<[a-zA-Z][^<]{8192,}")
_MAX_ATTRIBUTES: Final = 2_000  # libxml2 is quadratic in those of one tag
# These close themselves or each other, so an unclosed one is no nesting.
_FLAT = frozenset(
    "area base br col embed hr img input link meta param source track wbr p li dt dd tr td th thead tbody tfoot option"
    " html head body o:p".split()
)
_BREAKS = frozenset(
    "address article blockquote br dd div dl dt footer form h1 h2 h3 h4 h5 h6 header hr li ol p pre section table td th"
    " tr ul".split()
)
_SILENT = frozenset(("head", "script", "style", "title", "noscript", "template"))
# As html5 ends them: at "-->" or "--!>", at once ("<!-->"), or with the html.
_COMMENT = re.compile("<!--(?:-?>|.*?(?:--!?>|\\Z))", re.DOTALL)
# Soft hyphens, preheader padding, and controls, which html may name by number.
_INVISIBLE = dict.fromkeys(
    (*map(ord, "\u200b\u200c\u2060\ufeff\u00ad\u034f"), *range(9), *range(14, 28), *range(127, 133), *range(134, 160))
)
_RUNS = re.compile(r"[ \t\xa0\u2000-\u200a\u202f\u3000]{2,}|[\t\xa0\u202f]")

_CONFIG = ParserConfig(css=CSS, table_cell_separator="  ")


def html_to_text(html: str) -> str:
    """The words of `html` with line breaks, lists and tables as a person would see them; "" for html without words."""
    html = html[:MAX_HTML]
    if not html or depth(html) > MAX_DEPTH:
        return plain_words(html)
    html = without_hidden(html)
    try:
        text = Inscriptis(laid_out(html), _CONFIG).get_text()
    except Exception:  # noqa: BLE001 - libxml2 and inscriptis raise a dozen kinds; words without layout are better than none
        text = ""
    return tidy(text) or plain_words(html)


def depth(html: str) -> int:
    """A quick upper guess of how deep `html` nests; where there are more tags than any page needs, their number, and
    where one of them has more attributes, theirs."""
    tags = _TAG.findall(html)
    if len(tags) > MAX_TAGS:
        return len(tags)
    attributes = max((_attributes(tag) for tag in _LONG_TAG.findall(html)), default=0)
    if attributes > _MAX_ATTRIBUTES:
        return attributes
    unclosed: dict[str, int] = {}
    level = deepest = 0
    for close, name in tags:
        tag = name.lower()
        if tag in _FLAT:
            continue
        count = unclosed.get(tag, 0)
        if not close:
            unclosed[tag] = count + 1
            level += 1
            deepest = max(deepest, level)
        elif count:
            unclosed[tag] = count - 1
            level -= 1
    return deepest


def _attributes(tag: str) -> int:
    """An upper guess of how many there are from one "<" to the next: up to a ">" that stands in no quotes."""
    head = tag.partition(">")[0]
    whole = tag if head.count('"') % 2 or head.count("'") % 2 else head
    return len(whole.split())


def tidy(text: str) -> str:
    """Runs of spaces become one (inscriptis pads tables to 100 KB), runs of empty lines one, ends are trimmed."""
    lines: list[str] = []
    for line in text.translate(_INVISIBLE).splitlines():
        stripped = _RUNS.sub(" ", line).strip()
        bare = stripped.lstrip(INDENT)
        if bare or (lines and lines[-1]):
            lines.append(" " * (len(stripped) - len(bare)) + bare if bare else "")
    return "\n".join(lines).strip()


def plain_words(html: str) -> str:
    """Words between tags, by one scan: for html that no parser should see."""
    opening, *pieces = _COMMENT.sub("", html).split("<")
    words, silent = [opening], ""
    for piece in pieces:
        tag, closed, rest = piece.partition(">")
        name = next(iter(tag.lstrip("/").split(None, 1)), "").lower().rstrip("/")
        if silent:
            if tag.startswith("/") and name == silent:
                silent = ""
                words.append(rest)
            continue
        if name in _SILENT and not tag.startswith("/"):
            silent = name
            continue
        if name in _BREAKS:
            words.append("\n")
        words.append(rest if closed else "")
    return tidy(entities.unescape("".join(words)))
