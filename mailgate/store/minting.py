"""Chance and counters for decisions: the installation's part of every ref, case numbers, keys, seeds of tokens."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from functools import cache

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.sql.dml import ReturningInsert

from mailgate.cases.ref import Names, crockford
from mailgate.store.db import insert, insert_new
from mailgate.store.tables import case_counter, meta

_KEY_CHARACTERS = 13  # 65 bits after the "500"
_ORG_CHARACTERS = 6
_DRAWN = 1024  # octets of chance: for 21 cases


class Numbers:
    """The case numbers of one transaction, and its chance. The first number of a month is taken from its counter, which
    is then locked until the transaction ends, so the next ones are counted here; `write` keeps how far that came."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._chance = b""
        self._last: dict[str, int] = {}
        self._written: dict[str, int] = {}

    def take(self, month: str) -> int:
        if month in self._last:
            self._last[month] += 1
        else:
            counted = self._connection.execute(
                _count_up(self._connection.dialect.name), {"month": month, "last": 1}
            ).scalar_one()
            self._last[month] = self._written[month] = counted
        return self._last[month]

    def chance(self, octets: int) -> bytes:
        """So many octets from the secure source. They are drawn for many decisions at once: for each draw this thread
        lets the others run, and then waits for its turn."""
        if len(self._chance) < octets:
            self._chance = secrets.token_bytes(max(octets, _DRAWN))
        drawn, self._chance = self._chance[:octets], self._chance[octets:]
        return drawn

    def write(self) -> None:
        for month, last in self._last.items():
            if last != self._written[month]:
                self._connection.execute(_set_last, {"this": month, "reached": last})
                self._written[month] = last


def organisation(connection: Connection) -> str:
    """The installation's part of every ref ("00D" and six characters), minted at the first call for ever."""
    if found := connection.execute(_org).scalar():
        return str(found)
    minted = "00D" + crockford(secrets.token_bytes(8), _ORG_CHARACTERS)
    connection.execute(insert_new(connection.dialect.name, meta), {"key": "org", "value": minted})
    return str(connection.execute(_org).scalar_one())


def mint(
    connection: Connection,
    now: datetime,
    mailbox_domain: str,
    *,
    new_case: bool,
    org: str = "",
    numbers: Numbers | None = None,
) -> Names:
    """Chance and counters for one decision. Without `new_case` there is no number and no key. `org` spares looking;
    who gives `numbers` writes them before the transaction ends."""
    number = key = ""
    numbers = numbers or Numbers(connection)
    if new_case:
        month = now.astimezone(UTC).strftime("%y%m")
        number = f"{month}{numbers.take(month):06}"
        key = "500" + crockford(numbers.chance(16), _KEY_CHARACTERS)
    return Names(number, org or organisation(connection), key, numbers.chance(32), mailbox_domain)


# The statements are made once: making one takes SQLAlchemy longer than SQLite takes to run it.
_org = select(meta.c.value).where(meta.c.key == "org")
_set_last = update(case_counter).where(case_counter.c.month == bindparam("this")).values(last=bindparam("reached"))


@cache
def _count_up(dialect: str) -> ReturningInsert[int]:
    return (
        insert(dialect, case_counter)
        .on_conflict_do_update(index_elements=["month"], set_={"last": case_counter.c.last + 1})
        .returning(case_counter.c.last)
    )
