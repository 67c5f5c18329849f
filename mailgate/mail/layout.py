"""Makes html ready for becoming lines: what lies side by side on a page and is read one after another, is put below
each other. It takes no words away; what nobody sees is gone before (`hidden.py`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

import lxml.html
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.html_properties import Display
from inscriptis.model.html_element import HtmlElement as Css
from lxml.html import HtmlElement

_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_LINES: Final = frozenset("p div tr li h1 h2 h3 h4 h5 h6 blockquote pre center hr".split())
_PARTS_OF_TABLES: Final = frozenset("table thead tbody tfoot tr td th caption".split())
INDENT: Final = "\ue000"  # stands for a space that opens a line of a <pre>, which no tidying takes away
_INDENT: Final = re.compile(r"(?<=\n)[ \t]{1,200}")
_SIGN_LONGEST: Final = 20  # characters; an emoji may be of ten

# Blocks of html5 that inscriptis does not know: without them their words are glued together.
CSS: Final[dict[str, Css]] = {
    **CSS_PROFILES["strict"],
    **{
        tag: Css(display=Display.block)
        for tag in "center dd details dir dl dt fieldset form hr legend menu option section summary".split()
    },
}


def laid_out(html: str) -> HtmlElement:
    """The tree of `html`, changed for reading. Raises as lxml does, where html is past reading."""
    root = lxml.html.document_fromstring(_XML_DECLARATION.sub("", html.replace("\x00", "")))
    for image in root.iter("img"):
        _show_sign(image)
    for written in root.iter("pre"):
        _mark_indents(written)
    for numbered in root.iter("ol"):
        _number_from(numbered)
    for table in _side_by_side(root):
        for element in _of_table(table):
            element.tag = "div"
    return root


def _show_sign(image: HtmlElement) -> None:
    """Mail programs write an emoji as a picture, with itself for its words."""
    said = (image.get("alt") or "").strip()
    if said and len(said) <= _SIGN_LONGEST and not said.isascii() and not any(map(str.isalnum, said)):
        image.tail = said + (image.tail or "")


def _mark_indents(written: HtmlElement) -> None:
    """Code and logs are read by their indents."""
    for element in written.iter():
        if element.text:
            element.text = _INDENT.sub(_marks, element.text)
        if element.tail and element is not written:
            element.tail = _INDENT.sub(_marks, element.tail)


def _marks(spaces: re.Match[str]) -> str:
    return INDENT * len(spaces.group().expandtabs(8))


def _number_from(numbered: HtmlElement) -> None:
    """A list that goes on behind an answer begins with another number than 1."""
    first = numbered.find("li")
    start = numbered.get("start") or ""
    if first is not None and first.get("value") is None and re.fullmatch("[0-9]{1,6}", start):
        first.set("value", start)


def _side_by_side(root: HtmlElement) -> Iterable[HtmlElement]:
    """Tables that only lay out a page: two cells of a row have more than one line. Read along their rows, the lines of
    both would mix."""
    lines: dict[HtmlElement, int] = {}
    cells: dict[HtmlElement, int] = {}  # of several lines, by row
    found: dict[HtmlElement, None] = {}
    for element in reversed(list(root.iter("*"))):  # what is inside comes before what is round it
        inside = lines.get(element, 0) + _breaks(element)
        parent = element.getparent()
        if parent is None:
            continue
        lines[parent] = lines.get(parent, 0) + inside
        if element.tag in {"td", "th"} and lines.get(element, 0) > 1:
            cells[parent] = cells.get(parent, 0) + 1
        if element.tag == "tr" and cells.get(element, 0) > 1:
            found.update(dict.fromkeys(islice(element.iterancestors("table"), 1)))
    return found


def _breaks(element: HtmlElement) -> int:
    """Lines that an element makes: a break with words behind it parts two."""
    if element.tag == "br":
        return 2 if (element.tail or "").strip() else 0
    return int(element.tag in _LINES)


def _of_table(table: HtmlElement) -> Iterator[HtmlElement]:
    """The table and its own parts, none of the tables in its cells."""
    yield table
    for part in table:
        if part.tag in {"thead", "tbody", "tfoot"}:
            yield part
            yield from (one for row in part for one in (row, *row) if one.tag in _PARTS_OF_TABLES)
        elif part.tag == "tr":
            yield from (one for one in (part, *part) if one.tag in _PARTS_OF_TABLES)
