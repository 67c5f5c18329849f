"""Deployment settings: one frozen value from TOML, environment and credentials. Support policies are not here.

What the keys mean to a person is in `config/README.md`; what must hold between them in `settings_rules.py`.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from mailgate import settings_rules
from mailgate.door_settings import Door, OAuth
from mailgate.errors import ConfigError, SchemaError, SettingsError, StoreError
from mailgate.object_rules import S3Settings
from mailgate.places import Places, host_and_port, is_loopback, without_plus_parts
from mailgate.roster import Engineer
from mailgate.tomlfile import Reading, Step, dotted, line_of, read_toml
from mailgate.trust_rules import Dkim, Dns

# All that the environment may say (config/README.md). The CLI reads MAILGATE_CONFIG.
STORE_URL, RELAY_URL, CREDENTIALS = "MAILGATE_STORE_URL", "MAILGATE_RELAY_URL", "CREDENTIALS_DIRECTORY"
NODE_NAME = "MAILGATE_NODE_NAME"
_VARIABLES = {"store.url": STORE_URL, "relay.url": RELAY_URL, "node.name": NODE_NAME}


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where we remember. `url` is an SQLAlchemy URL; a relative SQLite path is already made absolute. `raw` is where
    raw mail lies: "database" or `s3://bucket/prefix`."""

    url: str = "sqlite:///mailgate.db"
    raw: str = "database"
    s3: S3Settings = field(default_factory=S3Settings)


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """What this node is called among all that work on one store; "" for the name of its host."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class SpoolSettings:
    """Where mails lie while they come in, through all doors that listen together: so much in memory, and so much in
    files without a name."""

    memory_bytes: int = 4 * 1024 * 1024
    max_bytes: int = 2 * 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One address of ours that mail may come to."""

    name: str
    address: str
    aliases: tuple[str, ...] = ()
    subaddress: bool = False
    policy: str = "default"
    language: str = ""
    dkim: Dkim | None = None


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """Where letters go out. `url`: `smtp://host:port`, `smtps://user@host:port`, or `maildir:/absolute/path`."""

    url: str
    connections: int = 4
    starttls: Literal["auto", "verify", "off"] = "auto"
    ca_file: Path | None = None
    password_file: Path | None = None


@dataclass(frozen=True, slots=True)
class WebSettings:
    """`listen` is `host:port`, `[v6]:port` or `unix:/path`, "" for nowhere. `url` is how customers reach the page; None
    while there is none: letters then carry no link. `desk`: our people's window is there too. `proxies` are addresses
    and networks whose X-Forwarded-For is believed. A link to the page opens it for `link_days`."""

    listen: str = ""
    url: str | None = None
    desk: bool = False
    proxies: tuple[str, ...] = ()
    link_days: int = 180

    @property
    def is_private(self) -> bool:
        """Whether nobody but who is on this machine can reach it."""
        return self.listen.startswith("unix:") or is_loopback(host_and_port(self.listen)[0])


# Said of `web.url` by whoever warns of it, where `web.listen` is not set.
NO_PAGE = "no page is served here (web.listen), so every letter carries a link that leads nowhere: set that, or no url"


