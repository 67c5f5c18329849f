"""The table of IMAP doors: which messages of which folder are ours. See `tables.py`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger
from sqlmodel import Field

from mailgate.store.columns import Handle, Id
from mailgate.store.table import StoredRow, core, partial


class Fetched(StoredRow, table=True):
    """One message of an IMAP folder that is ours (RFC 9051 §2.3.1.1: these four name it for ever). `settled` where
    nothing is left to do with it on the server."""

    __tablename__ = "fetched"
    __table_args__: ClassVar[Any] = (
        partial("fetched_unsettled", "account", "folder", "uidvalidity", where="not settled"),
    )
    account: str = Field(primary_key=True, sa_type=Handle)
    folder: str = Field(primary_key=True, sa_type=Handle)
    uidvalidity: int = Field(primary_key=True, sa_type=BigInteger)
    uid: int = Field(primary_key=True, sa_type=BigInteger)
    inbound_id: int = Field(foreign_key="inbound.id", sa_type=Id)
    settled: bool
    at: datetime


fetched = core("fetched")
