"""Html by an allow-list: what of a stranger's html may stand on a page or in a letter of ours. Words are `text.py`'s.

Nothing in it runs, is loaded from elsewhere, sends anything, or can hide, move or lie over what stands round it. All
that html may do is refused unless it stands here.
"""

from __future__ import annotations

import html as entities
import re
from typing import Final

import nh3

from mailgate.mail.text import MAX_DEPTH, MAX_HTML, depth, plain_words

_ROUNDS: Final = 3
MAX_AMPERSANDS: Final = 100_000  # html5ever is quadratic in them

TAGS: Final = frozenset(
    "a abbr acronym address article b bdi bdo big blockquote br caption center cite code col colgroup dd del"
    " dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q"
    " rp rt ruby s samp section small span strike strong sub sup table tbody td tfoot th thead time tr tt u ul"
    " var wbr".split()
)
# Their contents go with them: what they hold is no words, or is read otherwise inside of them than outside.
_SILENT: Final = frozenset("math script style svg template title".split())
ATTRIBUTES: Final = {
    "*": {"dir", "lang", "title", "style", "align"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type"},
    "td": {"colspan", "rowspan", "valign", "width", "bgcolor"},
    "th": {"colspan", "rowspan", "valign", "width", "bgcolor"},
    "table": {"border", "cellpadding", "cellspacing", "width", "bgcolor"},
    "blockquote": {"type"},
    "time": {"datetime"},
}
STYLES: Final = frozenset(
    "color background-color font-weight font-style font-size font-family text-align text-decoration vertical-align"
    " white-space list-style-type border-left padding-left margin-left".split()
)
# Words, lengths, colours, names of fonts: no function but of colours, so nothing that loads, and no escape.
_VALUE = re.compile(r"(?:\b(?:rgb|hsl)a?\([0-9\s.,%/]{1,40}\)|[\w#%., \"'+!-]){1,300}+")
_LENGTH = re.compile(r"(-?)([0-9]{0,9}(?:\.[0-9]{0,9})?)([a-z%]{0,10})")
_NUMBER: Final = {"colspan": 100, "rowspan": 1000, "width": 2000, "height": 2000, "border": 20, "start": 1_000_000_000}
_LINK = re.compile(r"(?:https?://|mailto:|tel:)[^\x00-\x20\x7f]", re.IGNORECASE)
_FONT_PIXELS: Final = (6.0, 60.0)  # smaller is meant to be overlooked, larger to be all that there is
_INDENT_PIXELS: Final = 400.0
_PIXELS: Final = {
    "": 1.0,
    "px": 1.0,
    "pt": 4 / 3,
    "em": 16.0,
    "rem": 16.0,
    "ex": 8.0,
    "cm": 38.0,
    "mm": 3.8,
    "in": 96.0,
}


def clean_html(html: str) -> str:
    """`html` as a fragment of TAGS and ATTRIBUTES alone; `cid:` pictures stay. Past bearing it is its plain words.

    What comes out is what comes out of itself: browsers read it as it was read here, and nothing else into it.
    """
    if len(html) > MAX_HTML or html.count("&") > MAX_AMPERSANDS or depth(html) > MAX_DEPTH:
        return _as_words(html)
    clean = _cleaned(html.replace("\x00", ""))
    for _ in range(_ROUNDS):
        again = _cleaned(clean)
        if again == clean:
            return clean
        clean = again
    return _as_words(html)


def _as_words(html: str) -> str:
    return f"<pre>{entities.escape(plain_words(html[:MAX_HTML]), quote=False)}</pre>"


def _cleaned(html: str) -> str:
    return nh3.clean(
        html,
        tags=set(TAGS),
        clean_content_tags=set(_SILENT),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def _attribute(_tag: str, name: str, value: str) -> str | None:
    """What may stand for the value of an attribute, None for nothing. If it raised, nh3 would let the value pass."""
    if name == "src":
        return value if value[:4].lower() == "cid:" else None
    if name == "href":
        return value if _LINK.match(value) else None  # a path of its own would be one of ours
    if name == "style":
        return _style(value) or None
    if name in _NUMBER:
        found = re.fullmatch(r"\s*([0-9]{1,10})\s*(?:px|(%))?\s*", value)
        return value if found and int(found[1]) <= (100 if found[2] else _NUMBER[name]) else None
    return value


def _style(css: str) -> str:
    """The declarations of a style that may stay, each as it was."""
    pairs = (one.partition(":") for one in css[:10_000].split(";"))
    kept = ((name.strip().lower(), value.strip()) for name, _, value in pairs)
    return ";".join(f"{name}:{value}" for name, value in kept if name in STYLES and _is_harmless(name, value.lower()))


def _is_harmless(name: str, value: str) -> bool:
    """Nothing that loads, hides or moves."""
    if not _VALUE.fullmatch(value) or "transparent" in value:
        return False
    if name == "font-size":  # of a size that depends on what is round it, a few make any size
        return not re.search(r"\dr?em|%|er\b", value) and all(
            _FONT_PIXELS[0] <= size <= _FONT_PIXELS[1] for size in _pixels(value)
        )
    if name in {"margin-left", "padding-left", "border-left"}:
        return all(0 <= size <= _INDENT_PIXELS for size in _pixels(value))
    return name != "vertical-align" or not re.search(r"\d", value)  # a number lifts it over other lines


def _pixels(value: str) -> list[float]:
    """The lengths in a value; one of a unit unknown here is past all bounds."""
    plain = re.sub(r"#[0-9a-f]+|\(.*?\)", "", value)
    found = [(sign, number, unit) for sign, number, unit in _LENGTH.findall(plain) if number.strip(".")]
    return [float(f"{sign}{number}") * _PIXELS.get(unit, 1e6) for sign, number, unit in found]
