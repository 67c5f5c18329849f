"""The bench: a whole house in memory, on a clock that is turned by hand, with a relay that only writes down.

world = World()
world.receive("fixtures/mail/plain_request.eml")
world.advance(hours=8)
assert [letter["To"] for letter in world.letters] == ["ann@customer.test"]
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any

from mailgate import pipeline, shipped
from mailgate.cases.case import Decision, Status
from mailgate.cases.events import EngineerActed
from mailgate.mail.message import Authentication, Mail, Ours, RawMail
from mailgate.outbox.render import Renderer
from mailgate.policy.load import load_policy
from mailgate.policy.policy import Policy
from mailgate.reading import read_mail
from mailgate.roster import Engineer
from mailgate.settings import BreakerSettings, Mailbox, RelaySettings, Settings, WebSettings
from mailgate.simulate.record import letter_of
from mailgate.simulate.stage import Stage
from mailgate.store import facts
from mailgate.store.bucket import Bucket
from mailgate.store.db import Store, open_store, upgrade
from moments import NOON

ROOT = Path(__file__).parent.parent
OPERATOR = "postmaster@example.net"
_NOBODY = Ours()


class World(Stage):
    """One house with two mailboxes, support@ and sales@example.com. `web_url` is where its page would be."""

    def __init__(
        self,
        store: Store | None = None,
        policy: Policy | None = None,
        web_url: str | None = None,
        now: datetime = NOON,
        breaker: BreakerSettings | None = None,
        domain: str = "example.com",
        engineers: Iterable[str] = (),
    ) -> None:
        self.policy = policy or load_policy(ROOT / "config" / "policies" / "default.toml")
        mailboxes = {
            "support": Mailbox("support", f"support@{domain}", (f"help@{domain}",), True, self.policy.name),
            "sales": Mailbox("sales", f"sales@{domain}", policy=self.policy.name),
        }
        settings = Settings(
            ROOT / "none.toml",
            RelaySettings("maildir:/nowhere"),
            mailboxes,
            {},
            web=WebSettings(url=web_url),
            breaker=breaker or BreakerSettings(),
            operator=OPERATOR,
            engineers=tuple(Engineer(address, address.partition("@")[0].title()) for address in engineers),
        )
        self.fail_on: str = ""
        self.reading: Callable[[RawMail, Ours], Mail] = read_mail
        policies = {self.policy.name: self.policy}
        super().__init__(store or in_memory(), settings, policies, _renderer(), now, self.read)

    def read(self, raw: RawMail, ours: Ours = _NOBODY) -> Mail:
        mail = self.reading(raw, ours)
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
        inbound_id = self.bring(data, (to,) if isinstance(to, str) else tuple(to), sender, authentication)
        if process:
            self.process()
        return inbound_id

    def advance(self, **by: float) -> None:
        """Turn the clock (`hours=8`), then do what is due."""
        self.clock.time += timedelta(**by)
        self.process()
        self.pass_time()
        self.deliver()

    def set_status(self, number: str, status: str) -> Decision:
        return pipeline.act(self.house, number, EngineerActed("ann@engineers.test", Status(status)))

    @property
    def letters(self) -> list[EmailMessage]:
        """Every letter that was ever enqueued, oldest first."""
        with self.store.read() as connection:
            rows = sorted(facts.list_outbox(connection), key=lambda row: row["id"])
            shown = [facts.show_outbox(connection, row["id"])["message"] for row in rows]
        return [letter_of(message) for message in shown]

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


def in_memory(beside: Bucket | None = None) -> Store:
    """A new store with all tables. Making them takes a tenth of a second, so they are made once and copied."""
    store = open_store("sqlite://", beside)
    _sqlite(store).deserialize(_tables())
    return store


@cache
def _renderer() -> Renderer:
    """One for all worlds: to compile every letter takes a tenth of a second, and nothing in it changes."""
    return Renderer(shipped.template_folders(ROOT))


@cache
def _tables() -> bytes:
    with closing(open_store("sqlite://")) as store:
        upgrade(store)
        return _sqlite(store).serialize()


def _sqlite(store: Store) -> sqlite3.Connection:
    """The one connection of a store in memory, outside any transaction."""
    with store.read() as connection:
        driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


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
