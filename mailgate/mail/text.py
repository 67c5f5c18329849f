"""Turns html into words that a person can read, and into html that is safe to show. What is quoted, `reply.py` says.

Both are bounded: libxml2 and html5ever slow down (or give nothing) on deep nesting, so nesting and size are looked at
before either sees the input. Neither ever raises, whatever the html.
"""

from __future__ import annotations

import html as entities
import re
from typing import Final

import nh3
from inscriptis.html_engine import Inscriptis
from inscriptis.model.config import ParserConfig

from mailgate.mail.hidden import without_hidden
from mailgate.mail.layout import CSS, laid_out

MAX_HTML: Final = 1 << 20  # characters; no person writes more, and reading costs about 1 s a MiB
MAX_TAGS: Final = 50_000
MAX_AMPERSANDS: Final = 100_000  # html5ever is quadratic in them
MAX_DEPTH: Final = 200  # inscriptis gives "" from 500 on, nh3 takes seconds at 50,000

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,20})")
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

_TAGS: Final = frozenset(
    "a abbr acronym address article b bdi bdo big blockquote br caption center cite code col colgroup dd del details"
    " dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q"
    " rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul"
    " var wbr".split()
)
_ATTRIBUTES: Final = {
    "*": {"dir", "lang", "title", "style", "align"},
    "a": {"href", "name"},
    "img": {"src", "alt", "width", "height"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type"},
    "td": {"colspan", "rowspan", "valign", "width", "bgcolor"},
    "th": {"colspan", "rowspan", "valign", "width", "bgcolor"},
    "table": {"border", "cellpadding", "cellspacing", "width", "bgcolor"},
    "blockquote": {"type"},
    "time": {"datetime"},
}
# None of these can load anything, hide our own words or lie over them.
_STYLES: Final = frozenset(
    "color background-color font-weight font-style font-size font-family text-align text-decoration vertical-align"
    " white-space list-style-type border-left padding-left margin-left".split()
)


def html_to_text(html: str) -> str:
    """The words of `html` with line breaks, lists and tables as a person would see them; "" for html without words."""
    html = html[:MAX_HTML]
    if not html or depth(html) > MAX_DEPTH:
        return _plainly(html)
    html = without_hidden(html)
    try:
        text = Inscriptis(laid_out(html), _CONFIG).get_text()
    except Exception:  # noqa: BLE001 - libxml2 and inscriptis raise a dozen kinds; words without layout are better than none
        text = ""
    return tidy(text) or _plainly(html)


def clean_html(html: str) -> str:
    """`html` by an allow-list: no script, no style sheet, nothing that loads from elsewhere; `cid:` images stay."""
    if len(html) > MAX_HTML or html.count("&") > MAX_AMPERSANDS or depth(html) > MAX_DEPTH:
        return f"<pre>{entities.escape(_plainly(html[:MAX_HTML]))}</pre>"
    return nh3.clean(
        html.replace("\x00", ""),
        tags=set(_TAGS),
        clean_content_tags=set(_SILENT - {"head", "noscript"}),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=_attribute,
        filter_style_properties=set(_STYLES),
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def _attribute(_tag: str, name: str, value: str) -> str | None:
    if name == "src":
        return value if value[:4].lower() == "cid:" else None
    if name == "href" and value[:4].lower() == "cid:":
        return None
    if name == "style" and ("url" in value.lower() or "\\" in value or "expression" in value.lower()):
        return None
    return value


def depth(html: str) -> int:
    """A quick upper guess of how deep `html` nests; where there are more tags than any page needs, their number."""
    tags = _TAG.findall(html)
    if len(tags) > MAX_TAGS:
        return len(tags)
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


def tidy(text: str) -> str:
    """Runs of spaces become one (inscriptis pads tables to 100 KB), runs of empty lines one, ends are trimmed."""
    lines: list[str] = []
    for line in text.translate(_INVISIBLE).splitlines():
        stripped = _RUNS.sub(" ", line).strip()
        if stripped or (lines and lines[-1]):
            lines.append(stripped)
    return "\n".join(lines).strip()


def _plainly(html: str) -> str:
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
