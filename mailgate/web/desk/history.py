"""The history of a case as lines of a page: who said what and whether he was proved, which letters left and how far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from mailgate.cases.case import INTERNAL_ENTRIES, WRITTEN, EntryKind
from mailgate.cases.letter_kinds import LetterKind
from mailgate.mail.message import Authentication
from mailgate.store.desk_history import HistoryPage

_KINDS = {
    EntryKind.MAIL: "wrote",
    EntryKind.REPLY: "answered",
    EntryKind.COPY: "the same mail once more",
    EntryKind.AUTO_REPLY: "automatic reply",
    EntryKind.BOUNCE: "report of a mail server",
    EntryKind.AUTO_GENERATED: "automatic mail",
    EntryKind.LIST: "mail of a list",
    EntryKind.BULK: "bulk mail",
    EntryKind.NOTE: "internal note",
    EntryKind.DRAFT: "not sent: a draft",
}
_PROOF = {
    Authentication.PASS: "proved",
    Authentication.UNKNOWN: "not checked by the door",
    Authentication.UNVERIFIED: "not proved",
    Authentication.FAIL: "forged, says the door",
}
_PROVED = {Authentication.PASS: "well", Authentication.UNKNOWN: "quiet"}
_STATES = {
    "queued": "waits to be sent",
    "sent": "sent",
    "failed": "given up",
    "held": "held back",
    "dropped": "dropped",
}


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A letter of ours: what it was, to whom, what became of it. `why` is the last trouble, or why it is held."""

    id: int
    at: datetime
    kind: str
    to: str
    state: str
    is_trouble: bool
    why: str


@dataclass(frozen=True, slots=True)
class File:
    """An attachment: its place among those of its mail; name, type and size as the trace has them."""

    place: int
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry. `sort` is "note" (ours alone), "ours", "theirs" or "event"; `letters` carried a reply."""

    id: int
    at: datetime
    kind: str
    sort: str
    actor: str
    text: str
    elided: str
    proof: str
    how_proved: str
    n: int | None
    of: str
    inbound: int | None
    files: tuple[File, ...]
    letters: tuple[LetterLine, ...]


Line = EntryLine | LetterLine


def history_lines(page: HistoryPage, number: str) -> tuple[Line, ...]:
    """Entries and letters together, the newest first; a reply's letters stand with it."""
    replies = {entry["at"] for entry in page.entries if entry["kind"] == EntryKind.REPLY}
    carried: dict[datetime, list[LetterLine]] = {}
    alone: list[LetterLine] = []
    for row in page.letters:
        with_it = row["kind"] == LetterKind.REPLY and row["created_at"] in replies
        (carried.setdefault(row["created_at"], []) if with_it else alone).append(_letter(row))
    files = dict(page.files)
    entries = [_entry(row, files, carried, number) for row in page.entries]
    return tuple(_merged(entries, alone))


def _merged(entries: Sequence[EntryLine], letters: Sequence[LetterLine]) -> Iterator[Line]:
    """By time, the newest first; of one moment what was said stands above the letters about it."""
    waiting = list(letters)
    for entry in entries:
        while waiting and waiting[0].at > entry.at:
            yield waiting.pop(0)
        yield entry
    yield from waiting


def _entry(
    row: RowMapping,
    files: dict[int, Sequence[Mapping[str, Any]]],
    carried: dict[datetime, list[LetterLine]],
    number: str,
) -> EntryLine:
    kind = EntryKind(row["kind"])
    proof = Authentication(row["authentication"]) if row["authentication"] else None
    brought = files.pop(row["inbound_id"], ()) if row["n"] is not None else ()
    return EntryLine(
        id=row["id"],
        at=row["at"],
        kind=_KINDS.get(kind, kind.value.replace("_", " ")),
        sort=_sort(kind, row["actor"]),
        actor=row["actor"],
        text=row["text"],
        elided=row["elided"],
        proof=_PROOF[proof] if proof else "",
        how_proved=_PROVED.get(proof, "wrong") if proof else "",
        n=row["n"],
        of=row["case_number"] if row["case_number"] != number else "",
        inbound=row["inbound_id"],
        files=tuple(File(place, one) for place, one in enumerate(brought) if not one.get("seen", False)),
        letters=tuple(reversed(carried.pop(row["at"], []))) if kind is EntryKind.REPLY else (),
    )


def _sort(kind: EntryKind, actor: str) -> str:
    if kind is EntryKind.REPLY:
        return "ours"
    if kind in INTERNAL_ENTRIES:
        # What the gate notes by itself, and who handed it on, are lines; words of ours for us are to be seen as such.
        return "note" if kind is EntryKind.DRAFT or (kind is EntryKind.NOTE and "@" in actor) else "event"
    return "theirs" if kind in WRITTEN else "event"


def _letter(row: RowMapping) -> LetterLine:
    came_back = row["bounced_at"] is not None
    state = "came back" if came_back else _STATES.get(row["state"], row["state"])
    trouble = came_back or row["state"] in {"failed", "held"}
    why = row["error"] or "" if trouble or row["state"] == "queued" else ""
    return LetterLine(
        row["id"], row["created_at"], row["kind"].replace("_", " "), row["recipient"], state, trouble, why
    )
