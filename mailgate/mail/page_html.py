"""A mail's html as a page of ours shows it: what `clean.py` lets pass, less what would dress, name or divide the page.

Colours, sizes and fonts go: no words can be hidden by them, and those of the page stay readable in light and dark. What
was a heading or a part of a page becomes a plain block. Pictures are shown from the mail's own parts, by our paths.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import unquote

import nh3

from mailgate.mail.clean import ATTRIBUTES, TAGS, clean_html
from mailgate.mail.hidden import without_hidden
from mailgate.mail.message import Attachment, Octets, RawMail
from mailgate.mail.on_page import NAMED, OnPage, Placed, picture_type
from mailgate.mail.opened import octets_of
from mailgate.mail.page_links import without_links
from mailgate.mail.parse import parse
from mailgate.mail.text import MAX_DEPTH, MAX_HTML, depth

_MOST: Final = 1_000_000  # characters: more is shown as words
_DRESS: Final = frozenset(
    "style align bgcolor color face size valign border cellpadding cellspacing width height".split()
)
_MOST_PICTURES: Final = 100
_SIGNATURE: Final = 64  # encoded octets: more than the sign of a picture takes
_SIZED: Final = frozenset(("img",))  # a picture keeps its size, so that nothing jumps when it comes
_PARTS: Final = frozenset("h1 h2 h3 h4 h5 h6 header footer main section article address".split())
# As nh3 writes them, values in quotes. Whole tags: what stands in a value must not be taken for one.
_TAG: Final = re.compile(r"<(/?)([a-z][a-z0-9]*)((?: [a-z][a-z-]*=\"[^\"]*\")*)>")
_KEPT: Final = {
    tag: {name for name in names if name not in _DRESS or (tag in _SIZED and name in {"width", "height"})}
    for tag, names in ATTRIBUTES.items()
}


def on_page(raw: RawMail, placed: Placed) -> OnPage:
    """Never raises for what the octets are."""
    mail = parse(raw)
    pictures = _pictures(mail.attachments, raw.data, placed.pictures) if mail.html else {}
    html = page_html(without_links(mail.html), pictures) if mail.html else ""
    return OnPage(html if len(html) <= _MOST else "", without_links(mail.text), mail.attachments, mail.unread)


def page_html(html: str, pictures: Mapping[str, str]) -> str:
    """`html` as a fragment; `pictures` are the paths of its parts by Content-ID, in lower case."""

    def attribute(_tag: str, name: str, value: str) -> str | None:
        if name != "src":
            return value
        return pictures.get(unquote(value[4:]).lower()) if value[:4].lower() == "cid:" else None

    fragment = nh3.clean(
        clean_html(without_hidden(html) if len(html) <= MAX_HTML and depth(html) <= MAX_DEPTH else html),
        tags=set(TAGS),
        attributes=_KEPT,
        attribute_filter=attribute,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
    )
    return _as_part(fragment)


def _pictures(attachments: Sequence[Attachment], data: Octets, place: str) -> dict[str, str]:
    """The paths of those parts that are pictures, whatever they are called, by Content-ID."""
    named = [(at, one) for at, one in enumerate(attachments) if one.content_id and one.type in NAMED]
    return {
        one.content_id.lower(): f"{place}{at}"
        for at, one in named[:_MOST_PICTURES]
        if picture_type(octets_of(one, data, _SIGNATURE))
    }


def _as_part(fragment: str) -> str:
    """The fragment as a part of a page: without headings and landmarks, and no picture without words."""
    pieces, at = list[str](), 0
    for tag in _TAG.finditer(fragment):
        pieces += (fragment[at : tag.start()], _tag(tag))
        at = tag.end()
    pieces.append(fragment[at:])
    if any("<" in words for words in pieces[::2]):
        raise ValueError("nh3 writes tags in another way than it did")
    return "".join(pieces)


def _tag(found: re.Match[str]) -> str:
    closing, name, attributes = found.groups()
    if name in _PARTS:
        return f"<{closing}div{attributes}>"
    if name != "img":
        return found[0]
    words = re.search(r' alt="([^"]*)"', attributes)
    if ' src="' not in attributes:
        return words[1].replace("<", "&lt;").replace(">", "&gt;") if words else ""
    return found[0] if words else f'<img alt=""{attributes}>'
