"""What keeps an engineer's letter back until somebody says that it may leave: words that were written for our people
alone. A room of `decide`.

Nobody can tell what a text means; what is looked for is words in a row that no two people write by chance, or a short
note as a whole. Whoever tells a note in his own words, or less of it, is not stopped.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import unquote_plus

from mailgate.cases.case import Entry, EntryKind
from mailgate.cases.command_words import Speaker
from mailgate.cases.commands import read_commands
from mailgate.cases.events import EngineerReplied, MailArrived
from mailgate.mail.message import GoingOut
from mailgate.mail.shingles import in_a_row, weight, words_of

_QUOTED: Final = 8  # words in a row
_SHORTEST: Final = 3  # words of a note that is found whole; "Done." stands in many a letter
_TAG: Final = re.compile(r"<[^>]*>")
_MARKER: Final = re.compile(r"\[\s*r\s*:[^\]\n]{1,60}\]")  # of the letter that the note answered
_ATTRIBUTE: Final = re.compile(r"\b(?:alt|href)=\"([^\"]*)\"")  # the others of clean html hold no words


def guarded(out: GoingOut, event: MailArrived | EngineerReplied) -> str:
    """Why the letter waits for somebody's word before it leaves, for its writer; "" where nothing speaks against it."""
    return quotes_a_note(out, event.notes, event.shared)


def quotes_a_note(out: GoingOut, notes: Iterable[Entry], shared: Iterable[Entry] = ()) -> str:
    """Which of `notes` it quotes, with the words; "" for none. Of the `shared` entries, what customers wrote is no
    secret, whoever noted it; nor is an answer that was given before the note. One after it may wait for its sake."""
    texts = [words_of(text) for text in _texts(out)]
    runs = {run for words in texts for run in _runs(words)}
    whole = [f" {' '.join(words)} " for words in texts]
    answered: list[tuple[datetime, set[str]]] = []
    for entry in shared if runs else ():
        known = runs.intersection(_runs(words_of(entry.text)))
        if entry.kind is EntryKind.MAIL:
            runs -= known
        elif known:
            answered.append((entry.at, known))
    for note in notes:
        told = {run for at, known in answered if at < note.at for run in known}
        internal = _internal(note)
        found = next((run for text in internal for run in _runs(words_of(text)) if run in runs and run not in told), "")
        short = (one for text in internal for one in _short(text) if any(f" {one} " in words for words in whole))
        if found := found or next(short, ""):
            return f'it has words of the internal note of {note.at:%Y-%m-%d %H:%M} UTC: "{found} …"'
    return ""


def _short(text: str) -> Iterator[str]:
    """A note of few words as a whole, and without what a name or a greeting below adds to it."""
    for part in (text, text.strip().split("\n\n")[0]):
        words = words_of(part)
        if _SHORTEST <= weight(words) < _QUOTED:
            yield " ".join(words)


def _internal(note: Entry) -> tuple[str, ...]:
    """The texts in it that are for our people alone. What could not be followed stands on the case with its commands
    (one of which may give a reason): those are, and a draft's words below them were meant for the customer."""
    words = read_commands(note.text, Speaker.ENGINEER).rest
    orders = note.text.rstrip().removesuffix(words)
    return (orders,) if note.kind is EntryKind.DRAFT else (_MARKER.sub("", words), _MARKER.sub("", orders))


def _texts(out: GoingOut) -> Iterator[str]:
    """All that a reader of it can find words in."""
    yield out.text
    if out.html:
        yield entities.unescape(_TAG.sub(" ", out.html))
        yield from (unquote_plus(entities.unescape(one)) for one in _ATTRIBUTE.findall(out.html))
    yield from (one.name for one in out.attachments)
    yield from out.files_say


def _runs(words: Sequence[str]) -> Iterator[str]:
    """As many words in a row as count, from each one on."""
    return (" ".join(words[start:end]) for start, end in in_a_row(words, _QUOTED))
