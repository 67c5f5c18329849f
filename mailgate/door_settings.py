"""What the settings say of one door: where mail comes in, how far it is trusted, and what it may cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one door lets its clients do (smtp, lmtp). What is beyond is answered 421, or 452 for recipients."""

    connections: int = 500
    connections_per_peer: int = 100
    recipients: int = 100
    commands: int = 1000
    errors: int = 50
    silence_seconds: float = 300
    session_seconds: float = 3600


@dataclass(frozen=True, slots=True)
class OAuth:
    """Where an imap door gets its access tokens: a token endpoint (RFC 6749 §4.4), or a command that prints one."""

    token_url: str = ""
    client_id: str = ""
    client_secret_file: Path | None = None
    scope: str = ""
    token_command: str = ""
    mechanism: Literal["xoauth2", "oauthbearer"] = "xoauth2"


@dataclass(frozen=True, slots=True)
class Door:
    """One way in. `listen` is `host:port`, `[v6]:port` or `unix:/path` (smtp, lmtp); `hostname` is what it calls itself
    there, "" for the machine's own name.

    Doors that fetch have a `url` (`imaps://user@host/FOLDER`, `maildir:/absolute/path`) and the name of the `mailbox`
    that all their mail is for; `after` is what an imap door does with a mail that is durably ours. The door `pipe` is
    how `mailgate deliver` takes mail from an MTA; there is one at most.
    """

    name: str
    protocol: Literal["smtp", "lmtp", "imap", "maildir", "pipe"]
    listen: str = ""
    trust: Literal["none", "verify", "upstream", "network"] = "none"
    networks: tuple[str, ...] = ()
    max_message_bytes: int = 50 * 1024 * 1024
    tls_cert_file: Path | None = None
    tls_key_file: Path | None = None
    authserv_id: str = ""
    arc_sealers: tuple[str, ...] = ()
    url: str = ""
    mailbox: str = ""
    password_file: Path | None = None
    password_command: str = ""
    oauth: OAuth | None = None
    ca_file: Path | None = None
    after: Literal["leave", "flag", "move"] = "leave"
    flag: str = "$Mailgate"
    move_to: str = "Mailgate"
    poll_seconds: int = 60
    stall_minutes: int = 15
    bare_newlines: Literal["refuse", "normalise"] | None = None
    hostname: str = ""
    limits: Limits = field(default_factory=Limits)

    @property
    def mends_newlines(self) -> bool:
        """Whether bare CR, bare LF and NUL are mended here. Unless it is said, a door that faces strangers refuses
        them: who hands mail on by LMTP, or is trusted, has judged it."""
        if self.bare_newlines is not None:
            return self.bare_newlines == "normalise"
        return self.protocol != "smtp" or self.trust in ("network", "upstream")
