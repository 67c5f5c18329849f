"""Reads address lists and dates that are written as nearly every program writes them; None for whatever is not.

No two readers differ over these forms (RFC 5322 §3.3 and §3.4, in ASCII, without comments, folds and encoded words), so
no other needs to be asked.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from mailgate.mail.addresses import address
from mailgate.mail.message import Address

_CAP: Final = 4_000  # octets of a list; a longer one is worth a longer look
_ATOM = r"[A-Za-z0-9!#$%&*+/?^_`{|}~'-]++"  # without "=", with which encoded words begin
_SPEC = rf"{_ATOM}(?:\.{_ATOM})*+@{_ATOM}(?:\.{_ATOM})*+"
_WORD = r"[A-Za-z0-9][A-Za-z0-9.&'_+/-]*+"
_ITEM = re.compile(
    rf"""(?:(?:"([A-Za-z0-9 .,&'_+/-]++)"|({_WORD}(?:[ ]{_WORD})*+))?[ ]?<({_SPEC})>|({_SPEC}))(?:,[ ]?(?=[^ ])|\Z)"""
)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(
    rb"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?([0-9]{1,2}) ([A-Z][a-z]{2}) ((?:19|20)[0-9]{2})"
    rb" ([0-9]{2}):([0-9]{2}):([0-5][0-9]) ([+-][0-9]{2})([0-5][0-9])(?: \([A-Z]{1,5}\))?"
)


def plain_list(value: bytes) -> tuple[Address, ...] | None:
    """The addresses of an unfolded field in their order; of one that says nothing, none."""
    if not value:
        return ()
    if len(value) > _CAP or not value.isascii():
        return None
    text, found, at = value.decode("ascii"), list[Address](), 0
    while at < len(text):
        item = _ITEM.match(text, at)
        if item is None:
            return None
        quoted, words, spec, bare = item.groups()
        if one := address(quoted or words or "", spec or bare):
            found.append(one)
        at = item.end()
    return tuple(found)


def plain_date(value: bytes) -> datetime | None:
    """The moment, in UTC. A weekday that is not the date's changes nothing."""
    found = _DATE.fullmatch(value)
    month = found[2].decode("ascii") if found else ""
    if found is None or month not in _MONTHS:
        return None
    day, _, year, hour, minute, second, zone_hours, zone_minutes = found.groups()
    east = timedelta(hours=int(zone_hours[1:]), minutes=int(zone_minutes))
    try:
        local = datetime(int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    except ValueError:
        return None
    return local + east if zone_hours[:1] == b"-" else local - east
