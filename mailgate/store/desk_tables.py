"""The tables of the desk's window: who asked to be let in, and who is. See `tables.py`.

Neither holds what lets anybody in: tokens are there as their SHA-256 alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index
from sqlmodel import Field

from mailgate.store.columns import Handle, Words
from mailgate.store.table import StoredRow, core


class DeskAsking(StoredRow, table=True):
    """Somebody asked for a link, ours or not (so that both take the same time). `address` is what he typed, as an
    address key; `browser_hash` is of the cookie that his browser was given; `then` where he wanted to."""

    __tablename__ = "desk_asking"
    __table_args__: ClassVar[Any] = (
        Index("desk_asking_address", "address", "asked_at"),
        Index("desk_asking_at", "asked_at"),
    )
    token_hash: str = Field(primary_key=True, sa_type=Handle)
    browser_hash: str = Field(sa_type=Handle)
    address: str = Field(sa_type=Handle)
    then: str = Field(sa_type=Words)
    asked_at: datetime
    until: datetime
    used_at: datetime | None


class DeskSession(StoredRow, table=True):
    """Somebody of ours who is signed in; `address` is his address key, `ends_at` the end whatever he does."""

    __tablename__ = "desk_session"
    __table_args__: ClassVar[Any] = (
        Index("desk_session_address", "address"),
        Index("desk_session_ends", "ends_at"),
    )
    token_hash: str = Field(primary_key=True, sa_type=Handle)
    address: str = Field(sa_type=Handle)
    made_at: datetime
    seen_at: datetime
    ends_at: datetime


desk_asking = core("desk_asking")
desk_session = core("desk_session")