@dataclass(frozen=True, slots=True)
class BreakerSettings:
    """How many letters go out in any 60 minutes before the others are held: to all (`hourly`), to one domain that is
    not a mail provider's (`domain_hourly`), and to all whom a door looked at and could not verify."""

    hourly: int = 2000
    domain_hourly: int = 1000
    unverified_hourly: int = 200


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole deployment. `path` is the file it was read from; relative paths in it are already absolute."""

    path: Path
    relay: RelaySettings
    mailboxes: Mapping[str, Mailbox]
    doors: Mapping[str, Door]
    store: StoreSettings = field(default_factory=StoreSettings)
    node: NodeSettings = field(default_factory=NodeSettings)
    spool: SpoolSettings = field(default_factory=SpoolSettings)
    web: WebSettings = field(default_factory=WebSettings)
    breaker: BreakerSettings = field(default_factory=BreakerSettings)
    operator: str | None = None
    engineers: tuple[Engineer, ...] = ()
    dns: Dns = field(default_factory=Dns)
    # What the file said, and which variable of the environment spoke for which key: for `fault`.
    _text: str = field(default="", repr=False, compare=False)
    _variables: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    # Asked for each recipient at each door: a look-up, not a search.
    _owners: Mapping[str, Mailbox] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        owners = {
            address.casefold(): mailbox
            for mailbox in self.mailboxes.values()
            for address in (mailbox.address, *mailbox.aliases)
        }
        object.__setattr__(self, "_owners", owners)

    def mailbox_of(self, address: str) -> Mailbox | None:
        """The mailbox that owns a recipient address (plus-parts by `subaddress`, case ignored), else None."""
        whole = address.casefold()
        # The address itself may hold a "+": the longest beginning that is an address of ours owns it.
        for key in without_plus_parts(whole):
            mailbox = self._owners.get(key)
            if mailbox is not None and (key == whole or mailbox.subaddress):
                return mailbox
        return None

    def taker_of(self, recipient: str) -> Mailbox | None:
        """The mailbox into which a door takes mail for that recipient: its owner, else nobody but for a postmaster.

        RFC 5321 §4.5.1 has everybody's mail to the postmaster taken who takes any: that of a domain with addresses of
        ours is the affair of the first mailbox there, and one without a domain that of the first of all.
        """
        owner = self.mailbox_of(recipient)
        local, _, domain = recipient.casefold().partition("@")
        if owner is not None or local != "postmaster":
            return owner
        owners = (mailbox for address, mailbox in self._owners.items() if not domain or address.endswith(f"@{domain}"))
        return next(owners, None)

    def fault(self, why: str, *steps: Step) -> SettingsError:
        """What turned out to be wrong with the setting at that key only when it was used, or is unwise there."""
        key = dotted(steps)
        if key in self._variables:
            return SettingsError("environment", self._variables[key], why)
        return SettingsError(self.path, key, why, line_of(self._text, steps))

    @contextmanager
    def blamed(self, *steps: Step) -> Iterator[None]:
        """Within it, trouble with the store is told at that key, unless it is one that a command of ours mends."""
        try:
            yield
        except SchemaError:
            raise
        except StoreError as error:
            raise self.fault(str(error), *steps) from error

    @property
    def own_addresses(self) -> frozenset[str]:
        """Address keys (casefolded) of all our mailboxes and aliases."""
        return frozenset(self._owners)


@dataclass(frozen=True, slots=True)
class Operator:
    """`[operator]` of the file: who hears of trouble with the gate itself."""

    address: str


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """The tables of `mailgate.toml`, as they are written there."""

    relay: RelaySettings
    mailbox: Mapping[str, Mailbox]
    store: StoreSettings = field(default_factory=StoreSettings)
    node: NodeSettings = field(default_factory=NodeSettings)
    door: Mapping[str, Door] = field(default_factory=dict)
    spool: SpoolSettings = field(default_factory=SpoolSettings)
    operator: Operator | None = None
    web: WebSettings = field(default_factory=WebSettings)
    breaker: BreakerSettings = field(default_factory=BreakerSettings)
    engineer: tuple[Engineer, ...] = ()
    dns: Dns = field(default_factory=Dns)


def load_settings(path: Path | str, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of a file, made absolute and checked. Raises SettingsError for the first fault in it."""
    settings, faults = read_settings(path, environ)
    if settings is None:
        raise faults[0]
    return settings


def read_settings(
    path: Path | str, environ: Mapping[str, str] = os.environ
) -> tuple[Settings | None, tuple[ConfigError, ...]]:
    """The settings of a file, or None and everything that is wrong with it."""
    file = Path(path).absolute()
    reading = read_toml(file, SettingsFile, SettingsError)
    if reading.value is None:
        return None, reading.faults
    faults = tuple(settings_rules.faults(reading, environ))
    if faults:
        return None, faults
    return _settled(reading.value, reading, environ), ()


def _settled(written: SettingsFile, reading: Reading[SettingsFile], environ: Mapping[str, str]) -> Settings:
    """The settings as the rest of the house sees them: nothing in them is relative any more."""
    file = reading.path
    at = Places(file.parent, environ)
    return Settings(
        path=file,
        store=StoreSettings(
            at.store(environ.get(STORE_URL) or written.store.url),
            written.store.raw,
            dataclasses.replace(written.store.s3, secret_file=at.secret(written.store.s3.secret_file)),
        ),
        relay=dataclasses.replace(
            written.relay,
            url=at.relay(environ.get(RELAY_URL) or written.relay.url),
            ca_file=at.file(written.relay.ca_file),
            password_file=at.secret(written.relay.password_file),
        ),
        mailboxes={name: dataclasses.replace(one, dkim=_dkim(one, at)) for name, one in written.mailbox.items()},
        doors={
            name: dataclasses.replace(
                door,
                listen=at.listen(door.listen),
                tls_cert_file=at.secret(door.tls_cert_file),
                tls_key_file=at.secret(door.tls_key_file),
                url=at.relay(door.url),
                password_file=at.secret(door.password_file),
                ca_file=at.file(door.ca_file),
                oauth=_oauth(door.oauth, at),
            )
            for name, door in written.door.items()
        },
        node=NodeSettings(environ.get(NODE_NAME) or written.node.name),
        spool=written.spool,
        web=dataclasses.replace(
            written.web, listen=at.listen(written.web.listen), url=(written.web.url or "").rstrip("/") or None
        ),
        breaker=written.breaker,
        operator=written.operator.address if written.operator else None,
        engineers=written.engineer,
        dns=written.dns,
        _text=reading.text,
        _variables={key: name for key, name in _VARIABLES.items() if environ.get(name)},
    )


def _dkim(mailbox: Mailbox, at: Places) -> Dkim | None:
    written = mailbox.dkim
    if written is None:
        return None
    domain = (written.domain or mailbox.address.rpartition("@")[2]).lower()
    return Dkim(written.selector, at.secret(written.key_file) or written.key_file, domain)


def _oauth(written: OAuth | None, at: Places) -> OAuth | None:
    if written is None:
        return None
    return dataclasses.replace(written, client_secret_file=at.secret(written.client_secret_file))
