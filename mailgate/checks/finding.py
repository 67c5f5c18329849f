"""What the checks are given, what one finds, and what all of them together say."""

from __future__ import annotations

from dataclasses import dataclass, field

from mailgate.policy.policy import Handling


@dataclass(frozen=True, slots=True)
class Had:
    """The automatic letters that there were before a mail.

    To its writer within the last `hour` and the last `day`; whether one of those of the day answered the `same_words`,
    and was written before the mail came; of the day those about its `case`, whoever got them; `here` those he got.
    """

    hour: int = 0
    day: int = 0
    same_words: bool = False
    case: int = 0
    here: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows about a mail before it is examined.

    `own_addresses` are address keys of our mailboxes and aliases. `our_letter` is True where the mail's own Message-ID
    is that of a letter of ours. `copy_of` is the number of the case that holds an earlier mail with this Message-ID,
    From and mailbox, of the last 7 days, None where there is none. `blocked_by` is the block rule that fits its sender.
    `to_return_path` is True where it came to an address that only our own letters name as their return path.
    `had` are the automatic letters that there were, but for those about a case. `own_lists` are the mailing lists that
    stand in front of the mailbox. `canary` is True of a mail that we sent round ourselves and wait for.
    """

    own_addresses: frozenset[str] = frozenset()
    our_letter: bool = False
    copy_of: str | None = None
    blocked_by: str | None = None
    to_return_path: bool = False
    had: Had = field(default_factory=Had)
    own_lists: tuple[str, ...] = ()
    canary: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: `reason` is a fixed name, `evidence` says for people what it was found by."""

    reason: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Look:
    """One line of the trace: a check that looked, and what it found, if anything."""

    check: str
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done with the mail, by the first check that hit. `reason` is "" where none did."""

    handling: Handling
    reason: str = ""
    evidence: str = ""
    trace: tuple[Look, ...] = ()
    copy_of: str | None = None
