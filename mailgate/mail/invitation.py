"""The words of a calendar entry (iCalendar, RFC 5545), for a mail that has no others. It keeps no calendar."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

_FOLD = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(r'([A-Za-z-]{1,40})((?:;(?:[^":;\n]|"[^"\n]*")*+)*+):(.*)')
_ZONE = re.compile(r';TZID="?([^";:]{1,80})', re.IGNORECASE)
_TIME = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?")
_ESCAPED = re.compile(r"\\([\\;,nN])")
_LINES_CAP: Final = 2_000
_SHOWN: Final = ("SUMMARY", "DTSTART", "DTEND", "LOCATION", "DESCRIPTION")
_LABELS: Final = {"DTSTART": "Start: ", "DTEND": "End: ", "LOCATION": "Place: "}


def invitation_words(calendar: str) -> str:
    """What its first event or task is, when and where; "" where it says nothing of the kind."""
    said: dict[str, str] = {}
    component = ""
    for line in _FOLD.sub("", calendar).splitlines()[:_LINES_CAP]:
        found = _LINE.fullmatch(line.rstrip())
        if not found:
            continue
        name, params, value = found[1].upper(), found[2], found[3]
        if name == "BEGIN":
            component = value.upper()
        elif name == "END" and value.upper() in {"VEVENT", "VTODO", "VJOURNAL"}:
            break
        elif name == "END":
            component = "VEVENT"  # an alarm within it ends, it goes on
        elif name in _SHOWN and component in {"VEVENT", "VTODO", "VJOURNAL"}:
            said.setdefault(name, _time(value, params) if name.startswith("DT") else _text(value))
    return "\n".join(f"{_LABELS.get(name, '')}{said[name]}" for name in _SHOWN if said.get(name))


def _text(value: str) -> str:
    return _ESCAPED.sub(lambda sign: "\n" if sign[1] in "nN" else sign[1], value).strip()


def _time(value: str, params: str) -> str:
    found = _TIME.match(value)
    if not found:
        return value[:40]
    try:
        moment = datetime.strptime(found[1] + (found[2] or "000000"), "%Y%m%d%H%M%S")  # noqa: DTZ007 - its zone is a name
    except ValueError:
        return value[:40]
    zone = _ZONE.search(params)
    where = " UTC" if found[3] else f" ({zone[1]})" if zone else ""
    return f"{moment:%Y-%m-%d %H:%M}{where}" if found[2] else f"{moment:%Y-%m-%d}"
