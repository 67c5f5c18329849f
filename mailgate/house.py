"""What every step of the walk is given: settings, policies, clock, store, renderer, and how to read a mail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailgate.cases.account import Directory
from mailgate.cases.case import Case
from mailgate.cases.desk import Desk
from mailgate.clock import Clock
from mailgate.errors import ConfigError, MailgateError
from mailgate.links import Purpose, sign
from mailgate.mail.message import Mail, Ours, RawMail
from mailgate.outbox.render import Renderer
from mailgate.policy.policy import Policy
from mailgate.settings import Mailbox, Settings
from mailgate.store import glances
from mailgate.store.db import Store
from mailgate.store.link_keys import LinkKeys


def as_it_came(raw: RawMail, mail: Mail) -> Future[Mail]:  # noqa: ARG001 - the form of `House.authenticate`
    """What the door knew of the sender is all there is to know."""
    known: Future[Mail] = Future()
    known.set_result(mail)
    return known


@dataclass(frozen=True, slots=True)
class House:
    """Built once by `app.py` (anew when policies and templates are reloaded), given to every step, never changed.

    `policies` by name. `reading` turns raw bytes into a Mail and never raises for what the bytes are; it is told who we
    are; `expecting` hears first what it will be asked for. `holder` names this process in leases: "node/pid/boot".
    `org` is the installation's part of every ref. `authenticate` begins to find out how far a mail's sender is
    authenticated, and gives the mail with that in its envelope; it never raises, either. `directory` are the accounts
    of `contacts.toml`. `link_keys` sign the links to our pages. `ours` is everybody who is no customer, `desk` who we
    are.
    """

    settings: Settings
    policies: Mapping[str, Policy]
    clock: Clock
    store: Store
    renderer: Renderer
    reading: Callable[[RawMail, Ours], Mail]
    holder: str
    org: str
    link_keys: LinkKeys
    directory: Directory = field(default_factory=Directory)
    authenticate: Callable[[RawMail, Mail], Future[Mail]] = as_it_came
    expecting: Callable[[Sequence[RawMail], Ours], None] = lambda *_: None
    ours: Ours = field(init=False)
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        # Asked for by each mail several times; a house never changes.
        object.__setattr__(self, "ours", self._ours())
        object.__setattr__(self, "desk", self._desk())

    def read(self, raw: RawMail) -> Mail:
        """Raw bytes become a Mail; an engineer's, with the customer's that he passes on."""
        return self.reading(raw, self.ours)

    def expect(self, raws: Sequence[RawMail]) -> None:
        """Tell who reads what will be read next, in its order."""
        self.expecting(raws, self.ours)

    def _ours(self) -> Ours:
        people = frozenset[str]().union(*map(self.private_addresses, self.policies.values()))
        return Ours(
            frozenset(one.key for one in self.settings.engineers),
            people | self.settings.own_addresses,
            people,
            tuple((name, mailbox.address) for name, mailbox in self.settings.mailboxes.items()),
        )

    def _desk(self) -> Desk:
        return Desk(self.settings.engineers, self.settings.own_addresses, self.settings.operator or "")

    def private_addresses(self, policy: Policy) -> frozenset[str]:
        """The address keys of our people, which no customer may ever read."""
        queues = [level.queue for level in policy.levels]
        ladder = [address for rung in policy.escalation.rungs for address in rung.to]
        roster = [engineer.address for engineer in self.settings.engineers]
        return frozenset(one.casefold() for one in (*roster, *queues, *ladder, policy.accounts.csm) if one)

    def case_page(self, number: str, address_key: str, now: datetime) -> str:
        """The page of that case, by a link that is made for one of its people; "" where there are no pages."""
        web = self.settings.web
        if web.url is None:
            return ""
        until = now + timedelta(days=web.link_days)
        return f"{web.url}/case/{number}/{sign(Purpose.CASE, number, address_key, now, until, self.link_keys.known)}"

    def mailbox(self, name: str) -> Mailbox:
        """Raises MailgateError for one that is no longer in the settings: mail and cases outlive their mailbox."""
        try:
            return self.settings.mailboxes[name]
        except KeyError:
            where = f"{self.settings.path}: mailbox.{name}"
            raise MailgateError(f"{where}: is gone, but mail and cases of it are there: put it back") from None

    def domain(self, mailbox: str) -> str:
        """The domain of that mailbox's address: Message-IDs of its letters end in it."""
        return self.mailbox(mailbox).address.rpartition("@")[2]

    def policy_of(self, mailbox: str) -> Policy:
        return self.policies[self.mailbox(mailbox).policy]

    def policy_for(self, case: Case | None, mailbox: str) -> Policy:
        """The policy that a case was opened under, as long as there is one of that name; else that of the mailbox."""
        return (self.policies.get(case.policy) if case else None) or self.policy_of(mailbox)


def forgotten_mailboxes(settings: Settings, store: Store) -> list[ConfigError]:
    """One warning for each mailbox that the store knows and the settings have lost; the schema must be ours."""
    with store.read() as connection:
        known = glances.mailboxes(connection)
    return [
        settings.fault(
            f"is gone, and things of it are there (cases: {cases}, mails that wait or were put aside: {mails}); "
            "put it back with its address, or what comes for them is put aside, and no letter of theirs can be written",
            "mailbox",
            name,
        )
        for name, (cases, mails) in sorted(known.items())
        if name not in settings.mailboxes
    ]
