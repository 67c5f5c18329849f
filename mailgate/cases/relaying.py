"""An engineer's words on their way to the customer: who gets a copy, and what rules it out. A room of `decide`."""

from __future__ import annotations

from itertools import chain

from mailgate.cases.case import Case, Letter, LetterKind
from mailgate.cases.events import MailArrived
from mailgate.cases.ref import Names
from mailgate.mail.automatic import nobody_reads
from mailgate.mail.going_out import GoingOut
from mailgate.mail.message import Address
from mailgate.policy.policy import Policy

GUARD = "guard"  # why the outbox holds a letter
_MOST_OCTETS = 64 * 2**20  # of files, in all copies together


def copies(case: Case, event: MailArrived, policy: Policy, names: Names, *, hold: str) -> tuple[Letter, ...]:
    """One letter to each who takes part, with a reply token of his own; To and Cc show all of them.

    Addresses where nothing arrives, and those that nobody reads, get none. `hold` keeps them back.
    """
    readers = _readers(case, event)
    shown_to = tuple(one for one in readers if case.contact is not None and one.key == case.contact.key)
    others = tuple(one for one in readers if one not in shown_to)
    last = case.course.last_mail
    letters = []
    for to in readers:
        key = f"{case.number}/{LetterKind.REPLY}/{event.inbound_id}/{to.key}"
        name = names.letter(key, case.number)
        letters.append(
            Letter(
                kind=LetterKind.REPLY,
                to=to,
                key=key,
                token=name.token,
                message_id=name.message_id,
                in_reply_to=last,
                references=(last,) if last else (),
                language=policy.letters.language,
                shown_to=shown_to or others[:1],
                shown_cc=others if shown_to else others[1:],
                hold=hold,
            )
        )
    return tuple(letters)


def _readers(case: Case, event: MailArrived) -> tuple[Address, ...]:
    contact = (case.contact,) if case.contact is not None else ()
    everybody = {one.key: one for one in chain(contact, (Address("", key) for key in case.participants))}
    everybody |= {one.key: one for one in contact}
    return tuple(
        one
        for one in everybody.values()
        if one.key not in event.dead and not nobody_reads(one.address) and not event.desk.is_own(one.address)
    )


def cannot_leave(out: GoingOut, case: Case, event: MailArrived) -> str:
    """Why those words cannot be sent at all, for their writer; "" where they can."""
    readers = _readers(case, event)
    if not readers:
        dead = ", ".join(sorted(event.dead & set(case.participants)))
        return f"nothing arrives at {dead}" if dead else "there is nobody on the case to whom it could be sent"
    octets = sum(one.size for one in out.attachments) * len(readers)
    if octets > _MOST_OCTETS:
        most = f"at most {_MOST_OCTETS // 2**20}"
        return f"its files are too big: {octets // 2**20} MiB in copies for {len(readers)} readers, {most}"
    return ""
