"""What it means that entries of a case become a case of their own. A room of `decide`.

The entries go over, with the mails that brought them and whatever answers these; both histories say so. The new case
belongs to who wrote its first mail, begins its clocks now, and tells him its number once; nobody takes part in it who
did not in the old one, but for a writer who gets nothing but his own words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from mailgate.cases.acting import response_due
from mailgate.cases.case import Case, Decision, Entry, EntryKind, Letter, Outcome, Status
from mailgate.cases.chosen import Chosen, Moving
from mailgate.cases.course import Course
from mailgate.cases.desk import Desk
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.letters import Says, audience, to_customer, to_our_people
from mailgate.cases.notices import commands, standing, told
from mailgate.cases.ref import Names
from mailgate.cases.subject import case_subject
from mailgate.cases.taking import Taking
from mailgate.errors import NotAllowed
from mailgate.mail.message import Authentication
from mailgate.policy.policy import Extent, Policy

# What can be somebody's request; a copy, a report or an absence note cannot.
_REQUESTS = frozenset({EntryKind.MAIL, EntryKind.AUTO_GENERATED, EntryKind.LIST, EntryKind.BULK})


def split(case: Case, chosen: Chosen, actor: str, desk: Desk, policy: Policy, names: Names, now: datetime) -> Decision:
    """What `case` loses, and along with it the new case. NotAllowed where no case can be made of these entries."""
    requests = [one for one in chosen.entries if one.entry.kind in _REQUESTS]
    if not requests:
        raise NotAllowed("nobody asks for anything in these entries: no case can be made of them")
    if chosen.all:
        raise NotAllowed(f"that is all that was written on case {case.number}: nothing would be left of it")
    new = _new_case(case, requests, chosen, policy, names, now)
    which = _which(chosen)
    from_here = which if chosen.source == case.number else f"{which} of case #{chosen.source}"
    here = Entry(now, EntryKind.SPLIT, actor, f"{from_here} became case #{new.number}")
    there = Entry(now, EntryKind.SPLIT, actor, f"made of {which} of case #{chosen.source}")
    new, letters = _told(new, requests, policy, names)
    told_us = _tell_desk(new, chosen, actor, desk, policy, names, now)
    takes = Taking(
        chosen.source,
        tuple(one.id for one in chosen.entries),
        tuple(dict.fromkeys(one.inbound_id for one in (*requests, *chosen.entries) if one.inbound_id is not None)),
    )
    opened = Decision(
        Outcome.FILED, "split", new, opened=True, entries=(there,), letters=(*letters, *told_us), takes=takes
    )
    return Decision(Outcome.FILED, "split", replace(case, updated_at=now), entries=(here,), along=(opened,))


def _which(chosen: Chosen) -> str:
    numbers = ", ".join(str(one.entry.n) for one in chosen.entries)
    return f"entry {numbers}" if len(chosen.entries) == 1 else f"entries {numbers}"


def _new_case(
    case: Case, requests: Sequence[Moving], chosen: Chosen, policy: Policy, names: Names, now: datetime
) -> Case:
    first, members = requests[0], audience(case)
    contact = first.writer
    writers = {one.writer.key for one in requests if one.writer is not None}
    if contact is not None and contact.key not in members and writers != {contact.key}:
        raise NotAllowed(
            f"{contact.address} takes no part in case {case.number}: with these entries he would read what others wrote"
        )
    shown = frozenset[str]().union(*(one.shown for one in requests))
    near = tuple(key for key in case.participants if key in writers or key in shown)
    answers = [one.entry.at for one in chosen.entries if one.entry.kind is EntryKind.REPLY]
    human = first.entry.kind is EntryKind.MAIL
    found = first.entry.authentication or Authentication.UNKNOWN
    return Case(
        number=names.number,
        org=names.org,
        key=names.key,
        subject=case_subject(first.subject, names.org),
        status=Status.OPEN if answers else Status.NEW,
        priority=case.priority,
        mailbox=case.mailbox,
        policy=case.policy,
        contact=contact,
        participants=tuple(dict.fromkeys((*((contact.key,) if contact else ()), *near))),
        opened_at=now,
        updated_at=now,
        course=Course(
            started_at=now,
            status_since=now,
            answered_at=now if answers else None,
            spoke_at=max(answers, default=None),
            last_mail=requests[-1].message_id,
            extent=policy.confirmation[found] if human else Extent.NONE,
        ),
        owner=case.owner,
        level=case.level,
        kind=case.kind,
        provisional=case.provisional,
        account=case.account,
        account_status=case.account_status,
        language=case.language,
        last_entry=len(chosen.entries),
    )


def _told(new: Case, requests: Sequence[Moving], policy: Policy, names: Names) -> tuple[Case, tuple[Letter, ...]]:
    """The confirmation, by policy, so that the customer has the new number; and what it promises."""
    if not policy.letters.confirmation or new.course.extent is Extent.NONE:
        return new, ()
    due = response_due(new, policy)
    says: Says = (("response_due", min(due.values())),) if due else ()
    if policy.priority(new.priority).urgent:
        says += (("urgent", 1),)
    if new.provisional:
        says += (("provisional", 1),)
    last = replace(new, course=replace(new.course, last_mail=requests[0].message_id))
    letters = to_customer(LetterKind.CONFIRMATION, "1", last, policy, names, says)
    return (replace(new, course=new.course.promised(due, new.opened_at)) if letters else new), letters


def _tell_desk(
    new: Case, chosen: Chosen, actor: str, desk: Desk, policy: Policy, names: Names, now: datetime
) -> tuple[Letter, ...]:
    """To whoever has the new case, and who made it: a letter of its own, which can be answered."""
    if not policy.letters.desk:
        return ()
    to = [*desk.hears_of(new, policy), *([actor] if desk.engineer(actor.casefold()) else [])]
    first = next(one.entry for one in chosen.entries if one.entry.kind in _REQUESTS)
    as_there = [replace(one.entry, n=n, of="") for n, one in enumerate(chosen.entries, 1)]
    says: Says = (
        ("words", first.text if len(as_there) == 1 else told(as_there, policy)),
        ("writer", first.actor),
        ("n", next(entry.n for entry in as_there if entry.kind in _REQUESTS)),
        ("authenticated", (first.authentication or Authentication.UNKNOWN).value),
        *standing(new, policy, now),
        ("commands", commands()),
    )
    return to_our_people(LetterKind.NEW_CASE, "split", new, to, policy, names, says)
