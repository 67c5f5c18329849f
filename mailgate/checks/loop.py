"""Is it our own words coming back?"""

from __future__ import annotations

from mailgate.checks.finding import Finding, Known
from mailgate.mail.message import Mail

MAX_HOPS = 50  # RFC 5321 §6.3: a large number of Received fields means a loop


def look(mail: Mail, known: Known) -> Finding | None:
    if known.our_letter:
        return Finding("loop", "its Message-ID is that of a letter of ours")
    author = mail.shown_from or mail.identity
    if author is not None and _base(author.key) in known.own_addresses:
        return Finding("loop", f"it says it is from {author.address}, an address of ours")
    if mail.envelope.sender and _base(mail.envelope.sender.casefold()) in known.own_addresses:
        return Finding("loop", f"its return path is {mail.envelope.sender}, an address of ours")
    hops = sum(1 for name, _ in mail.fields if name == "received")
    if hops > MAX_HOPS + 1:  # our own door may have added one
        return Finding("loop", f"it has {hops} Received fields")
    return None


def _base(address: str) -> str:
    """The address without its plus-part."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
