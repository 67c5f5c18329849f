"""The tables of where raw mail lies, and of what is to vanish from the object store. See `tables.py`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field

from mailgate.store.columns import Handle
from mailgate.store.table import StoredRow, core


class RawMail(StoredRow, table=True):
    """The exact bytes of mails, each once, by content. `data` is their first MiB; `size` counts them all. `object` is
    the key under which they lie in the object store, and then there are none here; NULL where they lie here."""

    __tablename__ = "raw_mail"
    sha256: str = Field(primary_key=True, sa_type=Handle)
    size: int
    data: bytes = Field(sa_type=LargeBinary)
    object: str | None = Field(sa_type=Handle)


class RawPiece(StoredRow, table=True):
    """What follows the first MiB of a mail, a MiB a row, `place` from 1 on."""

    __tablename__ = "raw_piece"
    sha256: str = Field(primary_key=True, sa_type=Handle, foreign_key="raw_mail.sha256", ondelete="CASCADE")
    place: int = Field(primary_key=True)
    data: bytes = Field(sa_type=LargeBinary)


class DoomedObject(StoredRow, table=True):
    """A key of the object store that no content may be given: what lies there is to be deleted, and since `gone_at` it
    is."""

    __tablename__ = "doomed_object"
    key: str = Field(primary_key=True, sa_type=Handle)
    since: datetime
    gone_at: datetime | None


doomed_object = core("doomed_object")
