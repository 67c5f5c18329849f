"""Who we are to a case: the engineers of the roster, and the addresses that are our own. No mail is read here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailgate.cases.case import Case
from mailgate.places import without_plus_parts
from mailgate.policy.policy import Policy
from mailgate.roster import Engineer


@dataclass(frozen=True, slots=True)
class Desk:
    """The roster, the address keys of all our mailboxes and their aliases, and who runs the gate ("" for nobody)."""

    engineers: tuple[Engineer, ...] = ()
    own_addresses: frozenset[str] = frozenset()
    operator: str = ""
    _by_key: Mapping[str, Engineer] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Asked for by each mail many times.
        object.__setattr__(self, "_by_key", {one.key: one for one in reversed(self.engineers)})

    def engineer(self, key: str | None) -> Engineer | None:
        """Who of the roster has that address key."""
        return self._by_key.get(key) if key is not None else None

    def is_own(self, address: str) -> bool:
        """Whether mail to it comes to us, whatever stands behind a plus."""
        return not self.own_addresses.isdisjoint(without_plus_parts(address.casefold()))

    def hears_of(self, case: Case, policy: Policy) -> tuple[str, ...]:
        """Who is to read what comes in on the case."""
        return self.hears(case.owner, case.level, policy)

    def hears_instead(self, of: str, case: Case, policy: Policy) -> tuple[str, ...]:
        """Who is told that an address of ours is not reached: whoever else hears of the case, else whoever runs us."""
        everybody = tuple(one.address for one in self.engineers)
        for who in (self.hears("", case.level, policy), everybody, (self.operator,)):
            others = tuple(one for one in who if one and one.casefold() != of.casefold())
            if others:
                return others
        return ()

    def hears(self, owner: str, level: int, policy: Policy) -> tuple[str, ...]:
        """The owner of a case, else the queue of its level, else the engineers of that level, else all of them."""
        if owner:
            ours = self.engineer(owner.casefold())
            return (ours.address if ours else owner,)
        queues = tuple(one.queue for one in policy.levels if one.level == level and one.queue)
        at_level = tuple(one.address for one in self.engineers if one.level == level)
        return queues or at_level or tuple(one.address for one in self.engineers)
