"""What all doors are, once they are open."""

from __future__ import annotations

from typing import Protocol


class Opened(Protocol):
    """A door that takes mail in until it is stopped. `trouble` is what keeps it from that, "" for nothing."""

    @property
    def is_serving(self) -> bool: ...

    @property
    def trouble(self) -> str: ...

    async def stop(self) -> None: ...
