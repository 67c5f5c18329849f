"""Finds in a text the head that a mail program wrote above what it forwards, and reads who wrote that, to whom, when.

Of the first such head only it is said what stands in it: whether it makes a forward is asked in `forward.py`. A mark
without a head that can be read ends the search, so that no inner mail is taken for the one below that mark.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from mailgate.mail import quote_marks as marks
from mailgate.mail.addresses import display, read_addresses
from mailgate.mail.forward_words import ENDS, ON_BEHALF
from mailgate.mail.headers import read_header
from mailgate.mail.identity import strict_author
from mailgate.mail.message import Address
from mailgate.mail.names import one_line
from mailgate.mail.quote_marks import EMPTY, QUOTE, RULE, TEXT

_DEEPEST: Final = 5  # ">" before a line
_LONGEST: Final = 2_000  # characters of one header line, its folds joined
_MARK = re.compile(r"^[ \t]{0,3}(?:>|&gt;|»)[ ]?")
_MAILTO = re.compile(r"[<\[(]?mailto:([^\s<>\[\]()]{1,320})[>\])]?", re.IGNORECASE)
_SPEC = re.compile(r"[^\s<>()\[\]\",;:@]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}")
_QUOTED = re.compile(r"'([^\s'@]{1,64}@[^\s'@]{1,255})'")  # Outlook: 'ann@example.com'
_NAME = re.compile(r"[\"“„«]\s?([^\"“”„«»<>]{1,100}?)\s?[\"“”»]\s{0,2}<$")
_WRAPPED = re.compile(r"[ \t]{0,8}<[^\s<>]{1,320}>[,;]?[ \t]{0,3}(?:$|[^<>]{0,80}<[^\s<>]{1,320}>)")
_RECIPIENTS = re.compile(r"[^@]{0,80}<[^\s<>]{1,320}>[,;]")
_ON_BEHALF = re.compile(rf"(?<!\w)(?:{ON_BEHALF})", re.IGNORECASE)
_AROUND = " \t\xa0*_|;；,"


@dataclass(frozen=True, slots=True)
class Head:
    """What a program says of the mail that it quotes below.

    `values` are those of its lines ("from", "date", "to", "cc", "subject"), as they stand, `last` is its last line.
    `author` is None where not exactly one is named. `label` is the word that stands for From, lower case; "" where the
    head is an intro ("On 2 Nov, Ann <ann@example.com> wrote:").
    """

    values: dict[str, str]
    author: Address | None
    last: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Forward:
    """A text parted at its first head: what stands above, the mail's own lines, and what stands below it again.

    `mark` is "forward" or "original" for the line above the head, "" without one; `quoted` tells that the mark itself
    stands behind ">".
    """

    above: tuple[str, ...]
    mark: str
    quoted: bool
    head: Head
    body: tuple[str, ...]
    below: tuple[str, ...] = ()


def first_forward(lines: Sequence[str], within: int = 0) -> Forward | None:
    """The first mark or head of a quoted mail in these lines, parted there; None without one, or one unreadable.

    `within` counts the ">" that were taken from them.
    """
    bare = [line if line.isascii() else line.translate(marks.BIDI) for line in lines]
    kinds = marks.classes(bare, [False] * len(bare))
    at = 0
    while at < len(bare):
        if kinds[at] == QUOTE:
            end = _end_of_quote(kinds, at)
            if within < _DEEPEST and (found := _within_quote(lines, at, end, within)):
                return found
            at = end
            continue
        if kinds[at] == TEXT:
            mark = marks.marker(bare[at])
            if mark == "forward" or (mark and marks.dashed(bare[at])):
                return _below_mark(lines, bare, kinds, at, mark, within)
            if found := _unmarked(lines, bare, kinds, at):
                return found
        at += 1
    return None


def _end_of_quote(kinds: str, at: int) -> int:
    return at + sum(1 for _ in takewhile(QUOTE.__eq__, kinds[at:]))


def _within_quote(lines: Sequence[str], start: int, end: int, within: int) -> Forward | None:
    """Apple Mail and others put the whole of a forwarded mail, its head too, behind ">"."""
    inner = [_MARK.sub("", line, count=1) for line in lines[start:end]]
    opening = next((at for at, line in enumerate(inner[:4]) if line.strip()), None)
    if opening is None:
        return None
    found = first_forward(inner, within + 1) if marks.marker(inner[opening]) or marks.label(inner[opening]) else None
    if found is None or any(line.strip() for line in found.above):
        return None
    return Forward(tuple(lines[:start]), found.mark, bool(found.mark), found.head, found.body, tuple(lines[end:]))


def _below_mark(
    lines: Sequence[str], bare: Sequence[str], kinds: str, at: int, mark: str, within: int
) -> Forward | None:
    first = next((line for line in range(at + 1, min(at + 5, len(bare))) if kinds[line] != EMPTY), None)
    if first is None:
        return None
    above = tuple(lines[:at])
    if kinds[first] == QUOTE:
        end = _end_of_quote(kinds, first)
        inner = _within_quote(lines, first, end, within) if within < _DEEPEST else None
        return Forward(above, mark, False, inner.head, inner.body, inner.below) if inner else None
    block = _block(bare, kinds, first, marked=True)
    if block is None:
        # Yandex: an intro below its mark. It may take two lines.
        for last in range(first, min(first + 2, len(bare))):
            start = marks.intro_before(bare, kinds, last, quoted=True)
            if start == first:
                return _parted(lines, kinds, at, last + 1, mark, _of_intro(bare[first : last + 1]))
        return None
    head, end = block
    return _parted(lines, kinds, at, end, mark, head)


def _unmarked(lines: Sequence[str], bare: Sequence[str], kinds: str, at: int) -> Forward | None:
    above = next((line for line in range(at - 1, max(-1, at - 4), -1) if kinds[line] != EMPTY), None)
    ruled = above is not None and (kinds[above] == RULE or marks.framed_words(bare[above]))
    if block := _block(bare, kinds, at, marked=ruled):
        head, end = block
        mark = marks.marker(bare[above]) if above is not None else ""
        return _parted(lines, kinds, above if above is not None and (ruled or mark) else at, end, mark, head)
    quoted = kinds[at + 1 : at + 4].lstrip(EMPTY)[:1] == QUOTE
    start = marks.intro_before(bare, kinds, at, quoted=quoted)
    if start is None:
        return None
    head = _of_intro(bare[start : at + 1])
    if not quoted and head.author is None:
        return None  # "Ann wrote to me yesterday:" with nothing quoted below is the engineer's own sentence
    while (
        start > 0 and kinds[start - 1] == TEXT and (kind := marks.label(bare[start - 1]))
    ):  # Yandex: "Кому:" and "Тема:" above its intro
        start -= 1
        head.values.setdefault(kind, re.split("[:：]", bare[start], maxsplit=1)[1].strip(_AROUND))
    ruled = start > 0 and kinds[start - 1] == RULE
    return _parted(lines, kinds, start - ruled, at + 1, "", head)


def _parted(lines: Sequence[str], kinds: str, start: int, end: int, mark: str, head: Head) -> Forward:
    """Where all of the mail stands behind ">" (Proton, Apple), it ends with that; else where its program says so."""
    first = next((at for at in range(end, len(lines)) if kinds[at] != EMPTY), len(lines))
    if first < len(lines) and marks.marker(lines[first]) == mark != "":
        first += 1  # Zoho repeats its mark below the head
    elif kinds[first : first + 1] == QUOTE:
        stop = _end_of_quote(kinds, first)
        while stop < len(kinds) and QUOTE in kinds[stop:] and kinds[stop] == EMPTY:
            after = next((at for at in range(stop, len(kinds)) if kinds[at] != EMPTY), stop)
            if kinds[after] != QUOTE:
                break
            stop = after + _end_of_quote(kinds[after:], 0)
        body = [_MARK.sub("", line, count=1) for line in lines[first:stop]]
        return Forward(tuple(lines[:start]), mark, False, head, tuple(body), tuple(lines[stop:]))
    stop = next((at for at in range(first, len(lines)) if kinds[at] == TEXT and _ends(lines[at])), len(lines))
    return Forward(tuple(lines[:start]), mark, False, head, tuple(lines[first:stop]), tuple(lines[stop + 1 :]))


def _ends(line: str) -> bool:
    return line.lstrip().startswith("--") and line.strip(" \t-").casefold() in ENDS


def _block(bare: Sequence[str], kinds: str, at: int, *, marked: bool) -> tuple[Head, int] | None:
    """The head that begins with this line as a block of header lines, and where its mail begins."""
    end = marks.header_block(bare, kinds, at, marked=marked)
    if end is None:
        return None
    pairs: list[tuple[str, str, str]] = []  # kind, label, value
    for line in (bare[number] for number in range(at, end) if kinds[number] == TEXT):
        kind = marks.label(line)
        if kind:
            label, _, value = line.replace("：", ":", 1).partition(":")
            pairs.append((kind, label.strip(" \t\xa0*_|>").casefold(), value.strip(_AROUND)))
        elif pairs:
            pairs[-1] = (*pairs[-1][:2], f"{pairs[-1][2]} {line.strip(_AROUND)}"[:_LONGEST])
    kind, label, value = pairs[-1]
    while end < len(bare) and kinds[end] == TEXT and _goes_on(kind, value, bare[end]):
        value = f"{value} {bare[end].strip(_AROUND)}"[:_LONGEST]
        pairs[-1] = (kind, label, value)
        end += 1
    values: dict[str, str] = {}
    for kind, _, value in pairs:
        values.setdefault(kind, value)
    writers = [(label, value) for kind, label, value in pairs if kind == "from"]
    author = one_author(writers[0][1]) if len(writers) == 1 else None
    return Head(values, author, bare[end - 1].strip(), writers[0][0]), end


def _goes_on(kind: str, value: str, line: str) -> bool:
    """Whether this line is the rest of the head's last one, which a program wrapped."""
    if kind not in ("from", "to", "cc") or "@" not in line or len(value) >= _LONGEST:
        return False
    return bool(_WRAPPED.match(line)) or (kind != "from" and "," in line and bool(_RECIPIENTS.match(line)))


