"""What the pages look at: the parts of the running daemon, and the questions to its store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mailgate.clock import Clock
from mailgate.intake.opened import Opened
from mailgate.settings import Settings
from mailgate.store import vitals
from mailgate.store.db import Store
from mailgate.store.vitals import Vitals
from mailgate.web.asking import Asking

_OBJECTS_FRESH_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Watched:
    """`silent` names the roles that have not shown themselves for so many seconds, `differing`
    says how the configurations of nodes on one database differ."""

    settings: Settings
    store: Store
    clock: Clock
    doors: Mapping[str, Opened]
    silent: Callable[[float], list[str]]
    began: datetime
    differing: Callable[[], Sequence[str]] = tuple
    vitals: Asking[Vitals] = field(init=False)
    writes: Asking[bool] = field(init=False)
    objects: Asking[bool] | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "vitals", Asking(self._look))
        object.__setattr__(self, "writes", Asking(self._write))
        # A request costs money, and time: seldom, and with patience.
        objects = Asking(self._examine, fresh=_OBJECTS_FRESH_SECONDS) if self.store.bucket else None
        object.__setattr__(self, "objects", objects)

    def _look(self) -> Vitals:
        with self.store.read() as connection:
            return vitals.look(connection)

    def _examine(self) -> bool:
        if self.store.bucket is not None:
            self.store.bucket.examine()
        return True

    def _write(self) -> bool:
        with self.store.write() as connection:
            vitals.write_something(connection, self.clock.now())
        return True
