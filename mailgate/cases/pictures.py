"""Which small pictures of a mail are to be known again on its case. What they are, `mail/pictures.py` says."""

from __future__ import annotations

from mailgate.cases.case import Decision
from mailgate.cases.events import MailArrived
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.match import Standing

CAME, SENT = "came", "sent"
_OUR_PEOPLE = frozenset({Standing.ENGINEER, Standing.COLLEAGUE})


def pictures_of(event: MailArrived, decision: Decision) -> tuple[tuple[str, str], ...]:
    """(digest, CAME or SENT) of each. Of an engineer's mail those that really go out: what was kept as a note, or waits
    for somebody's word, no customer has seen."""
    if event.actor.standing not in _OUR_PEOPLE or event.passing is not None:
        return tuple((one.digest, CAME) for one in event.mail.attachments if one.digest)
    leaves = any(letter.kind is LetterKind.REPLY and not letter.hold for letter in decision.letters)
    out = event.outgoing if leaves else None
    return tuple((one.digest, SENT) for one in out.attachments if one.digest) if out else ()
