"""What the page of a case tells its guest: the case in his terms, its clocks, and what was said. Values for a template.

What a letter would not tell him, the page does not (`is_neutral`): nobody can have us show his words to a stranger.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailgate.cases.agenda import agenda
from mailgate.cases.case import EntryKind
from mailgate.cases.clocks import Clock, ClockState, clocks
from mailgate.cases.course import StepName
from mailgate.cases.letters import audience, is_neutral
from mailgate.cases.may import BELIEVED
from mailgate.house import House
from mailgate.mail.message import Authentication
from mailgate.mail.page_links import without_links
from mailgate.outbox.clean import person_name
from mailgate.store.shared import Shared, letters_to, shared_entries
from mailgate.web.customer.guest import Guest

MOST = 50
_MOVED = re.compile(r"status: (\w+) → (\w+)")
_VALUED = re.compile(r"priority: (\d+) → (\d+)")


@dataclass(frozen=True, slots=True)
class File:
    """An attachment: its place among those of its mail, what it is called, its octets."""

    place: int
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that happened. `status` and `priority` are what the case came to; else `who` said `words`. `doubtful`:
    nobody has made sure that it was he. `mail` is the number of his mail, where there is more of it to see; `letter`
    that of the letter by which the reader got our answer."""

    at: datetime
    who: str = ""
    words: str = ""
    ours: bool = False
    own: bool = False
    doubtful: bool = False
    mail: int | None = None
    letter: int | None = None
    files: tuple[File, ...] = ()
    status: str = ""
    priority: str = ""


@dataclass(frozen=True, slots=True)
class Promise:
    """One clock: what is owed (`StepName`), until when, and what the clock does (`ClockState`)."""

    what: str
    due: datetime
    state: str
    met_at: datetime | None = None


def of_case(house: House, guest: Guest, before: int | None) -> Mapping[str, Any]:
    """All that the page's template uses beside what may be done."""
    case, policy, now = guest.case, guest.policy, house.clock.now()
    with house.store.read() as connection:
        found = shared_entries(connection, case.number, audience(case), MOST + 1, before)
        answers = {one.entry.at for one in found if one.entry.kind is EntryKind.REPLY}
        letters = letters_to(connection, case.number, guest.key, answers)
    rungs = policy.escalation.rungs[: case.rung]
    return {
        "case": case,
        "policy": policy,
        "guest": guest,
        "subject": policy.texts.neutral_subject if is_neutral(case) else case.subject,
        "priority": policy.priority_or_none(case.priority),
        "rung": rungs[-1].name if rungs else "",
        "promises": tuple(_promises(clocks(case, policy, now))),
        "closes": next((step.at for step in agenda(case, policy) if step.name is StepName.AUTO_CLOSE), None),
        "hidden": is_neutral(case),
        "entries": [told for one in found[:MOST] if (told := _told(house, guest, one, letters))],
        "older": found[MOST - 1].id if len(found) > MOST else None,
    }


def hides(guest: Guest, shared: Shared) -> bool:
    """Whether its words are not for his eyes: nobody knows who wrote them, and none of ours has answered yet."""
    found = shared.entry.authentication or Authentication.UNKNOWN
    return shared.entry.kind is EntryKind.MAIL and is_neutral(guest.case) and found not in BELIEVED


def is_doubtful(shared: Shared) -> bool:
    """Whether a door found that its writer's name is not to be believed: then it is shown as plain words alone."""
    return shared.entry.authentication is Authentication.FAIL


def _promises(found: Iterable[Clock]) -> Iterator[Promise]:
    """Of the two clocks of a first answer the one that is due sooner."""
    answers = [one for one in found if one.name in {StepName.FIRST_RESPONSE_DUE, StepName.ANY_RESPONSE_DUE}]
    first = min(answers, key=lambda one: one.due, default=None)
    for one in (*([first] if first else []), *(one for one in found if one not in answers)):
        if one.state is not ClockState.ENDED:
            yield Promise(one.name.value, one.due, one.state.value, one.met_at)


def _told(house: House, guest: Guest, shared: Shared, letters: Mapping[datetime, int]) -> Told | None:
    """None for what says nothing to him."""
    entry = shared.entry
    match entry.kind:
        case EntryKind.STATUS:
            moved, valued = _MOVED.fullmatch(entry.text), _VALUED.fullmatch(entry.text)
            if valued:
                known = guest.policy.priority_or_none(int(valued[2]))
                return Told(entry.at, priority=known.name if known else valued[2])
            return Told(entry.at, status=moved[2]) if moved else None
        case EntryKind.REPLY:
            engineer = house.desk.engineer(entry.actor.casefold())
            name = person_name(engineer.public_name) if engineer else ""
            words, letter = without_links(entry.text), letters.get(entry.at)
            return Told(entry.at, name or guest.policy.contact.name, words, ours=True, letter=letter)
        case _ if hides(guest, shared):
            return None
    doubtful = is_doubtful(shared)
    return Told(
        entry.at,
        entry.actor,
        without_links(entry.text),
        own=entry.actor.casefold() == guest.key,
        doubtful=doubtful,
        mail=None if doubtful else shared.mail,
        files=() if doubtful else tuple(_files(shared)),
    )


def _files(shared: Shared) -> Iterator[File]:
    for place, one in enumerate(shared.files):
        if one["name"]:
            yield File(place, one["name"], one["size"])