def _of_intro(lines: Sequence[str]) -> Head:
    text = " ".join(lines)[:_LONGEST]
    return Head({"date": text}, one_author(text, named=False), lines[-1].strip())


def one_author(value: str, *, named: bool = True) -> Address | None:
    """The one mailbox that a From line names, by the strict reading of `identity.py`; None of none, or of several.

    Programs write names as they please ("Example, Ann <ann@example.com>"), so all of the line is looked at, and every
    address in it must be the same. `named`: all that stands before it is the name.
    """
    text = one_line(_QUOTED.sub(r"\1", _MAILTO.sub(r"<\1>", value[:_LONGEST])))
    specs = {spec.casefold() for spec in _SPEC.findall(text)}
    if len(specs) != 1 or "@" in _SPEC.sub("", text) or _ON_BEHALF.search(text):
        return None
    found = _SPEC.search(text)
    spec = found[0] if found else ""
    section = b"From: <" + spec.encode("utf_8", "replace") + b">\r\n"
    strict = strict_author(read_header(section, 0, len(section)), section)
    if strict is None or found is None:
        return None
    name = text[: found.start()].strip(" \t<([\"'“”„«»*|")
    if not named:  # but what stands in quotes before it
        quoted = _NAME.search(text[: found.start()])
        name = quoted[1] if quoted else ""
    return Address(display(name, spec), strict.address)


def recipients(value: str) -> tuple[Address, ...]:
    """Every address of a To or Cc line, once."""
    found = read_addresses(one_line(_MAILTO.sub(r"<\1>", value)))
    # Lotus Notes has names with an @ that are no addresses: "Bob Engineer/Support/Example@EXAMPLE".
    return tuple({one.key: one for one in found if _SPEC.fullmatch(one.address) and "/" not in one.address}.values())
