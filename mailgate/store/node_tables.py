"""The table of the daemons that work on the store. See `tables.py`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field

from mailgate.store.columns import Handle, Structure
from mailgate.store.table import StoredRow, core


class Node(StoredRow, table=True):
    """One daemon: who it is (`holder`, as its leases say), since when, and when it said last that it lives. `apart_ms`
    is by how much its machine's clock is ahead of the database's; `figures` what it has done since it began, `config`
    the fingerprint of its configuration."""

    __tablename__ = "node"
    holder: str = Field(primary_key=True, sa_type=Handle)
    name: str = Field(sa_type=Handle)
    version: str = Field(sa_type=Handle)
    schema_head: str = Field(sa_type=Handle)
    began_at: datetime
    beat_at: datetime
    apart_ms: int
    figures: dict[str, Any] = Field(sa_type=Structure)
    config: dict[str, Any] = Field(sa_type=Structure)


node = core("node")
