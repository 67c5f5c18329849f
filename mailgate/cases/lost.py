"""A letter of ours that did not arrive, as it is to be kept. What it means for its case: `undelivered.py`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lost:
    """A letter that did not arrive: its outbox `id`, the address key it went to, and why, for people.

    `returned`: it had left our relay, and came back. `nowhere`: nothing will arrive at that address, ever.
    """

    id: int
    recipient: str
    why: str
    returned: bool = True
    nowhere: bool = False
