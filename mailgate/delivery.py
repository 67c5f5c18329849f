"""What became of a letter, as its case is told of it: given up, dropped by a person, taken by the relay."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from mailgate.cases.events import DeliveryFailed, LetterAccepted
from mailgate.cases.undelivered import lost_on_no_case
from mailgate.deciding import on_case
from mailgate.house import House
from mailgate.store import facts, reach
from mailgate.store.rows import Outgoing


def delivery_failed(
    house: House, connection: Connection, outgoing: Outgoing, why: str, now: datetime, *, dropped: bool = False
) -> None:
    """A letter was given up, or `dropped` by a person: an entry on its case, in the transaction that says so."""
    event = DeliveryFailed(
        outgoing.recipient,
        outgoing.key.split("/")[1],
        why,
        dropped,
        id=outgoing.id,
        written_at=outgoing.created_at,
        desk=house.desk,
    )
    if outgoing.case is not None:
        on_case(house, connection, outgoing.case, event, now)
    elif (lost := lost_on_no_case(event, now)) is not None:
        reach.lose(connection, lost, now)


def letter_accepted(house: House, connection: Connection, outgoing: Outgoing, now: datetime) -> None:
    """The relay took a letter that its case waits for (none, once merged), in the transaction that marks it sent."""
    case = facts.case_of(connection, outgoing.case, lock=True) if outgoing.case else None
    if case is not None and case.number == outgoing.case:
        event = LetterAccepted(outgoing.recipient, outgoing.key.split("/")[1])
        on_case(house, connection, case.number, event, now)
