"""In which order mails are decided: none before one that it answers, and no two at once that concern each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from mailgate.mail.message import Mail, both
from mailgate.store import facts
from mailgate.store.claims import ClaimedMail

Read = tuple[ClaimedMail, Mail]
Waiting = dict[tuple[str, str], int]


def guarded(mail: Mail) -> Iterator[str]:
    """What no two workers may decide at once: mails of one Message-ID, and how many letters one writer had."""
    for one in both(mail):
        if one.message_id:
            yield f"mail {one.envelope.mailbox} {one.message_id}"
        if one.identity:
            yield f"letters {one.identity.key}"


def waiting_parents(connection: Connection, mails: Sequence[Read]) -> Waiting:
    """Of all mails that these answer: those that still wait in the inbox."""
    return facts.still_waiting(connection, {parent for _, mail in mails for parent in _parents(mail)})


def must_wait(claimed: ClaimedMail, mail: Mail, waiting: Waiting) -> bool:
    """Whether a mail that this one answers, and that came before it, is still to be decided."""
    mailbox = mail.envelope.mailbox
    return any(waiting.get((mailbox, parent), claimed.id) < claimed.id for parent in _parents(mail))


def _parents(mail: Mail) -> tuple[str, ...]:
    passed = mail.passes_on
    # What is passed on may have come by itself, too.
    own = tuple(filter(None, (passed.mail.message_id, passed.likely_id))) if passed else ()
    return tuple(parent for one in both(mail) for parent in (*one.in_reply_to, *one.references)) + own


def parents_first(mails: Sequence[Read]) -> Iterator[Read]:
    """The batch in such an order that no mail comes before one that it answers; a cycle is cut somewhere."""
    by_id = {mail.message_id: (claimed, mail) for claimed, mail in reversed(mails) if mail.message_id}
    given: set[int] = set()
    for start in mails:
        trail = [start]
        while trail:
            claimed, mail = trail[-1]
            parents = (by_id.get(parent) for parent in _parents(mail))
            waiting = [one for one in parents if one and one[0].id not in given and one not in trail]
            if waiting and claimed.id not in given:
                trail.append(waiting[0])
                continue
            trail.pop()
            if claimed.id not in given:
                given.add(claimed.id)
                yield claimed, mail
