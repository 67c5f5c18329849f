"""In which language a customer is written to: his own as far as it is known and on offer, else his mailbox's."""

from __future__ import annotations

from collections.abc import Sequence

from mailgate.mail.language import language_of
from mailgate.mail.message import Mail
from mailgate.policy.policy import Letters


def writers_language(mail: Mail, contacts: str, mailboxs: str, letters: Letters) -> str:
    """What the contact is said to speak, else what the mail is written in, else the language of the mailbox; "" for the
    policy's own. Only languages that the policy offers, and the mailbox's own, are spoken here."""
    usual = mailboxs or letters.language
    offered = tuple(dict.fromkeys((usual, letters.language, *letters.languages)))
    language = offer(contacts, offered)
    if not language and letters.languages:
        language = language_of(f"{mail.subject}\n{mail.reply_text}", offered)
    return "" if (language or usual) == letters.language else language or usual


def offer(wanted: str, offered: Sequence[str]) -> str:
    """The offered language that somebody who speaks `wanted` understands ("de" for "de-AT"); "" for none."""
    if not wanted:
        return ""
    same = [one for one in offered if one.casefold() == wanted.casefold()]
    near = [one for one in offered if one.casefold().partition("-")[0] == wanted.casefold().partition("-")[0]]
    return (same or near or [""])[0]
