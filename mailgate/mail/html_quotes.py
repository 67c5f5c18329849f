"""Finds in html what mail programs mark as quoted, and takes it out. It knows their marks, not their languages.

Where a quote is taken out, a line `TAKEN_OUT` is left, so that the line classifier sees whose intro stands above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import lxml.html
from lxml import etree
from lxml.html import HtmlElement

from mailgate.mail import quote_marks as marks
from mailgate.mail.html_marks import kind_of, may_be_marked
from mailgate.mail.text import MAX_DEPTH, MAX_HTML, depth

TAKEN_OUT: Final = "> …"
_XML_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_LOOKED_AT: Final = 8  # lines above or within a blockquote

# What ends a line when a person reads.
BREAKS: Final = frozenset(
    "address article blockquote br center dd div dl dt footer form h1 h2 h3 h4 h5 h6 header hr li ol p pre section"
    " table tr ul".split()
)
SILENT: Final = frozenset(("head", "script", "style", "title"))


def without_quotes(html: str) -> HtmlElement | None:
    """`html` with its marked quotes taken out; None where nothing is marked, or where a forwarded mail is to stay."""
    html = html[:MAX_HTML].replace("\x00", "")
    if not may_be_marked(html) or depth(html) > MAX_DEPTH:
        return None
    try:
        root = _tree(html)
        return root if _prune(root) else None
    except Exception:  # noqa: BLE001 - libxml2 refuses some html in a dozen ways; the lines alone then decide
        return None


def whole_text(html: str) -> str:
    """The words of `html`, quoted ones too, as `quick_text` gives them; "" where libxml2 cannot read it."""
    try:
        return quick_text(_tree(html[:MAX_HTML].replace("\x00", "")))
    except Exception:  # noqa: BLE001 - as above
        return ""


def _tree(html: str) -> HtmlElement:
    return lxml.html.document_fromstring(_XML_DECLARATION.sub("", html))


def as_html(root: HtmlElement) -> str:
    """The tree as html again; "" where libxml2 cannot write it."""
    try:
        return str(lxml.html.tostring(root, encoding="unicode"))
    except Exception:  # noqa: BLE001 - as above
        return ""


def quick_text(root: HtmlElement) -> str:
    """The words of the tree, a line a block: without tables, lists and spacing, in a tenth of their time."""
    pieces: list[str] = []
    walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, node in walk:
        if node.tag in BREAKS:
            pieces.append("\n")
        if event != "start":
            pieces.append((node.tail or "").replace("\n", " "))
        elif node.tag in SILENT:
            walk.skip_subtree()
        else:
            pieces.append((node.text or "").replace("\n", " "))
    return "\n".join([" ".join(line.split()) for line in "".join(pieces).split("\n")])


def _prune(root: HtmlElement) -> bool:
    found = False
    introduced = _introduced(root)
    for element in list(root.iter()):
        if not isinstance(element.tag, str) or (element is not root and element.getparent() is None):
            continue
        kind = kind_of(element) or ("quote" if element in introduced else "")
        if kind == "forward":
            return False
        if not kind or _gone(element, root):
            continue
        found = True
        if kind == "hard":
            _cut_from(element)
        elif kind == "dropped":
            _take_out(element, "")
        else:
            _take_out_quote(element)
    return found


def _introduced(root: HtmlElement) -> set[HtmlElement]:
    """The blockquotes below an intro, and those that open with one or with a mail's head: they need no other mark."""
    found: set[HtmlElement] = set()
    lines: list[str] = []
    pieces: list[str] = []
    for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if node.tag in BREAKS:
            lines.append(" ".join("".join(pieces).split()))
            pieces.clear()
            if event == "start" and node.tag == "blockquote" and (_leads(lines) or _is_headed(node)):
                found.add(node)
        pieces.append((node.tail if event != "start" else "" if node.tag in SILENT else node.text) or "")
    return found


def _leads(lines: list[str]) -> bool:
    """Whether the last of these lines end an intro that names a time or an address."""
    last = [line for line in lines[-_LOOKED_AT:] if line][-4:]
    if not last or len(last[-1]) > marks.WIDTH:
        return False
    kinds = marks.classes(last, [False] * len(last))
    start = marks.intro_before(last, kinds, len(last) - 1, quoted=True)
    return start is not None and any(sign.isdigit() or sign == "@" for sign in "".join(last[start:]))


def _is_headed(element: HtmlElement) -> bool:
    lines: list[str] = []
    line = ""
    for event, node in etree.iterwalk(element, events=("start", "end", "comment", "pi")):
        if node.tag in BREAKS and line.strip():
            lines.append(line.strip(" \t\n\xa0>"))
            line = ""
        line += (node.text if event == "start" else node.tail if node is not element else "") or ""
        if len(lines) >= _LOOKED_AT or len(line) > marks.WIDTH:
            break
    kinds = marks.classes(lines, [False] * len(lines))
    return any(
        marks.header_block(lines, kinds, at) is not None
        or marks.intro_before(lines, kinds, at, quoted=False) is not None
        for at in range(min(2, len(lines)))
    )


def _gone(element: HtmlElement, root: HtmlElement) -> bool:
    top = element
    for ancestor in element.iterancestors():
        top = ancestor
    return top is not root


def _take_out_quote(element: HtmlElement) -> None:
    """A whole quote; but of a container that goes on after its blockquote, that later part is the writer's."""
    inner = None if element.tag == "blockquote" else element.find("blockquote")
    if inner is None or not _follows(inner, element):
        _take_out(element, TAKEN_OUT)
        return
    for before in list(_before(inner, element)):
        parent = before.getparent()
        if parent is not None:
            parent.remove(before)
    element.text = None
    _take_out(inner, TAKEN_OUT)


def _before(inner: HtmlElement, within: HtmlElement) -> Iterator[HtmlElement]:
    node = inner
    while node is not within:
        parent = node.getparent()
        if parent is None:
            return
        parent.text = None
        yield from node.itersiblings(preceding=True)
        node = parent


def _follows(inner: HtmlElement, within: HtmlElement) -> bool:
    """Whether words stand after `inner`, inside `within` and outside other blockquotes."""
    node = inner
    while node is not within:
        if (node.tail or "").strip():
            return True
        for sibling in node.itersiblings():
            if sibling.tag != "blockquote" and isinstance(sibling.tag, str) and sibling.text_content().strip():
                return True
            if (sibling.tail or "").strip():
                return True
        parent = node.getparent()
        if parent is None:
            return False
        node = parent
    return False


def _take_out(element: HtmlElement, left: str) -> None:
    parent = element.getparent()
    if parent is None:
        return
    trace = lxml.html.Element("div")
    trace.text = left
    trace.tail = element.tail
    element.tail = None
    parent.replace(element, trace)


def _cut_from(element: HtmlElement) -> None:
    """Take out the element and all that comes after it in the mail."""
    node = element
    while (parent := node.getparent()) is not None and parent.tag != "html":
        for sibling in list(node.itersiblings()):
            parent.remove(sibling)
        node.tail = None
        node = parent
    _take_out(element, TAKEN_OUT)
