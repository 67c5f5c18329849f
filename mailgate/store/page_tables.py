"""Tables of what the pages remember: the keys that sign links."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import LargeBinary
from sqlmodel import Field

from mailgate.store.columns import Id
from mailgate.store.table import StoredRow, core


class LinkKey(StoredRow, table=True):
    """A key that signs links to pages. Its number stands in each link, and is never given twice."""

    __tablename__ = "link_key"
    __table_args__: ClassVar[Any] = ({"sqlite_autoincrement": True},)
    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    secret: bytes = Field(sa_type=LargeBinary)
    made_at: datetime


link_key = core("link_key")
