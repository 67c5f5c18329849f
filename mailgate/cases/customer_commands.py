"""What a customer's commands mean: only those that the policy gives him, and only if he shows that it is he. A room of
`decide`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mailgate.cases.acting import customer_acted
from mailgate.cases.case import Case, Decision, Entry, EntryKind, Outcome
from mailgate.cases.command_words import Command, Word
from mailgate.cases.desk_commands import priority_named
from mailgate.cases.events import CustomerActed, MailArrived
from mailgate.cases.may import may, may_speak
from mailgate.cases.ref import Names
from mailgate.cases.ruling import Action
from mailgate.errors import NotAllowed
from mailgate.policy.policy import Policy

NOT_DONE = "what the customer asked for was not done"


def commanded(case: Case, event: MailArrived, policy: Policy, names: Names, now: datetime) -> Decision | None:
    """What his commands bring to `case`, which already has his words; None where he said none, or none that is his.

    Where he may not, or one cannot be followed, nothing is done and the case says why.
    """
    if not (may_speak(event.actor, policy) and (event.said.said or event.said.faults)):
        return None
    ruling = may(event.actor, Action.COMMAND, case, policy)
    why = "" if ruling.allowed else ruling.why
    why = why or "; ".join(f"{one.line}: {one.why}" for one in event.said.faults)
    try:
        acted = _acted(event, policy)
        done = None if why else customer_acted(case, acted, policy, names, now)
    except NotAllowed as error:
        done, why = None, str(error)
    if done is None:
        entry = Entry(now, EntryKind.NOTE, "mailgate", f"{NOT_DONE}: {why}")
        return Decision(Outcome.FILED, "reply", case, entries=(entry,), rulings=(ruling,))
    return replace(done, rulings=(ruling,))


def _acted(event: MailArrived, policy: Policy) -> CustomerActed:
    acted = CustomerActed(event.actor.address)
    for command in event.said.said:
        if command.word.value not in {one.value for one in policy.authority.customer_commands}:
            raise NotAllowed(f'policy "{policy.name}" gives customers no /{command.word.value}')
        acted = _with(acted, command, policy)
    return acted


def _with(acted: CustomerActed, command: Command, policy: Policy) -> CustomerActed:
    match command.word:
        case Word.CLOSE:
            return replace(acted, close=True)
        case Word.CONFIRM:
            return replace(acted, confirm=True)
        case Word.ESCALATE:
            return replace(acted, escalate=True)
        case _:
            return replace(acted, priority=priority_named(command.value, policy))
