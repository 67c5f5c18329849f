"""A customer's mail that an engineer passes on to us: who wrote it, and what, as far as the engineer's mail shows it.

The author found is only the *claimed* author of a mail for which the engineer vouches by forwarding it: it gives no
authority to anyone. A wrong guess puts one customer's words on another's case, so every doubt ends in None.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from textwrap import dedent
from typing import Final, Literal

from mailgate.mail import quote_marks as marks
from mailgate.mail.forward_dates import read_date
from mailgate.mail.forward_heads import Forward, first_forward, recipients
from mailgate.mail.forward_html import html_below
from mailgate.mail.forward_words import AMBIGUOUS_FORWARD_LABELS
from mailgate.mail.ids import message_id
from mailgate.mail.message import Address, Attachment, Automatic, AutomaticKind, Mail, Octets, RawMail
from mailgate.mail.names import one_line
from mailgate.mail.opened import octets_of, within
from mailgate.mail.parse import parse
from mailgate.mail.prefixes import outermost, without_forward
from mailgate.mail.reply import new_words
from mailgate.mail.text import html_to_text

_DEEPEST: Final = 8  # forwards of forwards
_FEW: Final = 200  # characters of the engineer's, with which an attached mail still is all there is
_SUBJECT_LONGEST: Final = 998
_LETTERS: Final = ("message/rfc822", "message/global")
_A_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The customer's mail within the engineer's.

    `author` is claimed, not proven. `sent` is aware UTC; where the head names no zone, that of the forwarding mail was
    taken. `in_reply_to` and `references` are known of attached mails alone, `message_id` of Thunderbird's too. `text`
    holds the customer's new words, `elided` what was trimmed from them, `html` theirs as it came ("" where it cannot be
    told apart). `attachments` are ranges of the raw outer mail. `comment` is what the engineer wrote: an internal note
    or commands, never for the customer's eyes; `above`: some of it, or nothing at all, stands above what he forwards.
    `automatic` and `fields` are known of attached mails alone.
    """

    author: Address
    subject: str
    sent: datetime | None
    text: str
    comment: str
    how: Literal["inline", "attached"]
    elided: str = ""
    html: str = ""
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    message_id: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    above: bool = True
    automatic: Automatic | None = None
    fields: tuple[tuple[str, str], ...] = ()


def forwarded(mail: Mail, data: Octets, ours: frozenset[str] = frozenset()) -> Forwarded | None:
    """The mail that `mail`, whose raw octets are `data`, forwards; None where it forwards none, or in any doubt.

    `ours` are the address keys (`Address.key`) of our people and mailboxes: of a forward of a forward, the outermost
    author who is not one of these is the customer. Never raises, for any octets; linear in their length.
    """
    return _forwarded(mail, data, ours, depth=0)


def _forwarded(mail: Mail, data: Octets, ours: frozenset[str], *, depth: int) -> Forwarded | None:
    if mail.unread or mail.automatic or mail.report or depth > _DEEPEST or outermost(mail.subject) == "reply":
        return None
    if mail.identity is not None:
        ours |= {mail.identity.key}
    text = mail.text
    found = _first(text)
    if found is None and mail.html:
        # Yahoo writes the head into its plain text without line breaks.
        text = html_to_text(mail.html)
        found = _first(text)
    if found is not None:
        return _inline(mail, text, found, ours)
    if any(marks.marker(line) for line in mail.text.splitlines()[: marks.LINES]):
        return None  # a forward whose head cannot be read; what is attached then belongs to it
    return _attached(mail, data, ours, depth)


def _first(text: str) -> Forward | None:
    lines = text.splitlines()
    return first_forward(lines[: marks.bearing(lines)])


