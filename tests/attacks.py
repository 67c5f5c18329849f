"""The ground on which attacks are played: two customers with a case each, two engineers, and the tokens of all of them.

A fixture `attack_<name>.eml` names what is minted by `{{a.ref}}`: `a` and `b` are the letters that confirm the two
cases, `bob.a` and `bob.b` those to the engineer Bob about them; of each there are `ref`, `number`, `key`, `message_id`,
`reply_to`, `token`, and its return path `path`, which only servers see.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from email.message import EmailMessage
from typing import Any

from fixture_mail import data_of
from mailgate.cases.ref import tokens_of_message_ids
from mailgate.mail.message import Authentication
from mailgate.policy.load import load_policy
from mailgate.policy.policy import Policy
from mailgate.store import facts
from world import ROOT, World, mail

ANN, BEN = "ann@customer.test", "ben@other.test"
BOB, EVE = "bob@engineers.test", "eve@engineers.test"
A, B = "2611000001", "2611000002"
A_WORDS, B_WORDS = "The vault is below the stairs.", "Our plant runs dry on Friday."
_SHIPPED = load_policy(ROOT / "config" / "policies" / "default.toml")
# Every letter that there is goes out, so that there is most to be seen.
POLICY: Policy = replace(_SHIPPED, letters=replace(_SHIPPED.letters, reply_received=True, desk=True))
_PLACE = re.compile(rb"\{\{([a-z.]+\w+)\}\}")
_REF = re.compile(r"ref:_00D\w{6}\._(500\w{13,}):ref")


@dataclass(frozen=True, slots=True)
class Ground:
    """The world after both cases were opened. `before` is how both stood then."""

    world: World
    said: dict[str, str]
    before: dict[str, Any]

    def filled(self, name: str, **more: str) -> bytes:
        """The fixture with what was minted here, and `more`."""
        said = {**self.said, **more}
        return _PLACE.sub(lambda place: said[place[1].decode()].encode(), data_of(f"attack_{name}"))

    def attack(
        self,
        name: str,
        found: Authentication = Authentication.UNKNOWN,
        to: str = "support@example.com",
        sender: str | None = "mal@evil.test",
    ) -> dict[str, Any]:
        """That fixture comes in; gives its inbox row."""
        to = self.said.get(to, to)
        return self.world.inbox(self.world.receive(self.filled(name), to=to, sender=sender, authentication=found))

    @property
    def stands(self) -> dict[str, Any]:
        """How both cases stand: all that somebody could have wished to change."""
        return standing(self.world)

    def new_letters(self) -> list[EmailMessage]:
        """Those that were written since the ground was laid."""
        return self.world.letters[int(self.said["letters"]) :]


def laid(world: World) -> Ground:
    """The ground. Ann's case comes first; each is confirmed, and both engineers hear of both."""
    world.receive(mail("Printer on fire", A_WORDS, by=f"Ann Lee <{ANN}>", message_id="<1@customer.test>"))
    world.receive(mail("Pump", B_WORDS, by=f"Ben Roe <{BEN}>", message_id="<1@other.test>"))
    letters = world.letters
    said = {"letters": str(len(letters))}
    for name, to, number in (("a", ANN, A), ("b", BEN, B), ("bob.a", BOB, A), ("bob.b", BOB, B), ("eve.a", EVE, A)):
        (letter,) = (one for one in letters if one["To"].addresses[0].addr_spec == to and number in one["Subject"])
        said |= _said(name, letter, number)
    with world.store.read() as connection:
        rows = [facts.show_outbox(connection, row["id"]) for row in facts.list_outbox(connection)]
    paths = {row["message_id"]: row["envelope_from"] for row in rows}
    said |= {key.replace("message_id", "path"): paths[one] for key, one in said.items() if key.endswith(".message_id")}
    for name in ("a", "b"):
        ref = _REF.search(" ".join(str(_letter(letters, name)["Subject"]).split()))
        assert ref is not None
        said |= {f"{name}.ref": ref[0], f"{name}.key": ref[1]}
    return Ground(world, said, standing(world))


def standing(world: World) -> dict[str, Any]:
    """By number: status, priority, owner, level, contact, participants, and what went to the customer."""
    found = {}
    for number in (A, B):
        case = world.case(number)
        sent = [entry["text"] for entry in case["history"] if entry["kind"] == "reply"]
        told = [case[key] for key in ("status", "priority", "provisional", "owner", "level", "contact", "participants")]
        found[number] = [*told, sent]
    return found


def trace_of(row: dict[str, Any]) -> str:
    """The whole trace as one text, to be searched."""
    return json.dumps(row["trace"], ensure_ascii=False)


def text_of(letter: EmailMessage) -> str:
    """All that a reader of the letter can see, and all that he cannot: fields, decoded texts, html."""
    parts = [str(value) for value in letter.values()]
    parts += [part.get_content() for part in letter.walk() if part.get_content_maintype() == "text"]
    return "\n".join(parts)


def _letter(letters: list[EmailMessage], name: str) -> EmailMessage:
    to = {"a": ANN, "b": BEN}[name]
    return next(one for one in letters if one["To"].addresses[0].addr_spec == to)


def _said(name: str, letter: EmailMessage, number: str) -> dict[str, str]:
    message_id = str(letter["Message-ID"]).strip()
    (token,) = tokens_of_message_ids((message_id,))
    reply_to = str(letter["Reply-To"]).strip("<> ")
    return {
        f"{name}.number": number,
        f"{name}.message_id": message_id,
        f"{name}.token": token,
        f"{name}.reply_to": reply_to,
    }
