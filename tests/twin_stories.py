"""Two houses that live through one random story, of which one walks its mails together and the other one by one.

In each round the mails come in at one moment: the first house walks them as one batch, the second each by itself. A
mail may answer, copy, forward or report on what came before it, in its own batch, too; some fail in the walk, so that
the first house walks that batch singly.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from bounces import report
from mailgate import pipeline, rearranging
from mailgate.cases.case import Status
from mailgate.cases.events import EngineerActed
from mailgate.mail.message import Authentication
from mailgate.policy.load import load_policy
from mailgate.simulate.record import letter_of
from mailgate.store import blocks
from twins import BOB, EVE, FAILING, Twin, Which
from world import ROOT, World, mail

PEOPLE = ("ann@a.test", "carl@a.test", "ben@b.test", "gus@gmail.com", "mal@evil.test")
BOXES = ("support@example.com", "sales@example.com")


@dataclass
class Story:
    """What happens, to both houses alike."""

    chance: random.Random
    twins: tuple[Twin, Twin]
    ids: list[tuple[str, str]] = field(default_factory=list)  # Message-IDs of this story's mails, and their authors
    so_far: list[str] = field(default_factory=list)
    people: tuple[str, ...] = PEOPLE
    # Answered in this round. A copy of one that came later would be walked before its answers, as it should.
    answered: set[str] = field(default_factory=set)

    def round(self, most: int) -> None:
        self.answered.clear()
        for _ in range(self.chance.randint(1, most)):
            self.chance.choice(MAILS)(self)
        for twin in self.twins:
            twin.ends_round()
        first, second = (twin.told() for twin in self.twins)
        assert first == second, "\n".join(self.so_far)

    def comes(self, what: str, by: str, subject: str, body: str, *, to: str = "", **fields: str) -> None:
        """A customer's mail, which names nothing that differs between the houses."""
        name = f"<{len(self.ids)}@mail.test>"
        found = self.chance.choice(list(Authentication))
        to = to or self.chance.choice(BOXES)
        self.ids.append((name, by))
        self.both(what, mail(subject, body, by=by, message_id=name, **fields), to, by, found)

    def both(self, what: str, data: bytes, to: str, by: str | None, found: Authentication) -> None:
        self.so_far.append(f"{what}: {by} -> {to} {found.value} {data[:300]!r}")
        for twin in self.twins:
            twin.comes(data, to, by, found)

    def someone(self) -> str:
        return self.chance.choice(self.people)

    def a_letter(self, *to: str) -> Which | None:
        known = [one for one in sorted(self.twins[0].letters) if one in self.twins[1].letters]
        return self.chance.choice([one for one in known if not to or one[2] in to] or [None])

    def words(self) -> tuple[str, str]:
        """Few, so that they are written twice."""
        return self.chance.choice(("Printer", "Fax", "Re: Printer")), self.chance.choice(("It burns.", "It stopped."))


def writes(story: Story) -> None:
    by = story.someone()
    story.comes("writes", by, *story.words(), cc=story.chance.choice(("dora@a.test", *PEOPLE)))


def writes_again(story: Story) -> None:
    """The same mail once more, by another way: to the same mailbox or another."""
    known = [one for one in story.ids[-20:] if one[0] not in story.answered]
    if not known:
        return
    name, by = story.chance.choice(known)
    by = by if story.chance.random() < 0.8 else story.someone()
    data = mail(*story.words(), by=by, message_id=name, received=f"by mx{len(story.so_far)}.test; now")
    story.both("copy", data, story.chance.choice(BOXES), by, story.chance.choice(list(Authentication)))


def answers_a_mail(story: Story) -> None:
    if story.ids:
        parent, by = story.chance.choice(story.ids[-20:])
        story.answered.add(parent)
        by = by if story.chance.random() < 0.6 else story.someone()
        story.comes("answers a mail", by, *story.words(), in_reply_to=parent)


def answers_a_letter(story: Story) -> None:
    if (which := story.a_letter(*PEOPLE)) is None:
        return
    by = which[2] if story.chance.random() < 0.8 else story.someone()
    found, how = story.chance.choice(list(Authentication)), story.chance.choice(("in_reply_to", "subject", "number"))
    name, (subject, body) = f"<{len(story.ids)}@mail.test>", story.words()
    machine = {"auto_submitted": "auto-replied"} if story.chance.random() < 0.2 else {}
    story.ids.append((name, by))
    story.so_far.append(f"answers {which} by {how} {machine}: {by} {found}")
    for twin in story.twins:
        letter = twin.letters[which]
        about = {"in_reply_to": subject, "subject": f"Re: {letter_of(letter['message'])['Subject']}"}
        named = about.get(how, f"{subject} {which[1]}")
        fields = machine | ({"in_reply_to": letter["message_id"]} if how == "in_reply_to" else {})
        data = mail(named, body, by=by, message_id=name, **fields)
        twin.comes(data, f"{twin.world.case(which[1])['mailbox']}@example.com", by, found)


