"""The values of the desk: a case, what stands on it, what we will say, and the decision that makes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailgate.cases.course import Course
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.lost import Lost
from mailgate.cases.ruling import Ruling
from mailgate.cases.taking import Taking
from mailgate.mail.message import Address, Authentication


class Status(StrEnum):
    """Where a case stands. Only `decide.py` moves it."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


class EntryKind(StrEnum):
    """What an entry of a case's history is."""

    MAIL = "mail"  # a person wrote
    REPLY = "reply"  # one of ours wrote to the customer
    COPY = "copy"  # the same mail came once more by another way
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    AUTO_GENERATED = "auto_generated"
    LIST = "list"
    BULK = "bulk"
    STATUS = "status"  # the case moved
    NOTE = "note"  # for our people alone: one of them wrote it, or the gate: a letter not sent, and why
    DRAFT = "draft"  # one of ours meant it for the customer, and it was not sent
    DELIVERY_FAILED = "delivery_failed"  # a letter of ours was given up
    REMINDER = "reminder"  # somebody was reminded
    BREACH = "breach"  # something promised is overdue
    ESCALATION = "escalation"  # the case moved up a rung
    HANDED_ON = "handed_on"  # to another level or owner
    PEOPLE = "people"  # somebody takes part from now on, or no more
    MERGED = "merged"  # the case became part of another, or another of it
    SPLIT = "split"  # entries of it became a case, or it was made of them


# Those that are somebody's words; `entries` in lists counts these.
WRITTEN = frozenset(
    {
        EntryKind.MAIL,
        EntryKind.REPLY,
        EntryKind.COPY,
        EntryKind.AUTO_REPLY,
        EntryKind.BOUNCE,
        EntryKind.AUTO_GENERATED,
        EntryKind.LIST,
        EntryKind.BULK,
    }
)

# Those that may hold what our people wrote for each other alone.
INTERNAL_ENTRIES = (EntryKind.NOTE, EntryKind.DRAFT, EntryKind.ESCALATION, EntryKind.HANDED_ON)


@dataclass(frozen=True, slots=True)
class Case:
    """One case. `number`, `org` and `key` make its ref; `version` guards it against two writers at once.

    `participants` are address keys (`Address.key`). `follows` is the number of the older case it continues. `owner` is
    the key of the engineer who took it, "" while nobody did; `level` its level of support; `rung` the rung of the
    ladder that it has reached, 0 for none; `provisional`: support has not set its priority yet. `account` is
    the name of the account that it was opened for, `account_status` what that stood at then. `next_due_at` is when
    time brings the next step (`agenda.py`), None where it brings none; `owed_at` when the soonest of what we owe the
    customer runs out, or ran out, None where nothing is owed. `merged_into` is the number of the case that it
    became part of: from then on that one stands for it. `last_entry` is the last number given to an entry.
    `language` is that of its letters to customers, "" for the policy's own.
    """

    number: str
    org: str
    key: str
    subject: str
    status: Status
    priority: int
    mailbox: str
    policy: str
    contact: Address | None
    participants: tuple[str, ...]
    opened_at: datetime
    updated_at: datetime
    course: Course
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    follows: str | None = None
    next_due_at: datetime | None = None
    owed_at: datetime | None = None
    version: int = 0
    owner: str = ""
    level: int = 1
    rung: int = 0
    kind: str = ""
    provisional: bool = False
    account: str = ""
    account_status: str = ""
    merged_into: str | None = None
    last_entry: int = 0
    language: str = ""

    @property
    def ref(self) -> str:
        """The whole ref token, as it stands in subjects."""
        return f"ref:_{self.org}._{self.key}:ref"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a case's history. `actor` is an address, or "mailgate". `text` is what was newly said.

    `n` is its number on its case, for ever, if it holds somebody's words; else 0. `of` is the number of that case
    where it is another one, which became part of this.
    """

    at: datetime
    kind: EntryKind
    actor: str
    text: str
    elided: str = ""
    authentication: Authentication | None = None
    n: int = 0
    of: str = ""

    @property
    def holds_words(self) -> bool:
        """Whether it is somebody's words, and so numbered."""
        ours = self.kind in {EntryKind.NOTE, EntryKind.DRAFT} and self.actor not in {"mailgate", "operator"}
        return ours or self.kind in WRITTEN


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to one recipient, named but not yet written (`outbox/render.py` writes it).

    `key` makes it unique for ever (`2611000001/confirmation/1/ann@example.com`); `token` says whose copy of which
    letter an answer answers, `path` whose copy of which did not arrive: it stands in the return path alone. `neutral`
    leaves out every word that the sender chose. `says` are the values of this kind's template beside those that every
    letter has (`templates/README.md`); moments are aware UTC. `shown_to` and `shown_cc` are those whom To and Cc show
    as readers of a reply; each of them has his own copy. `hold` is why it does not leave before somebody says so.
    """

    kind: LetterKind
    to: Address
    key: str
    token: str
    path: str
    message_id: str
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    neutral: bool = False
    language: str = "en"
    says: tuple[tuple[str, str | int | datetime], ...] = ()
    shown_to: tuple[Address, ...] = ()
    shown_cc: tuple[Address, ...] = ()
    hold: str = ""


class Settled(StrEnum):
    """What a person decided about a held mail."""

    RELEASED = "released"
    DROPPED = "dropped"


class Outcome(StrEnum):
    """What became of the mail."""

    FILED = "filed"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Decision:
    """What an event means: the case as it is from now on and everything that follows, to be kept in one commit.

    `case` is None where the mail is held. `reason` is a short fixed name ("opened", "reply", "stranger"), the same that
    lists and traces show. `thread_ids` are Message-IDs that lead to this case from now on. `left` are the participants
    (address keys) who no longer take part: their tokens end. `rulings` say who was allowed what, and who was not.
    `about` is the case that the letters of a held mail are about; it stays as it is. `revoked` is whose reply tokens
    about the case end ("" for everybody's), None for nobody's. `settles` are held mails (inbound ids) that somebody
    lets in or drops. `along` are what the same event means for other cases: all of it is kept, or nothing. `lost` is
    the letter that a report, or our relay, says did not arrive; `alive` are address keys that are written to again,
    whatever was known of them. `takes` is what the case that is opened has from another. `frees` are held letters
    (outbox ids) that leave by somebody's word; `undone` are commands that wait with the words beside them.
    """

    outcome: Outcome
    reason: str
    case: Case | None = None
    opened: bool = False
    entries: tuple[Entry, ...] = ()
    letters: tuple[Letter, ...] = ()
    thread_ids: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    about: Case | None = None
    revoked: str | None = None
    settles: tuple[tuple[int, Settled], ...] = ()
    along: tuple[Decision, ...] = ()
    lost: Lost | None = None
    alive: tuple[str, ...] = ()
    takes: Taking | None = None
    frees: tuple[int, ...] = ()
    undone: tuple[str, ...] = ()

    @property
    def opens(self) -> bool:
        """Whether it takes the number of a new case."""
        return self.opened or any(one.opens for one in self.along)

    @property
    def speaks(self) -> bool:
        """Whether there are letters to be written."""
        return bool(self.letters) or any(one.speaks for one in self.along)


@dataclass(frozen=True, slots=True)
class Written:
    """A letter as it will leave: the exact bytes (CRLF line ends) and the return path it is sent with."""

    letter: Letter
    message: bytes
    envelope_from: str
