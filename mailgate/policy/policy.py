"""The shape of a support policy: frozen values and their defaults, which are those of the default policy.

A policy is data. Nothing here reads a file (`load.py`), counts hours (`hours.py`) or decides (`cases/decide.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mailgate.mail.message import Authentication
from mailgate.policy.authority import Authority
from mailgate.policy.duration import Duration, Unit
from mailgate.policy.hours import Calendar
from mailgate.policy.service import (
    Accounts,
    Entitlement,
    Escalation,
    Hours,
    Level,
    Outage,
    Reminders,
    Service,
    Triage,
    Written,
    WrittenOrNever,
    calendar_of,
)
from mailgate.policy.translation import Translation


class Extent(StrEnum):
    """How much a confirmation may say to a sender of a given authentication."""

    FULL = "full"
    NEUTRAL = "neutral"  # the policy's words instead of the sender's subject: a forged From carries nobody's text
    NONE = "none"


class Handling(StrEnum):
    """What is done with a mail that a check has found something about."""

    HOLD = "hold"  # kept in the inbox with the reason; a person may release it
    MATCH_OR_HOLD = "match_or_hold"  # on its case without changing it or being answered; held where no case is found
    QUIET = "quiet"  # on its case, or opens one; never answered, changes no status
    ATTACH = "attach"  # on the case of the mail that it repeats; never answered
    ACCEPT = "accept"  # as if nothing had been found


class PageNeeds(StrEnum):
    """What somebody shows who acts on the page of a case."""

    LINK = "link"  # the link in a letter that he alone was sent
    LINK_AND_CODE = "link+code"  # and a code that is mailed to him then


@dataclass(frozen=True, slots=True)
class Priority:
    """One priority: 1 is the most urgent. `definition` is shown to customers.

    From opening: `response` until a person's first answer, `activated` until work has begun, `workaround` until there
    is one; and a `feedback` at least so often. `words` are those, beside its name, by which a sender may choose it.
    `urgent`: its confirmation advises to telephone.
    """

    level: int
    name: str
    definition: str = ""
    response: WrittenOrNever = None
    activated: WrittenOrNever = None
    workaround: WrittenOrNever = None
    feedback: WrittenOrNever = None
    words: tuple[str, ...] = ()
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Opening:
    """How a case is opened: its priority, its level of support, and its kind: the first of `kinds`."""

    priority: int = 3
    level: int = 1
    kinds: tuple[str, ...] = ()


_RESOLVED, _WAITING, _GRACE = (Duration(days, Unit.BUSINESS_DAYS) for days in (10, 15, 2))


@dataclass(frozen=True, slots=True)
class Closing:
    """When a case closes by itself, and how long a closed one is reopened by a reply (days of 24 hours); later replies
    open a new, linked case.

    `resolved`: so long after it was resolved and nobody confirmed; `waiting`: so long after we asked and heard nothing.
    The last reminder goes out `grace` before that, and the case stays open until `grace` after the relay took it.
    """

    reopen_days: int = 14
    resolved: WrittenOrNever = _RESOLVED
    waiting: WrittenOrNever = _WAITING
    grace: Written = _GRACE


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is over is kept: `raw` mail so long after its case was closed (or it was dropped), a closed case
    (`closed`) with all its words and letters. None keeps it for ever."""

    raw: WrittenOrNever = None
    closed: WrittenOrNever = None


@dataclass(frozen=True, slots=True)
class Windows:
    """How many automatic letters one address gets in any 60 minutes, by whether the door authenticated it or did not
    verify (`authenticated`), or looked and found no pass (`unverified`); and how many letters about customers' words an
    address of ours (`desk`)."""

    authenticated: int = 20
    unverified: int = 5
    desk: int = 100


@dataclass(frozen=True, slots=True)
class Daily:
    """How many automatic letters are sent in any 24 hours: to one `address`; about one `case`, whoever gets them; and
    to one address that may be a machine without saying so (`echo`): about one case, or in answer to the same words."""

    address: int = 40
    case: int = 10
    echo: int = 2


@dataclass(frozen=True, slots=True)
class Letters:
    """Which letters are sent at all, within which windows, and in which languages: `language` is the policy's own,
    `languages` are the others that customers may be written in, each by his own."""

    confirmation: bool = True
    reply_received: bool = False
    priority_changed: bool = False
    closed: bool = True
    write_to_support: bool = True
    desk: bool = True
    language: str = "en"
    languages: tuple[str, ...] = ()
    hourly: Windows = field(default_factory=Windows)
    daily: Daily = field(default_factory=Daily)


