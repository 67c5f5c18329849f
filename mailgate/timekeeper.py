"""The timekeeper: takes the steps that time brings to cases, announces outages and forgets what retention says, until
told to stop. One thread, woken by a job.

What is due the store knows (`next_due_at`), and several timekeepers may be at work on one store. Where a policy is
another than the one that its cases were last looked at by, they are looked at again, some at a time.
"""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from mailgate import __version__
from mailgate.errors import StoreError
from mailgate.forgetting import forget_expired
from mailgate.house import House
from mailgate.outages import announce
from mailgate.pipeline import pass_time
from mailgate.policy.policy import Policy
from mailgate.store import marks

ROLE = "time"
AT_ONCE = 100  # cases, or letters about an outage, in one transaction: mail is not to wait longer for the store
SWEPT_AT_ONCE = 1000
FORGOTTEN_AT_ONCE = 20  # each is many rows
PAUSE_AFTER_TROUBLE_SECONDS = 2.0
_BEAT_SECONDS = 1.0

log = structlog.get_logger()


@dataclass(slots=True)
class _Sweep:
    """The cases of one policy that is new to them, in the order of their numbers; those up to `done` have been asked
    for."""

    policy: str
    digest: str
    done: str = ""


class Timekeeper:
    """One thread. `house` is asked for before every batch: once it is another, its policies are compared anew.

    `on_steps` is called where there may be letters, `on_beat` at least every second.
    """

    def __init__(
        self,
        house: Callable[[], House],
        on_steps: Callable[[], None],
        *,
        on_beat: Callable[[], None] = lambda: None,
        pause: float = PAUSE_AFTER_TROUBLE_SECONDS,
    ) -> None:
        self._house, self._on_steps, self._on_beat = house, on_steps, on_beat
        self._pause = pause
        self._seen: House | None = None
        self._sweeps: deque[_Sweep] = deque()
        self._work, self._stopping, self._forgetting = threading.Event(), threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._keeping_time, name=ROLE, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Something may be due. Safe from any thread."""
        self._work.set()

    def forget(self) -> None:
        """Retention may have run out. Safe from any thread."""
        self._forgetting.set()
        self._work.set()

    def stop(self) -> None:
        """Finish the cases in hand and leave the rest; returns when that is done."""
        self._stopping.set()
        self._work.set()
        self._thread.join()

    def _keeping_time(self) -> None:
        while not self._stopping.is_set():
            self._on_beat()
            if self._work.wait(_BEAT_SECONDS):
                self._work.clear()
                self._guarded()

    def _guarded(self) -> None:
        """The thread never ends of an exception: what was due is due still."""
        try:
            while not self._stopping.is_set() and self._once():
                self._on_beat()
        except StoreError as error:
            log.warning("timekeeper waits for the store", because=str(error))
        except Exception:
            log.exception("timekeeper failed")  # a bug of ours outside of any one case
        else:
            return
        self._stopping.wait(self._pause)

    def _once(self) -> bool:
        """One batch; whether there is more."""
        house = self._house()
        if house is not self._seen:
            self._sweeps = deque(_Sweep(name, digest_of(policy)) for name, policy in sorted(house.policies.items()))
            self._seen = house
        if self._sweeps and self._swept(house, self._sweeps[0]):
            self._sweeps.popleft()
        looked_at, told = pass_time(house, AT_ONCE), announce(house, AT_ONCE)
        if looked_at or told:
            self._on_steps()
        return AT_ONCE in (looked_at, told) or bool(self._sweeps) or self._forgot(house)

    def _forgot(self, house: House) -> bool:
        """Some of what retention says; whether there may be more."""
        if not self._forgetting.is_set():
            return False
        forgotten = forget_expired(house, FORGOTTEN_AT_ONCE)
        if any(forgotten.values()):
            log.info("retention", **forgotten)
        # The counts are sums, over policies and mailboxes: each of them may have had more.
        if max(forgotten.values()) < FORGOTTEN_AT_ONCE:
            self._forgetting.clear()
        return self._forgetting.is_set()

    def _swept(self, house: House, sweep: _Sweep) -> bool:
        """Some cases of the policy more; whether that were all of them."""
        with house.store.write() as connection:
            if not sweep.done and marks.progress(connection, f"policy/{sweep.policy}") == sweep.digest:
                return True
            last = marks.look_at_cases_of(connection, sweep.policy, sweep.done, SWEPT_AT_ONCE, house.clock.now())
            if last is None:
                marks.set_progress(connection, f"policy/{sweep.policy}", sweep.digest)
                if sweep.done:
                    log.info("cases are looked at again under a changed policy", policy=sweep.policy)
                return True
        sweep.done = last
        return False


def digest_of(policy: Policy) -> str:
    """What changes when the policy's values do, or the version that reads them."""
    return hashlib.sha256(f"{__version__}\n{policy!r}".encode()).hexdigest()
