"""What the doors received is what became of it; and where it is not, the operator hears of it once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, delete, insert, update

from mailgate.books import go_through
from mailgate.store import books
from mailgate.store.books_tables import received
from mailgate.store.db import Store
from mailgate.store.tables import entry, inbound, raw_mail
from moments import NOON
from world import World, mail


def faults(world: World) -> tuple[str, ...]:
    found = go_through(world.house)
    assert found is not None
    return found.faults


def busy(world: World) -> None:
    """One mail of each fate: filed, a copy of it, a reply on its case, held (a bounce), shelved, dropped, waiting."""
    world.receive(mail())
    world.receive(mail())
    number = world.cases[0]["number"]
    ref = world.case(number)["ref"]
    world.receive(mail(f"Re: {ref}", "More.", message_id="<2@customer.test>"))
    world.receive(mail("Undeliverable", by="MAILER-DAEMON@x.test", message_id="<3@x.test>"), sender="")
    world.fail_on = "shelve me"
    world.receive(mail("shelve me", message_id="<4@customer.test>"))
    for _ in range(5):
        world.advance(minutes=1)
    world.fail_on = ""
    world.receive(mail("late", message_id="<5@customer.test>"), process=False)


def test_the_books_reconcile_whatever_becomes_of_mail() -> None:
    with World() as world:
        busy(world)
        found = go_through(world.house)
        assert found is not None
        assert found.faults == ()
        assert found.received == sum(found.states.values()) == 5
        assert (found.states["waiting"], found.states["shelved"]) == (1, 1)
        assert world.letters[-1]["To"] != "postmaster@example.net"


def lose_a_row(connection: Connection) -> None:
    connection.execute(delete(inbound).where(inbound.c.state == "shelved"))


def lose_a_count(connection: Connection) -> None:
    connection.execute(update(received).values(mails=received.c.mails - 1))


def lose_an_entry(connection: Connection) -> None:
    connection.execute(update(entry).where(entry.c.inbound_id.is_not(None)).values(inbound_id=None))


def lose_an_owner(connection: Connection) -> None:
    connection.execute(insert(raw_mail), {"sha256": "ab" * 32, "size": 1, "data": b"x"})


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (lose_a_row, "the doors received 5 mails, and the inbox has 4"),
        (lose_a_count, "the doors received 4 mails, and the inbox has 5"),
        (lose_an_entry, "filed, but on no case: mail 1, "),
        (lose_an_owner, "stored, but of no mail: abababababab"),
    ],
)
def test_what_does_not_reconcile_is_told_once(break_it: Callable[[Connection], None], said: str) -> None:
    with World() as world:
        busy(world)
        with world.store.write() as connection:
            break_it(connection)
        for _ in range(2):
            assert said in "; ".join(faults(world))
            world.advance(hours=24)
        letters = [letter for letter in world.letters if letter["To"] == "postmaster@example.net"]
        assert [letter["Subject"] for letter in letters] == ["mailgate: the books do not reconcile"]
        body = letters[0].get_body(("plain",))
        assert body is not None
        assert said in " ".join(body.get_content().split())
        assert "mailgate doctor" in body.get_content()


def test_the_end_of_the_disorder_is_told_too() -> None:
    with World() as world:
        busy(world)
        with world.store.write() as connection:
            lose_a_count(connection)
        assert faults(world)
        with world.store.write() as connection:
            connection.execute(update(received).values(mails=received.c.mails + 1))
        world.advance(hours=24)
        for _ in range(2):
            assert not faults(world)
        subjects = [letter["Subject"] for letter in world.letters if letter["To"] == "postmaster@example.net"]
        assert subjects == ["mailgate: the books do not reconcile", "mailgate: the books reconcile again"]


def test_each_day_and_door_has_its_count_on_both_databases(store: Store) -> None:
    with store.write() as connection:
        books.count_in(connection, [(NOON, "smtp"), (NOON, "smtp"), (NOON, "imap")])
        books.count_in(connection, [(NOON, "smtp")])
    with store.read() as connection:
        rows = connection.execute(received.select().order_by(received.c.door)).all()
        assert [tuple(row) for row in rows] == [("2026-11-17", "imap", 1), ("2026-11-17", "smtp", 3)]
        assert books.reconcile(connection).received == 4
