"""What people are shown of a case beyond its own row, on both databases."""

from __future__ import annotations

from mailgate.store import glances
from mailgate.store.db import Store
from world import World, mail


def test_a_glance_shows_the_letters_of_a_case_and_the_mails_behind_its_entries(store: Store) -> None:
    world = World(store)
    world.receive(mail())
    number = world.cases[0]["number"]
    world.receive(mail("Out of office", message_id="<2@customer.test>", auto_submitted="auto-replied"))
    world.receive(mail("Later", message_id="<3@customer.test>"), process=False)
    with store.read() as connection:
        letters = glances.letters_of(connection, number)
        behind = glances.mails_behind(connection, number)
    assert letters == [
        {"id": 1, "kind": "confirmation", "to": "ann@customer.test", "state": "queued", "bounced_at": None}
    ]
    assert behind == [1]
