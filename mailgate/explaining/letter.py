"""A letter as it left, for people to read: its head and words, and nothing by which somebody could pass for another."""

from __future__ import annotations

import email.policy
from dataclasses import dataclass
from email import message_from_string
from email.message import EmailMessage

from mailgate.cases.ref import without_tokens

# Their words are a key: a link that lets in once, a code.
_KEYS = frozenset({"sign_in", "page_code"})
_MOST = 200_000  # characters of a letter's words: an engineer's mail may have more


@dataclass(frozen=True, slots=True)
class Shown:
    """`fields` as they read decoded, in their order; `words` None where nobody is shown them. `files` are the names and
    types of what came along."""

    fields: tuple[tuple[str, str], ...]
    words: str | None
    files: tuple[tuple[str, str], ...]


def shown_letter(kind: str, message: str) -> Shown:
    """`message` is the whole letter (`facts.show_outbox`), `kind` what letter it is."""
    letter = message_from_string(message, _class=EmailMessage, policy=email.policy.default)
    fields = tuple((name, without_tokens(str(value))) for name, value in letter.items())
    body = letter.get_body(preferencelist=("plain", "html"))
    words = str(body.get_content()) if body is not None else ""
    files = tuple((one.get_filename() or "", one.get_content_type()) for one in letter.iter_attachments())
    return Shown(fields, None if kind in _KEYS else without_tokens(words[:_MOST]), files)