def bounces(story: Story) -> None:
    if (which := story.a_letter()) is None:
        return
    status, name = story.chance.choice(("5.1.1", "5.1.1", "4.4.1", "5.2.2")), f"b{len(story.so_far)}"
    story.so_far.append(f"bounce {status} of {which}")
    for twin in story.twins:
        letter = twin.letters[which]
        twin.comes(report(letter, status, name=name), letter["envelope_from"], None, Authentication.UNKNOWN)


def engineer_answers(story: Story) -> None:
    if (which := story.a_letter(BOB, EVE, "first@engineers.test")) is None or not which[1].isdigit():
        return
    by, other = story.chance.choice((BOB, EVE)), story.someone()
    command = story.chance.choice(
        (
            "",
            "",
            "/note",
            f"/cc {other}",
            f"/uncc {other}",
            "/close",
            "/assign me",
            "/priority 1",
            "/merge {into}",
            "/split 2",
            "/release",
            "/drop",
        )
    )
    numbers = [str(case["number"]) for case in story.twins[0].world.cases]
    command = command.format(into=story.chance.choice(numbers))
    found, name = (
        story.chance.choice((Authentication.PASS, Authentication.PASS, Authentication.UNKNOWN)),
        len(story.ids),
    )
    story.ids.append((f"<{name}@mail.test>", by))
    story.so_far.append(f"{by} answers {which}: {command} {found}")
    for twin in story.twins:
        letter = twin.letters[which]
        data = mail(
            f"Re: {letter_of(letter['message'])['Subject']}",
            f"{command}\n\nWe look into it, {name}.",
            by=by,
            message_id=f"<{name}@mail.test>",
            in_reply_to=letter["message_id"],
        )
        twin.comes(data, f"{twin.world.case(which[1])['mailbox']}@example.com", by, found)


def engineer_forwards(story: Story) -> None:
    """What a customer wrote to him, which may have come by itself, too."""
    theirs = [(name, by) for name, by in story.ids[-20:] if by in PEOPLE]
    if not theirs:
        return
    parent, author = story.chance.choice(theirs)
    story.answered.add(parent)
    subject, body = story.words()
    quoted = (
        f"---------- Forwarded message ---------\nFrom: {author.title()} <{author}>\n"
        f"Date: Tue, Nov 17, 2026 at 9:00 AM\nSubject: {subject}\nTo: Bob <{BOB}>\n\n{body}\n"
    )
    fields = {"in_reply_to": parent} if story.chance.random() < 0.6 else {}
    by = story.chance.choice((BOB, EVE))
    name = f"<{len(story.ids)}@mail.test>"
    story.ids.append((name, by))
    data = mail(f"Fwd: {subject}", f"/assign me\n\n{quoted}", by=by, message_id=name, **fields)
    story.both("forward", data, BOXES[0], by, Authentication.PASS)


def fails(story: Story) -> None:
    if story.chance.random() < 0.2:
        story.comes("fails", story.someone(), FAILING, "It burns.")


def between(story: Story) -> None:
    """Something else happens: time, an operator, a rule."""
    chance, world = story.chance, story.twins[0].world
    numbers = [str(case["number"]) for case in world.cases] or ["0"]
    number, other, who, hours = (
        chance.choice(numbers),
        chance.choice(numbers),
        story.someone(),
        chance.choice((0.1, 2, 25)),
    )
    held = [at for at, one in enumerate(story.twins[0].ids) if world.inbox(one)["state"] == "held"]
    at = chance.choice(held) if held else None
    acts: dict[str, Any] = {
        "advance": lambda one: one.advance(hours=hours),
        "close": lambda one: pipeline.act(one.house, number, EngineerActed("operator", status=Status.CLOSED)),
        "leave": lambda one: pipeline.act(one.house, number, EngineerActed("operator", leave=(who,))),
        "merge": lambda one: rearranging.merge(one.house, number, other),
        "block": lambda one: _block(one, who),
    }
    what = chance.choice(list(acts))
    done = [twin.tries(acts[what]) for twin in story.twins]
    story.so_far.append(f"-- {what} {number} {other} {who} {hours}: {done}")
    assert done[0] == done[1]
    if at is not None and chance.random() < 0.5:
        for twin in story.twins:
            twin.tries(lambda one, twin=twin: pipeline.replay(one.house, twin.ids[at], "operator"))
        story.so_far.append(f"-- released {at}")
    for twin in story.twins:
        twin.ends_round()


def _block(world: World, who: str) -> None:
    with world.store.write() as connection:
        blocks.add(connection, who, "operator", world.clock.now())


MAILS = (
    writes, writes, writes_again, answers_a_mail, answers_a_letter, answers_a_letter, bounces, engineer_answers,
    engineer_answers, engineer_forwards, fails,
)  # fmt: skip


def lived(seed: int, rounds: int) -> Story:
    chance = random.Random(seed)
    policy = load_policy(
        ROOT / "config" / "policies" / f"{chance.choice(('default', 'auvik', 'aveksa', 'roxen'))}.toml"
    )
    story = Story(chance, (Twin(policy, together=True), Twin(policy, together=False)))
    story.people = PEOPLE[: chance.choice((1, 2, 5))]  # few have more letters than they are due
    for _ in range(rounds):
        story.round(most=20)
        between(story)
    return story
