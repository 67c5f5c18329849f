"""Address lists as they come in the wild become addresses to show and to answer; never authority (`identity.py`).

For what is not written as RFC 5322 has it (mail-parser reads the rest): linear, lenient, never raises.
"""

from __future__ import annotations

import re

from mailgate.mail.doubled import undoubled
from mailgate.mail.encoded import decode_words
from mailgate.mail.message import Address
from mailgate.mail.names import one_line

ADDRESSES_CAP = 1_000
_LONGEST = 320  # RFC 5321 §4.5.3.1: 64 + 1 + 255
_BARE = re.compile(r"""[^\s<>()\[\]",;:@＜＞]{1,200}@(?:\[[0-9A-Za-z.:]{3,60}\]|[^\s<>()\[\]",;:@＜＞]{1,255})""")
_QUOTED_LOCAL = re.compile(r"""["][^"\\<>@]{1,64}["]@[^\s<>()",;:@]{1,255}""")
_SPACED_AT = re.compile(r"(?<=\S)[ \t]{0,5}@[ \t]{0,5}(?=\S)")
_SPACED_DOT = re.compile(r"(@[^\s@]{1,255})[ \t]{1,5}(?=\.\S)")
_MAILTO = re.compile(r"^\s*mailto:|(?<=[<\[(])\s*mailto:", re.IGNORECASE)
_GROUP = re.compile(r"^[^<>@\"(),;:]{0,100}:")
_ROUTE = re.compile(r"^@[^<>:]{1,400}:")
_COMMENT = re.compile(r"\(([^()]{0,200})\)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")
# As RFC 5322 has it and every reader reads it alike.
_WORD = r"[\w!#$%&*+/=?^`{|}~.'-]+"
_NAMED = rf'(?:"[^"\\<>@]*"|{_WORD}(?:[ \t]{_WORD})*)?[ \t]*<[\w!#$%&*+/=?^`{{|}}~.\'-]+@[\w.-]+>'
_ITEM = rf"(?:{_NAMED}|[\w!#$%&*+/=?^`{{|}}~.\'-]+@[\w.-]+)"
_ORDINARY = re.compile(rf"{_ITEM}(?:,[ \t]*{_ITEM})*+")
_ORDINARY_CAP = 4_000
_NAME_CAP = 2_000  # characters of a name that are looked at


def is_ordinary(value: str) -> bool:
    """Names and addresses in the plain form of RFC 5322, about which no two readers differ."""
    return len(value) <= _ORDINARY_CAP and _ORDINARY.fullmatch(value) is not None


def address(name: str, addr_spec: str) -> Address | None:
    """One address with its domain in lower case and its name on one clean line, None where it is none."""
    spec = one_line(addr_spec).strip("<> ")
    if not _QUOTED_LOCAL.fullmatch(spec):
        spec = spec.strip("\"' ")
    local, at, domain = spec.rpartition("@")
    if not at or not local or not domain or len(spec) > _LONGEST:
        return None
    return Address(display(name, spec), f"{local}@{domain.lower().rstrip('.')}")


def display(name: str, spec: str = "") -> str:
    """A display name for people: decoded, unquoted, one line; "" where it only repeats the address."""
    shown = " ".join(_unquoted(one_line(decode_words(name[:_NAME_CAP]))).split())
    shown = undoubled(shown, enough=1) or shown
    return "" if shown.casefold() == spec.casefold() else shown[:200]


def _unquoted(text: str) -> str:
    """Without the quotes around it, and around pieces of it; those of "'Ann' via List" stay."""
    text = _QUOTED.sub(lambda found: _ESCAPED.sub(r"\1", found[1]), text)
    text = text.replace('\\"', '"').replace("\\(", "(").replace("\\)", ")").replace("\\\\", "\\").strip(' "')
    while len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" and text[0] not in text[1:-1]:
        text = text[1:-1].strip()
    return text.strip("\"' ") if text.count("'") < 2 else text


def read_addresses(value: str) -> tuple[Address, ...]:
    """Every address in a decoded-from-bytes but not yet word-decoded value."""
    found = _read(value)
    if not found and "=?" in value and "@" in (decoded := decode_words(value)):
        found = _read(decoded)  # Seen in the wild: the whole of "Ann <ann@example.com>" in one encoded word.
    return tuple(found)


def _read(value: str) -> list[Address]:
    found: list[Address] = []
    unnamed = ""  # words without an address: they may be the first half of "Example, Ann <ann@example.com>"
    grouped = ";" in value
    for item, separator in _items(value):
        if len(found) >= ADDRESSES_CAP:
            break
        if "@" not in item:
            unnamed = f"{unnamed}{item}{separator}" if len(unnamed) + len(item) < _LONGEST else ""
            continue
        whole = unnamed + item if "<" in item and not (grouped and ":" in unnamed) else item
        one = _one(_GROUP.sub("", whole) if grouped else whole)
        if one:
            found.append(one)
        unnamed = ""
    return found


def _items(value: str) -> list[tuple[str, str]]:
    """Split at commas and semicolons outside quotes, comments and angle brackets; what never closes holds nothing."""
    items: list[tuple[str, str]] = []
    start = at = 0
    closing = {'"': '"', "<": ">", "(": ")"}
    while at < len(value):
        sign = value[at]
        if sign in closing:
            close = value.find(closing[sign], at + 1)
            if close < 0:
                break
            at = close
        elif sign in ",;":
            items.append((value[start:at], sign))
            start = at + 1
        at += 1
    rest = value[start:]
    if at >= len(value):
        return [*items, (rest, "")]
    return [*items, *((piece, ",") for piece in re.split("[,;]", rest))]


def _one(item: str) -> Address | None:
    """The address of an item, and as its name what else stands there."""
    item = _MAILTO.sub("", item.replace("＜", "<").replace("＞", ">"))
    left, angle, right = item.rpartition("<")
    inner, _, after = right.partition(">")
    if angle and "@" in inner:
        if left.count("=?") > left.count("?=") and (decoded := decode_words(item)).count("=?") < item.count("=?"):
            return _one(decoded)  # the address stands within an encoded word
        spec = _ROUTE.sub("", _joined(_COMMENT.sub(" ", inner).strip()))
        named = left.strip(" \t,;").rstrip("<:").strip()
        named = named[1:-1] if named.startswith("<") and named.endswith(">") else named
        if one := address(named or _comment(after), spec):
            return one
    item = _joined(item)
    found = _QUOTED_LOCAL.search(item) or _BARE.search(item)
    if found is None:
        return None
    around = item.replace(found.group(), " ", 1)
    named = _COMMENT.sub("", around).strip(" \t<>[]()\"',;:")
    return address(named or _comment(around), found.group())


def _joined(text: str) -> str:
    """Without white space round the "@" and before dots of the domain (RFC 5322 §4.4 allows both)."""
    return _SPACED_DOT.sub(r"\1", _SPACED_AT.sub("@", text))


def _comment(text: str) -> str:
    found = _COMMENT.search(text)
    return found[1] if found else ""
