"""Tables of what the pages remember: the keys that sign links; who asked to be let into the desk's window, and who is.

Of what lets somebody in the SHA-256 alone is there.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field

from mailgate.store.columns import Handle, Id, Words
from mailgate.store.table import StoredRow, core


class LinkKey(StoredRow, table=True):
    """A key that signs links to pages. Its number stands in each link, and is never given twice."""

    __tablename__ = "link_key"
    __table_args__: ClassVar[Any] = ({"sqlite_autoincrement": True},)
    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    secret: bytes = Field(sa_type=LargeBinary)
    made_at: datetime


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


link_key = core("link_key")
desk_asking = core("desk_asking")
desk_session = core("desk_session")
