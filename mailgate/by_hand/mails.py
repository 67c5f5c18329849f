"""Mails that somebody brings back to the walk, lets in, or sets aside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailgate import pipeline
from mailgate.accounts import bring_along
from mailgate.explaining.telling import tell_outcome
from mailgate.house import House
from mailgate.rehearsing import rehearse_replay
from mailgate.store import facts, keep
from mailgate.store.db import Store
from mailgate.store.rehearsal import Rehearsal


@dataclass(frozen=True, slots=True)
class Walked:
    """A mail that was walked once more, or (`tried`) would be: its story, and the held mails of the same writer that
    were filed with it."""

    inbound_id: int
    story: dict[str, Any]
    along: tuple[int, ...] = ()
    tried: bool = False

    def told(self) -> Iterator[str]:
        """In lines for people."""
        yield f"mail {self.inbound_id}{' would be' if self.tried else ':'} {tell_outcome(self.story)}"
        if self.tried:
            yield from (f"letter: {one['kind']} to {one['to']}" for one in self.story["decision"]["letters"])
        if self.along:
            yield f"with it, held mail of the same writer: {', '.join(map(str, self.along))}"


def walk_again(house: House, inbound_id: int, released_by: str, *, dry_run: bool) -> Walked:
    """A held, shelved or dropped mail is walked once more, by today's policy; `released_by` is who lets it in despite
    what holds it, "" for nobody. MailgateError where that cannot be."""
    if dry_run:
        return Walked(inbound_id, rehearse_replay(house, inbound_id, released_by), tried=True)
    story = pipeline.replay(house, inbound_id, released_by)
    return Walked(inbound_id, story, tuple(bring_along(house, inbound_id)) if released_by else ())


def set_aside(store: Store, inbound_id: int, by: str, now: datetime, *, dry_run: bool) -> str:
    """A mail is to be nothing from now on; it stays in the books. Gives what was done, for people."""
    with (Rehearsal(store) if dry_run else store).write() as connection:
        mail = facts.show_inbox(connection, inbound_id)
        keep.drop_inbound(connection, inbound_id, by, now)
    who = mail["from"] or mail["sender"] or "nobody"
    what = f"mail {inbound_id}, {mail['state']}, from {who}: {mail['subject'] or '(subject not read yet)'}"
    return f"{'would drop' if dry_run else 'dropped'}: {what}"
