"""`doctor --canary`: sends a mail out through the relay, and waits for it to come back through a door.

It goes past the outbox, for what is tried is the way, and it is about no case; it is signed and sent as any letter is.
The daemon knows it by its token, opens no case for it and answers nothing; here it is dropped in the end, so that it
does not lie about among what is held.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from mailgate import app
from mailgate.cases.ref import crockford
from mailgate.cli.doctor.line import Line, skipped, unwise, well, wrong
from mailgate.errors import RelayError
from mailgate.house import House
from mailgate.mail.authentication import Found
from mailgate.mail.canary import FIELD, mark_of
from mailgate.mail.message import Envelope, Mail, RawMail
from mailgate.outbox.signing import public_record, read_key
from mailgate.settings import Mailbox
from mailgate.store import canaries, facts, keep, raw

_LOOK_SECONDS = 0.2
_BY = "mailgate doctor"
# What is still found where one of these is lost (cases/match.py), so that an operator can judge how bad it is.
_WITHOUT = {
    "Message-ID": "who rewrites it breaks every thread: answers then find their case by Reply-To and subject alone",
    "In-Reply-To": "answers then find their case by References, Reply-To or subject",
    "References": "answers then find their case by In-Reply-To, Reply-To or subject",
    "Reply-To": "answers then find their case by Message-ID or subject, and engineers lose their token there",
    "subject ref": "answers then find their case by Reply-To or Message-ID",
    "body marker": "engineers then should answer to the address in Reply-To",
    "From": "who rewrites it takes our name from our letters; see whether the relay may send for this address",
    "DKIM": "the text or header was changed behind the signature; receivers take such letters for forged",
}


@dataclass(frozen=True, slots=True)
class Canary:
    """One that is sent: to which address of which mailbox, and what it bears."""

    name: str
    mailbox: Mailbox
    to: str
    token: str
    ref: str
    sent_at: datetime

    @property
    def domain(self) -> str:
        return self.mailbox.address.rpartition("@")[2]

    @property
    def message_id(self) -> str:
        return f"<{mark_of(self.token)}@{self.domain}>"

    @property
    def parent(self) -> str:
        return f"<parent-of-{self.token[::-1]}@{self.domain}>"

    @property
    def reply_to(self) -> str:
        """A subaddress, where there are any: as a letter's."""
        return _plus(self.mailbox, self.token) if self.mailbox.subaddress else self.mailbox.address

    def message(self) -> bytes:
        head = [
            f"Date: {format_datetime(self.sent_at)}",
            f"From: mailgate <{self.mailbox.address}>",
            f"To: {self.to}",
            f"Reply-To: {self.reply_to}",
            f"Subject: mailgate canary {self.ref}",
            f"Message-ID: {self.message_id}",
            f"In-Reply-To: {self.parent}",
            f"References: {self.parent}",
            f"{FIELD}: {mark_of(self.token)}",
            "Auto-Submitted: auto-generated",
            "X-Auto-Response-Suppress: All",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=us-ascii",
        ]
        words = "mailgate sends this to itself, to see how mail leaves and comes back. Nobody need answer.\r\n"
        return "\r\n".join([*head, "", words, mark_of(self.token), ""]).encode("ascii")

    def survived(self, mail: Mail, octets: bytes) -> dict[str, bool]:
        """Each thing that an answer is known by, and whether it came back as it was sent."""
        found = {
            "Message-ID": mail.message_id == self.message_id,
            "In-Reply-To": self.parent in mail.in_reply_to,
            "References": self.parent in mail.references,
            "Reply-To": [one.key for one in mail.reply_to] == [self.reply_to.casefold()],
            "subject ref": self.ref in mail.subject,
            "body marker": mark_of(self.token) in mail.text,
            "From": mail.identity is not None and mail.identity.key == self.mailbox.address.casefold(),
        }
        return found | ({"DKIM": _is_signed(self.mailbox, octets)} if self.mailbox.dkim else {})


def fly(house: House, seconds: float) -> Iterator[Line]:
    """One to each mailbox, and one to a subaddress of it, where the settings say that there are any."""
    if house.settings.relay.url.startswith("maildir:"):
        yield skipped("canary", f"letters stay on this machine ({house.settings.relay.url})")
        return
    under_way = []
    for canary in _all(house):
        with house.store.write() as connection:
            until = canary.sent_at + timedelta(seconds=seconds)
            canaries.release(connection, canary.token, canary.sent_at, until)
        try:
            asyncio.run(_send(house, canary))
        except RelayError as error:
            yield wrong(canary.name, f"the relay did not take it: {error}", "see the line of the relay, and its log")
        else:
            under_way.append(canary)
    until_then = time.monotonic() + seconds
    for canary in under_way:
        yield from _awaited(house, canary, until_then, seconds)


