"""What was said on a case, as far as a mail may repeat it: the letters that its readers had, and the words on it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Connection,
    LargeBinary,
    Text,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from mailgate.cases.case import INTERNAL_ENTRIES, EntryKind
from mailgate.cases.letter_kinds import INTERNAL_LETTERS
from mailgate.store.among import among
from mailgate.store.columns import constants
from mailgate.store.tables import cases, entry, outbox

# Who answers has the last letters before him. Several are one, copied for several readers.
_ROWS = 40
_LETTERS = 12
_OCTETS = 200_000  # of a letter that is read whole
_BEGINNING, _BIG = 100_000, 1_000_000  # of one that carries files: they follow its words
_ENTRIES = 20


@dataclass(frozen=True, slots=True)
class Said:
    """`letters` are messages (bytes) with the moment when each was written, the newest first; `answers` what was sent
    to customers, `told` what they wrote and `noted` what our people wrote for each other, as it stands on the case."""

    letters: tuple[tuple[bytes, datetime], ...] = ()
    answers: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    noted: tuple[str, ...] = ()


def said_on(connection: Connection, numbers: Collection[str], reader: str, *, desk: bool) -> Said:
    """What was said on these cases and all that became part of them. `desk`: the letters are those to our own people,
    else those to customers; of one with several copies that of `reader`, an address key, if he had any."""
    rows = connection.execute(_desk if desk else _customers, {"numbers": sorted(numbers)}).all()
    letters: dict[str, tuple[bytes, datetime]] = {}
    for row in sorted(rows, key=lambda row: row.reader != reader):
        occasion = row.key.rpartition("/")[0]
        if row.message is not None and occasion not in letters and len(letters) < _LETTERS:
            letters[occasion] = (bytes(row.message), row.at)
    words = [row for row in rows if row.text is not None]
    by_kind = {kind: tuple(row.text for row in words if row.kind == kind) for kind in _WORDS}
    newest = sorted(letters.values(), key=lambda letter: letter[1], reverse=True)
    noted = tuple(text for kind in INTERNAL_ENTRIES for text in by_kind[kind])
    return Said(tuple(newest), by_kind[EntryKind.REPLY], by_kind[EntryKind.MAIL], noted)


_WORDS = (EntryKind.REPLY, EntryKind.MAIL, *INTERNAL_ENTRIES)
_family = select(cases.c.number).where(or_(among(cases.c.number, "numbers"), among(cases.c.merged_into, "numbers")))
_entries = (
    select(entry.c.id)
    .where(entry.c.case_number.in_(_family), entry.c.kind.in_(constants(_WORDS)))
    .order_by(entry.c.id.desc())
    .limit(_ENTRIES)
)
_words_said = select(
    entry.c.kind,
    literal("").label("key"),
    literal("").label("reader"),
    entry.c.at,
    cast(null(), LargeBinary).label("message"),
    entry.c.text.label("text"),
).where(entry.c.id.in_(_entries))

_INTERNAL = constants(INTERNAL_LETTERS)
_beginning = func.substr(outbox.c.message, 1, _BEGINNING, type_=LargeBinary)
_customers, _desk = (
    union_all(
        select(
            outbox.c.kind,
            outbox.c.key,
            outbox.c.recipient_key.label("reader"),
            outbox.c.created_at.label("at"),
            case(
                (func.length(outbox.c.message) <= _OCTETS, outbox.c.message),
                (
                    func.length(outbox.c.message) <= _BIG,
                    func.substr(outbox.c.message, 1, _BEGINNING, type_=LargeBinary),
                ),
            ).label("message"),
            cast(null(), Text).label("text"),
        ).where(
            outbox.c.id.in_(
                select(outbox.c.id)
                .where(outbox.c.case_number.in_(_family), of_this_sort)
                # Not by what may have been read: SQLite would go through all letters that were sent, not the case's.
                .where(outbox.c.state.not_in(constants(["held", "dropped"])))
                .order_by(outbox.c.created_at.desc())
                .limit(_ROWS)
            )
        ),
        _words_said,
    )
    for of_this_sort in (outbox.c.kind.not_in(_INTERNAL), outbox.c.kind.in_(_INTERNAL))
)
