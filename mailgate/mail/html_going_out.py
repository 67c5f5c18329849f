"""Cuts a mail's html down to the very words that its text was cut down to, and cleans it for strangers' eyes.

The text decides: its words are found in the html as whole lines in one unbroken run, and everything else goes. Where
they do not stand there so, nothing is cut on a guess: the text then goes out alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

import lxml.html
from lxml import etree
from lxml.html import HtmlElement

from mailgate.mail.clean import clean_html
from mailgate.mail.html_quotes import TAKEN_OUT, as_html, without_quotes
from mailgate.mail.private import Private, apply
from mailgate.mail.text import MAX_DEPTH, MAX_HTML, depth
from mailgate.mail.words_out import letters

_SILENT: Final = frozenset(
    "base button form head iframe link meta noscript object script style svg template title".split()
)
_LINES: Final = frozenset(
    "address article blockquote body br center dd div dl dt footer h1 h2 h3 h4 h5 h6 header hr li ol p pre section"
    " table td th tr ul".split()
)
_EMPTY: Final = frozenset("br col colgroup hr img td th".split())  # mean something without words
_KEPT: Final = frozenset(
    "align alt bgcolor border cellpadding cellspacing color colspan dir face height href lang rowspan size src start"
    " style type valign width".split()
)
_SIGNATURES: Final = frozenset("applemailsignature gmail_signature moz-signature msoautosig signature".split())
_SIGNED = re.compile("signature|msoautosig", re.IGNORECASE)
_APPLES_BREAK: Final = "linebreakatbeginningofsignature"
# What a plain rendering adds: a link's target, a picture's place, the number or dot of a list's item.
_ECHOES = re.compile(r"[<\[(](?:(?:https?|mailto|tel):[^>\])\s]*|(?:cid|image):[^>\])]*)[>\])]")
_ITEM = re.compile(r"^[ \t]*(?:\d{1,2}[.)]|[*•·o§-])[ \t]+", re.MULTILINE)
_HIDING = re.compile(
    r"font-size:[01](?:px|pt|em|%)?(?![.\d])|(?<![-\w])color:(?:white|transparent|#f{3}(?:f{3})?\b|rgba?\(255,255,255)"
)


@dataclass(frozen=True, slots=True)
class Fragment:
    """`html` may stand within a letter; `shown` are the Content-IDs of the pictures in it, as the mail had them."""

    html: str
    shown: frozenset[str]


def html_of(html: str, words: str, private: Private, pictures: dict[str, str]) -> Fragment | None:
    """`html` with `words` alone in it; None where they do not stand there in one run, or it is past all bearing.

    `pictures` gives for the Content-ID of each picture that may go out the one that it goes out with.
    """
    root = _tree(html)
    if root is None:
        return None
    try:
        return _fragment(root, words, private, pictures)
    except Exception:  # noqa: BLE001 - libxml2 refuses some html in a dozen ways; the text goes out alone
        return None


def signature_of(html: str) -> str:
    """The letters of what the writer's program marked as his signature; "" where it marked none."""
    root = _tree(html) if _SIGNED.search(html) else None
    if root is None:
        return ""
    marked = "".join(letters(_text(one)) for one in root.iter(etree.Element) if _signs(one) and not _within_one(one))
    return marked or _below_apples_break(root)


def letters_of_words(text: str) -> str:
    """The same of plain text, without what a plain rendering adds to html."""
    return letters(_ITEM.sub("", _ECHOES.sub(" ", text)))