def _inline(mail: Mail, text: str, outer: Forward, ours: frozenset[str]) -> Forwarded | None:
    if not _says_forward(mail, outer):
        return None
    found: Forward | None = outer
    for _ in range(_DEEPEST):
        if found is None or found.head.author is None:
            return None
        if found.head.author.key not in ours:
            break
        found = first_forward(found.body)
    if found is None or found.head.author is None or found.head.author.key in ours:
        return None
    lines = text.splitlines()
    rest = [] if outer.below or found.below else lines[marks.bearing(lines) :]
    body = dedent("\n".join((*found.body, *rest)))  # Outlook for Mac indents it
    below = any(line.strip() for line in (*outer.below, *found.below))
    html = "" if below else html_below(mail.html, found.head.last, body)
    words = new_words(body, html)
    values = found.head.values
    return Forwarded(
        author=found.head.author,
        subject=one_line(values.get("subject", "") or without_forward(mail.subject))[:_SUBJECT_LONGEST],
        sent=_sent(mail, found),
        text=words.reply,
        elided=words.elided,
        html=html,
        to=recipients(values.get("to", "")),
        cc=recipients(values.get("cc", "")),
        attachments=mail.attachments,
        comment=_comment(outer),
        above=_own_words(outer.above) or not _own_words(outer.below),
        how="inline",
        message_id=_forwarded_id(mail) if found is outer else None,
    )


def _forwarded_id(mail: Mail) -> str | None:
    """Thunderbird names what it forwards; other programs write the same into In-Reply-To, if at all."""
    return message_id(mail.field("x-forwarded-message-id").encode("utf_8", "replace"))


def _says_forward(mail: Mail, found: Forward) -> bool:
    """Whether it is a forward and no reply that quotes: by its subject, or by a mark that only forwards have."""
    prefix = outermost(mail.subject) or ("forward" if _forwarded_id(mail) else "")
    if prefix == "either":
        return found.head.label in AMBIGUOUS_FORWARD_LABELS or (found.mark == "forward" and not found.quoted)
    return prefix == "forward" or (prefix == "" and found.mark == "forward" and not found.quoted)


def _own_words(lines: Sequence[str]) -> bool:
    return bool(new_words("\n".join(lines)).reply.strip())


def _comment(outer: Forward) -> str:
    return new_words("\n".join((*outer.above, "", *outer.below)).strip("\n")).reply


def _sent(mail: Mail, found: Forward) -> datetime | None:
    """When the head says that it was sent. A day that lies behind the forward's own was misread, or is no one's."""
    head = found.head
    date = head.values.get("date", "")
    american = head.label == "from" or (not head.label and date.lower().startswith("on "))
    sent = read_date(date, _zone(mail), day_first=not american)
    return None if sent is None or (mail.date is not None and sent > mail.date + _A_DAY) else sent


def _zone(mail: Mail) -> tzinfo | None:
    """The zone in which the engineer's mail program writes its dates."""
    try:
        return parsedate_to_datetime(mail.field("date")).tzinfo or UTC
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _attached(mail: Mail, data: Octets, ours: frozenset[str], depth: int) -> Forwarded | None:
    letters = [one for one in mail.attachments if one.type in _LETTERS]
    if len(letters) != 1 or mail.field("content-type").lower().startswith("multipart/digest"):
        return None  # of several, which?
    (letter,) = letters
    octets = octets_of(letter, data)
    inner = parse(RawMail(octets, mail.envelope))
    answers = bool(mail.in_reply_to) and inner.message_id not in mail.in_reply_to
    alone = len(mail.reply_text.strip()) <= _FEW and len(mail.attachments) == 1 and not answers
    bounce = inner.automatic is not None and inner.automatic.kind is AutomaticKind.BOUNCE
    if inner.unread or bounce or not (outermost(mail.subject) == "forward" or alone):
        return None
    if inner.identity is None:
        return None
    if inner.identity.key in ours or (mail.identity is not None and inner.identity.key == mail.identity.key):
        deeper = _forwarded(inner, octets, ours, depth=depth + 1)
        return deeper and replace(
            deeper, attachments=within(letter, deeper.attachments), comment=mail.reply_text, how="attached"
        )
    return Forwarded(
        author=inner.identity,
        subject=inner.subject[:_SUBJECT_LONGEST],
        sent=inner.date,
        text=inner.reply_text,
        elided=inner.elided,
        html=inner.html,
        to=inner.to,
        cc=inner.cc,
        attachments=within(letter, inner.attachments),
        comment=mail.reply_text,
        how="attached",
        message_id=inner.message_id,
        in_reply_to=inner.in_reply_to,
        references=inner.references,
        automatic=inner.automatic,
        fields=inner.fields,
    )
