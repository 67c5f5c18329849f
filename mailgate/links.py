"""Signed links to our pages: who may see what, until when, written into a token that nobody else can make.

A token is base64url of: key (2 octets), purpose (1), issued and expires (4 each, seconds since 1970), whose it is (8),
a signature (16), and what it is about. No address stands in it: whose it is, is told by a keyed digest of the address,
which the page compares with those of the people who may come. It knows no store and no page.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum

# A key signs only when every process has had time to hear of it.
SETTLES = timedelta(hours=1)
LONGEST = 512
_HEAD = struct.Struct(">HBII8s")
_SIGNATURE = 16


class Purpose(IntEnum):
    """What a link opens. The numbers stand in links that people have: never give one to another purpose."""

    CASE = 1
    APPROVE = 2
    ACCOUNT = 3
    ORGANISATION = 4


class Refused(StrEnum):
    """Why a token opens nothing: for the log, never for the visitor."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown key"
    ALTERED = "altered"
    OTHER_PURPOSE = "for another purpose"
    OTHER_PLACE = "about something else"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Key:
    """What signs. `secret` is 32 random octets."""

    id: int
    secret: bytes
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Keyring:
    """All keys that still verify, the newest first; at least one."""

    keys: tuple[Key, ...]

    def signing(self, now: datetime) -> Key:
        """The newest that has settled; the oldest where none has."""
        return next((key for key in self.keys if key.made_at + SETTLES <= now), self.keys[-1])

    def key(self, number: int) -> Key | None:
        return next((key for key in self.keys if key.id == number), None)


@dataclass(frozen=True, slots=True)
class Link:
    """What a token says. `about` is the case number, or what else its purpose is about; `who` tells whose it is."""

    purpose: Purpose
    about: str
    issued: datetime
    expires: datetime
    who: bytes
    key: Key

    def whose(self, address_keys: Iterable[str]) -> str | None:
        """Which of these addresses (keys, as `Address.key`) it was made for; None for none."""
        return next((one for one in address_keys if hmac.compare_digest(_who(self.key, one), self.who)), None)


def sign(purpose: Purpose, about: str, address_key: str, now: datetime, expires: datetime, keyring: Keyring) -> str:
    """The token of a link for one address."""
    key = keyring.signing(now)
    head = _HEAD.pack(key.id, purpose, _seconds(now), _seconds(expires), _who(key, address_key))
    body = about.encode()
    return urlsafe_b64encode(head + _signature(key, head + body) + body).rstrip(b"=").decode()


def key_number(token: str) -> int | None:
    """Which key is said to have signed it; None for what is no token. Nothing of it is verified."""
    found = _octets(token)
    return _HEAD.unpack_from(found)[0] if found else None


def read(token: str, purpose: Purpose, about: str | None, now: datetime, keyring: Keyring) -> Link | Refused:
    """What it opens, if it is one of ours, for that purpose, about that (None: about whatever it says), and in time."""
    octets = _octets(token)
    if octets is None:
        return Refused.MALFORMED
    head, signature, body = octets[: _HEAD.size], octets[_HEAD.size :][:_SIGNATURE], octets[_HEAD.size + _SIGNATURE :]
    number, what, issued, expires, who = _HEAD.unpack(head)
    key = keyring.key(number)
    if key is None:
        return Refused.UNKNOWN_KEY
    if not hmac.compare_digest(_signature(key, head + body), signature):
        return Refused.ALTERED
    if what != purpose:
        return Refused.OTHER_PURPOSE
    if about is not None and body.decode() != about:
        return Refused.OTHER_PLACE
    if now >= _moment(expires):
        return Refused.EXPIRED
    return Link(purpose, body.decode(), _moment(issued), _moment(expires), who, key)


def _octets(token: str) -> bytes | None:
    if len(token) > LONGEST or not token.isascii():
        return None
    try:
        found = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (NotBase64, ValueError):
        return None
    # Base64 has several spellings of the same octets: one link is one token.
    spelled = urlsafe_b64encode(found).rstrip(b"=").decode()
    return found if spelled == token and len(found) >= _HEAD.size + _SIGNATURE else None


def _who(key: Key, address_key: str) -> bytes:
    return hmac.digest(key.secret, b"who " + address_key.encode(), hashlib.sha256)[:8]


def _signature(key: Key, signed: bytes) -> bytes:
    return hmac.digest(key.secret, b"link " + signed, hashlib.sha256)[:_SIGNATURE]


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
