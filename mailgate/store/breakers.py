"""The circuit breaker of the outbox, as rows: what it has looked at, what it holds, and which breakers are open.

An open breaker is a role with trouble (`tables.Role`): it is told of once, whatever is restarted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    bindparam,
    func,
    literal_column,
    select,
    true,
    update,
)

from mailgate.store.db import insert, lock_numbers
from mailgate.store.lease import FREE
from mailgate.store.tables import outbox, role

ALL = "breaker"
UNVERIFIED = "breaker unverified"
_DOMAIN = "breaker of "
_LOCK = 0x627265616B6572  # "breaker"

# Spelled as in the partial indexes (tables.py).
_GATED = outbox.c.gated_at.is_not(None)


def breaker_of(domain: str) -> str:
    """The name of the breaker that counts the letters to one domain; `ALL` counts those to everybody, `UNVERIFIED` the
    neutral ones."""
    return _DOMAIN + domain


def domain_of(breaker: str) -> str:
    """The domain it counts for, "" for the others."""
    return breaker.removeprefix(_DOMAIN) if breaker.startswith(_DOMAIN) else ""


def reason_of(breaker: str) -> str:
    """What stands in `held_for` of the letters that it holds."""
    return {ALL: "breaker", UNVERIFIED: "unverified"}.get(breaker, "domain")


def lock(connection: Connection) -> None:
    """Until the end of the transaction nobody else lets letters through: two who count at once would both find room."""
    lock_numbers(connection, (_LOCK,))


def wanted(connection: Connection, breaker: str, since: datetime, most: int) -> int:
    """How many letters have come to a breaker since then, held or not; counted up to `most`.

    What another breaker held never came to the one for all.
    """
    asked: dict[str, object] = {"since": since, "most": most}
    if domain := domain_of(breaker):
        return int(connection.execute(_to_domain, asked | {"domain": domain}).scalar_one())
    return int(connection.execute(_neutral if breaker == UNVERIFIED else _to_all, asked).scalar_one())


def let_pass(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    connection.execute(_pass, {"ids": ids, "now": now})


def hold(connection: Connection, ids: Sequence[int], held_for: str, why: str, now: datetime) -> None:
    """Claimed letters become held ones."""
    connection.execute(
        update(outbox)
        .where(outbox.c.id.in_(ids))
        .values(FREE | {"state": "held", "held_for": held_for, "error": why, "gated_at": now})
    )


def open_since(connection: Connection) -> dict[str, datetime]:
    """The breakers that are open, and since when."""
    rows = connection.execute(
        select(role.c.name, role.c.troubled_since).where(
            role.c.name.startswith(ALL, autoescape=True), role.c.troubled_since.is_not(None)
        )
    )
    return {row.name: row.troubled_since for row in rows}


def trip(connection: Connection, breaker: str, now: datetime) -> None:
    statement = insert(connection.dialect.name, role)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_={"troubled_since": statement.excluded.troubled_since}
        ),
        {"name": breaker, "troubled_since": now},
    )


def reset(connection: Connection, breaker: str) -> None:
    connection.execute(update(role).where(role.c.name == breaker).values(troubled_since=None))


def held_by(connection: Connection, breaker: str) -> int:
    """How many letters it holds now."""
    domain = domain_of(breaker)
    here: ColumnElement[bool] = outbox.c.recipient_domain == domain if domain else true()
    which = outbox.c.held_for == reason_of(breaker)
    return connection.execute(
        select(func.count()).select_from(outbox).where(outbox.c.state == "held", which, here)
    ).scalar_one()


def _counted(which: ColumnElement[bool]) -> Select[int]:
    """How many letters of those came since `since`, `most` at most."""
    some = (
        select(literal_column("1"))
        .where(_GATED, outbox.c.gated_at > bindparam("since"), which)
        .limit(bindparam("most", type_=Integer))
        .subquery()
    )
    return select(func.count()).select_from(some)


# Made once: these are asked for each domain of each batch, and making one takes longer than running it.
_to_domain = _counted(outbox.c.recipient_domain == bindparam("domain"))
_neutral = _counted(outbox.c.neutral)
_to_all = _counted(func.coalesce(outbox.c.held_for, "").not_in(("domain", "unverified")))
_pass = update(outbox).where(outbox.c.id.in_(bindparam("ids", expanding=True))).values({"gated_at": bindparam("now")})
