"""Who may do what by mail, page or command line, as a policy writes it. What it means, `cases/may.py` says.

The rows are those of DESIGN, "Who may do what"; the defaults are its table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class MailGoes(StrEnum):
    """What becomes of a mail that leads to a case, by who wrote it."""

    APPEND = "append"  # an entry on the case
    HOLD = "hold"  # kept, and shown to the case's engineer, who can release it


class Proof(StrEnum):
    """What somebody has to show before he may do a thing. A sender that the door found forged shows nothing."""

    AUTHENTICATION = "authentication"  # the door found that the mail is his
    TOKEN = "token"  # noqa: S105 - it answers a letter that he alone was sent
    EITHER = "either"
    BOTH = "both"
    NEVER = "never"  # he may not, whatever he shows


class Copied(StrEnum):
    """Who of those in To and Cc of a participant's mail joins the case."""

    NO = "no"
    ORGANISATION = "organisation"  # who shares an own domain with somebody who takes part
    ANYBODY = "anybody"


class CustomerCommand(StrEnum):
    """What a customer may ask for in a mail."""

    CLOSE = "close"
    CONFIRM = "confirm"
    PRIORITY = "priority"
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True)
class Rights:
    """Of those who are no engineers: what becomes of their mail, and what their commands need."""

    mail: MailGoes = MailGoes.APPEND
    commands: Proof = Proof.NEVER


@dataclass(frozen=True, slots=True)
class ParticipantRights(Rights):
    """Of those who take part in the case, by From."""

    commands: Proof = Proof.EITHER


@dataclass(frozen=True, slots=True)
class StrangerRights(Rights):
    """Of those who know no more of the case than its ref or its number."""

    mail: MailGoes = MailGoes.HOLD


@dataclass(frozen=True, slots=True)
class EngineerRights:
    """Of the roster: what it takes that their words go out to the customer (`relay`), that their commands are carried
    out, and that they open a case for somebody else (`opens`; no token can be asked for: there is no letter yet)."""

    relay: Proof = Proof.BOTH
    commands: Proof = Proof.BOTH
    opens: Proof = Proof.AUTHENTICATION


@dataclass(frozen=True, slots=True)
class Authority:
    """The whole table. `customer_commands` are the words that customers have at all."""

    copied: Copied = Copied.ORGANISATION
    customer_commands: tuple[CustomerCommand, ...] = (CustomerCommand.CLOSE, CustomerCommand.CONFIRM)
    participant: ParticipantRights = field(default_factory=ParticipantRights)
    acquainted: Rights = field(default_factory=Rights)
    organisation: Rights = field(default_factory=Rights)
    stranger: StrangerRights = field(default_factory=StrangerRights)
    nobody: StrangerRights = field(default_factory=StrangerRights)
    engineer: EngineerRights = field(default_factory=EngineerRights)
