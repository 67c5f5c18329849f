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
from mailgate.mail.text import MAX_DEPTH, MAX_HTML, depth

# A container of quoted words; what stands in it after a blockquote may be the writer's again (Gmail, inline replies).
_CONTAINERS: Final = frozenset(
    "gmail_quote gmail_quote_container yahoo_quoted yqtdbase protonmail_quote zmail_extra tutanota_quote"
    " front-blockquote"
    " ntes-mailmaster-quote mailru-blockquote blockquote_zmail airmail_ext_on mb_reply cite2 mori elided-text"
    " mailbird-quote polymail_quote hey_quote moz-cite".split()
)
CONTAINER_IDS: Final = (
    "yahoo_quoted",
    "isreplycontent",
    "replyblockquote",
    "olk_src_body_section",
    "oriMsgHtmlSeperator".lower(),
    "_origmsg_",
    "lotusquote",
)
_CONTAINER_NAMES: Final = frozenset(("quote", "messagereplysection"))
# From here to the end of the mail everything is quoted.
_HARD_IDS: Final = frozenset(
    "divrplyfwdmsg appendonsend stopspelling zwchr mail-editor-reference-message-container ms-outlook-mobile-reference"
    " orc-full-body-initial reply-intro".split()
)
_HARD_CLASSES: Final = frozenset(("outlookmessageheader", "__pbconvhr", "replyheader", "yahoo-quoted-begin"))
_DROPPED: Final = frozenset(
    ("moz-cite-prefix", "gmail_attr", "gmail_signature", "gmail_signature_prefix", "moz-signature", "moz-txt-sig")
)
_DROPPED_IDS: Final = frozenset(("ms-outlook-mobile-signature",))
TAKEN_OUT: Final = "> …"
_FORWARDS: Final = frozenset(("moz-forward-container",))
CLASSES: Final = _CONTAINERS | _HARD_CLASSES | _DROPPED
IDS: Final = _HARD_IDS | _DROPPED_IDS  # whole ones; CONTAINER_IDS only begin so
_NAMES: Final = CLASSES | IDS | _CONTAINER_NAMES | _FORWARDS

# A look before any html is parsed, for most html has no mark: what its tags are named, and three rarer signs.
_NAMED: Final = re.compile(rb"(?:class|id|name)\s*=\s*(\"[^\"<=]*|'[^'<=]*|[^\s\"'<>=]*)")
_BORDER: Final = re.compile(rb"border-top\s*:\s*solid")
# What ends a line when a person reads.
_LINES: Final = frozenset(
    "address article blockquote br center dd div dl dt footer form h1 h2 h3 h4 h5 h6 header hr li ol p pre section"
    " table tr ul".split()
)
_SILENT: Final = frozenset(("head", "script", "style", "title"))


def without_quotes(html: str) -> HtmlElement | None:
    """`html` with its marked quotes taken out; None where nothing is marked, or where a forwarded mail is to stay."""
    html = html[:MAX_HTML].replace("\x00", "")
    if not _may_be_marked(html) or depth(html) > MAX_DEPTH:
        return None
    try:
        root = lxml.html.document_fromstring(re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", html))
        return root if _prune(root) else None
    except Exception:  # noqa: BLE001 - libxml2 refuses some html in a dozen ways; the lines alone then decide
        return None


def _may_be_marked(html: str) -> bool:
    plain = html.encode("utf_8", "replace").lower()  # all marks are ASCII, and bytes are searched faster
    named = b" ".join(_NAMED.findall(plain)).decode("utf_8", "replace")
    names = {name.strip("\"'").removeprefix("x_") for name in named.split()}
    return (
        not names.isdisjoint(_NAMES)
        or any(name.startswith(CONTAINER_IDS) for name in names)
        or (b"cite" in plain and b"<blockquote" in plain)
        or b"__quoted_text__" in plain
        or (b"border-top" in plain and bool(_BORDER.search(plain)))
    )


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
        if node.tag in _LINES:
            pieces.append("\n")
        if event != "start":
            pieces.append((node.tail or "").replace("\n", " "))
        elif node.tag in _SILENT:
            walk.skip_subtree()
        else:
            pieces.append((node.text or "").replace("\n", " "))
    return "\n".join([" ".join(line.split()) for line in "".join(pieces).split("\n")])


def _prune(root: HtmlElement) -> bool:
    found = False
    for element in list(root.iter()):
        if not isinstance(element.tag, str) or (element is not root and element.getparent() is None):
            continue
        kind = _kind(element)
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


def _gone(element: HtmlElement, root: HtmlElement) -> bool:
    top = element
    for ancestor in element.iterancestors():
        top = ancestor
    return top is not root


def _kind(element: HtmlElement) -> str:
    classes = {name.removeprefix("x_").lower() for name in (element.get("class") or "").split()}
    ident = (element.get("id") or "").removeprefix("x_").lower()
    quote = (
        classes & _CONTAINERS
        or (ident and ident.startswith(CONTAINER_IDS))
        or (element.get("name") or "").lower() in _CONTAINER_NAMES
        or (element.tag == "blockquote" and (element.get("type") == "cite" or element.get("cite") is not None))
    )
    if classes & _FORWARDS or (quote and _opening_mark(element) == "forward"):
        return "forward"
    if quote:
        return "quote"
    if ident in _HARD_IDS or classes & _HARD_CLASSES or element.get("data-marker") == "__QUOTED_TEXT__":
        return "hard"
    if classes & _DROPPED or ident in _DROPPED_IDS:
        return "dropped"
    return "hard" if _outlook_border(element) else ""


def _outlook_border(element: HtmlElement) -> bool:
    """Word's reply header: a div with a line above it, in which the first words are "From:" in some language."""
    if element.tag != "div":
        return False
    style = (element.get("style") or "").replace(" ", "").lower()
    if "border-top:solid" not in style or "border:none" not in style:
        return False
    return marks.label(_opening(element)) in ("from", "date")


def _opening(element: HtmlElement) -> str:
    """The first words within: enough to see a header label or "Forwarded message"."""
    words = ""
    for piece in _texts(element):
        words = f"{words}{piece}".lstrip()
        if len(words) > 80:
            break
    return words[:200]


def _opening_mark(element: HtmlElement) -> str:
    first = _opening(element).strip()
    for line in (first.split("\n", 1)[0], first.split(":", 1)[0]):
        for end in (len(line), line.rfind("--") + 2, line.rfind("From")):
            if end > 0 and (mark := marks.marker(line[:end])):
                return mark
    return ""


def _texts(element: HtmlElement) -> Iterator[str]:
    for node in element.iter():
        if not isinstance(node.tag, str) or node.tag in ("style", "script"):
            continue
        if node.text:
            yield str(node.text)
        if node is not element and node.tail:
            yield str(node.tail)


def _take_out_quote(element: HtmlElement) -> None:
    """A whole quote; but of a container that goes on after its blockquote, that later part is the writer's."""
    inner = None if element.tag == "blockquote" else next(element.iter("blockquote"), None)
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
