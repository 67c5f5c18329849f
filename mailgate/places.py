"""Reads what the settings call a place (a path, a URL, an address to listen on), and makes relative ones absolute.

Each `*_fault` says what is wrong with such a text, "" where nothing is. No file is opened and no name resolved here.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, quote, unquote, urlsplit

from mailgate.tomlfile import nearest

_SQLITE = re.compile(r"(sqlite(?:\+pysqlite)?:///)([^?]*)(.*)", re.DOTALL)
# As BCP 47 writes languages: "de", "pt-BR".
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)*")
_POSTGRESQL = re.compile(r"postgresql(\+psycopg)?://(?=.)")


@dataclass(frozen=True, slots=True)
class Places:
    """Relative places lie in `folder`, where the settings file is."""

    folder: Path
    environ: Mapping[str, str]

    def file(self, path: Path | None) -> Path | None:
        return None if path is None else self.folder / path

    def secret(self, path: Path | None) -> Path | None:
        """A file with a secret in it: systemd's credentials come first (`LoadCredential=`), by the file's name."""
        credentials = self.environ.get("CREDENTIALS_DIRECTORY")
        if path is not None and credentials and (Path(credentials) / path.name).is_file():
            return Path(credentials) / path.name
        return self.file(path)

    def store(self, url: str) -> str:
        sqlite = _SQLITE.fullmatch(url)
        if sqlite:
            # A file's path is part of a URL here; our folder's is not, and a "%" in its name is only that.
            folder = "" if Path(sqlite[2]).is_absolute() else f"{quote(str(self.folder))}/"
            return f"{sqlite[1]}{folder}{sqlite[2]}{sqlite[3]}"
        return _POSTGRESQL.sub("postgresql+psycopg://", url, count=1)

    def relay(self, url: str) -> str:
        return f"maildir:{self.folder / url.removeprefix('maildir:')}" if url.startswith("maildir:") else url

    def listen(self, text: str) -> str:
        return f"unix:{self.folder / text.removeprefix('unix:')}" if text.startswith("unix:") else text


def host_and_port(text: str) -> tuple[str, int]:
    """`host:port` or `[v6]:port`, the brackets taken off. Raises ValueError with what is wrong."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError(f'should be "host:port", "[IPv6]:port" or "unix:/path", not "{text}"')
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError(f'an IPv6 address stands in brackets: "[{host}]:{port}"')
    if not host or re.search(r"[\s/]", host):
        raise ValueError(f'names no host; write "127.0.0.1:{port}", or "0.0.0.0:{port}" for all interfaces')
    return host, int(port)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches who listens there. A name other than localhost is not looked up."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def listen_fault(text: str) -> str:
    if text.startswith("unix:"):
        return "" if text.removeprefix("unix:") else 'names no path; write "unix:/run/mailgate/lmtp.sock"'
    try:
        host_and_port(text)
    except ValueError as trouble:
        return str(trouble)
    return ""


def store_fault(url: str) -> str:
    sqlite = _SQLITE.fullmatch(url)
    if url.startswith("sqlite") and (sqlite is None or sqlite[2] in ("", ":memory:")):
        return 'names no file; write "sqlite:///mailgate.db" (what is only in memory would lose mail)'
    if sqlite or _POSTGRESQL.match(url):
        return ""
    meant = ' (write "postgresql+psycopg://…")' if url.startswith("postgres") else ""
    return f'should be "sqlite:///FILE" or "postgresql+psycopg://user@host/database"{meant}'


def relay_fault(url: str) -> str:
    if url.startswith("maildir:"):
        return "" if url.removeprefix("maildir:").strip("/") else 'names no folder; write "maildir:sent"'
    scheme, colon, _ = url.partition("://")
    if not colon or scheme not in ("smtp", "smtps"):
        meant = nearest(scheme, ["smtp", "smtps", "maildir"]) if colon else ""
        return f'should be "smtp://host:port", "smtps://user@host:port" or "maildir:FOLDER"; {meant}'.rstrip("; ")
    parts = split_url(url)
    if parts is None or not parts.hostname:
        return f'is not "{scheme}://host:port"'
    if parts.password is not None:
        return "holds a password; put it in a file of its own and name that as relay.password_file"
    if parts.path.strip("/") or parts.query or parts.fragment:
        return f'has more than a host and a port; write "{scheme}://{parts.netloc}"'
    return ""


@dataclass(frozen=True, slots=True)
class ImapPlace:
    """Where a mailbox is read: `imaps://user@host:port/FOLDER`. `tls` from the first octet, else STARTTLS."""

    host: str
    port: int
    tls: bool
    user: str
    folder: str

    @property
    def account(self) -> str:
        """Names the account in ledgers and leases, whatever the door that reads it is called."""
        return f"{self.user}@{self.host}:{self.port}"


def imap_place(url: str) -> ImapPlace:
    """The parts of an imap URL; ValueError with what is wrong with it."""
    why = imap_fault(url)
    parts = split_url(url)
    if why or parts is None:
        raise ValueError(why)
    tls = parts.scheme == "imaps"
    return ImapPlace(
        host=parts.hostname or "",
        port=parts.port or (993 if tls else 143),
        tls=tls,
        user=unquote(parts.username or ""),
        folder=unquote(parts.path.removeprefix("/")) or "INBOX",
    )


def imap_fault(url: str) -> str:
    parts = split_url(url)
    if parts is None or parts.scheme not in ("imap", "imaps") or not parts.hostname:
        return 'should be "imaps://user@host/INBOX"'
    if not parts.username:
        return 'names no user; write "imaps://user@host/INBOX" (a "%" or "/" in the name as %25 or %2F)'
    if parts.password is not None:
        return "holds a password; put it in a file of its own and name that as password_file"
    if parts.query or parts.fragment:
        return 'has more than a host and a folder; write a "?" or "#" in a folder\'s name as %3F or %23'
    return ""


def maildir_fault(url: str) -> str:
    if url.startswith("maildir:") and url.removeprefix("maildir:").strip("/"):
        return ""
    return 'should be "maildir:FOLDER"'


def web_fault(url: str) -> str:
    parts = split_url(url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        return 'should be "https://host", as customers reach it'
    return ""


def split_url(url: str) -> SplitResult | None:
    """The parts of a URL, None where it cannot be read (a port that is no number, half a bracket)."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def without_plus_parts(address: str) -> Iterator[str]:
    """The address, then what is left of it as its plus-parts are taken off, longest first."""
    yield address
    local, _, domain = address.rpartition("@")
    while "+" in local:
        local = local.rpartition("+")[0]
        yield f"{local}@{domain}"


def address_fault(address: str) -> str:
    """What is wrong with an address of ours. Less than RFC 5321 allows, but all that a mailbox is ever named."""
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain:
        return f'should be an address like "support@example.com", not "{address}"'
    if "@" in local or not address.isprintable() or re.search(r"[\s\"<>,;:()\\]", address):
        return f'should be the plain address alone, like "support@example.com", not "{address}"'
    if not domain.isascii():
        return f'should have its domain in the ASCII form that mail programs send ("xn--…"), not "{domain}"'
    if domain.startswith(".") or domain.endswith(".") or ".." in address:
        return f'has a dot too many: "{address}"'
    return ""
