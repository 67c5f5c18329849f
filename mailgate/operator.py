"""What the operator is told of the gate itself: which letter, in the transaction of whoever has something to tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from mailgate.cases.letter_kinds import LetterKind
from mailgate.house import House
from mailgate.intake.watch import Stall
from mailgate.outbox.breaker import Trip
from mailgate.outbox.render import NoticeValues
from mailgate.settings import Mailbox
from mailgate.store import keep


def tell_of_stall(house: House, connection: Connection, stall: Stall, now: datetime) -> None:
    """One letter when a mailbox stalls, one when it is well again; none where nobody is to be told."""
    kind = LetterKind.MAILBOX_RECOVERED if stall.over else LetterKind.MAILBOX_STALLED
    what = f"the mailbox of door {stall.door} cannot be read"
    if stall.over:
        what = f"the mailbox of door {stall.door} is well again"
    elif stall.taken_in:
        what = f"mail of door {stall.door} cannot be put away"
    key = f"{stall.door}/{stall.since.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    values = _values(stall.since, door=stall.door, why=stall.why, taken_in=stall.taken_in)
    mailbox = house.mailbox(house.settings.doors[stall.door].mailbox)
    _tell(house, connection, kind, key, what, values, now, mailbox)


def tell_of_trip(house: House, connection: Connection, trip: Trip, now: datetime) -> None:
    """One letter when a breaker opens, one when it closes."""
    kind = LetterKind.BREAKER_CLOSED if trip.over else LetterKind.BREAKER_OPENED
    what = f"{f'letters to {trip.to}' if trip.to else 'letters'} {'go out again' if trip.over else 'are held back'}"
    values = _values(trip.since, to=trip.to, hourly=trip.hourly, held=trip.held)
    _tell(house, connection, kind, f"{trip.breaker}/{_moment(trip.since)}", what, values, now)


def tell_of_books(house: House, connection: Connection, since: datetime, faults: Sequence[str], now: datetime) -> None:
    """One letter when the books do not reconcile, one (without faults) when they do again."""
    kind = LetterKind.BOOKS_UNBALANCED if faults else LetterKind.BOOKS_BALANCED
    what = f"the books {'do not reconcile' if faults else 'reconcile again'}"
    _tell(house, connection, kind, _moment(since), what, _values(since, why="; ".join(faults)), now)


def tell_of_nodes(house: House, connection: Connection, since: datetime, found: Sequence[str], now: datetime) -> None:
    """One letter when the nodes' configuration differs, one (without `found`) when it does no more."""
    kind = LetterKind.NODES_DIFFER if found else LetterKind.NODES_AGREE
    what = f"the nodes {'differ' if found else 'go by one configuration again'}"
    _tell(house, connection, kind, _moment(since), what, _values(since, why="; ".join(found)), now)


def _tell(
    house: House,
    connection: Connection,
    kind: LetterKind,
    key: str,
    what: str,
    values: NoticeValues,
    now: datetime,
    mailbox: Mailbox | None = None,
) -> None:
    """`key` tells this occasion from the others of its kind; it leaves by the first mailbox, unless it is about one."""
    to = house.settings.operator
    if to is None:
        return
    sender = mailbox or next(iter(house.settings.mailboxes.values()))
    written = house.renderer.notice(kind, to, sender, f"operator/{kind.value}/{key}", f"mailgate: {what}", values, now)
    keep.enqueue(connection, [written], now)


def _moment(since: datetime) -> str:
    return f"{since.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"


def _values(
    since: datetime,
    *,
    door: str = "",
    why: str = "",
    taken_in: bool = False,
    to: str = "",
    hourly: int = 0,
    held: int = 0,
) -> NoticeValues:
    told = f"{since.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return NoticeValues(door=door, since=told, why=why, taken_in=taken_in, to=to, hourly=hourly, held=held)
