"""Reads every case of a policy that is not closed: for a person who is about to change that policy."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from mailgate.cases.case import Case, Status
from mailgate.store.facts import cases_of
from mailgate.store.tables import cases

_PAGE = 500


def unclosed_cases(connection: Connection, policy: str) -> Iterator[Case]:
    """By number."""
    after = ""
    while True:
        page = connection.execute(
            select(cases.c.number)
            .where(cases.c.number > after, cases.c.policy == policy, cases.c.status != Status.CLOSED.value)
            .order_by(cases.c.number)
            .limit(_PAGE)
        )
        numbers = list(page.scalars())
        if not numbers:
            return
        yield from cases_of(connection, numbers)
        after = numbers[-1]
