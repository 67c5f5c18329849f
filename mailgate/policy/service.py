"""The shapes of what a policy says about time and about who does what: frozen values with the defaults' meaning.

A `Duration` in minutes, hours or days runs always; in business hours or business days it runs in the policy's
`[calendar]` (`hours.py`). None ("never" in the file), "" and () mean that the policy promises or asks for nothing of
the kind.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Annotated

from pydantic import PlainValidator

from mailgate.policy.days_off import Holidays, PublicHolidays, parse_holidays
from mailgate.policy.duration import Duration, Unit, parse_duration
from mailgate.policy.hours import Calendar
from mailgate.policy.week import parse_week

NEVER = "never"


def _read(value: object) -> Duration:
    if not isinstance(value, str):
        raise ValueError(f'should be a duration in quotes, like "4h" or "2 business hours", not {value!r}')  # noqa: TRY004 - pydantic tells of ValueErrors
    return parse_duration(value)


def _read_or_never(value: object) -> Duration | None:
    if isinstance(value, str) and value.strip().lower() == NEVER:
        return None
    try:
        return _read(value)
    except ValueError as trouble:
        raise ValueError(f'{trouble}, or "{NEVER}"') from None


# As it stands in a policy file: "30 minutes", "2 business hours", "10 business days".
Written = Annotated[Duration, PlainValidator(_read)]
WrittenOrNever = Annotated[Duration | None, PlainValidator(_read_or_never)]


@dataclass(frozen=True, slots=True)
class Hours:
    """`[calendar]`: when we work. `hours` are lines of local time like "Mon-Fri 09:00-17:00"; none is 24×7, all days
    of the year. `holidays` are the public ones of countries or parts of them ("US", "DE-BY"), `closed` further days:
    "2026-12-24", or every year's "12-24"."""

    hours: tuple[str, ...] = ("Mon-Fri 00:00-24:00",)
    holidays: tuple[str, ...] = ("US",)
    closed: tuple[str, ...] = ()


@lru_cache(maxsize=64)
def calendar_of(zone: str, hours: Hours) -> Calendar:
    """The calendar that a policy writes so. ValueError, for people, where it makes none."""
    week = parse_week(hours.hours)
    # Around the clock there are no holidays, though a file that says no more than that inherits some.
    return Calendar(
        zone, week, parse_holidays(hours.closed, map(public_holidays, hours.holidays)) if week else Holidays()
    )


def public_holidays(source: str) -> PublicHolidays:
    """Those of a country, or of a part of it, as `[calendar] holidays` names them."""
    country, _, subdivision = source.strip().upper().partition("-")
    return PublicHolidays(country, subdivision)


class AfterAnswer(StrEnum):
    """What a case becomes when an engineer's reply goes out, unless he says so himself."""

    WAITING = "waiting"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Service:
    """What is owed to every case whatever its priority, whether clocks stop while we wait for the customer, and whether
    we wait for him once we answered."""

    any_response: WrittenOrNever = None
    waiting_stops_clocks: bool = True
    after_answer: AfterAnswer = AfterAnswer.WAITING


@dataclass(frozen=True, slots=True)
class Reminders:
    """Who is reminded of what, and when.

    `engineer_percent` of the time that an answer or a feedback may take: then its engineer is reminded. `customer`
    after so long of waiting for his answer. `untaken`: the operator hears of a case that nobody took. `progress`: at
    each feedback that is due, the customer hears too that work goes on.
    """

    engineer_percent: tuple[int, ...] = (75,)
    customer: tuple[Written, ...] = (Duration(3, Unit.BUSINESS_DAYS), Duration(6, Unit.BUSINESS_DAYS))
    untaken: WrittenOrNever = None
    progress: bool = False


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the escalation ladder: its people, and after how long without a solution it is reached by itself."""

    name: str
    to: tuple[str, ...] = ()
    after: WrittenOrNever = None


@dataclass(frozen=True, slots=True)
class Escalation:
    """The ladder, lowest rung first; and `address`, an alias of the mailbox: mail to it escalates its case.

    A breach is told to the engineer, and to the rung that the case has reached (`breach`: at least this one, 1 the
    lowest, 0 to nobody but the engineer).
    """

    address: str = ""
    breach: int = 1
    rungs: tuple[Rung, ...] = field(default=(), metadata={"key": "rung"})


@dataclass(frozen=True, slots=True)
class Level:
    """A level of support: where its letters go while nobody has taken the case, and what it is there for."""

    level: int
    name: str
    queue: str = ""
    task: str = ""


class ChosenBy(StrEnum):
    """Who may say which priority a mail opens with."""

    FIXED = "fixed"  # nobody: it is always opening.priority
    SENDER = "sender"  # the sender, by a word of a priority in the subject or on a line of the mail
    SUPPORT = "support"  # support, in triage: until then it has opening.priority and is called provisional


@dataclass(frozen=True, slots=True)
class Triage:
    """Who sets priorities: of a mail that opens a case, and whether a customer may change it afterwards (the page)."""

    priority: ChosenBy = ChosenBy.FIXED
    customer_may_change: bool = True


class Others(StrEnum):
    """What happens to a mail of somebody who lacks what the policy's entitlement needs."""

    OPEN = "open"  # a case like any other
    HOLD = "hold"  # kept, and answered once with what is missing; a person may release it


class Need(StrEnum):
    """What entitlement may need (`config/contacts.toml`)."""

    CONTACT = "contact"  # the sender is a contact of an account, or writes from one of its domains
    CONTRACT = "contract"  # the account's contract covers today


@dataclass(frozen=True, slots=True)
class Entitlement:
    """Whose mail opens cases, and what is done with others'."""

    needs: tuple[Need, ...] = ()
    others: Others = Others.OPEN


@dataclass(frozen=True, slots=True)
class Outage:
    """A scheduled outage: local times of the policy's zone ("2026-11-28 07:00"), and how long before it is
    announced."""

    starts: str
    ends: str
    text: str = ""
    announce: tuple[Written, ...] = (Duration(3, Unit.DAYS),)


@dataclass(frozen=True, slots=True)
class Accounts:
    """How an account is asked for: `csm` decides where the contacts name no CSM; `kind` is that of the case it
    makes; `page`: anybody may ask on the page. `customer_may_escalate`: an admin of an account may change its
    status."""

    csm: str = ""
    kind: str = "Account"
    page: bool = False
    customer_may_escalate: bool = False
