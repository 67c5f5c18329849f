"""Tables of what the page of a case remembers: links that ended, codes that were mailed, sessions. See `tables.py`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index
from sqlmodel import Field

from mailgate.store.columns import Handle, Id
from mailgate.store.table import StoredRow, core


class LinkEnd(StoredRow, table=True):
    """Links that were made up to `at` open nothing: those to one case ("": to any), of one address ("": of anybody)."""

    __tablename__ = "link_end"
    case_number: str = Field(primary_key=True, sa_type=Handle)
    address_key: str = Field(primary_key=True, sa_type=Handle)
    at: datetime


class PageCode(StoredRow, table=True):
    """A code that was mailed, for one browser; `digest` holds it together with what only that browser knows. `tries`
    are those that are left."""

    __tablename__ = "page_code"
    __table_args__: ClassVar[Any] = (Index("page_code_address", "address_key", "made_at"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    case_number: str = Field(sa_type=Handle)
    address_key: str = Field(sa_type=Handle)
    digest: str = Field(sa_type=Handle)
    browser: str = Field(sa_type=Handle)
    made_at: datetime
    until: datetime
    tries: int


class PageSession(StoredRow, table=True):
    """Who has given a code acts on that case for a while: `browser` is a hash of what his browser knows."""

    __tablename__ = "page_session"
    browser: str = Field(primary_key=True, sa_type=Handle)
    case_number: str = Field(sa_type=Handle)
    address_key: str = Field(sa_type=Handle)
    until: datetime


link_end = core("link_end")
page_code = core("page_code")
page_session = core("page_session")
