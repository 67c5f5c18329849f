"""The cases of an account, page by page, for those of its people who may see them all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, text, tuple_

from mailgate.cases.letters import hides
from mailgate.errors import NotFound
from mailgate.store.columns import handle
from mailgate.store.courses import course_from
from mailgate.store.tables import OF_AN_ACCOUNT, cases


@dataclass(frozen=True, slots=True)
class ListedCase:
    """What a list tells of a case. `contact` is a plain address, "" where it has none. `hidden`: nobody has made sure
    who opened it, so his words are not shown (`letters.is_neutral`)."""

    number: str
    subject: str
    status: str
    priority: int
    policy: str
    mailbox: str
    contact_name: str
    contact: str
    opened_at: datetime
    hidden: bool


def cases_of(
    connection: Connection, account_key: str, without: Collection[str], limit: int, after: str | None = None
) -> list[ListedCase]:
    """The cases that were opened for that account, the newest first, those of the kinds `without` left out. One that
    became part of another is not among them: that other one is. `after` is the number of the last one before the page;
    NotFound where it is none of them."""
    page = (
        select(
            cases.c.number,
            cases.c.subject,
            cases.c.status,
            cases.c.priority,
            cases.c.policy,
            cases.c.mailbox,
            cases.c.contact_name,
            cases.c.contact_address,
            cases.c.opened_at,
            cases.c.course,
        )
        .where(text(OF_AN_ACCOUNT), cases.c.account_key == handle(account_key), cases.c.kind.not_in(without))
        .order_by(cases.c.opened_at.desc(), cases.c.number.desc())
        .limit(limit)
    )
    if after is not None:
        last = connection.execute(
            select(cases.c.opened_at).where(cases.c.number == handle(after), cases.c.account_key == handle(account_key))
        ).scalar()
        if last is None:
            raise NotFound(f"case {after}: there is no such number to go on after")
        page = page.where(tuple_(cases.c.opened_at, cases.c.number) < tuple_(last, after))
    return [
        ListedCase(
            number=row.number,
            subject=row.subject,
            status=row.status,
            priority=row.priority,
            policy=row.policy,
            mailbox=row.mailbox,
            contact_name=row.contact_name or "",
            contact=row.contact_address or "",
            opened_at=row.opened_at,
            hidden=hides(course_from(row.course)),
        )
        for row in connection.execute(page)
    ]


def is_of(connection: Connection, number: str, account_key: str, without: Collection[str]) -> bool:
    """Whether that case is one of those."""
    found = (
        select(cases.c.number)
        .where(text(OF_AN_ACCOUNT), cases.c.number == handle(number), cases.c.account_key == handle(account_key))
        .where(cases.c.kind.not_in(without))
    )
    return bool(account_key) and connection.execute(found).first() is not None
