"""A mail that came in, to the row of the inbox that keeps it and back. What was decided of it is `rows.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mailgate.mail.message import Authentication, Envelope, Proof, RawMail
from mailgate.store.laid import Laid
from mailgate.store.lease import AT_ONCE


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail at a door. `identity` (hex) is one for all copies of it: mailbox, Message-ID and content. `laid`: where
    its octets lie in the object store, if they do."""

    raw: RawMail
    message_id: str | None
    identity: str
    laid: Laid | None = None


def waiting_row(arrival: Arrival, sha256: str, seen: int) -> dict[str, Any]:
    envelope = arrival.raw.envelope
    return {
        "identity": arrival.identity,
        "mailbox": envelope.mailbox,
        "door": envelope.door,
        "sha256": sha256,
        "size": len(arrival.raw.data),
        "message_id": arrival.message_id,
        "sender": envelope.sender,
        "recipients": envelope.recipients,
        "peer": envelope.peer,
        "helo": envelope.helo,
        "authentication": envelope.authentication,
        "marks": envelope.marks,
        "proof": _proof_json(envelope.proof),
        "received_at": envelope.received_at,
        "due_at": AT_ONCE,
        "seen": seen,
        "state": "waiting",
        "attempts": 0,
        "singly": False,
    }


def envelope_of(row: Mapping[str, Any]) -> Envelope:
    return Envelope(
        mailbox=row["mailbox"],
        sender=row["sender"],
        recipients=tuple(row["recipients"]),
        door=row["door"],
        received_at=row["received_at"],
        peer=row["peer"],
        helo=row["helo"],
        authentication=Authentication(row["authentication"]),
        marks=tuple(row["marks"]),
        proof=_proof_from(row["proof"]),
    )


def _proof_json(proof: Proof | None) -> dict[str, Any] | None:
    return {"lines": proof.lines, "temporary": proof.temporary} if proof else None


def _proof_from(stored: Mapping[str, Any] | None) -> Proof | None:
    return Proof(tuple(stored["lines"]), stored["temporary"]) if stored else None


def settled_row(inbound_id: int, envelope: Envelope) -> dict[str, Any]:
    """What was found out of a sender's authentication, for the row of his mail, `this`."""
    return {"this": inbound_id, "authentication": envelope.authentication, "proof": _proof_json(envelope.proof)}