def _tree(html: str) -> HtmlElement | None:
    """The body without its marked quotes; None where libxml2 cannot read it."""
    if not html.strip() or len(html) > MAX_HTML or depth(html) > MAX_DEPTH:
        return None
    try:
        root = without_quotes(html)
        if root is None:
            root = lxml.html.document_fromstring(re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", html.replace("\x00", "")))
        body = root if root.tag == "body" else root.find("body")
    except Exception:  # noqa: BLE001 - as above
        return None
    return body


def _signs(element: HtmlElement) -> bool:
    names = f"{element.get('class') or ''} {element.get('id') or ''}".lower().split()
    return any(name.removeprefix("x_") in _SIGNATURES for name in names)


def _below_apples_break(body: HtmlElement) -> str:
    """Apple marks where a signature begins; it ends with the mail, or where the quote was."""
    slots = [slot for line in _lines(body) for slot in line.slots]
    breaks = [place for place, slot in enumerate(slots) if (slot.element.get("id") or "").lower() == _APPLES_BREAK]
    below: list[str] = []
    for slot in slots[breaks[0] :] if breaks else ():
        if slot.text == TAKEN_OUT:
            break
        below.append(letters(slot.text))
    return "".join(below)


def _within_one(element: HtmlElement) -> bool:
    return any(map(_signs, element.iterancestors()))


def _text(element: HtmlElement) -> str:
    return "".join(map(str, element.itertext(with_tail=False)))


def _fragment(body: HtmlElement, words: str, private: Private, pictures: dict[str, str]) -> Fragment | None:
    _drop(one for one in body.iter() if one is not body and _is_silent(one))
    if not _cut(body, words):
        return None
    _hide(body, private)
    shown = frozenset(filter(None, (_picture(one, pictures) for one in list(body.iter("img")))))
    for element in body.iter(etree.Element):
        _dress(element, private)
    _drop_empty(body)
    body.tag = "div"
    html = clean_html(as_html(body)).strip()
    # Another parser has read it in between: it must say the same, and nothing that may not be said.
    said = _text(lxml.html.fragment_fromstring(html, create_parent="div"))
    if letters(said) != letters(_text(body)) or private.named_in(said) or private.named_in(html):
        return None
    return Fragment(html, shown)


def _is_silent(element: HtmlElement) -> bool:
    trace = element.tag == "div" and element.text == TAKEN_OUT and not len(element)
    return trace or not isinstance(element.tag, str) or element.tag in _SILENT


def _drop(elements: Iterable[HtmlElement]) -> None:
    """Take them out, and keep the words behind them."""
    for element in list(elements):
        if element.getparent() is not None:
            element.drop_tree()


@dataclass(frozen=True, slots=True)
class _Slot:
    """One piece of text: before the element's children, or after its end."""

    element: HtmlElement
    tail: bool

    @property
    def text(self) -> str:
        return str((self.element.tail if self.tail else self.element.text) or "")

    def put(self, text: str) -> None:
        if self.tail:
            self.element.tail = text
        else:
            self.element.text = text


@dataclass(slots=True)
class _Line:
    """What a person sees on one line."""

    slots: list[_Slot] = field(default_factory=list)
    pictures: list[HtmlElement] = field(default_factory=list)
    ruled: bool = False

    @property
    def text(self) -> str:
        return "".join(slot.text for slot in self.slots)

    @property
    def says(self) -> bool:
        return self.ruled or bool(self.text.strip())


def _lines(body: HtmlElement) -> list[_Line]:
    lines = [_Line()]
    for event, element in etree.iterwalk(body, events=("start", "end")):
        if element.tag in _LINES:
            lines.append(_Line())
        if event == "start":
            lines[-1].slots.append(_Slot(element, tail=False))
            if element.tag in ("img", "hr"):
                lines[-1].pictures.append(element)
                lines[-1].ruled = element.tag == "hr"
        elif element is not body:
            lines[-1].slots.append(_Slot(element, tail=True))
    return lines


def _cut(body: HtmlElement, words: str) -> bool:
    """Leave the lines that are the run of `words`; False where no whole lines are.

    An item's number may stand in the html too (typed, or Word's), or a list makes it: each reading is tried. Pictures
    below the last line stay up to the next line that says something, for that begins a signature.
    """
    lines = _lines(body)
    bare, plain = [letters(line.text) for line in lines], letters_of_words(words)
    itemless = [letters_of_words(" ".join(line.text.split())) for line in lines]
    for said, wanted in ((bare, plain), (bare, letters(_ECHOES.sub(" ", words))), (itemless, plain)):
        ends = list(accumulate(map(len, said)))
        at, starts = "".join(said).find(wanted), [0, *ends[:-1]]
        if wanted and at in starts and at + len(wanted) in ends:
            break
    else:
        return False
    first = max(place for place, start in enumerate(starts) if start == at and ends[place] > at)
    last = ends.index(at + len(wanted))
    while first > 0 and not letters(lines[first - 1].text):
        first -= 1
    while last + 1 < len(lines) and not lines[last + 1].says:
        last += 1
    for line in (*lines[:first], *lines[last + 1 :]):
        for slot in line.slots:
            slot.put("")
        _drop(line.pictures)
    return True


def _hide(body: HtmlElement, private: Private) -> None:
    """Private addresses and tokens, also where tags stand between their letters."""
    slots = [slot for line in _lines(body) for slot in line.slots]
    for _ in range(3):
        cuts = list(private.cuts("".join(slot.text for slot in slots)))
        if not cuts:
            return
        at = next_cut = 0
        for slot in slots:
            text = slot.text
            end, own = at + len(text), []
            while next_cut < len(cuts) and cuts[next_cut].start < end:
                own.append(cuts[next_cut].within(at, end))
                if cuts[next_cut].end > end:
                    break  # it goes on in the next piece
                next_cut += 1
            if own:
                slot.put(apply(text, own))
            at = end


def _picture(element: HtmlElement, pictures: dict[str, str]) -> str:
    """Name a picture as it goes out, or drop it; its Content-ID in the mail, "" where it is dropped."""
    source = str(element.get("src") or "")
    known = source[4:] if source[:4].lower() == "cid:" else ""
    if known not in pictures:
        element.drop_tree()
        return ""
    element.set("src", f"cid:{pictures[known]}")
    return known


def _dress(element: HtmlElement, private: Private) -> None:
    """Attributes that only show how it looks or where it leads, without anything private."""
    for name, value in list(element.attrib.items()):
        if str(name) not in _KEPT:
            del element.attrib[name]
        elif name == "style":
            if _HIDING.search(str(value).lower().replace(" ", "")):
                del element.attrib[name]
        elif name == "href":
            target = private.hide(str(value).strip())
            if target.lower().startswith(("http:", "https:", "mailto:")):
                element.set(name, target)
            else:
                del element.attrib[name]
        elif name != "src":
            element.set(name, private.hide(str(value)))


def _drop_empty(body: HtmlElement) -> None:
    """What was emptied: no frame of the notice, no hollow table of the signature stays."""
    for element in reversed(list(body.iter(etree.Element))):
        hollow = element.tag not in _EMPTY and not len(element) and not (element.text or "").strip()
        if element is not body and hollow and element.getparent() is not None:
            (element.drop_tree if element.tag in _LINES else element.drop_tag)()  # a space may part two words
    for table in list(body.iter("table")):
        if not _text(table).strip() and table.find(".//img") is None and table.getparent() is not None:
            table.drop_tree()
    for element in reversed(list(body.iter(etree.Element))):
        if (element.tail or "").strip() or (element.text or "").strip() or element.tag in _EMPTY - {"br"}:
            break
        if element is not body and not len(element):
            element.drop_tree()
