"""What the enhanced status codes of mail servers mean (RFC 3463, and IANA's register of them), in words for people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from mailgate.mail.message import FailedRecipient
from mailgate.mail.names import one_line

_MOST_WORDS: Final = 300
STATUS = re.compile(r"(?<![\d.])([245])\.([0-7])\.(\d{1,3})(?![\d.])")
# Our relay's answer as `outbox/smtp.py` tells it: the verb, the reply code, the server's text.
_AT_RCPT = re.compile(r"RCPT: 5\d\d[ -](5\.\d{1,3}\.\d{1,3})(?![\d.])")
_LINK = re.compile(r"(?:\w{2,10}://|www\.)\S+", re.IGNORECASE)

# Nothing will ever arrive there. 5.1.4 (ambiguous), 5.1.7 and 5.1.8 (the sender's address) are not of these.
_NOWHERE: Final = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.4.310"})
# Nor there, where the words say so, too: Postfix says 5.4.4 of domains that do not exist, Microsoft 365 says 5.4.1 of
# recipients that its directory does not know.
_NOWHERE_IN_WORDS: Final[Mapping[str, re.Pattern[str]]] = {
    "5.4.4": re.compile(
        r"host (?:or domain name )?not found|no such (?:host|domain)|nxdomain|nonexistent|does not exist", re.IGNORECASE
    ),
    "5.4.1": re.compile(r"recipient address rejected: access denied", re.IGNORECASE),
}
# What servers say of our letter or of us under a status of the address; and a full mailbox is somebody's.
_NOT_OF_THE_ADDRESS = re.compile(
    r"\bspam|\bblock(?:ed|ing|list)|black ?list|policy|reputation|suspicious|\bspf\b|\bdkim\b|\bdmarc\b"
    r"|relay(?:ing)? (?:is )?(?:denied|not)"
    r"|sender (?:address |domain |e-?mail )?(?:was |is )?(?:rejected|denied|unknown|not|refused|invalid|verif)"
    r"|mail from|too many|try again",
    re.IGNORECASE,
)
_ADDRESSES = re.compile(r"\S{1,200}@\S{1,200}")
# The mailbox is full, or takes nothing more just now: somebody is there.
FULL = re.compile(
    r"(?:^|[^\d.])[45]\.2\.2(?!\d)|over[- ]?quota|quota (?:has been )?(?:exceed|full)|(?:mail ?(?:box|folder)"
    r"|inbox)(?: \S{1,80})?[ _](?:is )?full"
    r"|exceed(?:s|ed|ing)? .{0,40}(?:quota|storage)|mailbox exceeds|out of (?:disk|storage|space)|postfach .{0,40}voll"
    r"|boîte .{0,60}pleine"
    r"|buzón .{0,40}lleno|casella .{0,40}piena|caixa .{0,40}cheia|(?:skrzynka|schránka) .{0,40}(?:pełna|plná|přeplněn)"
    r"|postvak .{0,40}vol\b|(?:inkorg|postkasse|innboks).{0,40} (?:full|fuld)|переполнен|переповнен|kutusu .{0,40}dolu"
    r"|容量(?:超|オーバ|を超)|(?:邮箱|信箱|空间|容量).{0,10}(?:满|滿|不足)|(?:已满|已滿)|いっぱい|용량.{0,10}초과|가득",
    re.IGNORECASE,
)
# The letter is given up, and somebody may be there: a full mailbox, a full server, time that ran out.
_FOR_NOW: Final = frozenset({"5.2.2", "5.3.1", "5.4.7"})

# Subject and detail; the class says whether it is for good.
_MEANINGS: Final[Mapping[str, str]] = {
    "1.0": "the address does not exist",
    "1.1": "the address does not exist",
    "1.2": "the domain of the address does not exist",
    "1.3": "the address is not written as an address can be",
    "1.4": "the address means more than one mailbox there",
    "1.6": "the mailbox has moved, and nobody knows where to",
    "1.7": "their server does not take our own address for one",
    "1.8": "their server does not know the domain of our own address",
    "1.10": "the domain of the address takes no mail at all",
    "2.0": "something is wrong with the mailbox",
    "2.1": "the mailbox is disabled",
    "2.2": "the mailbox is full",
    "2.3": "the letter is too big for the mailbox",
    "2.4": "a mailing list could not be resolved",
    "3.1": "their mail server has no room left",
    "3.4": "the letter is too big for their mail server",
    "4.1": "their mail server does not answer",
    "4.2": "the connection to their mail server broke",
    "4.3": "their domain could not be looked up",
    "4.4": "no way leads to their mail server",
    "4.6": "their mail servers pass it round in a circle",
    "4.7": "it could not be delivered in time",
    "5.3": "the letter has too many recipients for their mail server",
    "6.0": "their mail server cannot read the letter as it is written",
    "7.0": "their mail server refuses it by policy",
    "7.1": "their mail server refuses it by policy",
    "7.23": "their mail server refuses it: SPF does not allow our server to write for our domain",
    "7.26": "their mail server refuses it: our domain could not be authenticated (SPF, DKIM)",
}
_SUBJECTS: Final[Mapping[str, str]] = {
    "1": "something is wrong with the address",
    "2": "something is wrong with the mailbox",
    "3": "their mail server cannot take it",
    "4": "their domain cannot be reached",
    "5": "their mail server and ours do not understand each other",
    "6": "their mail server cannot take the letter as it is written",
    "7": "their mail server refuses it by policy",
}
_UNSPECIFIC: Final = (".0.0", ".2.0", ".3.0", ".5.0", ".5.2")
_UNSAID: Final = "their mail server did not say why"


def meaning(status: str) -> str:
    """Why a letter with that status did not arrive, as a part of a sentence. Any text: what says nothing is unsaid."""
    sort, _, detail = status.partition(".")
    words = _MEANINGS.get(detail) or _SUBJECTS.get(detail.partition(".")[0])
    if words is None:
        return _UNSAID
    return f"{words}, and it was tried for as long as we try" if sort == "4" else words


def nowhere(status: str, said: str) -> bool:
    """Whether nothing will ever arrive at the address, as its server says by that status and in those words."""
    words = _ADDRESSES.sub(" ", said[:2000])
    if FULL.search(words) or _NOT_OF_THE_ADDRESS.search(words):
        return False
    needed = _NOWHERE_IN_WORDS.get(status)
    return status in _NOWHERE or (needed is not None and needed.search(words) is not None)


def for_good(status: str, said: str = "") -> bool | None:
    """Whether another letter would fare as badly; None without a status. A mailbox that is full is so for now."""
    if not status:
        return None
    return status.startswith("5") and status not in _FOR_NOW and not (status[1:] in _UNSPECIFIC and FULL.search(said))


def status_of(one: FailedRecipient) -> str:
    """The status of a recipient of a report; where it is but "failed" (5.0.0), that in the server's own words."""
    if one.status and not one.status.endswith(".0.0"):
        return one.status
    found = STATUS.search(one.diagnostic)
    return found[0] if found and found[1] == (one.status or found[1])[0] else one.status


def status_in(text: str) -> str:
    """The first status in what a server said; "" where there is none."""
    found = STATUS.search(text)
    return found[0] if found else ""


def refused_at_rcpt(why: str) -> str:
    """The status with which our own relay refused the recipient himself, for good; "" where it was anything else."""
    found = _AT_RCPT.match(why)
    return found[1] if found else ""


def server_said(text: str) -> str:
    """The words of a server as one safe line of bounded length: nothing in it becomes a link."""
    line = _LINK.sub("[link]", " ".join(one_line(text).split()))
    return line if len(line) <= _MOST_WORDS else f"{line[: _MOST_WORDS - 1].rstrip()}…"
