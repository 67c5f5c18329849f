"""Cuts the html of a forwarded mail out of the forwarding one: all below the head that `forward_heads.py` found.

Nothing of what stands above may stay in it, so the cut is compared with the words of the text; in doubt there is none.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import lxml.html
from lxml import etree
from lxml.html import HtmlElement

from mailgate.mail.html_quotes import as_html
from mailgate.mail.reply import alike
from mailgate.mail.text import MAX_DEPTH, MAX_HTML, depth, html_to_text

_QUOTING: Final = ("class", "id", "name", "type", "cite")
_LIKE: Final = 0.9  # share of words that text and html have in common
_OPENING: Final = 3  # words


def html_below(html: str, head: str, text: str) -> str:
    """The html below `head`, the last line of a forwarded mail's head, where its words are those of `text`; else "".

    Shape: a whole document, neither cleaned nor safe to show (`clean.clean_html` makes it so).
    """
    if not html or not head or len(html) > MAX_HTML or depth(html) > MAX_DEPTH:
        return ""
    try:
        root = lxml.html.document_fromstring(html.replace("\x00", ""))
        cut = _cut(root, "".join(head.split()))
    except Exception:  # noqa: BLE001 - libxml2 refuses some html in a dozen ways; the text alone then stands
        return ""
    if not cut:
        return ""
    below = as_html(root)
    words, wanted = html_to_text(below).split(), text.split()
    same = words[:_OPENING] == wanted[:_OPENING] and alike(" ".join(words), text, _LIKE)
    return below if words and same else ""


def _cut(root: HtmlElement, head: str) -> bool:
    """Take out of the tree all words up to the end of `head`, and what held nothing else."""
    nodes: list[tuple[HtmlElement, bool]] = []  # with whether it is the text behind the element
    squeezed: list[str] = []
    for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        tail = event != "start"
        words = node.tail if tail else node.text
        if words and words.strip():
            nodes.append((node, tail))
            squeezed.append("".join(words.split()))
    at = "".join(squeezed).find(head)
    if at < 0:
        return False
    stop, passed = at + len(head), 0
    for (node, tail), words in zip(nodes, squeezed, strict=True):
        passed += len(words)
        if passed >= stop:
            _drop_before(node, tail=tail, kept=passed - stop)
            return True
    return False


def _drop_before(node: HtmlElement, *, tail: bool, kept: int) -> None:
    """Empty the tree of all before the last `kept` characters, white space uncounted, of this text or tail."""
    if tail:
        node.tail = _last(node.tail or "", kept)
        node.text = None
        for child in list(node):
            node.remove(child)
        # "tail" of an element may hold the mail's words, but the element itself is gone.
        node.attrib.clear()
    else:
        node.text = _last(node.text or "", kept)
    for child, parent in pairwise((node, *node.iterancestors())):
        parent.text = None
        for before in list(child.itersiblings(preceding=True)):
            if parent.tag != "html":
                parent.remove(before)
        if parent.tag not in ("html", "body"):
            parent.tag = "div" if parent.tag == "blockquote" else parent.tag
            for name in _QUOTING:
                parent.attrib.pop(name, None)


def _last(words: str, kept: int) -> str:
    """The end of `words` that holds this many characters other than white space."""
    start = len(words)
    while kept and start:
        start -= 1
        kept -= not words[start].isspace()
    return words[start:]
