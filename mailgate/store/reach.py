"""Who can be reached: letters of ours that came back, and addresses where nothing arrives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from mailgate.cases.case import Case
from mailgate.cases.clues import paths_of
from mailgate.cases.events import MailArrived, Returned
from mailgate.cases.lost import Lost
from mailgate.cases.ref import token_hash
from mailgate.errors import NotFound
from mailgate.mail.message import AutomaticKind, Mail
from mailgate.store.account_tables import dead_address
from mailgate.store.ahead import DEAD, NOTHING, Ahead
from mailgate.store.among import among
from mailgate.store.columns import handle
from mailgate.store.db import insert_new
from mailgate.store.rows import Kept
from mailgate.store.tables import outbox


def reached(connection: Connection, event: MailArrived, ahead: Ahead = NOTHING) -> MailArrived:
    """The event with what is known of who can be reached: of its writer, of those who take part, and of the letter that
    it is about, where it is a report."""
    keys = {*people_of(event.match.case), *((event.mail.identity.key,) if event.mail.identity else ())}
    dead = frozenset[str]() if ahead.lacks(DEAD, *keys) else dead_among(connection, keys)
    returned = _returned(connection, event)
    return replace(event, dead=dead, returned=returned) if dead or returned else event


def people_of(case: Case | None) -> set[str]:
    """The address keys of all customers to whom letters about the case go."""
    return {*case.participants, *((case.contact.key,) if case.contact else ())} if case else set()


def dead_among(connection: Connection, keys: Iterable[str]) -> frozenset[str]:
    """Those of the address keys where nothing arrives."""
    asked = {handle(key): key for key in keys}
    if not asked:
        return frozenset()
    found = connection.execute(_dead_among, {"keys": sorted(asked)}).scalars()
    return frozenset(asked[one] for one in found)


def keep_reach(connection: Connection, all_kept: Sequence[Kept], now: datetime) -> None:
    """What decisions say of it: letters that came back, addresses that are dead from now on or alive again."""
    for kept in all_kept:
        for key in kept.decision.alive:
            connection.execute(delete(dead_address).where(dead_address.c.address_key == handle(key)))
        if kept.decision.lost is not None:
            lose(connection, kept.decision.lost, now)


def lose(connection: Connection, lost: Lost, now: datetime) -> None:
    """That letter did not arrive. What was known before stays as it was."""
    if lost.returned:
        came_back = update(outbox).where(outbox.c.id == lost.id, outbox.c.bounced_at.is_(None))
        connection.execute(came_back.values(bounced_at=now, error=lost.why))
    if lost.nowhere:
        row = {"address_key": handle(lost.recipient), "since": now, "why": lost.why, "letter": lost.id}
        connection.execute(insert_new(connection.dialect.name, dead_address), row)


def dead(connection: Connection, limit: int | None = None) -> list[dict[str, Any]]:
    """All dead addresses, or the first of them: address, since when (ISO 8601, UTC), why, and the outbox id of the
    letter that told."""
    rows = connection.execute(select(dead_address).order_by(dead_address.c.address_key).limit(limit)).mappings()
    return [
        {
            "address": row["address_key"],
            "since": row["since"].isoformat(),
            "why": row["why"],
            "letter": row["letter"],
        }
        for row in rows
    ]


def revive(connection: Connection, key: str) -> None:
    """That address is written to again. NotFound where it was no dead one."""
    gone = connection.execute(delete(dead_address).where(dead_address.c.address_key == handle(key)))
    if not gone.rowcount:
        raise NotFound(f"{key} is no dead address; `mailgate contact dead` shows all")


def _returned(connection: Connection, event: MailArrived) -> Returned | None:
    """The letter that a report is about: by its own return path, to which the report came; by the Message-ID that the
    report names only where the letter has no such path, for whoever is copied on an answer reads that."""
    mail = event.mail
    if not _is_report(mail, event.verdict.reason):
        return None
    hashes = sorted(map(token_hash, paths_of(mail)))
    original = mail.report.original_message_id if mail.report else None
    row = connection.execute(_by_path, {"hashes": hashes}).mappings().first() if hashes else None
    by_path = row is not None
    if row is None and original:
        row = connection.execute(_by_message_id, {"message_id": handle(original)}).mappings().first()
    if row is None:
        return None
    known = row["bounced_at"] is not None or row["state"] == "failed"
    return Returned(row["id"], row["kind"], row["recipient"], row["created_at"], by_path, known)


def _is_report(mail: Mail, reason: str) -> bool:
    said = mail.automatic is not None and mail.automatic.kind is AutomaticKind.BOUNCE
    return reason == AutomaticKind.BOUNCE.value or said


# The statements are made once: making one takes SQLAlchemy longer than SQLite takes to run it.
_dead_among = select(dead_address.c.address_key).where(among(dead_address.c.address_key, "keys"))
_letter = select(
    outbox.c.id, outbox.c.kind, outbox.c.recipient, outbox.c.created_at, outbox.c.bounced_at, outbox.c.state
)
_by_path = _letter.where(among(outbox.c.path_hash, "hashes")).order_by(outbox.c.id)
_by_message_id = _letter.where(outbox.c.message_id == bindparam("message_id"), outbox.c.path_hash.is_(None))
