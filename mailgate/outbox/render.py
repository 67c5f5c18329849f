"""Writes letters: Letter + Case + policy -> message bytes. The words are the templates'; who gets which is decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TypedDict

from mailgate.cases.case import Case, Letter, Written
from mailgate.cases.letter_kinds import INTERNAL_LETTERS, OPERATOR_LANGUAGE, LetterKind
from mailgate.cases.letters import audience
from mailgate.mail.message import Address
from mailgate.outbox import fields
from mailgate.outbox.carried import Carried
from mailgate.outbox.clean import SUBJECT_CAP, one_line, person_name
from mailgate.outbox.compose import compose
from mailgate.outbox.shelf import Shelf
from mailgate.outbox.values import (
    Values,
    carried_values,
    caseless_values,
    greeted,
    priority_name,
    subject_of,
    values_of,
)
from mailgate.policy.policy import Policy
from mailgate.policy.translation import in_language
from mailgate.settings import Mailbox

# Those that answer a mail; every other speaks of its own accord, or because somebody did something (RFC 3834 §5).
_ANSWERS = frozenset({LetterKind.CONFIRMATION, LetterKind.REPLY_RECEIVED, LetterKind.ENTITLEMENT_MISSING})
_WHAT_CAP = 100


class Renderer:
    """Writes letters from the templates in `template_folders`: overriding ones first, the shipped one last."""

    def __init__(self, template_folders: Sequence[Path]) -> None:
        """ConfigError where a template is missing or broken, naming its file and line."""
        self._shelf = Shelf(template_folders)

    @property
    def languages(self) -> frozenset[str]:
        """Those in which every letter can be written."""
        return self._shelf.languages

    def render(self, letter: Letter, case: Case, policy: Policy, mailbox: Mailbox, link: str, now: datetime) -> Written:
        """One letter about a case as it will leave. `link` leads its reader to the page of the case, "" where he has
        none. `now` becomes its Date. ConfigError where a template fails.

        ValueError for a letter to people of ours that is addressed to the customer, and for one to a customer who does
        not take part in the case: words that they must never see.
        """
        letter, policy = self._spoken(letter, policy)
        if letter.kind is LetterKind.REPLY:
            raise ValueError("a reply carries what an engineer wrote: Renderer.reply writes it")
        if letter.kind in INTERNAL_LETTERS and case.contact is not None and letter.to.key == case.contact.key:
            raise ValueError(f"{letter.kind.value} is for people of ours: it does not go to the contact of the case")
        if letter.kind not in INTERNAL_LETTERS and letter.to.key not in audience(case):
            raise ValueError(f"{letter.kind.value} is for those who take part in the case, and its recipient does not")
        text, html = self._shelf.write(letter.kind, letter.language, values_of(letter, case, policy, link))
        if letter.kind in INTERNAL_LETTERS:
            what = one_line(_first_line(text), _WHAT_CAP)
            head = _desk_head(letter, _desk_subject(letter, case, policy, what), mailbox, now, answered=True)
        else:
            head = _customer_head(letter, _case_subject(letter, case, policy), policy, mailbox, now)
        return Written(letter, compose(head, text, html), return_path(letter, mailbox))

    def reply(
        self,
        letter: Letter,
        case: Case,
        policy: Policy,
        mailbox: Mailbox,
        what: Carried,
        link: str,
        now: datetime,
    ) -> Written:
        """An engineer's words as they will leave to one reader, From the desk in his public name."""
        letter, policy = self._spoken(letter, policy)
        values = {**values_of(letter, case, policy, link), **carried_values(what)}
        text, html = self._shelf.write(letter.kind, letter.language, values)
        head = _reply_head(letter, _case_subject(letter, case, policy), what.engineer_name, policy, mailbox, now)
        return Written(letter, compose(head, text, html, what.attachments), return_path(letter, mailbox))

    def caseless(self, letter: Letter, policy: Policy, mailbox: Mailbox, subject: str | None, now: datetime) -> Written:
        """A letter about no case, as it will leave. `subject` is made of the policy's words, and ours, alone; None for
        the policy's neutral one."""
        letter, policy = self._spoken(letter, policy)
        text, html = self._shelf.write(letter.kind, letter.language, caseless_values(letter, policy))
        words = fields.words(one_line(policy.texts.neutral_subject if subject is None else subject, SUBJECT_CAP))
        if letter.kind in INTERNAL_LETTERS:
            head = _desk_head(letter, words, mailbox, now)
        else:
            head = _customer_head(letter, words, policy, mailbox, now)
        return Written(letter, compose(head, text, html), return_path(letter, mailbox))

    def notice(
        self, kind: LetterKind, to: str, mailbox: Mailbox, key: str, subject: str, values: NoticeValues, now: datetime
    ) -> Written:
        """A letter to the operator about the gate itself. From `mailbox`, its return path null: nobody answers it."""
        return self._to_one_of_ours(kind, to, mailbox, key, subject, {**values}, now)

    def sign_in(self, to: str, mailbox: Mailbox, key: str, link: str, minutes: int, now: datetime) -> Written:
        """The letter that lets one of ours into the desk's window, by a link that holds for so many minutes."""
        values = {"link": link, "minutes": minutes}
        return self._to_one_of_ours(LetterKind.SIGN_IN, to, mailbox, key, "mailgate: signing in", values, now)

    def _to_one_of_ours(
        self, kind: LetterKind, to: str, mailbox: Mailbox, key: str, subject: str, values: Values, now: datetime
    ) -> Written:
        text, html = self._shelf.write(kind, OPERATOR_LANGUAGE, {"language": OPERATOR_LANGUAGE, **values})
        # Made from the key, so that the same letter is the same letter.
        digest = sha256(f"{mailbox.address} {key}".encode()).hexdigest()[:32]
        message_id = f"<{digest}.operator@{mailbox.address.rpartition('@')[2]}>"
        head = [
            _date(now),
            fields.address_field("From", "mailgate", mailbox.address),
            fields.address_field("To", "", to),
            fields.folded("Subject", fields.words(one_line(subject, SUBJECT_CAP))),
            f"Message-ID: {message_id}",
            # RFC 3834 §5: it speaks of its own accord.
            "Auto-Submitted: auto-generated",
            "X-Auto-Response-Suppress: All",
        ]
        letter = Letter(kind, Address("", to), key, "", "", message_id, language=OPERATOR_LANGUAGE)
        return Written(letter, compose(head, text, html), "")

    def _spoken(self, letter: Letter, policy: Policy) -> tuple[Letter, Policy]:
        """The letter in a language that it can be written in, and the policy's words in that."""
        language = self._shelf.language_for(letter.kind, letter.language)
        if language != letter.language:
            letter = replace(letter, language=language)
        return letter, in_language(policy, language)


