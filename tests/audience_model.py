"""Who may read what: a model of its own, written from DESIGN's tables and from nothing in `mailgate/cases/`.

It is told what really happened (who wrote, and what he could show), never what the house made of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

INTERNAL = frozenset(
    (
        "engineer_reminder breach escalated handed_on untaken held_mail account_asked account_escalated new_case"
        " new_entry case_status command_answer not_delivered write_to_support"
    ).split()
)
CASELESS = frozenset(("entitlement_missing",))
CUSTOMERS = frozenset(
    (
        "confirmation reply_received reply priority_changed customer_reminder closing_notice closed progress"
        " more_needed account_ready account_declined"
    ).split()
)
OPERATORS = frozenset(
    "mailbox_stalled mailbox_recovered breaker_opened breaker_closed books_unbalanced books_balanced nodes_differ "
    "nodes_agree sign_in".split()
)
SHARED = frozenset(("gmail.com",))
MOST = 20


def _untagged(address: str) -> str:
    local, _, domain = address.partition("@")
    return f"{local.partition('+')[0]}@{domain}"


@dataclass(slots=True)
class Audience:
    """Of one case: who may read its letters now, which words they may hold, and which letters' tokens still prove."""

    readers: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Model:
    """All cases by number, and our own addresses. `staff` are those who may read what is internal."""

    staff: frozenset[str]
    ours: frozenset[str]
    cases: dict[str, Audience] = field(default_factory=dict)
    notes: set[str] = field(default_factory=set)

    def opened(self, number: str, author: str | None, copied: Iterable[str], subject: str, *, believed: bool) -> None:
        """A mail opened a case: its writer reads, and if nothing speaks against him, his colleagues whom he copied."""
        audience = self.cases[number] = Audience()
        audience.words.add(subject)
        if author is not None:
            audience.readers.add(author)
            if believed:
                self.joined(number, copied)

    def joined(self, number: str, copied: Iterable[str]) -> None:
        """A reader who showed that it is he copied these."""
        readers = self.cases[number].readers
        before = frozenset(readers)
        for one in copied:
            local, _, domain = one.partition("@")
            near = domain not in SHARED and any(domain == other.partition("@")[2] for other in before)
            same = domain in SHARED and _untagged(one) in map(_untagged, before)
            if (near or same) and one not in self.ours and not local.startswith("no-reply") and len(readers) < MOST:
                readers.add(one)

    def left(self, number: str, who: str, letters: Iterable[str]) -> None:
        """Somebody takes part no more: what he was sent proves nothing from now on."""
        self.cases[number].readers.discard(who)
        self.cases[number].ended.update(letters)

    def objection(self, kind: str, number: str | None, to: str, writer: str | None, found: set[str]) -> str:
        """What is wrong with a letter that was just written; "" where nothing is. `found` are the secret words in it,
        `writer` is who wrote the mail that came in, if one did."""
        if kind in INTERNAL | OPERATORS:
            return "" if to in self.staff else f"{kind} went to {to}, who is none of ours"
        if kind in CASELESS:
            return "" if to == writer and not found else f"{kind} went to {to}, and {writer} wrote; words: {found}"
        if kind not in CUSTOMERS:
            return f"nobody has said who may read a letter of the kind {kind}"
        if number is None or number not in self.cases:
            return f"{kind} is about no case"
        audience = self.cases[number]
        if to not in audience.readers:
            return f"{kind} about {number} went to {to}; its readers are {sorted(audience.readers)}"
        if leaked := found - audience.words:
            what = "a note's words" if leaked & self.notes else "words of another mail"
            return f"{kind} about {number} to {to} holds {what}: {sorted(leaked)}"
        return ""
