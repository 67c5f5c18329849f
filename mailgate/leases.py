"""Holds the mails that a worker has in hand: their leases are renewed from the claim until they are concluded (law 6).

It claims nothing and concludes nothing. A process that stands still for so long that its leases end may find its mails
taken by another; it hears of that here, and lets go of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

import structlog

from mailgate.holder import is_gone
from mailgate.house import House
from mailgate.parents import Read
from mailgate.store import claims, nodes
from mailgate.store.claims import ClaimedMail
from mailgate.store.lease import LEASE

log = structlog.get_logger()


class Leases:
    """Used by all threads of a worker."""

    def __init__(self, house: Callable[[], House]) -> None:
        self._house = house
        self._lock = threading.Lock()
        self._held: dict[int, ClaimedMail] = {}

    def take(self, claimed: Sequence[ClaimedMail]) -> list[ClaimedMail]:
        """From now on these are in hand. Gives those that were not: after a standstill a worker may claim its own."""
        with self._lock:
            fresh = [one for one in claimed if one.id not in self._held]
            self._held |= {one.id: one for one in fresh}
        return fresh

    def still(self, mails: Sequence[Read]) -> list[Read]:
        """Those of them that nobody has taken meanwhile."""
        with self._lock:
            ours = [one for one in mails if self._held.get(one[0].id) is one[0]]
        if len(ours) < len(mails):
            taken = [claimed.id for claimed, mail in mails if (claimed, mail) not in ours]
            log.warning("mails were taken over by another process", inbound=taken)
        return ours

    def drop(self, claimed: Iterable[ClaimedMail]) -> None:
        """These are done with."""
        with self._lock:
            for one in claimed:
                if self._held.get(one.id) is one:
                    del self._held[one.id]

    def renew(self) -> None:
        """Holds all for longer, and lets go of those that another process took. It may fail: the next time may do."""
        with self._lock:
            held = dict(self._held)
        if not held:
            return
        house = self._house()
        with house.store.write() as connection:
            # Without waiting: a walk that hangs has some of the rows locked, and the others need it the more.
            kept = claims.renew(connection, "inbound", list(held), house.holder, house.clock.now(), LEASE, wait=False)
        self.drop(one for one in held.values() if one.id not in kept)


def void_leases_of_the_dead(house: House) -> None:
    """Frees what processes of this machine held that are not there any more: a restart need not wait for leases."""
    name, me, now = house.holder.split("/")[0], house.holder, house.clock.now()
    with house.store.write() as connection:
        known = nodes.nodes(connection)
        # On a SQLite file we are the only daemon, by its lock: who does not run here does not run.
        alone = house.store.dialect == "sqlite"
        living = () if alone else {one.holder for one in known if one.lives(now)}
        claims.void_dead_leases(connection, name, lambda holder: not is_gone(holder, me, living))
        gone = [one.holder for one in known if one.name == name and is_gone(one.holder, me, living)]
        nodes.forget(connection, name, gone, now)
