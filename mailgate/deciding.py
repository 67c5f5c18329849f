"""What an event means for a case, decided under its policy and written; and once more, where somebody else was quicker.

The walk of a mail (`pipeline.py`) and all that people, time and reports do to a case come through here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection

from mailgate.cases.case import Case, Decision
from mailgate.cases.decide import decide
from mailgate.cases.events import Acted, CustomerActed, EngineerActed, Event, MailArrived, SplitAsked, TimePassed
from mailgate.cases.ref import Names
from mailgate.errors import Conflict, NotFound, Overtaken
from mailgate.house import House
from mailgate.store import facts, keep
from mailgate.store.keep import Kept
from mailgate.store.reach import dead_among, people_of
from mailgate.writing import along, carried_by, written

_CONFLICT_TRIES = 5

# For a first look, before it is known that names are needed: counters and chance leave no gaps.
NO_NAMES = Names("", "", "", b"", "example.invalid")

_T = TypeVar("_T")


def on_case(house: House, connection: Connection, number: str, event: Event, now: datetime) -> Decision:
    """What an event means for the case of that number, decided and kept. NotFound where there is none."""
    case = facts.case_of(connection, number, lock=True)
    if case is None:
        raise NotFound(f"there is no case {number}")
    kept = decided(house, connection, case, event, now)
    keep.keep_many(connection, [kept], now)
    return kept.decision


def decided(house: House, connection: Connection, case: Case, event: Event, now: datetime) -> Kept:
    """What an event that is no mail means for a case, with the letters written."""
    if isinstance(event, EngineerActed | CustomerActed):
        event = replace(event, desk=house.desk)
    decision = under_policy(house, case, event, NO_NAMES, now)
    if decision.opens or decision.speaks or decision.alive:
        if isinstance(event, TimePassed | Acted | SplitAsked):
            event = replace(event, dead=dead_among(connection, people_of(decision.case)))
        names = keep.mint(connection, now, house.domain(case.mailbox), new_case=decision.opens, org=house.org)
        decision = under_policy(house, case, event, names, now)
    what = carried_by(house, event, decision, b"")
    return Kept(decision, written(house, decision, case.mailbox, now, what), along=along(house, decision, now))


class Seen(NamedTuple):
    """The case that somebody looked at before he did something to it, and its version then."""

    number: str
    version: int


def still_as_seen(case: Case, seen: Seen | None) -> None:
    """Overtaken where the case is no more what he saw, or part of another. None: he does not say what he saw."""
    if seen is not None and (case.number, case.version) != seen:
        raise Overtaken(f"case {case.number} has changed meanwhile: see what is new, and do it again if it still fits")


def under_policy(house: House, case: Case | None, event: Event, names: Names, now: datetime) -> Decision:
    """What `decide` makes of it under the policy of the case, or of the mailbox where there is none yet."""
    mailbox = event.mail.envelope.mailbox if isinstance(event, MailArrived) else case.mailbox if case else ""
    return decide(case, event, house.policy_for(case, mailbox), names, now)


def retrying(once: Callable[[], _T]) -> _T:
    """`once`, and up to five times in all where a case was changed under it: Conflict only after the last."""
    for _ in range(_CONFLICT_TRIES - 1):
        try:
            return once()
        except Conflict:
            continue  # somebody else changed the case meanwhile: decide again on what it is now
    return once()
