"""What a guest of a case's page may do with it now. `may` and `decide` are asked: no rule of theirs stands here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from mailgate.cases.case import Status
from mailgate.cases.decide import decide
from mailgate.cases.events import CustomerActed
from mailgate.cases.may import may
from mailgate.cases.ruling import Action
from mailgate.deciding import NO_NAMES
from mailgate.errors import NotAllowed
from mailgate.mail.message import Authentication
from mailgate.policy.policy import PageNeeds, Priority
from mailgate.web.customer.guest import Guest

_OVER = frozenset({Status.RESOLVED, Status.CLOSED})


@dataclass(frozen=True, slots=True)
class Offers:
    """Each action that could be done now; `priorities` are those that it could be changed to."""

    confirm: bool = False
    close: bool = False
    reopen: bool = False
    escalate: bool = False
    leave: bool = False
    priorities: tuple[Priority, ...] = ()


def offers(guest: Guest, now: datetime) -> Offers:
    """To who has yet to give a code: what he could do then."""
    case, policy = guest.case, guest.policy
    actor = guest.actor
    if policy.page is PageNeeds.LINK_AND_CODE:
        actor = replace(actor, authentication=Authentication.PASS)
    if not may(actor, Action.COMMAND, case, policy).allowed:
        return Offers()

    def could(event: CustomerActed) -> bool:
        try:
            decide(case, event, policy, NO_NAMES, now)
        except NotAllowed:
            return False
        return True

    others = (one for one in policy.priorities if one.level != case.priority)
    return Offers(
        confirm=could(CustomerActed(guest.key, confirm=True)),
        close=case.status not in _OVER and could(CustomerActed(guest.key, close=True)),
        reopen=could(CustomerActed(guest.key, reopen=True)),
        escalate=could(CustomerActed(guest.key, escalate=True)),
        leave=could(CustomerActed(guest.key, leave=True)),
        priorities=tuple(one for one in others if could(CustomerActed(guest.key, priority=one.level))),
    )
