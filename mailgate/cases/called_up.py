"""Mail to the escalation address: its case goes up one rung. A room of `decide`.

An address that anybody can write to is no lever for anybody: who may, how often, and whether it is a person at all is
asked here. Whatever is answered no, the mail goes its usual way, and the case says why it was not escalated.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mailgate.cases.case import Case, Decision, Entry, EntryKind, Outcome
from mailgate.cases.events import MailArrived
from mailgate.cases.match import Standing
from mailgate.cases.may import BELIEVED, Actor
from mailgate.cases.passing import escalated
from mailgate.cases.ref import Names
from mailgate.mail.message import Authentication, Mail
from mailgate.places import without_plus_parts
from mailgate.policy.policy import Policy


def asks(mail: Mail, policy: Policy) -> bool:
    """Whether the mail came to the policy's escalation address."""
    wanted = policy.escalation.address.casefold()
    return bool(wanted) and any(
        wanted in without_plus_parts(recipient.casefold()) for recipient in mail.envelope.recipients
    )


def called_up(decision: Decision, event: MailArrived, policy: Policy, names: Names, now: datetime) -> Decision:
    """The decision on a person's mail to the escalation address, its case one rung up; else with a line that says why
    not."""
    case = decision.case
    if case is None:
        return decision
    if why := _refused(event, opened=decision.opened):
        return _noted(decision, why, now)
    actor = event.mail.identity.key if event.mail.identity else ""
    brought = escalated(case, actor, "asked for by mail", policy, names, now)
    if not brought.entries:
        return _noted(decision, "the case is on the highest rung already", now)
    return replace(
        decision,
        case=brought.case,
        entries=(*decision.entries, *brought.entries),
        letters=(*decision.letters, *brought.letters),
    )


def by_us(actor: Actor) -> bool:
    """Whether it is an engineer of ours, and surely he."""
    return actor.standing is Standing.ENGINEER and actor.authentication is Authentication.PASS


def engineer_called(case: Case, event: MailArrived, now: datetime) -> Decision:
    """A person of ours wrote to the escalation address about a case of others: his words are a note on it."""
    author = event.mail.identity.address if event.mail.identity else ""
    entry = Entry(now, EntryKind.NOTE, author, event.mail.reply_text, event.mail.elided)
    return Decision(Outcome.FILED, "escalation", replace(case, updated_at=now), entries=(entry,))


def _refused(event: MailArrived, *, opened: bool) -> str:
    mail = event.mail
    if mail.identity is None:
        return "the mail names no single plain sender"
    # A From that the door looked at and could not confirm escalates nothing.
    if mail.envelope.authentication not in BELIEVED:
        return f"the sender's authentication is {mail.envelope.authentication.value}"
    if not (opened or by_us(event.actor) or event.actor.standing is Standing.PARTICIPANT):
        return f"{mail.identity.address} does not take part in the case"
    if event.escalated_lately:
        return f"{mail.identity.address} escalated within the last hour"
    return ""


def _noted(decision: Decision, why: str, now: datetime) -> Decision:
    return replace(
        decision, entries=(*decision.entries, Entry(now, EntryKind.NOTE, "mailgate", f"not escalated: {why}"))
    )
