"""The settings of the object store that raw mail may lie in, and what must hold between them. A fault names its key
and the remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mailgate.places import is_loopback, split_url

if TYPE_CHECKING:
    from mailgate.settings import StoreSettings
    from mailgate.tomlfile import Step

# S3's rules for a bucket's name; a prefix of what needs no escaping anywhere.
_S3 = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._-]+)*/?")
_SLOWEST_SECONDS = 60


@dataclass(frozen=True, slots=True)
class S3Settings:
    """How the object store of `store.raw` is reached; None: as the environment says. `least_bytes`: smaller mails stay
    in the database."""

    endpoint: str | None = None
    region: str | None = None
    access_key: str | None = None
    secret_file: Path | None = None
    least_bytes: int = 0
    timeout_seconds: int = 10


def faults(store: StoreSettings) -> Iterator[tuple[tuple[Step, ...], str]]:
    if store.raw != "database" and not _S3.fullmatch(store.raw):
        yield ("store", "raw"), f'should be "database" or "s3://bucket/prefix", not "{store.raw}"'
    yield from ((("store", "s3", key), why) for key, why in _s3(store.s3))


def plain_http(s3: S3Settings) -> str:
    """The host that mail is sent to for anybody on the way to read, "" for none."""
    parts = split_url(s3.endpoint or "")
    host = parts.hostname if parts and parts.scheme == "http" else None
    return host if host and not is_loopback(host) else ""


def _s3(s3: S3Settings) -> Iterator[tuple[str, str]]:
    parts = split_url(s3.endpoint) if s3.endpoint is not None else None
    if s3.endpoint is not None:
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
            yield "endpoint", 'should be "https://host" or "https://host:port"; leave it out for Amazon'
        elif parts.username or parts.password:
            yield "endpoint", "holds a password; write access_key, and secret_file for a file of its own"
    if s3.access_key and s3.secret_file is None:
        yield "access_key", "there is no secret_file to it"
    if s3.secret_file is not None and not s3.access_key:
        yield "secret_file", "whose secret is it? Write access_key, too"
    if s3.least_bytes < 0:
        yield "least_bytes", "should be 0 (all raw mail goes to the object store) or more"
    if not 1 <= s3.timeout_seconds <= _SLOWEST_SECONDS:
        yield "timeout_seconds", f"should be 1 to {_SLOWEST_SECONDS}: a client waits at the door meanwhile"
