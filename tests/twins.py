"""A house that walks what comes at one moment together, or each mail by itself, and what there is in it but chance."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Any

from mailgate import pipeline
from mailgate.errors import MailgateError
from mailgate.mail.message import Authentication
from mailgate.policy.policy import Policy
from mailgate.policy.service import Level
from mailgate.simulate.record import letter_of
from mailgate.store import claims, facts
from mailgate.store.lease import LEASE
from world import World

BOB, EVE = "bob@engineers.test", "eve@engineers.test"
FAILING = "this subject no database takes"
# Chance, tokens, and the ids of letters, of which PostgreSQL leaves out those of a batch that was given up.
_CHANCE = re.compile(
    r"\(letter \d+\)|ref:_\w+\._\w+:ref|<?r?[0-9a-hjkmnp-tv-z]{20}[^\s>]*>?|\b500[0-9A-Z]{13}\b", re.IGNORECASE
)

Row = dict[str, Any]
# What two letters of two houses have in common: their kind, case and recipient, and the how manieth of those it is.
Which = tuple[str, str, str, int]


def house_of(policy: Policy) -> World:
    told = replace(policy.letters, reply_received=True, desk=True, priority_changed=True)
    levels = policy.levels or (Level(1, "First line", "first@engineers.test"),)
    return World(policy=replace(policy, letters=told, levels=levels), engineers=(BOB, EVE))


class Twin:
    """One of the two houses; `together`: it walks what comes at one moment as one batch."""

    def __init__(self, policy: Policy, *, together: bool) -> None:
        self.world, self.together = house_of(policy), together
        self.world.fail_on = FAILING
        self.ids: list[int] = []
        self.letters: dict[Which, Row] = {}

    def comes(self, data: bytes, to: str, by: str | None, found: Authentication) -> None:
        inbound_id = self.world.receive(data, to=to, sender=by, authentication=found, process=False)
        self.ids.append(inbound_id)
        if self.together:
            return
        house = self.world.house
        with house.store.write() as connection:
            claimed = claims.claim_one(connection, inbound_id, house.holder, house.clock.now(), LEASE)
        pipeline.process(house, [claimed] if claimed else [])

    def ends_round(self) -> None:
        if self.together:
            self.world.process()
        seen: Counter[tuple[str, str, str]] = Counter()
        with self.world.store.read() as connection:
            rows = sorted(facts.list_outbox(connection), key=lambda row: int(row["id"]))
            self.letters = {}
            for row in rows:
                about = (str(row["kind"]), str(row["case"]), str(row["to"]))
                seen[about] += 1
                self.letters[*about, seen[about]] = facts.show_outbox(connection, row["id"])

    def tries(self, act: Any) -> str:
        """What came of what somebody does between two rounds."""
        try:
            act(self.world)
        except MailgateError as error:
            return type(error).__name__
        return "done"

    def told(self) -> dict[str, Any]:
        """All that there is, but for chance."""
        rows = [self.world.inbox(one) for one in self.ids]
        return {
            "inbox": [(row["state"], row["reason"], row["case"]) for row in rows],
            "cases": [_without_chance(self.world.case(str(one["number"]))) for one in self.world.cases],
            "letters": sorted(_letter(which, row) for which, row in self.letters.items()),
        }


def _without_chance(value: Any) -> Any:
    if isinstance(value, dict):
        hidden = ("id", "key", "ref", "version", "letters", "tokens")
        return {name: _without_chance(one) for name, one in value.items() if name not in hidden}
    if isinstance(value, list | tuple):
        return [_without_chance(one) for one in value]
    return _CHANCE.sub("…", value) if isinstance(value, str) else value


def _letter(which: Which, row: Row) -> tuple[str, ...]:
    message = letter_of(row["message"])
    body = message.get_body(("plain",))
    said = body.get_content() if body is not None else ""
    return (*map(str, which), _CHANCE.sub("…", str(message["Subject"])), _CHANCE.sub("…", said), str(row["state"]))
