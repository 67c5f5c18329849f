"""The keys that sign links: one from the beginning, a new one each month, none thrown away while a link of it lives."""

from __future__ import annotations

from datetime import timedelta

from mailgate.links import Purpose, Refused, key_number, read, sign
from mailgate.store import link_keys
from mailgate.store.db import Store
from mailgate.store.link_keys import LinkKeys
from moments import NOON

DAY = timedelta(days=1)


def test_there_is_one_key_however_often_a_store_is_opened(store: Store) -> None:
    for _ in range(2):
        with store.write() as connection:
            link_keys.ensure(connection, NOON)
    assert len(LinkKeys(store).ring().keys) == 1


def test_keys_change_each_month_and_stay_until_their_last_link_has_ended(store: Store) -> None:
    with store.write() as connection:
        link_keys.ensure(connection, NOON)
    last_of_the_first = NOON + 30 * DAY
    token = sign(Purpose.CASE, "1", "ann", last_of_the_first, last_of_the_first + 60 * DAY, LinkKeys(store).ring())
    for day in range(1, 90):
        link_keys.turn(store, NOON + day * DAY, link_days=60)
    assert not isinstance(read(token, Purpose.CASE, "1", NOON + 89 * DAY, LinkKeys(store).ring()), Refused)
    for day in range(90, 121):
        link_keys.turn(store, NOON + day * DAY, link_days=60)
    assert read(token, Purpose.CASE, "1", NOON + 89 * DAY, LinkKeys(store).ring()) is Refused.UNKNOWN_KEY
    assert [key.id for key in LinkKeys(store).ring().keys] == [5, 4, 3, 2]


def test_a_key_that_another_process_made_just_now_is_found(store: Store) -> None:
    with store.write() as connection:
        link_keys.ensure(connection, NOON)
    keys = LinkKeys(store)
    with store.write() as connection:
        link_keys.rotate(connection, NOON + 31 * DAY, link_days=60)
    ring = LinkKeys(store).ring()
    token = sign(Purpose.CASE, "1", "ann", NOON + 32 * DAY, NOON + 33 * DAY, ring)
    keys._good_until -= 2.0  # looked at two seconds ago
    assert keys.ring(key_number(token)).key(ring.keys[0].id) is not None
