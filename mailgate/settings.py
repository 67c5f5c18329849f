"""Deployment settings: one frozen value from TOML, environment and credentials. Support policies are not here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where we remember. `url` is an SQLAlchemy URL; a relative SQLite path is already made absolute."""

    url: str = "sqlite:///mailgate.db"


@dataclass(frozen=True, slots=True)
class Door:
    """One way in. `listen` is `host:port`, `[v6]:port` or `unix:/path` (smtp, lmtp)."""

    name: str
    protocol: Literal["smtp", "lmtp", "imap", "maildir"]
    listen: str = ""
    trust: Literal["none", "verify", "upstream", "network"] = "none"
    networks: tuple[str, ...] = ()
    max_message_bytes: int = 50 * 1024 * 1024
    tls_cert_file: Path | None = None
    tls_key_file: Path | None = None
    # ... (the settings task completes the keys of DESIGN.md)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One address of ours that mail may come to."""

    name: str
    address: str
    aliases: tuple[str, ...] = ()
    subaddress: bool = False
    policy: str = "default"


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
    """`url` is how customers reach the page; None while there is none: letters then carry no link."""

    listen: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Engineer:
    """One of ours who answers customers."""

    address: str
    name: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole deployment. `path` is the file it was read from; relative paths in it are already absolute."""

    path: Path
    relay: RelaySettings
    mailboxes: Mapping[str, Mailbox]
    doors: Mapping[str, Door]
    store: StoreSettings = field(default_factory=StoreSettings)
    web: WebSettings = field(default_factory=WebSettings)
    operator: str | None = None
    engineers: tuple[Engineer, ...] = ()

    def mailbox_of(self, address: str) -> Mailbox | None:
        """The mailbox that owns a recipient address (plus-parts by `subaddress`, case ignored), else None."""
        raise NotImplementedError

    @property
    def own_addresses(self) -> frozenset[str]:
        """Address keys (casefolded) of all our mailboxes and aliases."""
        raise NotImplementedError
