"""Merge and split at the command line: what an engineer's mail does by `/merge` and `/split`, without a mail."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from mailgate.cases.case import Case, Decision
from mailgate.cases.events import MergeAsked, SplitAsked
from mailgate.cases.may import OPERATOR, Actor, may
from mailgate.cases.ruling import Action
from mailgate.deciding import Seen, decided, retrying, still_as_seen
from mailgate.errors import NotAllowed, NotFound
from mailgate.house import House
from mailgate.parting import chosen
from mailgate.store import facts, keep


def merge(house: House, number: str, into: str, actor: Actor = OPERATOR, seen: Seen | None = None) -> Decision:
    """The case `number` becomes part of the case `into`. NotAllowed where they may not be one, or `actor` may not merge
    them; Overtaken where `number` is no more as it was `seen`; NotFound for no case."""
    return retrying(lambda: _merge(house, number, into, actor, seen))


def split(
    house: House, number: str, entries: Collection[int], actor: Actor = OPERATOR, seen: Seen | None = None
) -> Decision:
    """The entries of those numbers on the case `number` become a case of their own, `Decision.along`. The number of a
    case that became part of another means the entries that were written on it; `seen` is that other then."""
    return retrying(lambda: _split(house, number, entries, actor, seen))


def _merge(house: House, number: str, into: str, actor: Actor, seen: Seen | None) -> Decision:
    with house.store.write() as connection:
        facts.cases_of(connection, [number, into], lock=True)  # both at once, in one order
        case, survivor = (_allowed(house, connection, one, actor) for one in (number, into))
        still_as_seen(case, seen)
        return _kept(house, connection, case, MergeAsked(actor.address, survivor))


def _split(house: House, number: str, entries: Collection[int], actor: Actor, seen: Seen | None) -> Decision:
    with house.store.write() as connection:
        case = _allowed(house, connection, number, actor)
        still_as_seen(case, seen)
        taken = chosen(connection, case.number, number, entries)
        if taken is None:
            raise NotAllowed(f"case {number} has not all of these entries; `mailgate case show {number}` numbers them")
        return _kept(house, connection, case, SplitAsked(actor.address, taken, house.desk))


def _allowed(house: House, connection: Connection, number: str, actor: Actor) -> Case:
    case = facts.case_of(connection, number, lock=True)
    if case is None:
        raise NotFound(f"there is no case {number}")
    ruling = may(actor, Action.DIRECT, case, house.policy_for(case, case.mailbox))
    if not ruling.allowed:
        raise NotAllowed(f"{actor.address or 'nobody'} may not: {ruling.why}")
    return case


def _kept(house: House, connection: Connection, case: Case, event: MergeAsked | SplitAsked) -> Decision:
    now = house.clock.now()
    kept = decided(house, connection, case, event, now)
    keep.keep_many(connection, [kept], now)
    return kept.decision
