"""The table of what is to vanish from the object store. See `tables.py`."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from mailgate.store.columns import Handle
from mailgate.store.table import StoredRow, core


class DoomedObject(StoredRow, table=True):
    """A key of the object store that no content may be given: what lies there is to be deleted, and since `gone_at` it
    is."""

    __tablename__ = "doomed_object"
    key: str = Field(primary_key=True, sa_type=Handle)
    since: datetime
    gone_at: datetime | None


doomed_object = core("doomed_object")
