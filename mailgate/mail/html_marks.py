"""Knows by what marks programs tell in html what they quoted, forwarded or added. Taking it out: `html_quotes.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lxml.html import HtmlElement

from mailgate.mail import quote_marks as marks

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
    " orc-full-body-initial".split()
)
_HARD_CLASSES: Final = frozenset(("outlookmessageheader", "__pbconvhr", "replyheader", "yahoo-quoted-begin"))
_DROPPED: Final = frozenset(
    ("moz-cite-prefix", "gmail_attr", "gmail_signature", "gmail_signature_prefix", "moz-signature", "moz-txt-sig")
)
_DROPPED_IDS: Final = frozenset(("ms-outlook-mobile-signature", "reply-intro", "composer_signature"))
_FORWARDS: Final = frozenset(("moz-forward-container",))
CLASSES: Final = _CONTAINERS | _HARD_CLASSES | _DROPPED
IDS: Final = _HARD_IDS | _DROPPED_IDS  # whole ones; CONTAINER_IDS only begin so
# What programs that nobody listed call their quotes and signatures. Outlook on the web has one named "Signature" alone,
# in which most people close their letters.
_QUOTE_NAME: Final = re.compile(
    r"(?:[a-z0-9]{1,30}[-_]{1,2}){0,3}(?:quote[ds]?|quotation|blockquote"
    r"|quote[ds]?[-_](?:text|message|content|reply|mail)"
    r"|original[-_]?(?:message|content|mail)|(?:reply|message)[-_]?history|history[-_]container)"
)
_SIGNATURE_NAME: Final = re.compile(
    r"(?:[a-z0-9]{1,40}[-_]{0,2}){1,3}?signature(?:$|[-_]|section|content|block)|bloop_sign|mb_sig"
)
_HEAD_NAME: Final = re.compile(r"(?:quoted|reply|original|persistent)[-_]?header")
_LONGEST_NAME: Final = 60
_QUOTING_TAGS: Final = frozenset(("div", "blockquote", "section", "table", "td"))
_SIGNING_TAGS: Final = frozenset(("div", "p", "pre", "span", "table", "section"))
_NAMES: Final = CLASSES | IDS | _CONTAINER_NAMES | _FORWARDS

# One each: a pattern that begins with one word is looked for faster.
_NAMED: Final = tuple(
    re.compile(rb"%b\s*=\s*(\"[^\"<=]*|'[^'<=]*|[^\s\"'<>=]*)" % one) for one in (b"class", b"id", b"name")
)
_BORDER: Final = re.compile(rb"border-top\s*:\s*solid")


def may_be_marked(html: str) -> bool:
    """A look before any html is parsed, for most html has no mark: at what its tags are named, and rarer signs."""
    plain = html.encode("utf_8", "replace").lower()  # all marks are ASCII, and bytes are searched faster
    named = b" ".join(name for pattern in _NAMED for name in pattern.findall(plain)).decode("utf_8", "replace")
    names = {name.strip("\"'").removeprefix("x_") for name in named.split()}
    return (
        not names.isdisjoint(_NAMES)
        or any(name.startswith(CONTAINER_IDS) or _is_quote_name(name) or _is_signature_name(name) for name in names)
        or any(map(_HEAD_NAME.fullmatch, names))
        or b"<blockquote" in plain
        or b"__quoted_text__" in plain
        or b'data-smartmail="gmail_signature"' in plain
        or (b"border-top" in plain and bool(_BORDER.search(plain)))
    )


def kind_of(element: HtmlElement) -> str:
    """What an element is by its program's marks: "quote", "forward", "hard" (all from here on is quoted), "dropped" (an
    intro or a signature), or ""."""
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
    names = (*classes, ident, (element.get("name") or "").lower())
    if quote or (element.tag in _QUOTING_TAGS and any(map(_is_quote_name, names))):
        return "quote"
    if (
        _HEAD_NAME.fullmatch(ident[:_LONGEST_NAME])
        or ident in _HARD_IDS
        or classes & _HARD_CLASSES
        or element.get("data-marker") == "__QUOTED_TEXT__"
    ):
        return "hard"
    if classes & _DROPPED or ident in _DROPPED_IDS or element.get("data-smartmail") == "gmail_signature":
        return "dropped"
    if element.tag in _SIGNING_TAGS and any(map(_is_signature_name, names)):
        return "dropped"
    return "hard" if _outlook_border(element) else ""


def _is_quote_name(name: str) -> bool:
    return len(name) <= _LONGEST_NAME and bool(_QUOTE_NAME.fullmatch(name))


def _is_signature_name(name: str) -> bool:
    return len(name) <= _LONGEST_NAME and "sig" in name and bool(_SIGNATURE_NAME.match(name))


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
