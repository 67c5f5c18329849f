"""The shape of a support policy: frozen values and their defaults, which are those of the default policy.

A policy is data. Nothing here reads a file (`load.py`), counts hours (`hours.py`) or decides (`cases/decide.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mailgate.mail.message import Authentication


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


@dataclass(frozen=True, slots=True)
class Priority:
    """One priority: 1 is the most urgent. `definition` is shown to customers."""

    level: int
    name: str
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """How a case is opened."""

    priority: int = 3


@dataclass(frozen=True, slots=True)
class Closing:
    """How long a closed case is reopened by a reply; later replies open a new, linked case. In days of 24 hours."""

    reopen_days: int = 14


@dataclass(frozen=True, slots=True)
class Windows:
    """How many automatic letters one address gets in any 60 minutes, by whether the door authenticated it or did not
    verify (`authenticated`), or looked and found no pass (`unverified`)."""

    authenticated: int = 20
    unverified: int = 5


@dataclass(frozen=True, slots=True)
class Daily:
    """How many automatic letters are sent in any 24 hours: to one `address`; about one `case`, whoever gets them; and
    to one address that may be a machine without saying so (`echo`): about one case, or in answer to the same words."""

    address: int = 40
    case: int = 10
    echo: int = 2


@dataclass(frozen=True, slots=True)
class Letters:
    """Which letters are sent at all, and within which windows."""

    confirmation: bool = True
    reply_received: bool = False
    language: str = "en"
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


@dataclass(frozen=True, slots=True)
class Texts:
    """Words of the policy that stand in letters. `neutral_subject` stands where the sender's subject would."""

    neutral_subject: str = "Your request"
    next_step: str = "An engineer will contact you shortly."


def _default_priorities() -> tuple[Priority, ...]:
    return (Priority(1, "Critical"), Priority(2, "High"), Priority(3, "Medium"), Priority(4, "Low"))


def _default_confirmation() -> Mapping[Authentication, Extent]:
    return {
        Authentication.PASS: Extent.FULL,
        Authentication.UNKNOWN: Extent.FULL,
        Authentication.UNVERIFIED: Extent.NEUTRAL,
        Authentication.FAIL: Extent.NONE,
    }


@dataclass(frozen=True, slots=True)
class Policy:
    """One whole support policy. `zone` is the IANA time zone in which its customers are told times."""

    name: str
    title: str = ""
    zone: str = "UTC"
    contact: Contact = field(default_factory=Contact)
    priorities: tuple[Priority, ...] = field(default_factory=_default_priorities, metadata={"key": "priority"})
    opening: Opening = field(default_factory=Opening)
    closing: Closing = field(default_factory=Closing)
    letters: Letters = field(default_factory=Letters)
    confirmation: Mapping[Authentication, Extent] = field(default_factory=_default_confirmation)
    intake: Intake = field(default_factory=Intake)
    texts: Texts = field(default_factory=Texts)

    def priority(self, level: int) -> Priority:
        """The priority of that level; KeyError where the policy has none such."""
        for priority in self.priorities:
            if priority.level == level:
                return priority
        raise KeyError(level)
