"""Signs and seals mails with keys of our own, and answers for DNS from a table: no test asks a network."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import dkim
from nacl.signing import SigningKey

from mailgate.intake.resolver import Ask, NoAnswerNow

Records = dict[tuple[str, str], list[bytes]]

SIGNED = ("from", "to", "subject", "date", "message-id", "mime-version", "content-type", "content-transfer-encoding")


@cache
def private_key(name: str) -> bytes:  # noqa: ARG001 - the cache goes by it
    """An RSA key, PEM; the same one for the same name within a run."""
    command = ["openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
    return subprocess.run(command, check=True, capture_output=True).stdout


@cache
def key_record(name: str) -> bytes:
    """The TXT record of its public key."""
    command = ["openssl", "rsa", "-pubout", "-outform", "DER"]
    public = subprocess.run(command, input=private_key(name), check=True, capture_output=True).stdout
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


@cache
def ed25519_key() -> SigningKey:
    return SigningKey.generate()


class Zone:
    """DNS as a table. `silent` names give no answer now; `asked` are the questions that there were."""

    def __init__(self, records: Mapping[tuple[str, str], Sequence[bytes]] | None = None) -> None:
        self.records = dict(records or {})
        self.silent: set[str] = set()
        self.asked: list[tuple[str, str]] = []

    def key(self, domain: str, selector: str = "s1", name: str = "one") -> Zone:
        self.records[f"{selector}._domainkey.{domain}", "TXT"] = [key_record(name)]
        return self

    def ed25519(self, domain: str, selector: str = "e1") -> Zone:
        public = base64.b64encode(bytes(ed25519_key().verify_key))
        self.records[f"{selector}._domainkey.{domain}", "TXT"] = [b"v=DKIM1; k=ed25519; p=" + public]
        return self

    def txt(self, name: str, *texts: str) -> Zone:
        self.records[name, "TXT"] = [text.encode() for text in texts]
        return self

    @property
    def ask(self) -> Ask:
        def ask(name: str, kind: str) -> tuple[bytes, ...]:
            question = (name.rstrip(".").lower(), kind)
            self.asked.append(question)
            if question[0] in self.silent:
                raise NoAnswerNow(f"no answer to {kind} of {name}")
            return tuple(self.records.get(question, ()))

        return ask


def signed(data: bytes, domain: str, *, selector: str = "s1", name: str = "one", **more: Any) -> bytes:
    """The mail with a DKIM-Signature on top; `more` goes to dkimpy (`length`, `include_headers`, `canonicalize`)."""
    headers = more.pop("include_headers", [field.encode() for field in SIGNED])
    options = {"canonicalize": (b"relaxed", b"relaxed"), "include_headers": headers, **more}
    field: bytes = dkim.sign(data, selector.encode(), domain.encode(), private_key(name), **options)
    return field + data


def signed_by_ed25519(data: bytes, domain: str, *, selector: str = "e1") -> bytes:
    """The mail with a DKIM-Signature of RFC 8463 on top."""
    headers = [field.encode() for field in SIGNED]
    field: bytes = dkim.sign(
        data,
        selector.encode(),
        domain.encode(),
        base64.b64encode(bytes(ed25519_key())),
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=headers,
        signature_algorithm=b"ed25519-sha256",
    )
    return field + data


def sealed(data: bytes, domain: str, results: str, *, selector: str = "arc", name: str = "one") -> bytes:
    """The mail as a forwarder passes it on: with what it saw (`results`) as its own Authentication-Results, sealed."""
    seen = f"Authentication-Results: {domain}; {results}\r\n".encode() + data
    headers = [field.encode() for field in SIGNED]
    chain = dkim.arc_sign(
        seen, selector.encode(), domain.encode(), private_key(name), domain.encode(), include_headers=headers
    )
    return b"".join(chain) + data
