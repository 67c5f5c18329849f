"""What it means for a case that one of our people answers other than by mail: as if he had mailed. A room of `decide`.

Whether he may was asked before; whose name he writes in, whoever lets him in has asked.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mailgate.cases.acting import engineer_acted
from mailgate.cases.case import Case, Decision, Entry, EntryKind, Outcome
from mailgate.cases.command_words import Speaker
from mailgate.cases.commands import read_commands
from mailgate.cases.events import EngineerActed, EngineerReplied
from mailgate.cases.ref import Names
from mailgate.cases.relaying import after_answer, cannot_leave, relayed
from mailgate.errors import NotAllowed
from mailgate.policy.policy import Policy


def engineer_replied(case: Case, event: EngineerReplied, policy: Policy, names: Names, now: datetime) -> Decision:
    """NotAllowed where his words cannot be sent, or the status does not go with that of the case: nothing is done."""
    if event.internal:
        note = Entry(now, EntryKind.NOTE, event.actor, event.text)
        return _moved(Decision(Outcome.FILED, "note", case, entries=(note,)), event, policy, names, now)
    if why := cannot_leave(event.outgoing, case, event):
        raise NotAllowed(why)
    done = relayed(case, event, event.outgoing, event.actor, None, policy, names, now)
    entries = done.entries
    if done.hold and event.status is not None:  # it waits with the words that were to bring it
        entries += (Entry(now, EntryKind.NOTE, "mailgate", f"status not set, as the reply waits: {event.status}"),)
    status = None if done.hold else event.status or after_answer(done.case, policy)
    event = replace(event, status=status)
    decision = Decision(Outcome.FILED, "relayed", done.case, entries=entries, letters=done.letters)
    return _moved(decision, event, policy, names, now)


def why_unfit(text: str) -> str:
    """Why a text that was not mailed cannot be an answer, or a note; "" where it can."""
    if not text.strip():
        return "there are no words to send"
    said = read_commands(text, Speaker.ENGINEER)
    if said.said or said.faults:
        line = text.strip().splitlines()[0]
        return f'"{line[:40]}" is a command of mail, and would be read by the customer'
    return ""


def _moved(decision: Decision, event: EngineerReplied, policy: Policy, names: Names, now: datetime) -> Decision:
    """With the status that the case comes to, last of all."""
    assert decision.case is not None  # noqa: S101 - it is about one
    done = engineer_acted(decision.case, EngineerActed(event.actor, event.status), policy, names, now)
    return replace(decision, case=done.case, entries=(*decision.entries, *done.entries))
