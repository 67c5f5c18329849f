"""An engineer's words on their way to the customer: who gets a copy, and what rules it out. A room of `decide`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from mailgate.cases.acting import spoken
from mailgate.cases.case import Case, Entry, EntryKind, Letter, Status
from mailgate.cases.events import EngineerReplied, MailArrived
from mailgate.cases.guard import guarded
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.letters import audience
from mailgate.cases.ref import Names
from mailgate.mail.automatic import nobody_reads
from mailgate.mail.message import Address, Authentication, GoingOut
from mailgate.policy.policy import Policy

GUARD = "guard"  # why the outbox holds a letter
_MOST_OCTETS = 64 * 2**20  # of files, in all copies together

_REMEDY = 'answer once more, above its line "Write above this line"'
_AT_REST = frozenset({Status.RESOLVED, Status.CLOSED})

Reply = MailArrived | EngineerReplied


@dataclass(frozen=True, slots=True)
class Relayed:
    """The case with what was said, and the letters that carry it. `hold`: why they wait for somebody's word; "" where
    they leave."""

    case: Case
    entries: tuple[Entry, ...]
    letters: tuple[Letter, ...]
    hold: str


def relayed(
    case: Case,
    event: Reply,
    out: GoingOut,
    author: str,
    authentication: Authentication | None,
    policy: Policy,
    names: Names,
    now: datetime,
) -> Relayed:
    """`author` says `out` to those who take part. What goes out stops the clocks of a first answer; what is held does
    not."""
    hold = "" if isinstance(event, EngineerReplied) and event.anyway else guarded(out, event)
    entries: tuple[Entry, ...] = (Entry(now, EntryKind.REPLY, author, out.text, "", authentication),)
    if hold:
        entries += (Entry(now, EntryKind.NOTE, "mailgate", f"the reply is held back: {hold}"),)
    elif out.kept_back:
        files = ", ".join(f"{one.name} ({one.why})" for one in out.kept_back)
        entries += (Entry(now, EntryKind.NOTE, "mailgate", f"not sent with the reply: {files}"),)
    if missed := unreached(case, event):
        entries += (Entry(now, EntryKind.NOTE, "mailgate", f"reply not sent to all: {missed}"),)
    letters = copies(case, event, policy, names, hold=hold and GUARD)
    after = case if hold else replace(case, course=spoken(case.course, now))
    return Relayed(after, entries, letters, hold)


def after_answer(case: Case, policy: Policy) -> Status | None:
    """What an answer that goes out makes of the case, where nobody says otherwise; None leaves it as it is."""
    return None if case.status in _AT_REST else Status(policy.service.after_answer.value)


def copies(case: Case, event: Reply, policy: Policy, names: Names, *, hold: str) -> tuple[Letter, ...]:
    """One letter to each who takes part, with a reply token of his own; To and Cc show all of them.

    Addresses where nothing arrives, and those that nobody reads, get none. `hold` keeps them back. References hold what
    a reader has of the case, so that his mail program shows one thread: a customer's mail he may never have got. Of our
    letters only his own, for each Message-ID holds the reply token of its reader.
    """
    readers = _readers(case, event)
    shown_to = tuple(one for one in readers if case.contact is not None and one.key == case.contact.key)
    others = tuple(one for one in readers if one not in shown_to)
    last = case.course.last_mail
    occasion = f"{event.inbound_id}" if isinstance(event, MailArrived) else f"v{case.version + 1}"
    letters = []
    for to in readers:
        key = f"{case.number}/{LetterKind.REPLY}/{occasion}/{to.key}"
        name = names.letter(key, case.number)
        letters.append(
            Letter(
                kind=LetterKind.REPLY,
                to=to,
                key=key,
                token=name.token,
                path=name.path,
                message_id=name.message_id,
                in_reply_to=last,
                references=tuple(filter(None, (event.opening_id, event.last_letters.get(to.key), last))),
                language=case.language or policy.letters.language,
                shown_to=shown_to or others[:1],
                shown_cc=others if shown_to else others[1:],
                hold=hold,
            )
        )
    return tuple(letters)


def _readers(case: Case, event: Reply) -> tuple[Address, ...]:
    contact = (case.contact,) if case.contact is not None else ()
    everybody = {one.key: one for one in chain(contact, (Address("", key) for key in case.participants))}
    everybody |= {one.key: one for one in contact}
    return tuple(
        one
        for one in everybody.values()
        if one.key not in event.dead and not nobody_reads(one.address) and not event.desk.is_own(one.address)
    )


def unreached(case: Case, event: Reply) -> str:
    """At whose address of those who take part nothing arrives, and what has letters go there again; "" for nobody."""
    dead = sorted(event.dead & audience(case))
    return f"nothing arrives at {', '.join(dead)}; with /cc {dead[0]} letters go there again" if dead else ""


def cannot_leave(out: GoingOut, case: Case, event: Reply) -> str:
    """Why those words cannot be sent at all, for their writer; "" where they can."""
    if out.unparted:
        return f"what you wrote cannot be told from our letter below it: {_REMEDY}"
    readers = _readers(case, event)
    if not readers:
        return unreached(case, event) or "there is nobody on the case to whom it could be sent"
    octets = sum(one.size for one in out.attachments) * len(readers)
    if octets > _MOST_OCTETS:
        most = f"at most {_MOST_OCTETS // 2**20}"
        return f"its files are too big: {octets // 2**20} MiB in copies for {len(readers)} readers, {most}"
    return ""
