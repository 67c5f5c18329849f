"""What people are shown beyond the lists' fixed keys, on both databases."""

from __future__ import annotations

from mailgate.store import glances
from mailgate.store.db import Store
from world import World, mail


def test_a_glance_shows_who_wrote_of_what_and_what_stands_behind_a_case(store: Store) -> None:
    world = World(store)
    world.receive(mail())
    number = world.cases[0]["number"]
    world.receive(mail("Out of office", message_id="<2@customer.test>", auto_submitted="auto-replied"))
    world.receive(mail("Later", message_id="<3@customer.test>"), process=False)
    with store.read() as connection:
        seen = glances.glance_at_inbox(connection, None, None)
        held = glances.glance_at_inbox(connection, 1, "held")
        letters = glances.letters_of(connection, number)
        behind = glances.mails_behind(connection, number)
    assert [(row["id"], row["from"], row["subject"]) for row in seen] == [
        (3, None, None),
        (2, "ann@customer.test", "Out of office"),
        (1, "ann@customer.test", "Printer on fire"),
    ]
    assert [row["id"] for row in held] == [2]
    assert letters == [
        {"id": 1, "kind": "confirmation", "to": "ann@customer.test", "state": "queued", "bounced_at": None}
    ]
    assert behind == [1]
