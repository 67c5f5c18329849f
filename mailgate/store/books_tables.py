"""The tables by which the gate looks after itself: how many mails it took in, and the canaries that are under way."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from mailgate.store.columns import Handle, Id
from mailgate.store.table import StoredRow, core


class Received(StoredRow, table=True):
    """How many mails each door took in on each day (UTC, "2026-11-22"). Written in the transaction that keeps them, and
    never again: what the sums of the inbox are held against."""

    __tablename__ = "received"
    day: str = Field(primary_key=True, sa_type=Handle)
    door: str = Field(primary_key=True, sa_type=Handle)
    mails: int


class Canary(StoredRow, table=True):
    """A mail of our own that is under way through the relay to a door. `token_hash` is the SHA-256 of the token in it;
    `inbound_id` the first mail that brought it back, before `until`. One that is back is worth nothing any more."""

    __tablename__ = "canary"
    token_hash: str = Field(primary_key=True, sa_type=Handle)
    until: datetime
    inbound_id: int | None = Field(foreign_key="inbound.id", sa_type=Id)


received = core("received")
canary = core("canary")
