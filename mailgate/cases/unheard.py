"""Commands that a mail holds where none is ever heard: in quotes, below its words, in its files. Only for the trace.

Who wonders why his command did nothing is told where it stood. They are told by their names alone, so no other word of
the mail gets into a trace. Linear in the mail; any mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, islice
from typing import Final

from mailgate.cases.command_words import USAGE, Speaker, Word
from mailgate.cases.commands import Commands, command_word
from mailgate.mail import quote_marks as marks
from mailgate.mail.message import Mail, Octets
from mailgate.mail.opened import octets_of

_MOST: Final = 20  # that are told
_FILES: Final = 5  # that are looked into
_OCTETS: Final = 4096  # of each, encoded
_HTML: Final = 500_000  # characters
_SHORT: Final = 200  # characters of a line that may be a command
_QUOTE_MARKS: Final = " \t>»|"
# In html it may stand between any tags, in a comment, or in an attribute; "</note>" is a tag.
_SLASHED = re.compile(r"(?<![\w<./／:])[/／]([^\W\d_]{2,40})(?![\w/])")


class Place(StrEnum):
    """Where it stood."""

    SUBJECT = "in the subject"
    BELOW = "below the words"
    QUOTE = "in quoted text"
    SIGNATURE = "in a signature"
    FORWARD = "in a forwarded mail"
    HTML = "in the html alone"
    FILE = "in an attachment"


@dataclass(frozen=True, slots=True)
class Unheard:
    """A command and where it was seen."""

    word: Word
    place: Place


def unheard(mail: Mail, data: Octets, said: Commands, who: Speaker) -> tuple[Unheard, ...]:
    """What `mail`, of which `said` was heard, holds beside it; at most 20. `data` are its raw octets."""
    seen = chain(
        _of_line(mail.subject, Place.SUBJECT, who),
        _of_lines(said.rest, Place.BELOW, who),
        _of_lines(mail.elided, Place.QUOTE, who),
        _of_html(mail, who),
        _of_files(mail, data, who),
    )
    return tuple(islice(dict.fromkeys(seen), _MOST))


def _of_lines(text: str, first: Place, who: Speaker) -> Iterator[Unheard]:
    """Of words that were kept (BELOW) or cut away (QUOTE)."""
    every = text.splitlines()
    lines = every[: marks.bearing(every)]
    if not any(list(_of_line(line.lstrip(_QUOTE_MARKS), first, who)) for line in lines):
        return  # where each line stands matters for those alone
    kinds = marks.classes(lines, [False] * len(lines))
    another = Place.FORWARD if first is Place.BELOW else Place.QUOTE
    place = first
    for at, line in enumerate(lines):
        quoted = kinds[at] == marks.QUOTE
        if marks.marker(line) or marks.header_block(lines, kinds, at):
            place = another
        elif line.rstrip() == "--":
            place = Place.SIGNATURE
        elif quoted and place is Place.SIGNATURE:
            place = first
        yield from _of_line(line.lstrip(_QUOTE_MARKS), Place.QUOTE if quoted else place, who)


def _of_line(line: str, place: Place, who: Speaker) -> Iterator[Unheard]:
    word = command_word(line, who) if len(line) <= _SHORT else None
    if word is not None and not _of_our_list(line, word, who):
        yield Unheard(word, place)


def _of_our_list(line: str, word: Word, who: Speaker) -> bool:
    """Our letters to engineers end with the list of commands, and so does every mail that quotes one."""
    form, listed = USAGE[who][word].form, " ".join(f"{USAGE[who][word].form} {USAGE[who][word].does}".split())
    said = " ".join(line.split())
    if len(said) <= len(form):
        return said == form and " " in form
    return listed.startswith(said) or said.startswith(listed)


def _of_html(mail: Mail, who: Speaker) -> Iterator[Unheard]:
    """Of what the html says, shown or hidden, and the text does not say anywhere."""
    if not (in_html := dict.fromkeys(_SLASHED.findall(mail.html[:_HTML]))):
        return
    in_text = {one.casefold() for one in _SLASHED.findall(mail.text)}
    for one in in_html:
        word = command_word(f"/{one}", who)
        if word is not None and one.casefold() not in in_text:
            yield Unheard(word, Place.HTML)


def _of_files(mail: Mail, data: Octets, who: Speaker) -> Iterator[Unheard]:
    read = (one for one in mail.attachments if one.type.startswith(("text/", "message/")))
    for one in islice(read, _FILES):
        place = Place.FORWARD if one.type == "message/rfc822" else Place.FILE
        octets = octets_of(one, data, _OCTETS)
        for line in octets.decode("utf_8", "replace").splitlines():
            yield from _of_line(line.lstrip(_QUOTE_MARKS), place, who)
