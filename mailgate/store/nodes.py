"""The daemons that work on this store: each says every few seconds that it lives; here it is read who does, and what
each holds. Whose work is whose, the leases say, not this table: a node that is silent loses nothing but its name here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select, update

from mailgate.store.db import insert
from mailgate.store.node_tables import node
from mailgate.store.tables import inbound, outbox, role

# Four beats.
SILENT_AFTER = timedelta(seconds=20)
# So long one that was silent is shown: somebody may ask where it is.
FORGOTTEN_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Node:
    """One daemon, as it said last. `apart_ms`: its machine's clock against the database's."""

    holder: str
    name: str
    version: str
    schema_head: str
    began_at: datetime
    beat_at: datetime
    apart_ms: int = 0
    figures: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)

    def lives(self, now: datetime) -> bool:
        return now - self.beat_at < SILENT_AFTER


@dataclass(frozen=True, slots=True)
class Holding:
    """What a holder has in hand: mails, letters, and roles by name."""

    mails: int = 0
    letters: int = 0
    roles: Sequence[str] = ()


def say(connection: Connection, one: Node) -> None:
    """It is there: its row is new, or as it says now."""
    statement = insert(connection.dialect.name, node)
    row = {column.name: getattr(one, column.name) for column in node.c}
    values = {name: statement.excluded[name] for name in row if name != "holder"}
    connection.execute(statement.on_conflict_do_update(index_elements=["holder"], set_=values), row)


def beat(connection: Connection, holder: str, now: datetime, apart_ms: int, figures: Mapping[str, Any]) -> bool:
    """It lives; its configuration is as it was. False where its row is gone: `say` it anew."""
    mine = update(node).where(node.c.holder == holder)
    found = connection.execute(mine.values(beat_at=now, apart_ms=apart_ms, figures=dict(figures)))
    return found.rowcount > 0


def leave(connection: Connection, holder: str) -> None:
    """It goes, as it should."""
    connection.execute(delete(node).where(node.c.holder == holder))


def forget(connection: Connection, name: str, gone: Sequence[str], now: datetime) -> None:
    """Those of that name that are surely no more, and all that were silent for long."""
    connection.execute(delete(node).where(node.c.name == name, node.c.holder.in_(gone)))
    connection.execute(delete(node).where(node.c.beat_at < now - FORGOTTEN_AFTER))


def nodes(connection: Connection) -> list[Node]:
    """All of them, who began first first."""
    rows = connection.execute(select(node).order_by(node.c.began_at, node.c.holder)).mappings()
    return [Node(**row) for row in rows]


def living(connection: Connection, now: datetime) -> list[Node]:
    return [one for one in nodes(connection) if one.lives(now)]


def holdings(connection: Connection) -> dict[str, Holding]:
    """What each holder has in hand now."""
    mails, letters = _leased(connection, inbound), _leased(connection, outbox)
    roles: dict[str, list[str]] = {}
    for name, holder in connection.execute(select(role.c.name, role.c.holder).order_by(role.c.name)):
        if holder is not None:
            roles.setdefault(holder, []).append(name)
    return {
        one: Holding(mails.get(one, 0), letters.get(one, 0), tuple(roles.get(one, ())))
        for one in {*mails, *letters, *roles}
    }


def _leased(connection: Connection, table: Table) -> dict[str, int]:
    leased = select(table.c.leased_by, func.count()).where(table.c.lease_until.is_not(None))
    return {row[0]: row[1] for row in connection.execute(leased.group_by(table.c.leased_by))}
