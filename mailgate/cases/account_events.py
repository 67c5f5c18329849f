"""What can happen about an account that somebody asks for, beside what our own people do (`events.EngineerActed`)."""

from __future__ import annotations

from dataclasses import dataclass

from mailgate.cases.ruling import Action
from mailgate.mail.message import Address


@dataclass(frozen=True, slots=True)
class AccountAsked:
    """Somebody asks for an account, on the page or by another way than mail: it opens a case, which `csm` is told of.

    `contact` is to have it; `telephone` and `preferred` (how he prefers to be reached) are his own words. `by` is the
    address of the admin of `account` who asks for him, "" where he asks himself. `link` is where the CSM decides, ""
    where there is no page.
    """

    contact: Address
    mailbox: str
    telephone: str = ""
    preferred: str = ""
    csm: str = ""
    account: str = ""
    account_status: str = ""
    by: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class AccountFinished:
    """Who asked for an account has said who he is: from now on he, `actor`, is a contact of `account`. `dead` are
    address keys where nothing arrives."""

    actor: str
    account: str
    dead: frozenset[str] = frozenset()

    @property
    def action(self) -> Action:
        """What it takes a right to."""
        return Action.FINISH
