"""The bench: a whole house in memory, on a clock that is turned by hand, with a relay that only writes down.

world = World()
world.receive("fixtures/mail/plain_request.eml")
world.advance(hours=8)
assert [letter["To"] for letter in world.letters] == ["ann@customer.test"]
"""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mailgate import pipeline, shipped
from mailgate.cases.case import Decision, Status
from mailgate.cases.events import EngineerActed
from mailgate.errors import RelayError
from mailgate.house import House
from mailgate.intake.accept import accept_now
from mailgate.mail.message import Authentication, Envelope, Mail, RawMail
from mailgate.mail.parse import parse
from mailgate.operator import tell_of_trip
from mailgate.outbox.breaker import Breaker
from mailgate.outbox.deliver import Sender
from mailgate.outbox.render import Renderer
from mailgate.policy.load import load_policy
from mailgate.policy.policy import Policy
from mailgate.settings import BreakerSettings, Mailbox, RelaySettings, Settings, WebSettings
from mailgate.store import claims, facts, keep
from mailgate.store.db import Store, open_store, upgrade
from moments import NOON

ROOT = Path(__file__).parent.parent
HOLDER = "world/1/test"
OPERATOR = "postmaster@example.net"


class FakeClock:
    """Stands still until it is turned."""

    def __init__(self, now: datetime) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time


