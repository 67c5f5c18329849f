"""Who asked to be let into the desk's window, and who is in. It is given tokens and keeps their SHA-256 alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from mailgate.store.page_tables import desk_asking, desk_session


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody asked for a link that holds until `until`; `used`: it let somebody in. `here`: in this very browser."""

    address: str
    then: str
    until: datetime
    used: bool
    here: bool


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody is signed in; `address` is an address key."""

    address: str
    made_at: datetime
    seen_at: datetime
    ends_at: datetime


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def note_asking(
    connection: Connection, token: str, browser: str, address: str, then: str, now: datetime, until: datetime
) -> None:
    """From now until then that link lets that browser in, as `address` (an address key)."""
    row = {"token_hash": digest(token), "browser_hash": digest(browser), "address": address, "then": then}
    connection.execute(insert(desk_asking), row | {"asked_at": now, "until": until, "used_at": None})


def asked_since(connection: Connection, address: str, since: datetime) -> int:
    """How often somebody asked in that name."""
    asked = select(func.count()).where(desk_asking.c.address == address, desk_asking.c.asked_at >= since)
    return int(connection.execute(asked).scalar_one())


def forget(connection: Connection, asked_before: datetime, now: datetime) -> None:
    """Old questions, and sessions that are over, need not be remembered."""
    connection.execute(delete(desk_asking).where(desk_asking.c.asked_at < asked_before))
    connection.execute(delete(desk_session).where(desk_session.c.ends_at < now))


def asking_of(connection: Connection, token: str, browser: str) -> Asking | None:
    """Who asked for that link; None for one that we did not make, or forgot."""
    row = connection.execute(select(desk_asking).where(desk_asking.c.token_hash == digest(token))).mappings().first()
    if row is None:
        return None
    here = row["browser_hash"] == digest(browser)
    return Asking(row["address"], row["then"], row["until"], row["used_at"] is not None, here)


def use(connection: Connection, token: str, now: datetime) -> bool:
    """The link is used up; False where somebody was faster."""
    unused = update(desk_asking).where(desk_asking.c.token_hash == digest(token), desk_asking.c.used_at.is_(None))
    return connection.execute(unused.values(used_at=now)).rowcount == 1


def begin(connection: Connection, token: str, address: str, now: datetime, ends: datetime) -> None:
    """A new session."""
    row = {"token_hash": digest(token), "address": address, "made_at": now, "seen_at": now, "ends_at": ends}
    connection.execute(insert(desk_session), row)


def session_of(connection: Connection, token: str) -> Session | None:
    """Whose session that is, over or not; None for none of ours."""
    row = connection.execute(select(desk_session).where(desk_session.c.token_hash == digest(token))).mappings().first()
    return Session(row["address"], row["made_at"], row["seen_at"], row["ends_at"]) if row else None


def seen(connection: Connection, token: str, now: datetime) -> None:
    """Its owner did something."""
    connection.execute(update(desk_session).where(desk_session.c.token_hash == digest(token)).values(seen_at=now))


def end(connection: Connection, token: str) -> None:
    """That session is over."""
    connection.execute(delete(desk_session).where(desk_session.c.token_hash == digest(token)))


def end_all(connection: Connection, address: str, now: datetime) -> int:
    """All sessions of that address key are over, and no link of his holds any more; gives how many sessions lived."""
    unused = desk_asking.c.used_at.is_(None)
    connection.execute(update(desk_asking).where(desk_asking.c.address == address, unused).values(used_at=now))
    return connection.execute(delete(desk_session).where(desk_session.c.address == address)).rowcount


def every(connection: Connection, now: datetime, seen_since: datetime) -> list[dict[str, Any]]:
    """All sessions that live: address, made, seen, ends (ISO 8601, UTC); the newest first."""
    living = select(desk_session).where(desk_session.c.ends_at > now, desk_session.c.seen_at > seen_since)
    rows = connection.execute(living.order_by(desk_session.c.made_at.desc(), desk_session.c.token_hash)).mappings()
    return [
        {"address": row["address"]} | {name: row[f"{name}_at"].isoformat() for name in ("made", "seen", "ends")}
        for row in rows
    ]
