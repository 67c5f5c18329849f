"""What a case that is made of another's entries has from that other one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Taking:
    """Entries that a new case takes from the case `source`: by their ids in the store, in the order in which they are
    numbered anew; with the `mails` (inbound ids) that brought them, and all that leads there because of these."""

    source: str
    entries: tuple[int, ...]
    mails: tuple[int, ...]
