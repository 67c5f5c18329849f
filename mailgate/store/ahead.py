"""What a batch of mails will ask the store one by one, asked for all of them at once: most of it is not there.

But for the letters that writers had, only that something is not there is kept. What is there is read where it matters,
mail by mail, by `facts.py` and its neighbours, so that there is one way to read it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from mailgate.cases.account import own_domain
from mailgate.mail.message import Mail
from mailgate.store.account_tables import account_contact, account_domain, dead_address
from mailgate.store.among import among
from mailgate.store.blocks import patterns_for
from mailgate.store.columns import handle
from mailgate.store.had import Letters, letters_of_the_day
from mailgate.store.tables import block, inbound, outbox, thread_id

Question = Select[Any]


def _those_of(column: ColumnElement[Any]) -> Question:
    return select(column).distinct().where(among(column, "values"))


LETTERS = _those_of(outbox.c.message_id)
ON_CASES = _those_of(inbound.c.message_id).where(inbound.c.case_number.is_not(None))
PASSED_ON = _those_of(inbound.c.passed_id)
BLOCKS = _those_of(block.c.pattern)
THREADS = _those_of(thread_id.c.message_id)
DEAD = _those_of(dead_address.c.address_key)
CONTACTS = _those_of(account_contact.c.address_key)
DOMAINS = _those_of(account_domain.c.domain)


class Ahead:
    """What is known not to be there. It holds as long as nothing is written: then `forget` it, or what came to be."""

    def __init__(self) -> None:
        self._absent: dict[Question, set[str]] = {}
        self._letters: dict[str, Letters] = {}

    def look(self, connection: Connection, question: Question, values: Iterable[str]) -> None:
        asked = {handle(value) for value in values}
        if asked:
            found = connection.execute(question, {"values": asked}).scalars()
            self._absent[question] = asked.difference(found)

    def look_at_letters(self, connection: Connection, authors: Collection[str], now: datetime) -> None:
        self._letters.update(letters_of_the_day(connection, authors, now))

    def letters_to(self, author: str | None) -> Letters | None:
        """The automatic letters that he had within the day (nobody had none); None where that is not known."""
        return () if author is None else self._letters.get(handle(author))

    def lacks(self, question: Question, *values: str | None) -> bool:
        """Whether it is known that none of these is there (None never is). False says nothing."""
        absent = self._absent.get(question, ())
        return all(value is None or handle(value) in absent for value in values)

    def came(self, values: Iterable[str]) -> None:
        """These may be there from now on, whatever is asked for."""
        there = {handle(value) for value in values}
        for absent in self._absent.values():
            absent.difference_update(there)
        for name in there:
            self._letters.pop(name, None)

    def forget(self) -> None:
        self._absent, self._letters = {}, {}


NOTHING = Ahead()


def look_ahead(connection: Connection, mails: Sequence[Mail], now: datetime) -> Ahead:
    """What there is nothing of, for any of these mails."""
    ahead = Ahead()
    ids = {mail.message_id for mail in mails if mail.message_id}
    authors = {mail.identity.key for mail in mails if mail.identity}
    for question in (LETTERS, ON_CASES, PASSED_ON):
        ahead.look(connection, question, ids)
    ahead.look_at_letters(connection, authors, now)
    ahead.look(connection, BLOCKS, {pattern for mail in mails for pattern in patterns_for(mail)})
    ahead.look(connection, THREADS, ids.union(*((*mail.in_reply_to, *mail.references) for mail in mails)))
    for question in (DEAD, CONTACTS):
        ahead.look(connection, question, authors)
    ahead.look(connection, DOMAINS, {own_domain(author) for author in authors})
    return ahead


def is_unheard_of(mail: Mail, ahead: Ahead) -> bool:
    """Whether there is neither a rule about a mail's sender, nor a mail or letter of its name."""
    name = mail.message_id
    named = ahead.lacks(LETTERS, name) and ahead.lacks(ON_CASES, name) and ahead.lacks(PASSED_ON, name)
    return named and ahead.lacks(BLOCKS, *patterns_for(mail))
