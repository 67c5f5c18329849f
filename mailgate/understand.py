"""What a mail is and where it belongs, as far as the store can tell. Nothing is decided here, and nothing written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from mailgate.cases.decide import closed_for_good
from mailgate.cases.events import MailArrived
from mailgate.cases.match import Match, Tried, clues_of, match_case
from mailgate.cases.ref import is_bounce_address
from mailgate.cases.repeat import words_key
from mailgate.checks import examine
from mailgate.checks.finding import Verdict
from mailgate.house import House
from mailgate.mail.message import Mail
from mailgate.store import facts
from mailgate.store.claims import ClaimedMail

Read = tuple[ClaimedMail, Mail]
Waiting = dict[tuple[str, str], int]


def understand(
    house: House, connection: Connection, inbound_id: int, mail: Mail, released_by: str, now: datetime
) -> tuple[Verdict, Match, MailArrived]:
    """Examine and match: what the mail is, and where it belongs."""
    mailbox = mail.envelope.mailbox
    words = words_key(mail, house.org)
    known = facts.known_about(connection, mail, house.settings.own_addresses, now, inbound_id, words)
    intake = house.policy_of(mailbox).intake
    to_return_path = any(map(is_bounce_address, mail.envelope.recipients))
    known = replace(known, to_return_path=to_return_path, own_lists=intake.own_lists)
    verdict = examine(mail, known, intake)
    clues = clues_of(mail, house.org)
    candidates = facts.candidates(connection, clues, mailbox, lock=inbound_id != 0, copy_of=verdict.copy_of)
    match = _newest(house, connection, match_case(mail, clues, candidates), now, lock=inbound_id != 0)
    here = house.policy_of(mailbox)
    had = known.had
    if match.case is not None and mail.identity is not None:
        about, to_him = facts.letters_about(connection, match.case.number, mail.identity.key, now)
        had = replace(had, case=about, here=to_him)
    event = MailArrived(inbound_id, mail, verdict, match, had, released_by, here)
    return verdict, match, event


def _newest(house: House, connection: Connection, match: Match, now: datetime, *, lock: bool) -> Match:
    """Who answers a letter of a case that is closed for good means the case that was opened to follow it, if any."""
    case = match.case
    while case is not None and closed_for_good(case, house.policy_for(case, case.mailbox), now):
        follower = facts.follow_up_of(connection, case.number, lock=lock)
        if follower is None or match.how is None:
            break
        said = Tried(match.how, case.number, f"closed for good; case {follower.number} follows it")
        match = replace(match, case=follower, trace=(*match.trace, said))
        case = follower
    return match


def guarded(mail: Mail) -> Iterator[str]:
    """What no two workers may decide at once: mails of one Message-ID, and how many letters one writer had."""
    if mail.message_id:
        yield f"mail {mail.envelope.mailbox} {mail.message_id}"
    if mail.identity:
        yield f"letters {mail.identity.key}"


def waiting_parents(connection: Connection, mails: Sequence[Read]) -> Waiting:
    """Of all mails that these answer: those that still wait in the inbox."""
    return facts.still_waiting(connection, {parent for _, mail in mails for parent in _parents(mail)})


def must_wait(claimed: ClaimedMail, mail: Mail, waiting: Waiting) -> bool:
    """Whether a mail that this one answers, and that came before it, is still to be decided."""
    mailbox = mail.envelope.mailbox
    return any(waiting.get((mailbox, parent), claimed.id) < claimed.id for parent in _parents(mail))


def _parents(mail: Mail) -> tuple[str, ...]:
    return (*mail.in_reply_to, *mail.references)


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
