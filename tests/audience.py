"""Plays random stories of several customers through a whole house, and asks after each event who was sent what.

A story is made by its seed alone, and by those of its house, which begins at each tenth seed.
"""

from __future__ import annotations

import email
import random
import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select

from audience_events import EVENTS, opens
from audience_model import INTERNAL, Model
from audience_play import BOB, EVE, OURS, QUEUE, Play, Sent, house_of
from mailgate.store.tables import outbox, participant
from world import OPERATOR, World

# Not within a longer word: tokens are made of the same characters, and one in millions holds such a piece.
_SECRET = re.compile(r"(?<![0-9A-Za-z])zq\d+q[snbr](?![0-9A-Za-z])")


def stories(seeds: range, *, events: int = 6) -> int:
    """Plays a story for each seed, ten in a house; gives how many letters were looked at. AssertionError tells the
    seed, and the story up to the letter that nobody should have been sent."""
    looked_at = 0
    for start in range(seeds.start, seeds.stop, 10):
        chance = random.Random(start)
        with house_of(chance) as world:
            staff = {BOB, EVE, QUEUE, OPERATOR}
            for policy in world.house.policies.values():
                staff |= {level.queue for level in policy.levels} | {policy.accounts.csm}
                staff |= {one for rung in policy.escalation.rungs for one in rung.to}
            model = Model(frozenset(one.casefold() for one in staff), OURS)
            for seed in range(start, min(start + 10, seeds.stop)):
                play = Play(world, model, random.Random(f"{seed}"), seed)
                looked_at += _play(play, chance.randint(events - 1, events + 1))
    return looked_at


def _play(play: Play, events: int) -> int:
    looked_at, last = 0, _last(play.world)
    for place in range(events):
        event = opens if place == 0 else play.chance.choice(EVENTS)
        writer = event(play)
        for letter in _written_after(play.world, last):
            last, looked_at = letter.id, looked_at + 1
            play.letters.append(letter)
            found = _secrets(letter.message) if letter.kind not in INTERNAL else set()
            wrong = play.model.objection(letter.kind, letter.case, letter.to, writer, found)
            assert not wrong, play.told(wrong)
        for number, readers in _readers(play).items():
            thought = play.model.cases[number].readers
            assert readers == thought, play.told(f"{number} has {sorted(readers)}, and should {sorted(thought)}")
    return looked_at


def _readers(play: Play) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {number: set() for number in play.numbers}
    with play.world.store.read() as connection:
        columns = (participant.c.case_number, participant.c.address_key)
        for number, key in connection.execute(select(*columns).where(participant.c.case_number.in_(play.numbers))):
            found[number].add(key)
    return found


def _last(world: World) -> int:
    with world.store.read() as connection:
        return connection.execute(select(func.max(outbox.c.id))).scalar() or 0


def _written_after(world: World, last: int) -> list[Sent]:
    columns = (
        outbox.c.id, outbox.c.kind, outbox.c.case_number, outbox.c.recipient_key, outbox.c.message_id,
        outbox.c.envelope_from, outbox.c.message,
    )  # fmt: skip
    with world.store.read() as connection:
        rows = connection.execute(select(*columns).where(outbox.c.id > last).order_by(outbox.c.id)).all()
    return [Sent(*row) for row in rows]


def _secrets(message: bytes) -> set[str]:
    """The secret words in all that a reader gets: fields and texts, decoded."""
    letter = email.message_from_bytes(message)
    return {word for text in _texts(letter) for word in _SECRET.findall(text)}


def _texts(letter: Any) -> Iterator[str]:
    yield "\n".join(str(value).replace("\r\n ", "") for value in letter.values())
    for part in letter.walk():
        if part.get_content_maintype() == "text":
            yield part.get_payload(decode=True).decode("utf-8", "replace")