class RecordingRelay:
    """Writes down what it is given; `refuse` maps a recipient to the error that he gets instead."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, bytes]] = []
        self.refuse: dict[str, RelayError] = {}

    async def send(self, outbox_id: int, envelope_from: str, recipient: str, message: bytes) -> None:  # noqa: ARG002 - Relay
        if recipient in self.refuse:
            raise self.refuse[recipient]
        self.sent.append((envelope_from, recipient, message))

    async def close(self) -> None:
        """Nothing is open."""


class World:
    """One house. `settings` override those of two mailboxes, support@ and sales@example.com."""

    def __init__(
        self,
        store: Store | None = None,
        policy: Policy | None = None,
        web_url: str | None = None,
        now: datetime = NOON,
        breaker: BreakerSettings | None = None,
        domain: str = "example.com",
    ) -> None:
        self.clock = FakeClock(now)
        self.store = store or open_store("sqlite://")
        upgrade(self.store)
        self.policy = policy or load_policy(ROOT / "config" / "policies" / "default.toml")
        mailboxes = {
            "support": Mailbox("support", f"support@{domain}", (f"help@{domain}",), subaddress=True),
            "sales": Mailbox("sales", f"sales@{domain}"),
        }
        settings = Settings(
            ROOT / "none.toml",
            RelaySettings("maildir:/nowhere"),
            mailboxes,
            {},
            web=WebSettings(url=web_url),
            breaker=breaker or BreakerSettings(),
            operator=OPERATOR,
        )
        with self.store.write() as connection:
            org = keep.organisation(connection)
        renderer = Renderer(shipped.template_folders(ROOT))
        self.house = House(
            settings, {self.policy.name: self.policy}, self.clock, self.store, renderer, self.read, HOLDER, org
        )
        self.relay = RecordingRelay()
        self.fail_on: str = ""
        self.reading: Callable[[RawMail], Mail] = parse

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.store.close()

    def read(self, raw: RawMail) -> Mail:
        mail = self.reading(raw)
        if self.fail_on and self.fail_on in mail.subject:
            # What a bug of ours in the walk would do: a subject that no database takes.
            return replace(mail, subject=self.fail_on, reply_text=None)  # type: ignore[arg-type]
        return mail

    def receive(
        self,
        mail: str | bytes,
        *,
        to: str | Iterable[str] = "support@example.com",
        sender: str | None = "ann@customer.test",
        authentication: Authentication = Authentication.UNKNOWN,
        process: bool = True,
    ) -> int:
        """A mail comes in (bytes, or a path under the project) and is walked; gives the id of its (last) inbox row."""
        data = mail if isinstance(mail, bytes) else (ROOT / mail).read_bytes()
        recipients = (to,) if isinstance(to, str) else tuple(to)
        owners: dict[str, list[str]] = {}
        for recipient in recipients:
            mailbox = self.house.settings.mailbox_of(recipient)
            assert mailbox is not None, recipient
            owners.setdefault(mailbox.name, []).append(recipient)
        envelopes = [
            Envelope(name, sender, tuple(mine), "test", self.clock.now(), authentication=authentication)
            for name, mine in owners.items()
        ]
        receipts = accept_now(self.store, data, envelopes)
        if process:
            self.process()
        return receipts[-1].inbound_id

    def process(self) -> None:
        """Walk all that waits now."""
        while True:
            with self.store.write() as connection:
                batch = claims.claim_inbound(connection, HOLDER, 20, self.clock.now(), pipeline.LEASE)
            if not batch:
                return
            pipeline.process(self.house, batch)

    def deliver(self) -> None:
        """Send all that is due now."""
        asyncio.run(self.sender().run_once())

    def sender(self) -> Sender:
        breaker = Breaker(
            self.house.settings.breaker, lambda connection, trip, now: tell_of_trip(self.house, connection, trip, now)
        )
        return Sender(self.store, self.relay, self.clock, HOLDER, self._failed, self._accepted, breaker)

    def _failed(self, connection: Any, outgoing: Any, why: str, now: datetime) -> None:
        pipeline.delivery_failed(self.house, connection, outgoing, why, now)

    def _accepted(self, connection: Any, outgoing: Any, now: datetime) -> None:
        pipeline.letter_accepted(self.house, connection, outgoing, now)

    def advance(self, **by: float) -> None:
        """Turn the clock (`hours=8`), then do what is due."""
        self.clock.time += timedelta(**by)
        self.process()
        self.pass_time()
        self.deliver()

    def pass_time(self) -> None:
        """Take every step that is due now."""
        while pipeline.pass_time(self.house):
            continue

    def set_status(self, number: str, status: str) -> Decision:
        return pipeline.act(self.house, number, EngineerActed("ann@engineers.test", Status(status)))

    @property
    def letters(self) -> list[EmailMessage]:
        """Every letter that was ever enqueued, oldest first."""
        with self.store.read() as connection:
            rows = sorted(facts.list_outbox(connection), key=lambda row: row["id"])
            shown = [facts.show_outbox(connection, row["id"])["message"] for row in rows]
        return [_letter(message) for message in shown]

    @property
    def cases(self) -> list[dict[str, Any]]:
        """All cases, in the order of their numbers."""
        with self.store.read() as connection:
            return sorted(facts.list_cases(connection), key=lambda case: str(case["number"]))

    def case(self, number: str) -> dict[str, Any]:
        with self.store.read() as connection:
            return facts.show_case(connection, number)

    def inbox(self, inbound_id: int) -> dict[str, Any]:
        with self.store.read() as connection:
            return facts.show_inbox(connection, inbound_id)

    def sums(self) -> dict[str, int]:
        with self.store.read() as connection:
            return {state: count for state, count in facts.inbox_sums(connection).items() if count}


def _letter(message: str | bytes) -> EmailMessage:
    data = message.encode() if isinstance(message, str) else message
    letter = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(letter, EmailMessage)
    return letter


def mail(
    subject: str = "Printer on fire",
    body: str = "It burns.",
    *,
    by: str = "Ann Lee <ann@customer.test>",
    message_id: str | None = "<1@customer.test>",
    **fields: str,
) -> bytes:
    """A plain mail; `fields` are further header fields, `in_reply_to="<x@y>"` for In-Reply-To."""
    head = [f"From: {by}", "To: support@example.com", f"Subject: {subject}", "Date: Tue, 17 Nov 2026 09:00:00 +0000"]
    if message_id:
        head.append(f"Message-ID: {message_id}")
    head += [f"{name.replace('_', '-').title()}: {value}" for name, value in fields.items()]
    head += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
    return ("\r\n".join(head) + f"\r\n\r\n{body}\r\n").encode()