@dataclass(frozen=True, slots=True)
class Intake:
    """What is done with what each check finds (`mailgate/checks/`). People who write through one of `own_lists` (ids or
    addresses of mailing lists that stand in front of the mailbox) are found nothing about."""

    loop: Handling = Handling.HOLD
    too_big: Handling = Handling.HOLD
    duplicate: Handling = Handling.ATTACH
    bounce: Handling = Handling.MATCH_OR_HOLD
    auto_reply: Handling = Handling.MATCH_OR_HOLD
    auto_generated: Handling = Handling.QUIET
    list: Handling = Handling.QUIET
    bulk: Handling = Handling.QUIET
    block: Handling = Handling.HOLD
    own_lists: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    """Who we are in letters: the name we sign with, and how else we may be reached. "" leaves the sentence out."""

    name: str = "Support"
    telephone: str = ""
    hours: str = ""  # when the telephone is answered, in words


@dataclass(frozen=True, slots=True)
class Texts:
    """Words of the policy that stand in letters. `neutral_subject` stands where the sender's subject would."""

    neutral_subject: str = "Your request"
    next_step: str = "An engineer will contact you shortly."
    missing: str = ""
    ask_for: str = ""


def _default_priorities() -> tuple[Priority, ...]:
    return (
        Priority(
            1,
            "Critical",
            "The product cannot be used, or data is lost; all or nearly all users are affected.",
            Duration(30, Unit.MINUTES),
        ),
        Priority(
            2,
            "High",
            "Some functions cannot be used, or only with difficulty; many users are affected.",
            Duration(1, Unit.HOURS),
        ),
        Priority(3, "Medium", "Service is limited little or not at all.", Duration(4, Unit.HOURS)),
        Priority(4, "Low", "Information is required.", Duration(24, Unit.HOURS)),
    )


def _default_confirmation() -> Mapping[Authentication, Extent]:
    return {
        Authentication.PASS: Extent.FULL,
        Authentication.UNKNOWN: Extent.FULL,
        Authentication.UNVERIFIED: Extent.NEUTRAL,
        Authentication.FAIL: Extent.NONE,
    }


@dataclass(frozen=True, slots=True)
class Policy:
    """One whole support policy. `zone` is the IANA time zone in which its customers are told times, `page` what it
    takes to act on the page."""

    name: str
    title: str = ""
    zone: str = "UTC"
    contact: Contact = field(default_factory=Contact)
    priorities: tuple[Priority, ...] = field(default_factory=_default_priorities, metadata={"key": "priority"})
    opening: Opening = field(default_factory=Opening)
    triage: Triage = field(default_factory=Triage)
    hours: Hours = field(default_factory=Hours, metadata={"key": "calendar"})
    service: Service = field(default_factory=Service)
    reminders: Reminders = field(default_factory=Reminders)
    closing: Closing = field(default_factory=Closing)
    retention: Retention = field(default_factory=Retention)
    levels: tuple[Level, ...] = field(default=(), metadata={"key": "level"})
    escalation: Escalation = field(default_factory=Escalation)
    entitlement: Entitlement = field(default_factory=Entitlement)
    outages: tuple[Outage, ...] = field(default=(), metadata={"key": "outage"})
    accounts: Accounts = field(default_factory=Accounts, metadata={"key": "account"})
    letters: Letters = field(default_factory=Letters)
    confirmation: Mapping[Authentication, Extent] = field(default_factory=_default_confirmation)
    intake: Intake = field(default_factory=Intake)
    authority: Authority = field(default_factory=Authority)
    texts: Texts = field(default_factory=Texts)
    page: PageNeeds = PageNeeds.LINK
    translations: Mapping[str, Translation] = field(default_factory=dict, metadata={"key": "translation"})

    def priority(self, level: int) -> Priority:
        """The priority of that level; KeyError where the policy has none such."""
        found = self.priority_or_none(level)
        if found is None:
            raise KeyError(level)
        return found

    def priority_or_none(self, level: int) -> Priority | None:
        """The priority of that level, if the policy still has it: a case may be older than its policy's last change."""
        return next((priority for priority in self.priorities if priority.level == level), None)

    @property
    def calendar(self) -> Calendar:
        """When those work who keep this policy: its business hours and business days."""
        return calendar_of(self.zone, self.hours)
