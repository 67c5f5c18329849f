"""Reads what stands behind a command's word: days, priorities, people, addresses, case numbers, numbers of paragraphs.

Values come as people and mail programs write them: with a full stop, "5 days", `Name <a@b>`, Outlook's
`a@b<mailto:a@b>`, a copied subject. What can be read in two ways is refused (`Unreadable`), never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from mailgate.cases.command_words import Takes
from mailgate.cases.ref import find_numbers, find_refs, without_refs
from mailgate.mail.names import one_line

MAX_DAYS: Final = 365
MAX_REASON: Final = 500  # characters
_MAX_NAME: Final = 100
_MAX_PLACES: Final = 500
_MAX_ADDRESSES: Final = 50
_LONGEST_ADDRESS: Final = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets

_END = " \t.,;:!"
_DAYS = re.compile(r"(\d{1,6}) ?(?:d|days?)?")
_SPEC = r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[a-z0-9][a-z0-9-]{0,62}\.){1,20}[a-z0-9][a-z0-9-]{1,62}"
_ADDRESS = re.compile(rf"(?:mailto:)?({_SPEC})(?: ?<(?:mailto:)?({_SPEC})>)?", re.IGNORECASE)
_NAMED = re.compile(rf"(?:\"[^\"]{{0,200}}\"|[^<>\",;@]{{0,200}}) ?<(?:mailto:)?({_SPEC})>", re.IGNORECASE)
_SEPARATOR = re.compile(r"[\s,;]*")
_CASE = re.compile(r"(?:case )?#? ?\d{10,12}(?!\d)", re.IGNORECASE)
_PLACES = re.compile(r"#?(\d{1,6})(?: ?[-–—] ?#?(\d{1,6}))?")


class Unreadable(ValueError):
    """A value that is missing, too much, or not what the command takes; its text is for the writer."""


def read_value(takes: Takes, text: str) -> tuple[str | int | tuple[int, ...] | None, ...]:
    """The values in `text`, one for each command that it makes: several only of several addresses."""
    if takes is Takes.ADDRESSES:
        return tuple(_addresses(text))
    return (_ONE[takes](text),)


def _nothing(text: str) -> None:
    if text.strip(_END):
        raise Unreadable("it stands alone on its line: what you have to say goes below the commands")


def _days(text: str) -> int | None:
    said = _plain(text)
    if not said:
        return None
    found = _DAYS.fullmatch(said)
    if not found or not 1 <= int(found[1]) <= MAX_DAYS:
        raise Unreadable(f"it takes a number of days, 1 to {MAX_DAYS}, or nothing")
    return int(found[1])


def _priority(text: str) -> int | str:
    said = _plain(text).lstrip("#")
    if not said:
        raise Unreadable("say which priority, by number or name")
    if said.isdecimal():
        if not 1 <= int(said[:6]) <= 99:
            raise Unreadable("there is no such priority")
        return int(said)
    return _name(text, "say which priority, by number or name")


def _level(text: str) -> int:
    said = _plain(text).lstrip("#")
    if not said.isdecimal() or not 1 <= int(said[:6]) <= 99:
        raise Unreadable("say which level, as a number")
    return int(said)


def _person(text: str) -> str:
    missing = "say who: me, nobody, an engineer's name or address"
    if "@" in text:
        found = _addresses(text)
        if len(found) != 1:
            raise Unreadable("a case can be given to one engineer only")
        return found[0]
    said = _name(text, missing)
    return said.lower() if said.lower() in ("me", "nobody") else said


def _kind(text: str) -> str:
    return _name(text, "say which kind of case it is")


def _reason(text: str) -> str | None:
    said = one_line(text)
    if len(said) > MAX_REASON:
        raise Unreadable(
            f"its reason is longer than {MAX_REASON} characters: what you have to say goes below the commands"
        )
    return said if said.strip(_END) else None


def _number(text: str) -> str:
    """One case number, first in the value; behind "#2611000001:" a copied subject may stand."""
    numbers, refs = find_numbers(text), find_refs(text)
    opening = _CASE.match(text)
    behind = text[opening.end() :] if opening else ""
    left = without_refs(behind, refs[0].org) if refs else behind
    if not opening or len(numbers) != 1 or len(refs) > 1 or (left.strip(_END) and not behind.startswith(":")):
        raise Unreadable("say the number of one other case, such as 2611000001")
    return numbers[0]


def _places(text: str) -> tuple[int, ...] | None:
    said = _plain(text)
    if not said:
        return None
    wrong = "say which by their numbers, such as 2,4-5, or nothing for all of the mail"
    places: set[int] = set()
    at = 0
    while at < len(said):
        found = _PLACES.match(said, at)
        first = int(found[1]) if found else 0
        last = int(found[2] or found[1]) if found else 0
        if not found or not 1 <= first <= last or last - first >= _MAX_PLACES or len(places) > _MAX_PLACES:
            raise Unreadable(wrong)
        places.update(range(first, last + 1))
        at = _gap(said, found.end(), wrong)
    return tuple(sorted(places))


def _addresses(text: str) -> list[str]:
    """Addresses parted by commas or spaces, each once. Two different ones for one person are refused."""
    wrong = "say plain addresses, such as ann@example.com, parted by commas"
    text = text.strip(_END)
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        match = _ADDRESS.match(text, at) or _NAMED.match(text, at)
        if not match or len(match[1]) > _LONGEST_ADDRESS or len(found) >= _MAX_ADDRESSES:
            raise Unreadable(wrong)
        one = _lower_domain(match[1])
        if match.re is _ADDRESS and match[2] and match[2].casefold() != match[1].casefold():
            raise Unreadable(f"it shows {match[1]}, but links to {match[2]}")
        found.setdefault(one.casefold(), one)
        at = _gap(text, match.end(), wrong)
    if not found:
        raise Unreadable("say whom, by address")
    return list(found.values())


def _gap(text: str, at: int, wrong: str) -> int:
    """Where the next of several begins: behind a comma or a space, so that nothing stands glued to what was read."""
    after = _SEPARATOR.match(text, at)
    end = after.end() if after else at
    if end == at < len(text):
        raise Unreadable(wrong)
    return end


def _lower_domain(spec: str) -> str:
    local, _, domain = spec.rpartition("@")
    return f"{local}@{domain.lower()}"


def _name(text: str, missing: str) -> str:
    said = one_line(text).strip(_END)
    if not said:
        raise Unreadable(missing)
    if len(said) > _MAX_NAME:
        raise Unreadable("that is too long for a name")
    return said


def _plain(text: str) -> str:
    """Numbers as people type them: full-width digits, a full stop behind, capitals."""
    return unicodedata.normalize("NFKC", text).strip(_END).casefold()


_ONE: Final = {
    Takes.NOTHING: _nothing,
    Takes.DAYS: _days,
    Takes.PRIORITY: _priority,
    Takes.PERSON: _person,
    Takes.LEVEL: _level,
    Takes.REASON: _reason,
    Takes.KIND: _kind,
    Takes.NUMBER: _number,
    Takes.PLACES: _places,
}
