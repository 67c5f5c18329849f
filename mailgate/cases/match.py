"""Which case is a mail about? Collects the clues in it, and weighs what the store knows of them. It decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mailgate.cases.case import Case


class Signal(StrEnum):
    """What can tie a mail to a case, in the order in which they are believed (DESIGN, "Matching order")."""

    COPY = "copy"  # it repeats a mail that is already on the case
    REPLY_TOKEN = "reply_token"  # noqa: S105 - the name of a signal
    THREAD = "thread"  # In-Reply-To or References name a mail of the case
    SUBJECT_REF = "subject_ref"
    SUBJECT_NUMBER = "subject_number"
    BODY_REF = "body_ref"
    QUOTED_REF = "quoted_ref"


class Standing(StrEnum):
    """Who the writer is to the case (DESIGN, "Who may do what")."""

    PARTICIPANT = "participant"
    ACQUAINTED = "acquainted"  # knows a token or a thread id that only the case's letters carried
    ORGANISATION = "organisation"  # shares a participant's own domain
    STRANGER = "stranger"
    NOBODY = "nobody"  # no single plain From


@dataclass(frozen=True, slots=True)
class Clues:
    """All that a mail carries which may lead to a case. Tokens are lower case, keys upper case.

    `message_ids` are those of In-Reply-To, then of References from the last to the first, without doubles.
    """

    tokens: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    subject_keys: tuple[str, ...] = ()
    subject_numbers: tuple[str, ...] = ()
    body_keys: tuple[str, ...] = ()
    quoted_keys: tuple[str, ...] = ()
    report_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TokenOwner:
    """The case that a reply token belongs to, and the address key of the one to whom it was sent."""

    case: Case
    owner: str


@dataclass(frozen=True, slots=True)
class ThreadCase:
    """A case that a Message-ID belongs to; `ours` where it is a letter of ours."""

    case: Case
    ours: bool


@dataclass(frozen=True, slots=True)
class Candidates:
    """What the store knows of the clues: only what exists is in the mappings. `copy` is the case of an earlier copy."""

    by_token: Mapping[str, TokenOwner] = field(default_factory=dict)
    by_message_id: Mapping[str, tuple[ThreadCase, ...]] = field(default_factory=dict)
    by_key: Mapping[str, Case] = field(default_factory=dict)
    by_number: Mapping[str, Case] = field(default_factory=dict)
    copy: Case | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """One line of the trace: a signal that was tried, what was looked for, and what came of it."""

    signal: Signal
    looked_for: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Match:
    """Where a mail belongs. `case` None with `conflict` "" means: nowhere yet. `conflict` says why it cannot be told
    without guessing. `standing` is the writer's, towards `case`."""

    case: Case | None = None
    how: Signal | None = None
    standing: Standing = Standing.STRANGER
    conflict: str = ""
    trace: tuple[Tried, ...] = ()
