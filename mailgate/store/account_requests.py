"""Which accounts are asked for and by whom, and how often lately: what keeps it from being a nuisance."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from mailgate.cases.account import AccountStatus
from mailgate.cases.case import Status
from mailgate.cases.letter_kinds import LetterKind
from mailgate.store.account_tables import account_event, account_request
from mailgate.store.columns import handle
from mailgate.store.tables import cases, outbox, participant


@dataclass(frozen=True, slots=True)
class Reached:
    """How whom a case asks an account for can be reached, in the words of who asked."""

    telephone: str = ""
    preferred: str = ""


def put(connection: Connection, number: str, reached: Reached) -> None:
    values = {"case_number": number, "telephone": reached.telephone, "preferred": reached.preferred}
    connection.execute(account_request.insert(), values)


def of_case(connection: Connection, number: str) -> Reached:
    """Empty words where nothing is known."""
    row = connection.execute(select(account_request).where(account_request.c.case_number == handle(number))).first()
    return Reached(row.telephone, row.preferred) if row else Reached()


def asked_for(connection: Connection, address_key: str, kinds: Collection[str], since: datetime) -> bool:
    """Whether somebody asks for an account for that address, or did since then: `kinds` are those of such cases."""
    found = (
        select(cases.c.number)
        .join_from(participant, cases, cases.c.number == participant.c.case_number)
        .where(participant.c.address_key == handle(address_key), cases.c.kind.in_(kinds))
        .where(or_(cases.c.status != Status.CLOSED, cases.c.opened_at > since))
        .limit(1)
    )
    return connection.execute(found).first() is not None


def had(connection: Connection, address_key: str, kind: LetterKind, since: datetime) -> int:
    """How many letters of that kind the address had since then."""
    found = (
        select(func.count())
        .select_from(outbox)
        .where(outbox.c.recipient_key == handle(address_key), outbox.c.created_at > since, outbox.c.kind == kind)
    )
    return connection.execute(found).scalar_one()


def done_by(connection: Connection, account_key: str, actor: str, since: datetime) -> int:
    """How many lines of the account's history since then are of what he did."""
    found = (
        select(func.count())
        .select_from(account_event)
        .where(account_event.c.account_key == account_key, account_event.c.actor == actor, account_event.c.at > since)
    )
    return connection.execute(found).scalar_one()


def escalated_by(connection: Connection, account_key: str, actor: str, since: datetime) -> int:
    """How often he escalated the account since then."""
    found = (
        select(func.count())
        .select_from(account_event)
        .where(account_event.c.account_key == account_key, account_event.c.actor == actor, account_event.c.at > since)
        .where(account_event.c.text.startswith(f"status: {AccountStatus.ESCALATED}"))
    )
    return connection.execute(found).scalar_one()