class NoticeValues(TypedDict):
    """All that a letter to the operator may use beside `language`; `templates/README.md` explains each."""

    door: str
    since: str
    why: str
    taken_in: bool
    to: str
    hourly: int
    held: int


def return_path(letter: Letter, mailbox: Mailbox) -> str:
    """Where its bounces come home: an address of this letter alone, which none of its readers sees in an answer to it,
    where the mailbox has subaddresses.

    Also for letters to people of ours: that nobody of them was reached is to be seen on the case.
    """
    return _plus(mailbox.address, "b", letter.path) if mailbox.subaddress else mailbox.address


@lru_cache(maxsize=8)  # a batch is written at one moment
def _date(now: datetime) -> str:
    return f"Date: {format_datetime(now.astimezone(UTC))}"


def _customer_head(
    letter: Letter, subject: Iterable[str], policy: Policy, mailbox: Mailbox, now: datetime
) -> list[str]:
    return [
        _date(now),
        fields.address_field("From", one_line(policy.contact.name), mailbox.address),
        fields.address_field("To", greeted(letter), letter.to.address),
        fields.folded("Subject", subject),
        *_threaded(letter, mailbox),
        *_machine_made(letter),
        "Precedence: bulk",
    ]


def _reply_head(
    letter: Letter, subject: Iterable[str], engineer: str, policy: Policy, mailbox: Mailbox, now: datetime
) -> list[str]:
    """A person's: no Auto-Submitted, no Precedence (RFC 3834 §5 is about machines), and no X-Auto-Response-Suppress
    either, for an absence notice is what the engineer wants to see. No letter of ours answers one, so nothing loops."""
    desk, name = one_line(policy.contact.name), person_name(engineer)
    read_by = {one.key for one in (*letter.shown_to, *letter.shown_cc)}
    to = letter.shown_to if letter.shown_to and letter.to.key in read_by else (letter.to, *letter.shown_to)
    cc = [one for one in letter.shown_cc if one.key not in {other.key for other in to}]
    head = [
        _date(now),
        fields.address_field("From", f"{name} ({desk})" if name else desk, mailbox.address),
        fields.address_list("To", _people(letter, to)),
    ]
    if cc:
        head.append(fields.address_list("Cc", _people(letter, cc)))
    return [*head, fields.folded("Subject", subject), *_threaded(letter, mailbox)]


