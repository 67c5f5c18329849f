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
from mailgate.store import keep


def tell_of_stall(house: House, connection: Connection, stall: Stall, now: datetime) -> None:
    """One letter when a mailbox stalls, one when it is well again; none where nobody is to be told."""
    to = house.settings.operator
    if to is None:
        return
    since = stall.since.astimezone(UTC)
    kind = LetterKind.MAILBOX_RECOVERED if stall.over else LetterKind.MAILBOX_STALLED
    what = f"the mailbox of door {stall.door} cannot be read"
    if stall.over:
        what = f"the mailbox of door {stall.door} is well again"
    elif stall.taken_in:
        what = f"mail of door {stall.door} cannot be put away"
    written = house.renderer.notice(
        kind,
        to,
        house.mailbox(house.settings.doors[stall.door].mailbox),
        f"operator/{kind.value}/{stall.door}/{since:%Y%m%dT%H%M%SZ}",
        f"mailgate: {what}",
        NoticeValues(
            door=stall.door,
            since=f"{since:%Y-%m-%d %H:%M} UTC",
            why=stall.why,
            taken_in=stall.taken_in,
            to="",
            hourly=0,
            held=0,
        ),
        now,
    )
    keep.enqueue(connection, [written], now)


def tell_of_trip(house: House, connection: Connection, trip: Trip, now: datetime) -> None:
    """One letter when a breaker opens, one when it closes."""
    to = house.settings.operator
    if to is None:
        return
    since = trip.since.astimezone(UTC)
    kind = LetterKind.BREAKER_CLOSED if trip.over else LetterKind.BREAKER_OPENED
    whose = f"letters to {trip.to}" if trip.to else "letters"
    written = house.renderer.notice(
        kind,
        to,
        next(iter(house.settings.mailboxes.values())),
        f"operator/{kind.value}/{trip.breaker}/{since:%Y%m%dT%H%M%S.%fZ}",
        f"mailgate: {whose} {'go out again' if trip.over else 'are held back'}",
        NoticeValues(
            door="",
            since=f"{since:%Y-%m-%d %H:%M} UTC",
            why="",
            taken_in=False,
            to=trip.to,
            hourly=trip.hourly,
            held=trip.held,
        ),
        now,
    )
    keep.enqueue(connection, [written], now)


def tell_of_books(house: House, connection: Connection, since: datetime, faults: Sequence[str], now: datetime) -> None:
    """One letter when the books do not reconcile, one (without faults) when they do again."""
    to = house.settings.operator
    if to is None:
        return
    kind = LetterKind.BOOKS_UNBALANCED if faults else LetterKind.BOOKS_BALANCED
    since = since.astimezone(UTC)
    written = house.renderer.notice(
        kind,
        to,
        next(iter(house.settings.mailboxes.values())),
        f"operator/{kind.value}/{since:%Y%m%dT%H%M%S.%fZ}",
        f"mailgate: the books {'do not reconcile' if faults else 'reconcile again'}",
        NoticeValues(
            door="",
            since=f"{since:%Y-%m-%d %H:%M} UTC",
            why="; ".join(faults),
            taken_in=False,
            to="",
            hourly=0,
            held=0,
        ),
        now,
    )
    keep.enqueue(connection, [written], now)


def tell_of_nodes(house: House, connection: Connection, since: datetime, found: Sequence[str], now: datetime) -> None:
    """One letter when the nodes' configuration differs, one (without `found`) when it does no more."""
    to = house.settings.operator
    if to is None:
        return
    kind = LetterKind.NODES_DIFFER if found else LetterKind.NODES_AGREE
    since = since.astimezone(UTC)
    written = house.renderer.notice(
        kind,
        to,
        next(iter(house.settings.mailboxes.values())),
        f"operator/{kind.value}/{since:%Y%m%dT%H%M%S.%fZ}",
        f"mailgate: the nodes {'differ' if found else 'go by one configuration again'}",
        NoticeValues(
            door="",
            since=f"{since:%Y-%m-%d %H:%M} UTC",
            why="; ".join(found),
            taken_in=False,
            to="",
            hourly=0,
            held=0,
        ),
        now,
    )
    keep.enqueue(connection, [written], now)
