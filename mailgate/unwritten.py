"""The decisions of a batch that are still to be written: kept together, one statement a table costs half as much.

Whatever may build on one of them is looked at only after they are written; so a batch decides as its mails one by one.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from mailgate.cases.case import Case
from mailgate.mail.message import Mail, both
from mailgate.store.ahead import NOTHING, Ahead
from mailgate.store.keep import Kept, keep_many
from mailgate.store.minting import Numbers


class Unwritten:
    """`cases` are the numbers that the unwritten decisions change, open, or follow; `ahead` is what is known of the
    store until the first of them is written."""

    def __init__(self, connection: Connection, now: datetime, ahead: Ahead = NOTHING) -> None:
        self.connection, self.ahead = connection, ahead
        self.numbers = Numbers(connection)
        self.cases: set[str] = set()
        self._now = now
        self._kept: list[Kept] = []
        self._marks: set[str] = set()

    def add(self, mail: Mail, kept: Kept) -> None:
        self._kept.append(kept)
        self._marks |= _marks(mail)
        for case in (one.case for one in (kept.decision, *kept.decision.along)):
            if case is not None:
                self.cases |= {case.number, case.follows or case.number}
        if kept.decision.lost is not None or kept.decision.alive:
            self.write()  # any letter of those that follow may go to that address

    def holds(self, *cases: Case | None) -> bool:
        """Whether one of these cases is changed, opened, or followed by one of them."""
        return any(case is not None and case.number in self.cases for case in cases)

    def may_concern(self, mail: Mail) -> bool:
        """Whether one of them is by this writer (his letters are counted), of this Message-ID, or answered by it."""
        return not self._marks.isdisjoint(
            (*_marks(mail), *(parent for one in both(mail) for parent in (*one.in_reply_to, *one.references)))
        )

    def write_if(self, wanted: bool) -> bool:
        """Writes them, if wanted; gives whether anything was written."""
        if not wanted or not self._kept:
            return False
        self.write()
        return True

    def write(self) -> None:
        keep_many(self.connection, self._kept, self._now)
        self.numbers.write()
        if all(map(_only_adds, self._kept)):
            self.ahead.came(self._marks.union(*map(_names, self._kept)))
        else:
            self.ahead.forget()
        self._kept, self._marks, self.cases = [], set(), set()


def _only_adds(kept: Kept) -> bool:
    """Whether it writes nothing by which mails and letters are found but what `_names`, and the mail's marks, say."""
    decision = kept.decision
    beyond = (
        *(decision.along, decision.left, decision.settles, decision.alive, decision.frees),
        *(decision.revoked, decision.lost, decision.takes, decision.case and decision.case.merged_into),
    )
    return not any(one not in (None, ()) for one in beyond)


def _names(kept: Kept) -> set[str]:
    """The Message-IDs that lead somewhere from now on, and who was written to."""
    letters = (name for one in kept.letters for name in (one.letter.message_id, one.letter.to.key))
    return {*kept.decision.thread_ids, *letters, *filter(None, kept.passed)}


def _marks(mail: Mail) -> set[str]:
    likely = mail.passes_on.likely_id if mail.passes_on else None
    authors = [author.key for one in both(mail) if (author := one.identity or one.shown_from)]
    return {mark for mark in (likely, *(one.message_id for one in both(mail)), *authors) if mark}
