"""What can happen to a case. `decide.py` says what each means."""

from __future__ import annotations

from dataclasses import dataclass, field

from mailgate.cases.case import Status
from mailgate.cases.match import Match
from mailgate.checks.finding import Had, Verdict
from mailgate.mail.message import Mail
from mailgate.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class MailArrived:
    """A mail came in; what the checks found, where it belongs, and which letters there were before.

    `inbound_id` names it for ever (it is part of letter keys). `released_by` is who let it in by hand. `here` is the
    policy of the mailbox it came to, under which it opens a case (None: that of the case it is about).
    """

    inbound_id: int
    mail: Mail
    verdict: Verdict
    match: Match
    had: Had = field(default_factory=Had)
    released_by: str = ""
    here: Policy | None = None


@dataclass(frozen=True, slots=True)
class DeliveryFailed:
    """A letter of ours was given up. `why` is for people."""

    recipient: str
    letter: str
    why: str


@dataclass(frozen=True, slots=True)
class EngineerActed:
    """Somebody of ours set something by hand. None leaves as it is. `actor` is an address or "operator"."""

    actor: str
    status: Status | None = None
    priority: int | None = None


Event = MailArrived | DeliveryFailed | EngineerActed
