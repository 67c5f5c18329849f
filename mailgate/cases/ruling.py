"""What somebody may want of a case, and what was ruled about it. Who rules, and by what: `may.py`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What somebody may want."""

    APPEND = "append"  # his words go on the case
    COMMAND = "command"  # a customer's word moves the case
    JOIN = "join"  # whom he copies takes part from now on
    NOTE = "note"  # his words go on the case, and no customer reads them
    RELAY = "relay"  # his words go out to the customer in our name
    DIRECT = "direct"  # an engineer's command is carried out
    SETTLE = "settle"  # an account that is asked for is approved or declined
    FINISH = "finish"  # who asked for an account makes it his
    OPEN_FOR = "open_for"  # a case is opened for somebody else


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether somebody may. `reason` is a fixed name for traces, "" where he may; `why` says it to people."""

    action: Action
    reason: str = ""
    why: str = ""

    @property
    def allowed(self) -> bool:
        return not self.reason