def _people(letter: Letter, people: Iterable[Address]) -> list[tuple[str, str]]:
    return [("" if letter.neutral else person_name(one.name), one.address) for one in people]


def _case_subject(letter: Letter, case: Case, policy: Policy) -> list[str]:
    """The number and the ref stay plain and unbroken: they are how the answer finds its case."""
    return [f"#{case.number}:", *fields.words(subject_of(letter, case, policy)), case.ref]


def _threaded(letter: Letter, mailbox: Mailbox) -> list[str]:
    """How the answer finds its way back, and its place in the customer's mail program."""
    chain = fields.references(letter.in_reply_to, letter.references)
    head = [_message_id(letter)]
    if mailbox.subaddress:
        head.append(fields.address_field("Reply-To", "", _plus(mailbox.address, "r", letter.token)))
    if letter.in_reply_to is not None and fields.is_message_id(letter.in_reply_to):
        head.append(f"In-Reply-To: {letter.in_reply_to}")
    if chain:
        head.append(fields.folded("References", chain))
    return head


def _desk_head(
    letter: Letter, subject: Iterable[str], mailbox: Mailbox, now: datetime, *, answered: bool = False
) -> list[str]:
    """To people of ours, without the ref that customers have. `answered`: it is about a case, so answers come home."""
    head = [
        _date(now),
        fields.address_field("From", "mailgate", mailbox.address),
        fields.address_field("To", "", letter.to.address),
        fields.folded("Subject", subject),
        _message_id(letter),
    ]
    if answered and mailbox.subaddress:
        head.append(fields.address_field("Reply-To", "", _plus(mailbox.address, "r", letter.token)))
    return [*head, *_machine_made(letter)]


def _desk_subject(letter: Letter, case: Case, policy: Policy, what: str) -> list[str]:
    named = priority_name(case, policy) or str(case.priority)
    return fields.words(
        one_line(f"Case {case.number}: {what} ({named}): {subject_of(letter, case, policy)}", SUBJECT_CAP)
    )


def _first_line(text: str) -> str:
    """What a letter to our people tells first, below the line above which its answer is to be written."""
    lines = (line.strip() for line in text.splitlines())
    return next((line for line in lines if line and not line.startswith("####")), "")


def _message_id(letter: Letter) -> str:
    if not fields.is_message_id(letter.message_id):
        raise ValueError("the letter has no valid Message-ID")
    return f"Message-ID: {letter.message_id}"


def _machine_made(letter: Letter) -> tuple[str, str]:
    """RFC 3834 §5 and its cousin: no machine is to answer a machine."""
    word = "auto-replied" if letter.kind in _ANSWERS else "auto-generated"
    return f"Auto-Submitted: {word}", "X-Auto-Response-Suppress: All"


def _plus(address: str, sort: str, token: str) -> str:
    if not (token.isascii() and token.isalnum()):
        raise ValueError("a token is letters and digits")
    local, _, domain = address.rpartition("@")
    return f"{local}+{sort}{token}@{domain}"
