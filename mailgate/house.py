"""What every step of the walk is given: settings, policies, clock, store, renderer, and how to read a mail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mailgate.clock import Clock
from mailgate.mail.message import Mail, RawMail
from mailgate.outbox.render import Renderer
from mailgate.policy.policy import Policy
from mailgate.settings import Mailbox, Settings
from mailgate.store.db import Store


@dataclass(frozen=True, slots=True)
class House:
    """Built once by `app.py` (anew when policies and templates are reloaded), given to every step, never changed.

    `policies` by name. `read` turns raw bytes into a Mail and never raises for what the bytes are. `holder` names this
    process in leases: "node/pid/boot". `org` is the installation's part of every ref.
    """

    settings: Settings
    policies: Mapping[str, Policy]
    clock: Clock
    store: Store
    renderer: Renderer
    read: Callable[[RawMail], Mail]
    holder: str
    org: str

    def mailbox(self, name: str) -> Mailbox:
        return self.settings.mailboxes[name]

    def policy_of(self, mailbox: str) -> Policy:
        return self.policies[self.settings.mailboxes[mailbox].policy]
