"""All that a mail carries which may lead to a case. Which it is, and what it is worth, `match.py` says.

What is collected is bounded, whatever a mail holds.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailgate.cases.ref import (
    find_numbers,
    find_refs,
    paths_of_recipients,
    tokens_of_markers,
    tokens_of_message_ids,
    tokens_of_recipients,
)
from mailgate.mail.message import Mail

# A megabyte holds tens of thousands: each would be asked for, and stand in the trace. Real ones come first, or last.
_MOST = 100


@dataclass(frozen=True, slots=True)
class Clues:
    """All that a mail carries which may lead to a case. Tokens are lower case, keys upper case.

    `message_ids` are those of In-Reply-To, then of References from the last to the first, then the mail that a delivery
    report is about, without doubles. `direct` are those of the tokens by which the mail itself answers a letter: in an
    address, in In-Reply-To, in a marker. Who was copied on an answer has the others in his References too, so those
    tell where a mail belongs, and nothing of who wrote it; nor do `paths`, the tokens of return paths. `foreign_refs`
    are refs of other installations, for the trace alone; `own_id` is the mail's own Message-ID.
    """

    tokens: tuple[str, ...] = ()
    direct: frozenset[str] = frozenset()
    paths: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    subject_keys: tuple[str, ...] = ()
    subject_numbers: tuple[str, ...] = ()
    body_keys: tuple[str, ...] = ()
    quoted_keys: tuple[str, ...] = ()
    foreign_refs: tuple[str, ...] = ()
    own_id: str | None = None


def clues_of(mail: Mail, org: str) -> Clues:
    """Every clue in a mail, but no more than `_MOST` of a kind. `org` is our own installation's: refs of others lead
    nowhere here."""

    def keys(text: str) -> tuple[str, ...]:
        return _some(tuple(ref.key for ref in find_refs(text) if ref.org == org))

    original = mail.report.original_message_id if mail.report else None
    message_ids = tuple(
        dict.fromkeys((*mail.in_reply_to, *reversed(mail.references), *((original,) if original else ())))
    )
    direct = (
        *tokens_of_recipients(mail.envelope.recipients),
        *tokens_of_message_ids(mail.in_reply_to),
        *_some((*tokens_of_markers(mail.reply_text), *tokens_of_markers(mail.elided))),
    )
    shown = tokens_of_recipients(_shown(mail))
    return Clues(
        tokens=tuple(dict.fromkeys((*direct, *tokens_of_message_ids(message_ids), *shown))),
        direct=frozenset(direct),
        paths=paths_of(mail),
        message_ids=message_ids,
        subject_keys=keys(mail.subject),
        subject_numbers=_some(find_numbers(mail.subject)),
        body_keys=keys(mail.reply_text),
        quoted_keys=keys(mail.elided),
        foreign_refs=_some(tuple(f"{ref.org}.{ref.key}" for ref in find_refs(mail.subject) if ref.org != org)),
        own_id=mail.message_id,
    )


def paths_of(mail: Mail) -> tuple[str, ...]:
    """The path tokens in the addresses that a mail came to: whose letter did not arrive, where it is a report."""
    return paths_of_recipients((*mail.envelope.recipients, *_shown(mail)))


def _shown(mail: Mail) -> tuple[str, ...]:
    """Where a server before us wrote others into the envelope, our letter's own address is left here alone."""
    return tuple(one.address for one in (*mail.to, *mail.cc))


def _some(clues: tuple[str, ...]) -> tuple[str, ...]:
    return clues if len(clues) <= _MOST else (*clues[: _MOST // 2], *clues[-_MOST // 2 :])
