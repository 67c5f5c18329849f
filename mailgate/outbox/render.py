"""Writes letters: Letter + Case + policy -> message bytes. The words are the templates'; who gets which is decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from typing import TypedDict
from zoneinfo import ZoneInfo

from mailgate.cases.case import OPERATOR_LANGUAGE, Case, Letter, LetterKind, Written
from mailgate.mail.message import Address
from mailgate.outbox import fields
from mailgate.outbox.clean import SUBJECT_CAP, one_line, person_name
from mailgate.outbox.compose import compose
from mailgate.outbox.shelf import Shelf
from mailgate.policy.policy import Policy
from mailgate.settings import Mailbox


class Renderer:
    """Writes letters from the templates in `template_folders`: overriding ones first, the shipped one last."""

    def __init__(self, template_folders: Sequence[Path]) -> None:
        """ConfigError where a template is missing or broken, naming its file and line."""
        self._shelf = Shelf(template_folders)

    @property
    def languages(self) -> frozenset[str]:
        """Those in which every letter can be written."""
        return self._shelf.languages

    def render(
        self, letter: Letter, case: Case, policy: Policy, mailbox: Mailbox, web_url: str | None, now: datetime
    ) -> Written:
        """One letter as it will leave. `now` becomes its Date. ConfigError where a template fails."""
        values = values_of(letter, case, policy, web_url)
        text, html = self._shelf.write(letter.kind, letter.language, values)
        message = compose(_head(letter, case, policy, mailbox, now), text, html)
        return Written(letter, message, return_path(letter, mailbox))

    def notice(
        self, kind: LetterKind, to: str, mailbox: Mailbox, key: str, subject: str, values: NoticeValues, now: datetime
    ) -> Written:
        """A letter to the operator about the gate itself. From `mailbox`, its return path null: nobody answers it."""
        text, html = self._shelf.write(kind, OPERATOR_LANGUAGE, {"language": OPERATOR_LANGUAGE, **values})
        # Made from the key, so that the same letter is the same letter.
        digest = sha256(f"{mailbox.address} {key}".encode()).hexdigest()[:32]
        message_id = f"<{digest}.operator@{mailbox.address.rpartition('@')[2]}>"
        head = [
            f"Date: {format_datetime(now.astimezone(UTC))}",
            fields.address_field("From", "mailgate", mailbox.address),
            fields.address_field("To", "", to),
            fields.folded("Subject", fields.words(one_line(subject, SUBJECT_CAP))),
            f"Message-ID: {message_id}",
            # RFC 3834 §5: it speaks of its own accord.
            "Auto-Submitted: auto-generated",
            "X-Auto-Response-Suppress: All",
        ]
        letter = Letter(kind, Address("", to), key, "", message_id, language=OPERATOR_LANGUAGE)
        return Written(letter, compose(head, text, html), "")


class NoticeValues(TypedDict):
    """All that a letter to the operator may use beside `language`; `templates/README.md` explains each."""

    door: str
    since: str
    why: str
    taken_in: bool
    to: str
    hourly: int
    held: int


def values_of(letter: Letter, case: Case, policy: Policy, web_url: str | None) -> dict[str, object]:
    """All that a template may use; `templates/README.md` explains each to people who write letters."""
    names = {priority.level: priority.name for priority in policy.priorities}
    return {
        "language": letter.language,
        "name": "" if letter.neutral else person_name(letter.to.name),
        "number": case.number,
        "ref": case.ref,
        "subject": _subject(letter, case, policy),
        "opened": _local(case.opened_at, policy.zone),
        "priority": case.priority,
        "priority_name": names.get(case.priority, ""),
        "next_step": policy.texts.next_step,
        "telephone": policy.contact.telephone,
        "contact": policy.contact.name,
        "link": f"{web_url.rstrip('/')}/case/{case.number}" if web_url else "",
    }


def return_path(letter: Letter, mailbox: Mailbox) -> str:
    """Where its bounces come home: an address of this letter alone where the mailbox has subaddresses."""
    return _plus(mailbox.address, "b", letter.token) if mailbox.subaddress else mailbox.address


def _head(letter: Letter, case: Case, policy: Policy, mailbox: Mailbox, now: datetime) -> list[str]:
    if not fields.is_message_id(letter.message_id):
        raise ValueError("the letter has no valid Message-ID")
    display = "" if letter.neutral else person_name(letter.to.name)
    chain = fields.references(letter.in_reply_to, letter.references)
    head = [
        f"Date: {format_datetime(now.astimezone(UTC))}",
        fields.address_field("From", one_line(policy.contact.name), mailbox.address),
        fields.address_field("To", display, letter.to.address),
        # The number and the ref stay plain and unbroken: they are how the answer finds its case.
        fields.folded("Subject", [f"#{case.number}:", *fields.words(_subject(letter, case, policy)), case.ref]),
        f"Message-ID: {letter.message_id}",
    ]
    if mailbox.subaddress:
        head.append(fields.address_field("Reply-To", "", _plus(mailbox.address, "r", letter.token)))
    if letter.in_reply_to is not None and fields.is_message_id(letter.in_reply_to):
        head.append(f"In-Reply-To: {letter.in_reply_to}")
    if chain:
        head.append(fields.folded("References", chain))
    # RFC 3834 §5 and its cousins: no machine is to answer a machine.
    return [*head, "Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All", "Precedence: bulk"]


def _subject(letter: Letter, case: Case, policy: Policy) -> str:
    return one_line(policy.texts.neutral_subject if letter.neutral else case.subject, SUBJECT_CAP)


def _plus(address: str, sort: str, token: str) -> str:
    if not (token.isascii() and token.isalnum()):
        raise ValueError("a reply token is letters and digits")
    local, _, domain = address.rpartition("@")
    return f"{local}+{sort}{token}@{domain}"


def _local(moment: datetime, zone: str) -> str:
    """The moment on the clocks of the policy's customers, with the zone that it is told in. No names of months: they
    would have a language."""
    local = moment.astimezone(ZoneInfo(zone))
    abbreviation = local.tzname() or ""
    return f"{local:%Y-%m-%d %H:%M} {abbreviation}" + (f" ({zone})" if zone != abbreviation else "")
