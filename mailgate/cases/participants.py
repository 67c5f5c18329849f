"""Who takes part in a case, and who joins it because a participant copied him. Pure; whether he may, `may.py` says."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mailgate.cases.case import Case, Entry, EntryKind
from mailgate.cases.desk import Desk
from mailgate.cases.events import MailArrived
from mailgate.cases.match import Standing
from mailgate.cases.may import may
from mailgate.cases.organisation import same_organisation
from mailgate.cases.ruling import Action, Ruling
from mailgate.mail.automatic import nobody_reads
from mailgate.mail.lists import is_list
from mailgate.mail.message import Address, Mail
from mailgate.policy.authority import Copied
from mailgate.policy.policy import Policy

MOST = 20  # on one case: a copy to each of them is written by hand
_SHOWN = 5  # of those for whom there is no room


def cannot_join(address: str, desk: Desk) -> str:
    """Why that address can take part in no case, for people; "" where it can."""
    key = Address("", address).key
    if desk.is_own(key):
        return f"{address} is a mailbox of ours"
    if desk.engineer(key):
        return f"{address} is an engineer of ours, who reads every case"
    return f"nobody reads {address}" if nobody_reads(address) else ""


def copied(
    mail: Mail, participants: tuple[str, ...], desk: Desk, policy: Policy
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The address keys in To and Cc that would join by policy: never our own, a list's, or one that nobody reads. Then
    those for whom there is no room.

    `participants` are those who take part already, the writer among them; at most `MOST` take part at all.
    """
    if not any(desk.is_own(one.key) for one in (*mail.to, *mail.cc)):
        return (), ()  # we stand in Bcc alone, or it was passed on to us: the others are not to know of us
    joining: list[str] = []
    for one in (*mail.to, *mail.cc):
        if one.key in participants or one.key in joining or "@" not in one.address:
            continue
        if cannot_join(one.address, desk) or is_list(mail, one.address):
            continue
        if policy.authority.copied is Copied.ANYBODY or (
            policy.authority.copied is Copied.ORGANISATION and same_organisation(one.key, participants)
        ):
            joining.append(one.key)
    room = max(0, MOST - len(participants))
    return tuple(joining[:room]), tuple(joining[room:])


def _no_room(beyond: tuple[str, ...], now: datetime) -> tuple[Entry, ...]:
    """What the case says of those who were copied and are too many."""
    if not beyond:
        return ()
    more = "1 more was copied, and does" if len(beyond) == 1 else f"{len(beyond)} more were copied, and do"
    shown = ", ".join(beyond[:_SHOWN]) + (" …" if len(beyond) > _SHOWN else "")
    return (Entry(now, EntryKind.NOTE, "mailgate", f"{more} not take part: there are at most {MOST} ({shown})"),)


def left_out(case: Case, event: MailArrived, policy: Policy, now: datetime) -> tuple[Entry, ...]:
    """The same of the mail that opened `case` with as many as there may be."""
    full = len(case.participants) >= MOST
    return _no_room(copied(event.mail, case.participants, event.desk, policy)[1], now) if full else ()


def joined(
    case: Case, event: MailArrived, policy: Policy, now: datetime
) -> tuple[Case, tuple[Entry, ...], tuple[Ruling, ...]]:
    """The case with those whom a participant copied, as far as he may bring them; a line of its history; the ruling."""
    if event.actor.standing is not Standing.PARTICIPANT:
        return case, (), ()
    joining, beyond = copied(event.mail, case.participants, event.desk, policy)
    full = _no_room(beyond, now)
    if not joining:
        return case, full, ()
    ruling = may(event.actor, Action.JOIN, case, policy)
    named = ", ".join(joining)
    if not ruling.allowed:
        text = f"{named}: copied, and does not take part: {ruling.why}"
        return case, (Entry(now, EntryKind.NOTE, "mailgate", text),), (ruling,)
    entry = Entry(now, EntryKind.PEOPLE, event.actor.address, f"takes part from now on: {named}")
    return replace(case, participants=(*case.participants, *joining)), (entry, *full), (ruling,)
