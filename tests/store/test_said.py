"""What a mail may repeat, asked of both databases: the letters that its writer had, and the words on the case."""

from __future__ import annotations

from typing import Any

from sqlalchemy.event import listen

from desk_mail import BOB, answer, to
from mailgate.store.db import Store
from mailgate.store.said import said_on
from mailgate.store.tables import outbox
from world import World, mail

ANN = "ann@customer.test"


def test_letters_are_those_of_one_audience_each_once_and_words_are_those_of_the_case(store: Store) -> None:
    world = World(store, engineers=[BOB])
    world.receive(mail(cc="Carl <carl@customer.test>"))
    answer(world, to(world, BOB)[-1], "Pull the plug.")
    number = world.cases[0]["number"]
    with store.read() as connection:
        customers = said_on(connection, {number}, "carl@customer.test", desk=False)
        desk = said_on(connection, {number}, BOB, desk=True)
        none = said_on(connection, {"2611999999"}, BOB, desk=True)
    sent = [message.decode() for message, _ in customers.letters]
    assert len(sent) == 2, "the confirmation, and of the reply the one copy that Carl had"
    assert "Pull the plug." in sent[0]
    assert ["Write above this line" in message.decode() for message, _ in desk.letters] == [True]
    assert (customers.answers, customers.told) == (("Pull the plug.",), ("It burns.",))
    assert (none.letters, none.answers, none.told) == ((), (), ())


def test_a_letter_with_files_gives_its_words_and_a_huge_one_none(store: Store) -> None:
    world = World(store, engineers=[BOB])
    world.receive(mail())
    number = world.cases[0]["number"]
    for octets, words in ((500_000, 100_000), (2_000_000, None)):
        with store.write() as connection:
            connection.exec_driver_sql("delete from outbox where kind <> 'confirmation'")
            connection.execute(outbox.update().values(message=b"x" * octets))
        with store.read() as connection:
            letters = said_on(connection, {number}, ANN, desk=False).letters
        assert [len(message) for message, _ in letters] == ([words] if words else [])


def test_letters_are_looked_for_on_their_case_and_not_among_all_that_were_sent() -> None:
    """As SQLite plans it without statistics: with 200,000 letters it took 70 ms for each answer, now 0.2."""
    world = World()
    with world.store.read() as connection:
        asked: list[tuple[str, Any]] = []
        listen(
            connection, "before_cursor_execute", lambda _c, _d, statement, values, *_: asked.append((statement, values))
        )
        said_on(connection, {"2611000001"}, ANN, desk=False)
        statement, values = asked[0]
        steps = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert "SEARCH outbox USING INDEX outbox_case (case_number=?)" in steps
