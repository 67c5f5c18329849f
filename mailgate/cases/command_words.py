"""The words that may be said to the gate in a mail, by whom, and what a command is once understood. Only data.

How lines are read: `commands.py`; how values are: `command_values.py`; a customer's own language: `command_phrases.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Speaker(StrEnum):
    """Whose mail it is: each has a list of his own."""

    ENGINEER = "engineer"
    CUSTOMER = "customer"


class Word(StrEnum):
    """A command by its name, as it stands behind the slash."""

    CLOSE = "close"
    RESOLVE = "resolve"
    WAIT = "wait"
    OPEN = "open"
    PRIORITY = "priority"
    ASSIGN = "assign"
    LEVEL = "level"
    ESCALATE = "escalate"
    KIND = "kind"
    ACTIVATED = "activated"
    WORKAROUND = "workaround"
    NOTE = "note"
    CC = "cc"
    UNCC = "uncc"
    MERGE = "merge"
    SPLIT = "split"
    SPAM = "spam"
    RELEASE = "release"
    DROP = "drop"
    STATUS = "status"
    CONFIRM = "confirm"


class Takes(StrEnum):
    """What stands behind a word, and so what `Command.value` holds."""

    NOTHING = "nothing"  # None
    DAYS = "days"  # int, 1 to 365, or None where it is left out
    PRIORITY = "priority"  # int, or str: a name that the policy knows
    PERSON = "person"  # str: "me", "nobody", an address, or an engineer's name
    LEVEL = "level"  # int, 1 to 99
    REASON = "reason"  # str, or None where it is left out
    KIND = "kind"  # str
    ADDRESSES = "addresses"  # str: one address; several make a command each
    NUMBER = "number"  # str: a case number
    PLACES = "places"  # tuple of int, or None where it is left out


@dataclass(frozen=True, slots=True)
class Command:
    """One command, its value read but not yet looked up (names, levels and numbers may be unknown).

    `value` by word: CLOSE, RESOLVE, OPEN, NOTE, SPAM, RELEASE, DROP, STATUS, ACTIVATED, WORKAROUND, CONFIRM: None.
    WAIT: days or None. PRIORITY: its number, or a name. ASSIGN: "me", "nobody", an address or a name. LEVEL: its
    number. ESCALATE: the reason or None. KIND: a name. CC, UNCC: one address, domain in lower case. MERGE: the number
    of the case that survives. SPLIT: in ascending order the numbers of entries, as the answered letter shows them
    ("entry 2") and `case show` does, of the case that this letter is on; None: the entry that it is about.
    """

    word: Word
    value: str | int | tuple[int, ...] | None = None

    @property
    def line(self) -> str:
        """As it would be written."""
        value = ",".join(map(str, self.value)) if isinstance(self.value, tuple) else self.value
        return f"/{self.word.value}" if value is None else f"/{self.word.value} {value}"


@dataclass(frozen=True, slots=True)
class CommandFault:
    """A line that was meant as a command and cannot be followed: `line` as written, on one clean short line, `why` for
    its writer, `nearest` the word that he may have meant ("" where none is near)."""

    line: str
    why: str
    nearest: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """How a command is written (`form`), what it does in a few words, and what it takes."""

    form: str
    does: str
    takes: Takes


_ENGINEER: Final = {
    Word.CLOSE: Usage("/close", "close the case", Takes.NOTHING),
    Word.RESOLVE: Usage(
        "/resolve", "call it resolved; it closes by itself when the customer says no more", Takes.NOTHING
    ),
    Word.WAIT: Usage(
        "/wait [days]", "wait for the customer, who is reminded by the policy or after so many days", Takes.DAYS
    ),
    Word.OPEN: Usage("/open", "open it again, or stop waiting", Takes.NOTHING),
    Word.PRIORITY: Usage("/priority N", "give it another priority, by number or name", Takes.PRIORITY),
    Word.ASSIGN: Usage(
        "/assign me|WHO", "give it to yourself, to an engineer by name or address, or to nobody", Takes.PERSON
    ),
    Word.LEVEL: Usage("/level N", "hand it to another level of support", Takes.LEVEL),
    Word.ESCALATE: Usage("/escalate [reason]", "hand it one level up, and tell those who are to know", Takes.REASON),
    Word.KIND: Usage("/kind K", "say what kind of case it is", Takes.KIND),
    Word.ACTIVATED: Usage("/activated", "work has begun", Takes.NOTHING),
    Word.WORKAROUND: Usage("/workaround", "the customer has a workaround", Takes.NOTHING),
    Word.NOTE: Usage("/note", "this mail is an internal note: the customer does not see it", Takes.NOTHING),
    Word.CC: Usage(
        "/cc ADDRESS", "from now on this person reads and writes on the case; several by commas", Takes.ADDRESSES
    ),
    Word.UNCC: Usage("/uncc ADDRESS", "this person reads it no more", Takes.ADDRESSES),
    Word.MERGE: Usage("/merge NUMBER", "this case becomes part of the case with that number", Takes.NUMBER),
    Word.SPLIT: Usage(
        "/split [2,4-5]", "the answered mail, or the entries of these numbers, become a new case", Takes.PLACES
    ),
    Word.SPAM: Usage("/spam", "close it as spam, without a letter", Takes.NOTHING),
    Word.RELEASE: Usage("/release", "let the held mail in, or send your answer that waits", Takes.NOTHING),
    Word.DROP: Usage("/drop", "throw the held mail away", Takes.NOTHING),
    Word.STATUS: Usage("/status", "tell me how the case stands", Takes.NOTHING),
}
_CUSTOMER: Final = {
    Word.CLOSE: Usage("/close", "close the case", Takes.NOTHING),
    Word.CONFIRM: Usage("/confirm", "confirm that the solution works", Takes.NOTHING),
    Word.PRIORITY: Usage("/priority N", "ask for another priority, by number or name", Takes.PRIORITY),
    Word.ESCALATE: Usage("/escalate [reason]", "ask that somebody higher up looks at it", Takes.REASON),
}
USAGE: Final = {Speaker.ENGINEER: _ENGINEER, Speaker.CUSTOMER: _CUSTOMER}

# Of each of these at most one may be said in a mail: together they say two things of one.
ONE_OF: Final = (
    frozenset((Word.CLOSE, Word.RESOLVE, Word.WAIT, Word.OPEN, Word.SPAM, Word.MERGE)),
    frozenset((Word.LEVEL, Word.ESCALATE)),
    frozenset((Word.RELEASE, Word.DROP, Word.NOTE)),  # what answers a notice of held mail is no entry on a case
    frozenset((Word.RELEASE, Word.SPAM)),
    frozenset((Word.MERGE, Word.SPLIT)),  # what moves where would depend on the order
)


def command_list(who: Speaker) -> tuple[tuple[str, str], ...]:
    """(how it is written, what it does) of each command that `who` may say, for the letter that answers a mistake."""
    return tuple((usage.form, usage.does) for usage in USAGE[who].values())
