"""What is known of a mail that came, ready to be told: its row, its story, and what became of its letters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from mailgate.explaining.discretion import discreet
from mailgate.explaining.narrating import narrate
from mailgate.explaining.telling import REASONS
from mailgate.store import facts, glances

Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stored:
    """A mail (`facts.show_inbox`, without its trace), its story (None where it was not decided upon), and its letters
    (`glances.letters_by_key`). Nothing in it is secret (`discretion.py`)."""

    mail: Plain
    story: Plain | None
    letters: list[Plain]

    def sentences(self, zone: str, *, brief: bool = False) -> Iterator[str]:
        """As `explain` tells it; times are of that zone."""
        return narrate(self.story, self.mail, self.letters, zone, brief=brief)

    def because(self) -> str:
        """Why it is where it is, in one line; "" where nothing is to be said."""
        if self.mail["state"] == "shelved":
            return f"mailgate failed on it ({self.mail['attempts']} attempts); a person is to look at it"
        reason = self.mail["reason"] or ""
        meaning = REASONS.get(reason, reason).partition(";")[0]
        found = next(_found(self.story), "") if self.story else ""
        return f"{meaning} ({found})" if meaning and found else meaning


def stored(connection: Connection, inbound_id: int) -> Stored:
    """NotFound where there is none of that id."""
    mail = facts.show_inbox(connection, inbound_id)
    story = mail.pop("trace")
    letters = glances.letters_by_key(connection, [one["key"] for one in letters_in(story or {})])
    return Stored(discreet(mail), discreet(story), discreet(letters))


def _found(story: Plain) -> Iterator[str]:
    """What was found that decided it."""
    yield from (one["evidence"] for one in story["checks"] if one["reason"] and one["evidence"])
    if story["match"]["conflict"]:
        yield str(story["match"]["conflict"])
    yield from (one["why"] for one in story["rulings"] if not one["allowed"])


def letters_in(story: Mapping[str, Any]) -> list[Plain]:
    """The letters that a mail caused, on its own case and on others."""
    decision = story.get("decision", {})
    along = (letter for one in decision.get("along", ()) for letter in one.get("letters", ()))
    return [*decision.get("letters", ()), *along]
