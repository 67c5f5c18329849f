"""Entries that are chosen to become a case of their own, with the mails that brought them."""

from __future__ import annotations

from dataclasses import dataclass

from mailgate.cases.case import Entry
from mailgate.mail.message import Address


@dataclass(frozen=True, slots=True)
class Moving:
    """An entry that is to become part of a new case. `id` names it in the store; `inbound_id` is the mail that brought
    it, `subject` and `message_id` that mail's. `writer` is that mail's strict author, None for nobody or a list;
    `shown` are the address keys in its To and Cc."""

    id: int
    entry: Entry
    inbound_id: int | None = None
    subject: str = ""
    message_id: str | None = None
    writer: Address | None = None
    shown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a split is to take from the case `source` (a number: the case itself, or one that became part of it), in the
    order of its numbers. `all`: nobody's words would be left."""

    source: str
    entries: tuple[Moving, ...]
    all: bool = False
