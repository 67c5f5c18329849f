"""Letters that a person does away with or sends after all, few or all that are held: each case knows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from mailgate.cases.events import EngineerActed
from mailgate.cases.relaying import after_answer
from mailgate.deciding import on_case, retrying
from mailgate.delivery import delivery_failed
from mailgate.house import House
from mailgate.store import desk_facts, facts, marks

_AT_ONCE = 100  # in one transaction


def drop_letters(house: House, which: marks.Which, by: str) -> int:
    """Somebody does away with letters; each has an entry on its case. Gives how many they were."""
    dropped = 0
    while chunk := retrying(lambda: _drop_some(house, which, by)):
        dropped += chunk
        if isinstance(which, int):
            break
    return dropped


def release_letters(house: House, which: marks.Which, by: str) -> list[int]:
    """Somebody sends held letters after all; gives their ids. A case whose engineer's answer the guard held is answered
    now."""
    return retrying(lambda: _release(house, which, by))


def _drop_some(house: House, which: marks.Which, by: str) -> int:
    now = house.clock.now()
    with house.store.write() as connection:
        letters = marks.drop_outbox(connection, which, by, now, most=_AT_ONCE)
        for letter in letters:
            delivery_failed(house, connection, letter, f"it was dropped by {by}", now, dropped=True)
    return len(letters)


def _release(house: House, which: marks.Which, by: str) -> list[int]:
    now = house.clock.now()
    with house.store.write() as connection:
        ids = marks.release_outbox(connection, which, now)
        chunks = (ids[at : at + _AT_ONCE] for at in range(0, len(ids), _AT_ONCE))
        for number in sorted({one for chunk in chunks for one in desk_facts.cases_guarded(connection, chunk)}):
            _answered(house, connection, number, by, now)
    return ids


def _answered(house: House, connection: Connection, number: str, by: str, now: datetime) -> None:
    case = facts.case_of(connection, number, lock=True)
    if case is not None:
        status = after_answer(case, house.policy_for(case, case.mailbox))
        on_case(house, connection, number, EngineerActed(by, status, answered=True), now)
