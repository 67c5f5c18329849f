"""Machines that answer our letters, and a play of the gate against one of them on a clock that is turned by hand.

A robot is given each letter as it left us and says what it sends back. The well-behaved mark their mail; the rude ones
mark nothing, name each mail anew, and answer everything, for ever.
"""

from __future__ import annotations

import email
import email.policy
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage

from mailgate.mail.message import Authentication
from moments import NOON
from world import World, mail

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Heard:
    """A letter of ours, as it came to the robot."""

    letter: EmailMessage
    envelope_from: str
    to: str

    @property
    def subject(self) -> str:
        return str(self.letter["Subject"])

    @property
    def text(self) -> str:
        part = self.letter.get_body(("plain",))
        return part.get_content() if part else ""


@dataclass(frozen=True)
class Said:
    """What comes back: the mail, its return path, and where it goes."""

    data: bytes
    sender: str
    to: str = "support@example.com"


Robot = Callable[[Heard], Iterable[Said]]


def fresh_id() -> str:
    return f"<robot{next(_numbers)}@robot.test>"


def polite_vacation(heard: Heard) -> Iterator[Said]:
    """RFC 3834."""
    fields = {"auto_submitted": "auto-replied (vacation)", "in_reply_to": str(heard.letter["Message-ID"])}
    away = mail(f"Auto: {heard.subject}", "I am away.", by=heard.to, message_id=fresh_id(), **fields)
    yield Said(away, "")


def rude_vacation(heard: Heard) -> Iterator[Said]:
    """Keeps the subject and with it our ref, and says nothing of being a machine."""
    away = mail(f"Re: {heard.subject}", "I am away until Monday.", by=heard.to, message_id=fresh_id())
    yield Said(away, heard.to)


def forgetful_vacation(heard: Heard) -> Iterator[Said]:
    """Has words of its own alone, the same each time."""
    yield Said(mail("Thank you", "I am on a boat.", by=heard.to, message_id=fresh_id()), heard.to)


def numbering_desk(heard: Heard) -> Iterator[Said]:
    """A desk that confirms everything under a number of its own, and quotes the subject without its ref."""
    text = (
        f"Thank you for contacting us. Your request has been registered as {next(_numbers) + 40_000} and will be looked"
        f" at by the next free member of staff.\r\nYour subject: {heard.subject.partition(' ref:')[0]}"
    )
    yield Said(mail("We received your request", text, by=heard.to, message_id=fresh_id()), heard.to)


def quoting_machine(heard: Heard) -> Iterator[Said]:
    """Sends our own words back below its own."""
    quoted = "\r\n".join(f"> {line}" for line in heard.text.splitlines())
    away = mail("Received", f"We got this:\r\n\r\n{quoted}", by=heard.to, message_id=fresh_id())
    yield Said(away, heard.to)


def bouncer(heard: Heard) -> Iterator[Said]:
    """RFC 3464, to the return path."""
    data = (
        f"From: MAILER-DAEMON@robot.test\r\nTo: {heard.envelope_from}\r\nSubject: Undelivered Mail\r\n"
        f"Message-ID: {fresh_id()}\r\nMIME-Version: 1.0\r\nAuto-Submitted: auto-replied\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nNobody of that name.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; robot.test\r\n\r\n"
        f"Final-Recipient: rfc822; {heard.to}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
    )
    yield Said(data.encode(), "", heard.envelope_from)


def rude_bouncer(heard: Heard) -> Iterator[Said]:
    """Writes to From, in the recipient's name, as no standard knows it."""
    text = f"The mailbox {heard.to} cannot take your message, for it has left the building."
    yield Said(mail("Your message", text, by=heard.to, message_id=fresh_id()), heard.to)


def rewriting_list(heard: Heard) -> Iterator[Said]:
    """Sends what it gets to all its members, us among them: in its own name, marked in the subject, under another
    Message-ID, and without any field that says so."""
    by = f"Support via users <{heard.to}>"
    passed_on = mail(f"[users] {heard.subject}", heard.text, by=by, message_id=fresh_id())
    yield Said(passed_on, "users-bounces@robot.test")


def polite_list(heard: Heard) -> Iterator[Said]:
    """The same with its fields."""
    fields = {"list_id": "<users.robot.test>", "list_post": f"<mailto:{heard.to}>", "precedence": "list"}
    by = f"Support via users <{heard.to}>"
    passed_on = mail(f"[users] {heard.subject}", heard.text, by=by, message_id=fresh_id(), **fields)
    yield Said(passed_on, "users-bounces@robot.test")


class SecondGate:
    """Another mailgate, whose support address the first one writes to. `rude`: between them everything is lost that
    tells a machine's mail."""

    def __init__(self, *, rude: bool) -> None:
        self.world = World(domain="other.test", now=NOON)
        self.rude = rude

    def __call__(self, heard: Heard) -> Iterator[Said]:
        before = len(self.world.relay.sent)
        self.world.clock.time += timedelta(minutes=1)
        self.world.receive(self._carried(heard.letter), to=heard.to, sender=heard.envelope_from)
        self.world.deliver()
        for sender, to, message in self.world.relay.sent[before:]:
            if to.endswith("@example.com"):
                yield Said(self._carried(_read(message)), sender, to)

    def _carried(self, letter: EmailMessage) -> bytes:
        if self.rude:
            for name in ("Auto-Submitted", "X-Auto-Response-Suppress", "Precedence", "In-Reply-To", "References"):
                del letter[name]
            letter.replace_header("Message-ID", fresh_id())
        return letter.as_bytes(policy=email.policy.SMTP)


def play(
    world: World, robot: Robot, trigger: Callable[[int], bytes], *, days: int = 30, delay: float = 20, most: int = 60
) -> list[tuple[datetime, str]]:
    """Each day at noon somebody writes from behind the robot; then it and we go on until nobody says anything more.

    Gives when which address got a letter. AssertionError where they have not fallen silent after `most` rounds.
    """
    got: list[tuple[datetime, str]] = []
    for day in range(days):
        world.clock.time = NOON + timedelta(days=day)
        world.receive(trigger(day))
        for _ in range(most):
            heard = len(got)
            world.deliver()
            letters = world.relay.sent[heard:]
            if not letters:
                break
            got += [(world.clock.now(), to) for _, to, _ in letters]
            world.clock.time += timedelta(seconds=delay)
            for sender, to, message in letters:
                for said in robot(Heard(_read(message), sender, to)):
                    world.receive(said.data, sender=said.sender, to=said.to)
        else:
            raise AssertionError(f"day {day}: they still write to each other")
    return got


def busiest_day(got: list[tuple[datetime, str]]) -> int:
    """The most letters that one address got within any 24 hours."""
    return max(
        (
            sum(1 for at, to in got if to == address and start <= at < start + timedelta(days=1))
            for start, address in got
        ),
        default=0,
    )


def flood(world: World, mails: int, authentication: Authentication, *, domains: int = 50, days: float = 30) -> None:
    """So many mails in the names of others, each of another address, spread over the days."""
    for number in range(mails):
        world.clock.time = NOON + timedelta(days=days) * number / mails
        by = f"v{number}@d{number % domains}.test"
        world.receive(
            mail(f"Offer {number}", by=by, message_id=f"<{number}@flood.test>"),
            sender=by,
            authentication=authentication,
            process=number % 20 == 19 or number == mails - 1,
        )
        if number % 20 == 19:
            world.deliver()
    world.deliver()


def _read(message: bytes) -> EmailMessage:
    letter = email.message_from_bytes(message, policy=email.policy.default)
    assert isinstance(letter, EmailMessage)
    return letter
