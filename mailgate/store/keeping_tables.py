"""The tables of what must be kept, and of what was forgotten. See `tables.py`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field

from mailgate.store.columns import Handle, Id, Structure, Words
from mailgate.store.table import StoredRow, core


class LegalHold(StoredRow, table=True):
    """What neither retention nor erasure may touch. `target` is an address key or the number of a case."""

    __tablename__ = "legal_hold"
    target: str = Field(primary_key=True, sa_type=Handle)
    why: str = Field(sa_type=Words)
    by: str = Field(sa_type=Words)
    at: datetime


class Erasure(StoredRow, table=True):
    """The receipt of one erasure by request. `who` is a hash of the address, which is not to be kept; `counts` says how
    much of each was erased."""

    __tablename__ = "erasure"
    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    at: datetime
    by: str = Field(sa_type=Words)
    who: str = Field(sa_type=Handle)
    counts: dict[str, Any] = Field(sa_type=Structure)


legal_hold = core("legal_hold")
erasure = core("erasure")