def _all(house: House) -> Iterator[Canary]:
    for name, mailbox in house.settings.mailboxes.items():
        yield _new(house, f"canary {name}", mailbox, "")
        if mailbox.subaddress:
            yield _new(house, f"canary {name} subaddress", mailbox, "+")


def _new(house: House, name: str, mailbox: Mailbox, plus: str) -> Canary:
    token = secrets.token_hex(16)
    ref = f"ref:_{house.org}._500{crockford(secrets.token_bytes(16), 13)}:ref"  # of no case: as long and as odd as one
    to = _plus(mailbox, token) if plus else mailbox.address
    return Canary(name, mailbox, to, token, ref, house.clock.now())


def _plus(mailbox: Mailbox, token: str) -> str:
    local, _, domain = mailbox.address.rpartition("@")
    return f"{local}+{mark_of(token)}@{domain}"


async def _send(house: House, canary: Canary) -> None:
    relay = app.relay_of(house.settings)
    try:
        await relay.send(0, canary.mailbox.address, canary.to, canary.message())
    finally:
        await relay.close()


def _awaited(house: House, canary: Canary, until: float, seconds: float) -> Iterator[Line]:
    while (number := _brought_by(house, canary)) is None:
        if time.monotonic() > until:
            yield _lost(canary, seconds)
            return
        time.sleep(_LOOK_SECONDS)
    with house.store.read() as connection:
        row = facts.show_inbox(connection, number)
        octets = raw.get(connection, row["sha256"])
    envelope = Envelope(canary.mailbox.name, None, tuple(row["recipients"]), row["door"], canary.sent_at)
    mail = house.read(RawMail(octets, envelope))
    yield well(canary.name, _way(canary, mail, datetime.fromisoformat(row["done_at"])))
    yield _signals(canary, canary.survived(mail, octets))
    with house.store.write() as connection:
        keep.drop_inbound(connection, number, _BY, house.clock.now())


def _lost(canary: Canary, seconds: float) -> Line:
    said = f"it did not come back within {seconds:.0f} s from {canary.to}"
    remedy = "follow it in the relay's log by its Message-ID, to where MX leads; see that a door takes mail for it"
    if "subaddress" in canary.name:
        remedy = "let the mail server deliver subaddresses (recipient_delimiter = +), or set subaddress = false"
    return wrong(canary.name, said, f"{remedy} {canary.message_id}")


def _brought_by(house: House, canary: Canary) -> int | None:
    with house.store.read() as connection:
        return canaries.brought_by(connection, canary.token)


def _way(canary: Canary, mail: Mail, done: datetime) -> str:
    """How long it took, and each leg of it, by the Received fields; their clocks are those of their machines."""
    legs, before = [], canary.sent_at
    for host, at in [*_hops(mail), ("decided", done)]:
        legs.append(f"{host} {max(0.0, (at - before).total_seconds()):.1f} s")
        before = max(at, before)
    return f"came back after {(done - canary.sent_at).total_seconds():.1f} s: " + ", ".join(legs)


def _hops(mail: Mail) -> Iterator[tuple[str, datetime]]:
    """Who took it, and when, in whole seconds; the first first (RFC 5321 §4.4: each puts its field on top)."""
    for field in reversed([value for name, value in mail.fields if name == "received"]):
        by = re.search(r"\bby\s+([^\s;]+)", field)
        try:
            at = parsedate_to_datetime(field.rpartition(";")[2].strip())
        except ValueError:
            continue
        yield by[1] if by else "?", at if at.tzinfo else at.replace(tzinfo=UTC)


def _signals(canary: Canary, found: dict[str, bool]) -> Line:
    kept = ", ".join(name for name, is_there in found.items() if is_there) or "nothing"
    lost = [name for name, is_there in found.items() if not is_there]
    name = f"{canary.name} signals"
    if not lost:
        return well(name, f"all survived: {kept}")
    remedy = "; ".join(f"{one}: {_WITHOUT[one]}" for one in lost)
    return unwise(name, f"lost on the way: {', '.join(lost)}; kept: {kept}", remedy)


def _is_signed(mailbox: Mailbox, octets: bytes) -> bool:
    """Whether our signature is still right, by our own key: what DNS says of it is another line's."""
    from mailgate.intake.signatures import dkim_evidence  # noqa: PLC0415 - an extra

    if mailbox.dkim is None:
        return False
    record = public_record(read_key(mailbox.dkim.key_file))
    return any(one.found is Found.PASS for one in dkim_evidence(octets, lambda _name, _kind: (record,)))
