"""Letters that a person does away with, few or all that are held: each has an entry on its case."""

from __future__ import annotations

from mailgate.delivery import delivery_failed
from mailgate.house import House
from mailgate.pipeline import retrying
from mailgate.store import marks

_AT_ONCE = 100  # in one transaction


def drop_letters(house: House, which: marks.Which, by: str) -> int:
    """Somebody does away with letters; each has an entry on its case. Gives how many they were."""
    dropped = 0
    while chunk := retrying(lambda: _drop_some(house, which, by)):
        dropped += chunk
        if isinstance(which, int):
            break
    return dropped


def _drop_some(house: House, which: marks.Which, by: str) -> int:
    now = house.clock.now()
    with house.store.write() as connection:
        letters = marks.drop_outbox(connection, which, by, now, most=_AT_ONCE)
        for letter in letters:
            delivery_failed(house, connection, letter, f"it was dropped by {by}", now, dropped=True)
    return len(letters)
