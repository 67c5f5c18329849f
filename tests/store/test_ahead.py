"""What is asked for a whole batch at once answers as each question by itself."""

from __future__ import annotations

from sqlalchemy import event

from kept import ANN, open_case, read_mail
from mailgate.cases.clues import Clues
from mailgate.mail.message import Address
from mailgate.store import blocks, facts
from mailgate.store.ahead import look_ahead
from mailgate.store.db import Store
from moments import NOON

OWN = frozenset({"support@example.com"})
BOB = Address("", "bob@elsewhere.test")


def test_it_says_of_each_mail_what_asking_alone_says(store: Store) -> None:
    with store.write() as connection:
        _, written, _ = open_case(connection)
        blocks.add(connection, "*.blocked.test", "ann", NOON)
        mails = [
            read_mail("<new@customer.test>", by=BOB),
            read_mail(written.letter.message_id, by=BOB),
            read_mail("<1@customer.test>", by=ANN),
            read_mail("<2@customer.test>", by=ANN),
            read_mail("<3@customer.test>", by=Address("", "x@mail.blocked.test")),
            read_mail(None, by=None),
        ]
        ahead = look_ahead(connection, mails, NOON)
        for mail in mails:
            alone = facts.known_about(connection, mail, OWN, NOON, 99, "words")
            assert facts.known_about(connection, mail, OWN, NOON, 99, "words", ahead) == alone
        thread = Clues(message_ids=("<1@customer.test>",))
        found = facts.candidates(connection, thread, "support", lock=False, ahead=ahead)
        assert found == facts.candidates(connection, thread, "support", lock=False)
        assert found.by_message_id


def test_of_who_is_new_nothing_is_asked_again_until_something_is_written(store: Store) -> None:
    mail = read_mail("<new@customer.test>", by=BOB)
    with store.read() as connection:
        ahead = look_ahead(connection, [mail], NOON)
        asked: list[str] = []
        event.listen(connection, "before_cursor_execute", lambda _c, _d, statement, *_: asked.append(statement))
        assert facts.known_about(connection, mail, OWN, NOON, 99, "", ahead).copy_of is None
        assert asked == []
        ahead.forget()
        facts.known_about(connection, mail, OWN, NOON, 99, "", ahead)
        assert asked


def test_what_came_to_be_is_asked_for_again_and_nothing_else(store: Store) -> None:
    with store.write() as connection:
        mails = [read_mail("<1@customer.test>", by=ANN), read_mail("<new@customer.test>", by=BOB)]
        ahead = look_ahead(connection, mails, NOON)
        _, written, _ = open_case(connection)
        ahead.came(["<1@customer.test>", written.letter.message_id, written.letter.to.key])
        alone = facts.known_about(connection, mails[0], OWN, NOON, 99, "words")
        assert alone.had.day == 1
        assert facts.known_about(connection, mails[0], OWN, NOON, 99, "words", ahead) == alone
        asked: list[str] = []
        event.listen(connection, "before_cursor_execute", lambda _c, _d, statement, *_: asked.append(statement))
        facts.known_about(connection, mails[1], OWN, NOON, 99, "words", ahead)
        assert asked == []


def test_what_was_not_asked_for_is_not_known_to_be_missing(store: Store) -> None:
    with store.write() as connection:
        case, _, _ = open_case(connection)
        ahead = look_ahead(connection, [read_mail("<new@customer.test>", by=BOB)], NOON)
        mail = read_mail("<1@customer.test>", by=ANN)
        assert facts.known_about(connection, mail, OWN, NOON, 99, "", ahead).copy_of == case.number
