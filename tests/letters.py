"""A case, a policy, a mailbox and a letter as most tests of the outbox need them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from mailgate.cases.case import Case, Letter, Status
from mailgate.cases.course import Course
from mailgate.cases.letter_kinds import CASELESS_LETTERS, INTERNAL_LETTERS, OPERATOR_LETTERS, LetterKind
from mailgate.mail.message import Address
from mailgate.policy.policy import Contact, Policy
from mailgate.settings import Mailbox

SHIPPED = Path(__file__).parent.parent / "templates"
OPENED = datetime(2026, 11, 21, 21, 37, tzinfo=UTC)
TOKEN = "7k2m9qv4x8b1n5c3z6d0"
PATH = "0d6z3c5n1b8x4vq9m2k7"

MAILBOX = Mailbox("support", "support@example.com", subaddress=True)
POLICY = Policy("appviewx", zone="America/New_York", contact=Contact("Example Support", "+1 555 0100"))
CASE = Case(
    number="2611000001",
    org="00D7F47PR0",
    key="5007FY8VVC00000X",
    subject="Printer on fire",
    status=Status.NEW,
    priority=3,
    mailbox="support",
    policy="appviewx",
    contact=None,
    participants=("ann@example.net",),
    opened_at=OPENED,
    updated_at=OPENED,
    course=Course(OPENED, OPENED),
)
LETTER = Letter(
    kind=LetterKind.CONFIRMATION,
    to=Address("Ann Miller", "ann@example.net"),
    key="2611000001/confirmation/1/ann@example.net",
    token=TOKEN,
    path=PATH,
    message_id=f"<r{TOKEN}.2611000001@example.com>",
    in_reply_to="<parent@example.net>",
    references=("<first@example.net>", "<parent@example.net>"),
)

# A reply carries a person's words: `Renderer.reply` alone writes it.
CUSTOMER_LETTERS = [
    kind
    for kind in LetterKind
    if kind not in INTERNAL_LETTERS | CASELESS_LETTERS | OPERATOR_LETTERS | {LetterKind.REPLY}
]

Says = Mapping[str, str | int | datetime]

# What `cases/` gives each kind at least, and what beside that.
_OWED: Says = {"about": "first_response_due", "due": OPENED, "overdue": 1}
LEAST: Mapping[LetterKind, Says] = {
    LetterKind.PRIORITY_CHANGED: {"was": 4},
    LetterKind.CUSTOMER_REMINDER: {"since": OPENED},
    LetterKind.CLOSING_NOTICE: {"closes": OPENED, "resolved": 0},
    LetterKind.CLOSED: {"reopen_days": 0, "resolved": 0},
    LetterKind.PROGRESS: {"begun": 0},
    LetterKind.MORE_NEEDED: {"ask_for": ""},
    LetterKind.PAGE_CODE: {"code": "40302010", "minutes": 10},
    LetterKind.ACCOUNT_READY: {"account_link": ""},
    LetterKind.ACCOUNT_DECLINED: {"reason": ""},
    LetterKind.ORGANISATION_LINK: {
        "account": "a <b> & c",
        "organisation_link": "https://support.example.com/organisation/t",
        "ends": OPENED,
    },
    LetterKind.ENTITLEMENT_MISSING: {"missing": "", "no_contact": 0, "no_contract": 1},
    LetterKind.OUTAGE_ANNOUNCED: {"starts": OPENED, "ends": OPENED, "text": ""},
    LetterKind.WRITE_TO_SUPPORT: {"support_address": "support@example.com"},
    LetterKind.NEW_CASE: {"words": "It burns.", "writer": "ann@example.net", "authenticated": "pass"},
    LetterKind.NEW_ENTRY: {"words": "It burns.", "writer": "ann@example.net", "authenticated": "fail"},
    LetterKind.NOT_DELIVERED: {
        "recipient": "ann@example.net",
        "why": "there is no such mailbox",
        "written": OPENED,
        "ours": 0,
        "pauses": 0,
        "nowhere": 0,
    },
    LetterKind.ENGINEER_REMINDER: {**_OWED, "overdue": 0},
    LetterKind.BREACH: _OWED,
    LetterKind.ESCALATED: {"rung": 1, "rung_name": "", "by": "mailgate", "reason": ""},
    LetterKind.HANDED_ON: {"level": 2, "owner": "", "by": "operator", "reason": ""},
    LetterKind.HELD_MAIL: {
        "writer": "mallory@example.org",
        "authenticated": "unknown",
        "subject_said": "a <b> & c",
        "words": "It burns.",
        "why": "the writer does not take part",
        "inbound": 7,
    },
    LetterKind.ACCOUNT_ESCALATED: {"account": "Example Ltd", "by": "operator", "reason": ""},
}
_ENTRY: Says = {
    "words": "It burns.\n  <b>Since noon</b>",
    "vouched_by": "bob@example.com",
    "attachments": "lamp.png, 12 KB\n<b>.log, 1 KB",
    "recent": "Eve: Is it lit?\n  a <b> & c",
    "clocks": "The first answer is owed at noon.",
    "commands": "/note\n/close",
}
MORE: Mapping[LetterKind, Says] = {
    LetterKind.CONFIRMATION: {"response_due": OPENED, "outage": "Tonight & tomorrow.", "urgent": 1, "provisional": 1},
    LetterKind.WRITE_TO_SUPPORT: {"response_due": OPENED, "outage": "Tonight & tomorrow.", "provisional": 1},
    LetterKind.PRIORITY_CHANGED: {"response_due": OPENED},
    LetterKind.CLOSING_NOTICE: {"resolved": 1},
    LetterKind.CLOSED: {"reopen_days": 14, "resolved": 1},
    LetterKind.PROGRESS: {"begun": 1},
    LetterKind.MORE_NEEDED: {"ask_for": "The version.\n<The log>"},
    LetterKind.PAGE_CODE: {"code": "40302010", "minutes": 10},
    LetterKind.ACCOUNT_READY: {"account_link": "https://support.example.com/account?a=1&b=2"},
    LetterKind.ACCOUNT_DECLINED: {"reason": "a <b> & c\nTwice."},
    LetterKind.ENTITLEMENT_MISSING: {"missing": "A contract\n& a contact.", "no_contact": 1},
    LetterKind.OUTAGE_ANNOUNCED: {"text": "No service.\n<Sorry.>"},
    LetterKind.ENGINEER_REMINDER: {"overdue": 1},
    LetterKind.ESCALATED: {"rung_name": "Manager", "by": "eve@example.com", "reason": "a <b> & c"},
    LetterKind.HANDED_ON: {
        "owner": "eve@example.com",
        "by": "bob@example.com",
        "reason": "a <b> & c",
        "recent": "Eve: lit?\n  a <b>",
    },
    LetterKind.NEW_CASE: _ENTRY,
    LetterKind.NEW_ENTRY: _ENTRY,
    LetterKind.NOT_DELIVERED: {"delivery_status": "5.1.1"},
    LetterKind.COMMAND_ANSWER: {
        "understood": "/level 2",
        "faults": "/prioriti <b>: no such command",
        "commands": "/note\n/close",
        "kept_as": "it has no words",
    },
    LetterKind.CASE_STATUS: {"recent": "Ann: It <b>burns", "clocks": "Nothing is owed.", "people": "ann@example.net"},
    LetterKind.ACCOUNT_ASKED: {
        "telephone_given": "+1 555 0101",
        "preferred": "telephone",
        "by": "bob@example.net",
        "approve_link": "https://support.example.com/account/approve/t",
    },
    LetterKind.ACCOUNT_ESCALATED: {"account": "<Example> & Co", "by": "eve@example.com", "reason": "a <b> & c"},
}


def of_kind(kind: LetterKind, *, full: bool = False) -> Letter:
    """A letter of that kind as `cases/` makes it, with the least that it may say or with all."""
    says = {**LEAST.get(kind, {}), **(MORE.get(kind, {}) if full else {})}
    letter = replace(LETTER, kind=kind, says=tuple(says.items()))
    if kind in INTERNAL_LETTERS:
        return replace(letter, to=Address("", "eve@example.com"), in_reply_to=None, references=())
    return letter
