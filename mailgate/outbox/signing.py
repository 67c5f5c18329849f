"""Signs letters as they leave (DKIM, RFC 6376): a relay before the relay. Needs the extra `auth`.

What is stored is unsigned: a key may change while a letter waits. Signing is a big number's power in Python, tens of
milliseconds, so it is done in a thread, beside the loop.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mailgate.errors import Transient
from mailgate.mail.headers import read_header
from mailgate.mail.identity import strict_author
from mailgate.outbox.relay import Relay
from mailgate.rights import unreadable
from mailgate.settings import Settings

# All that a reader sees or a machine goes by. Those that are there are covered, and what may stand only once is covered
# once more, so that nobody can add another (RFC 6376 §8.15).
_COVERED = (
    *("from", "to", "reply-to", "subject", "date", "message-id", "in-reply-to", "references"),
    *("mime-version", "content-type", "content-transfer-encoding", "auto-submitted"),
)
_ONCE = ("from", "to", "reply-to", "subject", "date", "message-id", "content-type")
_RSA = bytes.fromhex("300d06092a864886f70d0101010500")  # rsaEncryption, without parameters (RFC 3279 §2.3.1)
_LEAST_BITS = 1024  # RFC 8301 §3.2; receivers refuse less


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose name it is signed in, and with what. `key` is PEM."""

    domain: str
    selector: str
    key: bytes

    def sign(self, message: bytes) -> bytes:
        """The message with a DKIM-Signature on top."""
        import dkim  # noqa: PLC0415 - an extra

        header = read_header(message, 0, len(message))
        present = [field.name for field in header.fields if field.name in _COVERED]
        field: bytes = dkim.sign(
            message,
            self.selector.encode(),
            self.domain.encode(),
            self.key,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=[name.encode() for name in (*present, *_ONCE)],
        )
        return field + message


def signing(settings: Settings, relay: Relay) -> Relay:
    """The relay, signing first where some mailbox has a key. SettingsError for a key of no use."""
    signers: dict[str, Signer] = {}
    for name, mailbox in settings.mailboxes.items():
        if mailbox.dkim is None:
            continue
        try:
            key = read_key(mailbox.dkim.key_file)
        except ValueError as error:
            raise settings.fault(str(error), "mailbox", name, "dkim", "key_file") from error
        signers[mailbox.address.casefold()] = Signer(mailbox.dkim.domain, mailbox.dkim.selector, key)
    return SigningRelay(relay, signers) if signers else relay


def read_key(file: Path) -> bytes:
    """An RSA key, PEM. ValueError with what is wrong with the file, for people."""
    if why := unreadable(file):
        raise ValueError(why)
    try:
        from dkim.crypto import UnparsableKeyError, parse_pem_private_key  # noqa: PLC0415 - an extra
    except ImportError:
        raise ValueError("needs the extra: pip install 'mailgate[auth]'") from None
    key = file.read_bytes()
    try:
        bits = parse_pem_private_key(key)["modulus"].bit_length()
    except (UnparsableKeyError, ValueError, TypeError, KeyError, IndexError) as error:
        why = "is no RSA key in PEM form without a passphrase"
        raise ValueError(f"{file} {why}; make one: openssl genrsa -out {file.name} 2048") from error
    if bits < _LEAST_BITS:
        raise ValueError(f"the key in {file} has {bits} bits, which receivers refuse; 2048 are usual")
    return key


class SigningRelay:
    """Hands letters on, signed where there is a signer for the address they are from (its key: case-folded)."""

    def __init__(self, relay: Relay, signers: Mapping[str, Signer]) -> None:
        self._relay = relay
        self._signers = signers

    async def send(self, outbox_id: int, envelope_from: str, recipient: str, message: bytes) -> None:
        author = strict_author(header := read_header(message, 0, len(message)), message[: header.body])
        signer = self._signers.get(author.key) if author else None
        if signer is not None:
            message = await asyncio.to_thread(_signed, signer, message)
        await self._relay.send(outbox_id, envelope_from, recipient, message)

    async def close(self) -> None:
        await self._relay.close()


def _signed(signer: Signer, message: bytes) -> bytes:
    try:
        return signer.sign(message)
    except Exception as error:
        # The letter may be as it should be, and dkimpy not; unsigned it would look forged.
        raise Transient(f"could not be signed for {signer.domain}: {type(error).__name__}") from error


def public_record(key: bytes) -> bytes:
    """What DNS should say of an RSA key (PEM, as `read_key` gives it): the TXT record of its public half (RFC 6376
    §3.6.1), which is a SubjectPublicKeyInfo (RFC 5280 §4.1) in base64."""
    from dkim.crypto import parse_pem_private_key  # noqa: PLC0415 - an extra

    numbers = parse_pem_private_key(key)
    pair = _der(0x30, _integer(numbers["modulus"]) + _integer(numbers["publicExponent"]))
    info = _der(0x30, _RSA + _der(0x03, b"\0" + pair))
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(info)


def _integer(number: int) -> bytes:
    return _der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _der(tag: int, content: bytes) -> bytes:
    """One value of X.690 §8.1."""
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content
