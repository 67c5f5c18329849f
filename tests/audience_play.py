"""One random story: a house with two mailboxes, its people, and what happened so far."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from audience_model import Model
from mailgate import pipeline
from mailgate.mail.message import Authentication
from mailgate.policy.load import load_policy
from mailgate.policy.policy import Policy
from mailgate.policy.service import Level
from mailgate.store import claims, facts
from mailgate.store.lease import LEASE
from world import ROOT, World, mail

PASS = Authentication.PASS
NAMES = ("appviewx", "auvik", "aveksa", "beyondtrust", "default", "roxen")
BOB, EVE, QUEUE = "bob@engineers.test", "eve@engineers.test", "first@engineers.test"
OURS = frozenset(("support@example.com", "help@example.com", "sales@example.com", BOB, EVE))
_POLICIES = [load_policy(ROOT / "config" / "policies" / f"{name}.toml") for name in NAMES]


def house_of(chance: random.Random) -> World:
    """A house with two mailboxes, under two of the shipped policies, which say more than they do as shipped."""
    two = [_talkative(one, chance) for one in chance.sample(_POLICIES, 2)]
    world = World(policy=two[0], engineers=(BOB, EVE))
    settings = world.house.settings
    sales = replace(settings.mailboxes["sales"], policy=two[1].name, subaddress=True)
    boxes = MappingProxyType({**settings.mailboxes, "sales": sales})
    policies = {one.name: one for one in two}
    world.house = replace(world.house, settings=replace(settings, mailboxes=boxes), policies=policies)
    return world


def _talkative(policy: Policy, chance: random.Random) -> Policy:
    told = chance.random() < 0.7
    letters = replace(policy.letters, reply_received=told, desk=chance.random() < 0.7, priority_changed=told)
    levels = policy.levels or (Level(1, "First line", QUEUE),)
    return replace(policy, letters=letters, levels=levels)


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter as it stands in the outbox."""

    id: int
    kind: str
    case: str | None
    to: str
    message_id: str
    return_path: str
    message: bytes


@dataclass(slots=True)
class Play:
    """One story: its people, what happened so far in words, and what the model knows."""

    world: World
    model: Model
    chance: random.Random
    one: int
    story: list[str] = field(default_factory=list)
    letters: list[Sent] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    mails: int = 0

    @property
    def people(self) -> tuple[str, ...]:
        """Two of one firm, one of another, two of a shared domain, and a stranger."""
        n = self.one
        return (f"ann@a{n}.test", f"carl@a{n}.test", f"ben@b{n}.test", f"gus{n}@gmail.com", f"gus{n}+x@gmail.com")

    @property
    def stranger(self) -> str:
        return f"mal@evil{self.one}.test"

    def secret(self, sort: str) -> str:
        self.mails += 1
        return f"zq{self.one * 1000 + self.mails}q{sort}"

    def copied(self) -> list[str]:
        """Whom the next mail copies."""
        pool = (*self.people, self.stranger, f"no-reply@a{self.one}.test", f"dora@a{self.one}.test", *sorted(OURS))
        return self.chance.sample(pool, self.chance.choice((0, 0, 1, 2, 3)))

    def found(self) -> Authentication:
        return self.chance.choice(list(Authentication))

    def case(self) -> str | None:
        return self.chance.choice(self.numbers) if self.numbers else None

    def to(self, number: str) -> str:
        return f"{self.world.case(number)['mailbox']}@example.com"

    def letter_to(self, who: str, number: str, kinds: frozenset[str]) -> Sent | None:
        mine = [one for one in self.letters if (one.to, one.case) == (who, number) and one.kind in kinds]
        return self.chance.choice(mine) if mine else None

    def brings(self, what: str, by: str, to: str, found: Authentication, subject: str, body: str, **fields: str) -> Any:
        """A mail comes in; gives its inbox row."""
        self.story.append(f"{what}: {by} -> {to}, {found.value}, {subject!r} {fields}")
        message_id = f"<{self.one}.{self.mails}@mail.test>"
        data = mail(subject, body, by=by, message_id=message_id, **{k: v for k, v in fields.items() if v})
        return self.world.inbox(self.comes(data, to, by, found))

    def comes(self, data: bytes, to: str, by: str | None, found: Authentication = Authentication.UNKNOWN) -> int:
        """As `World.receive`, but this mail alone is taken in hand, which costs a fifth less."""
        inbound_id = self.world.receive(data, to=to, sender=by, authentication=found, process=False)
        with self.world.store.write() as connection:
            holder, now = self.world.house.holder, self.world.clock.now()
            claimed = claims.claim_one(connection, inbound_id, holder, now, LEASE)
        pipeline.process(self.world.house, [claimed] if claimed else [])
        return inbound_id

    def follow(self, row: Any, by: str, copied: list[str], subject: str, *, proved: bool) -> None:
        """Tell the model what a customer's mail was: where it lies, who wrote it, and whether he showed who he is."""
        number = row["case"]
        if number is None:
            return
        if number not in self.model.cases:
            self.numbers.append(number)
            self.model.opened(number, by, copied, subject, believed=row["authentication"] in {"pass", "unknown"})
        elif by in self.model.cases[number].readers and proved and row["reason"] != "copy":
            self.model.joined(number, copied)

    def reference(self, number: str) -> str:
        with self.world.store.read() as connection:
            case = facts.case_of(connection, number)
        assert case is not None
        return case.ref

    def told(self, wrong: str) -> str:
        """The story, and what is wrong at its end."""
        house = " and ".join(self.world.house.policies)
        return "\n".join([f"seed {self.one} ({house}): {wrong}", *self.story])
