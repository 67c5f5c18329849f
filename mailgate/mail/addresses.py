"""Address lists as they come in the wild become addresses to show and to answer; never authority (`identity.py`).

The fallback where mail-parser finds nothing (raw 8-bit, broken quotes): linear, lenient, never raises.
"""

from __future__ import annotations

import re

from mailgate.mail.encoded import decode_words
from mailgate.mail.message import Address
from mailgate.mail.names import one_line

ADDRESSES_CAP = 1_000
_LONGEST = 320  # RFC 5321 §4.5.3.1: 64 + 1 + 255
_BARE = re.compile(r"""[^\s<>()\[\]",;:@]{1,200}@[^\s<>()",;:@]{1,255}""")


def address(name: str, addr_spec: str) -> Address | None:
    """One address with its domain in lower case and its name on one clean line, None where it is none."""
    spec = one_line(addr_spec).strip("<>\"' ")
    local, at, domain = spec.rpartition("@")
    if not at or not local or not domain or len(spec) > _LONGEST:
        return None
    return Address(display(name, spec), f"{local}@{domain.lower().rstrip('.')}")


def display(name: str, spec: str = "") -> str:
    """A display name for people: decoded, unquoted, one line; "" where it only repeats the address."""
    shown = one_line(decode_words(name)).strip("\"' ").replace('\\"', '"').replace("\\\\", "\\")
    return "" if shown.casefold() == spec.casefold() else shown[:200]


def read_addresses(value: str) -> tuple[Address, ...]:
    """Every address in a decoded-from-bytes but not yet word-decoded value."""
    found: list[Address] = []
    for item in _items(value):
        if len(found) >= ADDRESSES_CAP:
            break
        one = _one(item)
        if one:
            found.append(one)
    return tuple(found)


def _items(value: str) -> list[str]:
    """Split at commas and semicolons outside quotes and angle brackets; an unclosed quote quotes nothing."""
    items: list[str] = []
    start = at = 0
    while at < len(value):
        sign = value[at]
        if sign in '"<':
            close = value.find('"' if sign == '"' else ">", at + 1)
            if close < 0:
                break
            at = close
        elif sign in ",;":
            items.append(value[start:at])
            start = at + 1
        at += 1
    rest = value[start:]
    return [*items, *(re.split("[,;]", rest) if at < len(value) else [rest])]


def _one(item: str) -> Address | None:
    left, angle, right = item.rpartition("<")
    if angle:
        one = address(left.rpartition(":")[2] if left.count(":") == 1 else left, right.partition(">")[0])
        if one:
            return one
    bare = _BARE.search(item)
    return address("", bare.group()) if bare else None
