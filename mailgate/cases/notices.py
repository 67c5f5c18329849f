"""What our people are told of a case as it goes on: who wrote, his words, how it stands, what they can do. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from mailgate.cases.case import Case, Decision, Entry, EntryKind, Letter
from mailgate.cases.clocks import ClockState, clocks
from mailgate.cases.command_words import Speaker, command_list
from mailgate.cases.events import CustomerActed, MailArrived
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.letters import Says, to_our_people
from mailgate.cases.ref import Names
from mailgate.mail.message import HISTORY, Attachment, Authentication
from mailgate.policy.policy import Policy

_WORDS = 20_000  # characters of an entry
_RECENT_WORDS = 1_000  # of each entry before it


def of_entry(
    kind: LetterKind, case: Case, event: MailArrived, entry: Entry, policy: Policy, names: Names, now: datetime
) -> tuple[Letter, ...]:
    """The letter about a customer's words to whoever has the case, if the policy wants it; none about past mail.

    In an hour one address gets at most `letters.hourly.desk` of them: who floods us floods our people no further. The
    engineer who passed the words on gets one in any case: only with a letter of ours can he answer the customer.
    """
    if not policy.letters.desk or HISTORY in event.mail.envelope.marks:
        return ()
    passing = event.passing
    hears = (*event.desk.hears_of(case, policy), *((passing.actor.address,) if passing else ()))
    to = [one for one in hears if _has_room(one, event, policy)]
    if not any(to):
        return ()
    says: Says = (
        ("words", entry.text[:_WORDS]),
        ("writer", entry.actor),
        ("n", case.last_entry + 1),
        ("authenticated", event.mail.envelope.authentication.value),
        ("vouched_by", passing.actor.address if passing else ""),
        ("recent", told(event.recent, policy)),
        ("attachments", _files(event.mail.attachments)),
        *standing(case, policy, now),
        ("commands", commands()),
    )
    return to_our_people(kind, str(event.inbound_id), case, to, policy, names, says)


def of_action(done: Decision, event: CustomerActed, policy: Policy, names: Names, now: datetime) -> tuple[Letter, ...]:
    """The letter about what a customer did without a word, to whoever would hear of his words, and as often at most.

    Who hears by another letter that the case is escalated, and who did it himself, gets none.
    """
    case = done.case
    if case is None or not done.entries or not policy.letters.desk:
        return ()
    told_already = {event.actor.casefold(), *(one.to.key for one in done.letters if one.kind is LetterKind.ESCALATED)}
    hears = [one for one in event.desk.hears_of(case, policy) if one.casefold() not in told_already]
    says: Says = (
        ("words", "\n".join(entry.text for entry in done.entries)),
        ("writer", event.actor),
        ("authenticated", Authentication.PASS.value),
        ("on_page", 1),
        ("recent", told(event.recent, policy)),
        *standing(case, policy, now),
        ("commands", commands()),
    )
    to = [one for one in hears if _has_room(one, event, policy)]
    return to_our_people(LetterKind.NEW_ENTRY, f"page/{case.version + 1}", case, to, policy, names, says)


def _has_room(address: str, event: MailArrived | CustomerActed, policy: Policy) -> bool:
    """Whether that address of ours may have one more letter about customers within this hour."""
    return event.desk_had.get(address.casefold(), (0, 0))[0] < policy.letters.hourly.desk


def standing(case: Case, policy: Policy, now: datetime) -> Says:
    """What is owed on the case, a line each."""
    lines = []
    for clock in clocks(case, policy, now):
        name = clock.name.value.removesuffix("_due").replace("_", " ")
        due = _moment(clock.due, policy)
        lines.append(f"{name}: {_STATES[clock.state]}".format(due=due))
    return (("clocks", "\n".join(lines)),)


_STATES = {
    ClockState.RUNNING: "due {due}",
    ClockState.STOPPED: "stands still while we wait",
    ClockState.OVERDUE: "OVERDUE since {due}",
    ClockState.MET: "met",
    ClockState.ENDED: "ended with the case",
}


def told(entries: Iterable[Entry], policy: Policy) -> str:
    """Entries of a history as one text, each with its writer, the newest first."""
    return "\n\n".join(
        f"{_numbered(entry)}{_moment(entry.at, policy)}, {entry.actor}{_SORTS.get(entry.kind, '')}:\n"
        f"{entry.text[:_RECENT_WORDS]}"
        for entry in entries
    )


_SORTS = {EntryKind.NOTE: " (internal note)", EntryKind.REPLY: " to the customer", EntryKind.DRAFT: " (not sent)"}


def _numbered(entry: Entry) -> str:
    """The number of an entry on this case, or on the one that became part of it: by that it can be told to `/split`."""
    if not entry.n:
        return ""
    return f"[#{entry.of}, entry {entry.n}] " if entry.of else f"[entry {entry.n}] "


def commands() -> str:
    """The list of what an engineer may say, a line each."""
    known = command_list(Speaker.ENGINEER)
    width = max(len(form) for form, _ in known)
    return "\n".join(f"{form:{width}}  {does}" for form, does in known)


def _files(attachments: Iterable[Attachment]) -> str:
    return "\n".join(f"{one.called or one.type} ({one.size} bytes)" for one in attachments if not one.seen)


def _moment(moment: datetime, policy: Policy) -> str:
    return f"{moment.astimezone(ZoneInfo(policy.zone)):%Y-%m-%d %H:%M %Z}"
