"""The mark of a canary: a mail of our own that is sent round to see how the way out and back in fares.

It stands wherever a mail program or a server may keep or lose something. That it is there proves nothing: whether the
token is one that is under way, the store knows.
"""

from __future__ import annotations

import re

from mailgate.mail.message import Mail

FIELD = "X-Mailgate-Canary"
_MARK = re.compile(r"\bcanary-([0-9a-f]{32})\b")


def mark_of(token: str) -> str:
    """`token`: 32 hexadecimal digits."""
    return f"canary-{token}"


def tokens_in(mail: Mail) -> frozenset[str]:
    """The tokens that stand in the places where a canary carries its own. A report of what became of one names it, and
    is none: else one that nobody could deliver would have come home."""
    if mail.report is not None:
        return frozenset()
    places = (mail.message_id or "", mail.field(FIELD), *mail.envelope.recipients, mail.text[:2000])
    return frozenset(found for place in places if "canary-" in place for found in _MARK.findall(place))
