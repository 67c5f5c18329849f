"""Is it our own words coming back?"""

from __future__ import annotations

import re

from mailgate.checks.finding import Finding, Known
from mailgate.mail.lists import came_by, is_list
from mailgate.mail.message import Mail

MAX_HOPS = 50  # RFC 5321 §6.3: a large number of Received fields means a loop
# What Gmail and Microsoft 365 make of a return path where a mailbox of theirs passes all its mail on to us:
# `help+caf_=support=gate.example@example.com`, `help+SRS=hash=day=customer.example=ann@example.com`.
_PASSED_ON = re.compile(r"\+(?:caf_|srs)=", re.IGNORECASE)


def look(mail: Mail, known: Known) -> Finding | None:
    if known.our_letter:
        return Finding("loop", "its Message-ID is that of a letter of ours")
    for author in (mail.shown_from, mail.identity):
        if author is not None and _is_ours(author.address, mail, known):
            return Finding("loop", f"it says it is from {author.address}, an address of ours")
    sender = mail.envelope.sender or ""
    if _is_ours(sender, mail, known) and not _PASSED_ON.search(sender):
        return Finding("loop", f"its return path is {sender}, an address of ours")
    hops = sum(1 for name, _ in mail.fields if name == "received")
    if hops > MAX_HOPS + 1:  # our own door may have added one
        return Finding("loop", f"it has {hops} Received fields")
    return None


def _is_ours(address: str, mail: Mail, known: Known) -> bool:
    """Whether it is an address of ours, its plus-part apart; but not where it is that of a mailing list in front of our
    mailbox, which writes in its own name for people (`help+bnc…@` is Google's return path)."""
    local, _, domain = address.casefold().rpartition("@")
    base = f"{local.partition('+')[0]}@{domain}"
    return base in known.own_addresses and not (came_by(mail, known.own_lists) and is_list(mail, base))
