"""Writes the Received field that a door puts before a mail (RFC 5321 §4.4, RFC 3848, RFC 6531), and counts all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

# In lower case: a pattern that begins with plain octets is looked for at the speed of a search.
_FIELD = re.compile(rb"\nreceived[ \t]*:")


@dataclass(frozen=True, slots=True)
class Hop:
    """What is known of the hop to us. `peer` is an IP address, "" for a unix socket."""

    helo: str
    peer: str
    hostname: str
    lmtp: bool
    extended: bool
    tls: bool
    utf8: bool
    recipients: tuple[str, ...]
    at: datetime


def received_field(hop: Hop) -> bytes:
    """The field with its line end. Nothing that the client chose can end it or add to it."""
    peer = f" ([{'IPv6:' if ':' in hop.peer else ''}{hop.peer}])" if hop.peer else ""
    lines = [f"Received: from {_plain(hop.helo)}{peer}", f" by {hop.hostname} with {_protocol(hop)}"]
    # RFC 5321 §7.2: naming one of several would tell each of them about the others.
    if len(hop.recipients) == 1 and hop.recipients[0].isascii():
        lines.append(f" for <{hop.recipients[0]}>")
    return ("\r\n".join(lines) + f";\r\n {format_datetime(hop.at)}\r\n").encode("ascii", "replace")


def hops(raw: bytes) -> int:
    """How many Received fields a mail with the wire's line ends has."""
    end = raw.find(b"\r\n\r\n")
    return len(_FIELD.findall(b"\n" + (raw[:end] if end >= 0 else raw).lower()))


def _plain(helo: str) -> str:
    return re.sub(r"[^A-Za-z0-9.:_\[\]-]", "?", helo)[:255]


def _protocol(hop: Hop) -> str:
    if hop.utf8:
        name = "UTF8LMTP" if hop.lmtp else "UTF8SMTP"
    elif hop.lmtp:
        name = "LMTP"
    else:
        name = "ESMTP" if hop.extended else "SMTP"
    return name + "S" if hop.tls and hop.extended else name
