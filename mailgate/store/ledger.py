"""The ledger of IMAP doors: which messages of a folder are ours already, and which still lie there to be put away.

It is written in the transaction that keeps the mails. \\Seen says nothing to us: people read the mailbox, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, not_, select, update

from mailgate.store.db import insert_new
from mailgate.store.ledger_tables import fetched


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder of one account, as long as its UIDs mean the same (RFC 9051 §2.3.1.1)."""

    account: str
    name: str
    uidvalidity: int


def known(connection: Connection, folder: Folder) -> set[int]:
    """The UIDs that are ours."""
    return set(connection.execute(select(fetched.c.uid).where(_in(folder))).scalars())


def unsettled(connection: Connection, folder: Folder) -> set[int]:
    """The UIDs that are ours, and still to be moved or flagged on the server."""
    return set(connection.execute(select(fetched.c.uid).where(_in(folder), not_(fetched.c.settled))).scalars())


def record(
    connection: Connection, folder: Folder, inbound_ids: Mapping[int, int], now: datetime, *, settled: bool
) -> None:
    """Writes down that these are ours: the id of the inbox row by UID."""
    rows = [
        {
            "account": folder.account,
            "folder": folder.name,
            "uidvalidity": folder.uidvalidity,
            "uid": uid,
            "inbound_id": inbound_id,
            "settled": settled,
            "at": now,
        }
        for uid, inbound_id in inbound_ids.items()
    ]
    if rows:
        connection.execute(insert_new(connection.dialect.name, fetched), rows)


def settle(connection: Connection, folder: Folder, uids: Sequence[int]) -> None:
    """Nothing is left to do with these."""
    connection.execute(update(fetched).where(_in(folder), fetched.c.uid.in_(uids)).values(settled=True))


def _in(folder: Folder) -> ColumnElement[bool]:
    return and_(
        fetched.c.account == folder.account,
        fetched.c.folder == folder.name,
        fetched.c.uidvalidity == folder.uidvalidity,
    )
