"""Takes out of html what it holds and a person does not see: hidden elements, letters without size, Office's own data.

Newsletters hide a preview line so, and whoever wants a gate to read what its people do not see would too. Known are the
ways of inline styles, the `hidden` attribute, and plain `.name` and `#name` rules of style sheets; colours are not:
white on white is not found.
"""

from __future__ import annotations

import re
from typing import Final

import lxml.html
from lxml import etree
from lxml.html import HtmlElement

# A look before any html is parsed, for most of it hides nothing; each begins with letters, which makes it quick.
_SIGNS: Final = tuple(
    re.compile(sign)
    for sign in (
        *(r"display\s*:\s*none", r"visibility\s*:\s*(?:hidden|collapse)", r"font(?:-size)?\s*:\s*\+?\.?0"),
        *(
            r"opacity\s*:\s*\+?\.?0",
            r"height\s*:\s*\+?\.?0",
            r"width\s*:\s*\+?\.?0",
            r"hidden(?<=[\s\"']hidden)[\s>=/]",
        ),
        *("mso-hide", r"<template\b", r"<xml\b"),
    )
)
_DISGUISED: Final = re.compile(r"style\s*=[^>]{0,300}?(?:&#|&colon|/\*)")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_NEVER_SHOWN: Final = frozenset(("template", "xml"))
# In quirks mode, which most mails are shown in, a table does not inherit the size of letters.
_OWN_SIZE: Final = frozenset(("table",))
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_BRACES = re.compile(r"([{}])")
_SELECTOR = re.compile(r"(?:[a-z][a-z0-9]*)?([.#][\w-]+)", re.IGNORECASE)
_ZERO = re.compile(r"[+-]?(?:0+(?:\.0*)?|\.0+)(?:px|pt|em|rem|ex|%|vw|vh|cm|mm|in|pc)?")
_RELATIVE = re.compile(r"[\d.]+(?:em|ex|%)|inherit|larger|smaller|unset")
_FONT_SIZE = re.compile(r"(?:^|\s)(\d{0,5}\.?\d{1,5}[a-z%]{0,5})(?:/|\s|$)")
_OF_INTEREST: Final = frozenset(
    "display visibility mso-hide opacity font font-size overflow overflow-y height max-height width max-width".split()
)
_MAX_CSS: Final = 100_000

Style = dict[str, str]


def without_hidden(html: str) -> str:
    """`html` without what nobody sees; as it came where it hides nothing, or where libxml2 cannot read it."""
    if not _may_hide(html.lower()):
        return html
    try:
        root = lxml.html.document_fromstring(_XML_DECLARATION.sub("", html.replace("\x00", "")))
        if not _prune(root):
            return html
        return str(lxml.html.tostring(root, encoding="unicode"))
    except Exception:  # noqa: BLE001 - libxml2 refuses some html in a dozen ways; a hidden line is then better than none
        return html


def _may_hide(html: str) -> bool:
    if any(sign.search(html) for sign in _SIGNS):
        return True
    return any(sign in html for sign in ("&#", "&colon", "/*")) and bool(_DISGUISED.search(html))


def _prune(root: HtmlElement) -> bool:
    """Take out what is hidden; whether anything was."""
    sheet = _sheet(root)
    found = False
    tiny: list[bool] = []  # of every open element: have its letters no size?
    hidden: list[HtmlElement] = []
    walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        if event != "start":
            if event == "end":
                tiny.pop()
            if tiny and tiny[-1] and (element.tail or "").strip():
                element.tail, found = None, True
            continue
        style = _style(element, sheet)
        tiny.append(_is_tiny(element, style, inherited=bool(tiny) and tiny[-1]))
        if element is not root and (element.tag in _NEVER_SHOWN or _is_hidden(element, style)):
            hidden.append(element)
            walk.skip_subtree()
        elif tiny[-1] and (element.text or "").strip():
            element.text, found = None, True
    for element in hidden:
        element.drop_tree()
    return found or bool(hidden)


def _style(element: HtmlElement, sheet: dict[str, Style]) -> Style:
    """What is declared for an element; inline declarations win, but for `!important` ones of the sheet."""
    inline = _declared(element.get("style") or "")
    if not sheet:
        return inline
    names = [f".{name}" for name in (element.get("class") or "").split()]
    if element.get("id"):
        names.append(f"#{element.get('id')}")
    ruled: Style = {}
    for name in names:
        ruled.update(sheet.get(name, {}))
    strong = {key: value for key, value in ruled.items() if "!important" in value}
    return {**ruled, **inline, **strong}


def _declared(css: str) -> Style:
    if not css:
        return {}
    pairs = (one.partition(":") for one in _COMMENT.sub("", css).lower().split(";"))
    return {key.strip(): " ".join(value.split()) for key, _, value in pairs if key.strip() in _OF_INTEREST}


def _is_hidden(element: HtmlElement, style: Style) -> bool:
    if element.get("hidden") is not None and "display" not in style:
        return True
    if not style:
        return False
    said = {key: value.replace("!important", "").strip() for key, value in style.items()}
    if (
        said.get("display") == "none"
        or said.get("visibility") in ("hidden", "collapse")
        or said.get("mso-hide") == "all"
    ):
        return True
    if _ZERO.fullmatch(said.get("opacity", "")):
        return True
    cut = said.get("overflow", "") in ("hidden", "clip") or said.get("overflow-y", "") in ("hidden", "clip")
    sides = ("max-height", "height", "max-width", "width")
    return cut and any(_ZERO.fullmatch(said.get(side, "")) for side in sides)


def _is_tiny(element: HtmlElement, style: Style, *, inherited: bool) -> bool:
    size = style.get("font-size", "").replace("!important", "").strip()
    if not size and "font" in style:
        found = _FONT_SIZE.search(style["font"])
        size = found[1] if found else ""
    if _ZERO.fullmatch(size):
        return True
    if size and not _RELATIVE.fullmatch(size):
        return False
    return inherited and element.tag not in _OWN_SIZE


def _sheet(root: HtmlElement) -> dict[str, Style]:
    """The plain rules of all style sheets by ".name" or "#name"; those inside @media and other blocks do not count."""
    rules: dict[str, Style] = {}
    css = "\n".join(element.text or "" for element in root.iter("style"))[:_MAX_CSS]
    depth, selectors = 0, ""
    for piece in _BRACES.split(_COMMENT.sub("", css)):
        if piece == "{":
            depth += 1
        elif piece == "}":
            depth, selectors = max(0, depth - 1), ""
        elif depth == 0:
            selectors = piece
        elif depth == 1 and "@" not in selectors:
            style = _declared(piece)
            for selector in selectors.split(","):
                name = _SELECTOR.fullmatch(selector.strip())
                if name:
                    rules.setdefault(name[1], {}).update(style)
            selectors = ""
    return rules
