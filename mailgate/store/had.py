"""The automatic letters that writers had within the last day, by which more of them are bounded (law 12)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select

from mailgate.cases.letter_kinds import LetterKind
from mailgate.checks.finding import Had
from mailgate.store.among import among
from mailgate.store.columns import constants, handle
from mailgate.store.tables import outbox

AUTOMATIC_LETTERS = (
    LetterKind.CONFIRMATION,
    LetterKind.REPLY_RECEIVED,
    LetterKind.ENTITLEMENT_MISSING,
    LetterKind.WRITE_TO_SUPPORT,
)
# Nodes differ by seconds. What is later was written by a clock that has been put back since, and counts for no window.
CLOCKS_DIFFER = timedelta(minutes=1)

# When each letter was written, and the key of the words that it answers.
Letters = Sequence[tuple[datetime, str | None]]


def letters_of_the_day(connection: Connection, authors: Collection[str], now: datetime) -> Mapping[str, Letters]:
    """Those of each of these writers (address keys), by the `handle` of his key."""
    letters: dict[str, list[tuple[datetime, str | None]]] = {handle(author): [] for author in authors}
    if letters:
        asked = {"authors": letters, "day_ago": now - timedelta(days=1), "hence": now + CLOCKS_DIFFER}
        for author, at, answered in connection.execute(_of_the_day, asked):
            letters[author].append((at, answered))
    return letters


def had_by(letters: Letters, words: str, came_at: datetime, now: datetime) -> Had:
    """What the writer of a mail of these `words` (a key, or "") had, which came at that moment."""
    hour_ago = now - timedelta(hours=1)
    return Had(
        hour=sum(at > hour_ago for at, _ in letters),
        day=len(letters),
        # An answer comes after what it answers: what had come before the letter was written is none.
        same_words=any(at < came_at and words and answered == words for at, answered in letters),
    )


_of_the_day = (
    select(outbox.c.recipient_key, outbox.c.created_at, outbox.c.answered)
    .where(among(outbox.c.recipient_key, "authors"), outbox.c.created_at > bindparam("day_ago"))
    .where(outbox.c.created_at <= bindparam("hence"))
    .where(outbox.c.kind.in_(constants(AUTOMATIC_LETTERS)))
)
