"""A clock for one process that a test may step (libfaketime). Monotonic clocks go on as they do."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from servers import require


class SteppedClock:
    """`environment` is what a process is started with to have it; `step` puts it ahead of, or behind, the real time."""

    def __init__(self, home: Path) -> None:
        found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
        library = require(str(found[0]) if found else None, "libfaketime")
        self._file = home / "clock"
        self.step(timedelta())
        self.environment = {
            **os.environ,
            "LD_PRELOAD": library,
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def step(self, by: timedelta) -> None:
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{by.total_seconds():+.0f}\n")
        draft.rename(self._file)  # it is read at each look at the clock: never half written
