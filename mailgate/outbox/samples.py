"""Values with which every template is tried before it is used: all of them, and with those empty that may be.

So a name misspelt on either side of an `{% if %}` is found before a letter is lost on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from markupsafe import Markup

from mailgate.cases.letter_kinds import CASELESS_LETTERS, INTERNAL_LETTERS, OPERATOR_LETTERS, LetterKind
from mailgate.outbox.values import Values, moment_of

_MOMENT = moment_of(datetime(2026, 11, 21, 21, 37, tzinfo=UTC), "America/New_York")

_OPERATOR: Values = {
    "language": "en",
    "door": "inbox",
    "since": "2026-11-21 16:37 UTC",
    "why": "LoginFailed: no",
    "taken_in": True,
    "to": "customer.example",
    "hourly": 1000,
    "held": 12,
}
_SIGN_IN: Values = {"language": "en", "link": "https://support.example.com/desk/sign-in/7k2m9q", "minutes": 15}
_CASELESS: Values = {
    "language": "en",
    "name": "Ann",
    "telephone": "+1 555 0100",
    "hours": "Monday to Friday",
    "contact": "Support",
}
_CASE: Values = {
    "language": "en",
    "number": "2611000001",
    "subject": "Printer",
    "opened": _MOMENT,
    "priority": 3,
    "priority_name": "Medium",
    "link": "https://support.example.com/case/2611000001",
}
_CUSTOMER: Values = {
    **_CASELESS,
    **_CASE,
    "ref": "ref:_00D000000._5000000000000000:ref",
    "definition": "Service is limited little or not at all.",
    "urgent": 1,
    "may_change": 1,
    "next_step": "An engineer will contact you shortly.",
}
_DESK: Values = {
    **_CASE,
    "status": "open",
    "case_kind": "Incident",
    "customer": "Ann <ann@example.net>",
    "owner": "eve@example.com",
    "level": 2,
    "level_name": "Engineering",
    "task": "Solve it.",
    "rung": 1,
    "rung_name": "Manager",
    "provisional": 1,
    "account": "Example Ltd",
    "account_status": "escalated",
    "marker": "7k2m9qv4x8b1n5c3z6d0",
    "relays": 1,
}
_OWED: Values = {"about": "first_response_due", "due": _MOMENT, "overdue": 1}

_ENTRY: Values = {
    "words": "It burns.\n  And smokes.",
    "writer": "ann@example.net",
    "n": 2,
    "authenticated": "pass",
    "vouched_by": "bob@example.com",
    "recent": "Ann: It burns.",
    "attachments": "lamp.png, 12 KB",
    "clocks": "The first answer is owed at noon.",
    "commands": "/note\n/close",
}

# The values that one letter alone has; what each kind is given, `cases/` decides.
OF_ONE_LETTER: Mapping[LetterKind, Values] = {
    LetterKind.CONFIRMATION: {"response_due": _MOMENT, "outage": "Tonight.", "provisional": 1},
    LetterKind.REPLY: {
        "words": "The fuse is out.\n\nReplace it.",
        "words_html": Markup("<p>The fuse is out.</p><p>Replace it.</p>"),
        "engineer": "Eve",
    },
    LetterKind.PRIORITY_CHANGED: {"was": 3, "was_name": "Medium", "response_due": _MOMENT},
    LetterKind.CUSTOMER_REMINDER: {"since": _MOMENT},
    LetterKind.CLOSING_NOTICE: {"closes": _MOMENT, "resolved": 1},
    LetterKind.CLOSED: {"reopen_days": 14, "resolved": 1},
    LetterKind.PROGRESS: {"begun": 1},
    LetterKind.MORE_NEEDED: {"ask_for": "The version.\nThe log."},
    LetterKind.PAGE_CODE: {"code": "40302010", "minutes": 10},
    LetterKind.ACCOUNT_READY: {"account_link": "https://support.example.com/account"},
    LetterKind.ACCOUNT_DECLINED: {"reason": "You have one already."},
    LetterKind.ORGANISATION_LINK: {
        "account": "Example Ltd",
        "organisation_link": "https://support.example.com/organisation/token",
        "ends": _MOMENT,
    },
    LetterKind.ENTITLEMENT_MISSING: {"missing": "A maintenance contract.", "no_contact": 1, "no_contract": 1},
    LetterKind.OUTAGE_ANNOUNCED: {"starts": _MOMENT, "ends": _MOMENT, "text": "No service."},
    LetterKind.ENGINEER_REMINDER: _OWED,
    LetterKind.BREACH: _OWED,
    LetterKind.ESCALATED: {"by": "mailgate", "reason": "no solution yet"},
    LetterKind.HANDED_ON: {"by": "eve@example.com", "reason": "too deep for us", "recent": "Ann: It burns."},
    LetterKind.WRITE_TO_SUPPORT: {
        "support_address": "support@example.com",
        "response_due": _MOMENT,
        "outage": "Tonight.",
        "provisional": 1,
    },
    LetterKind.NEW_CASE: _ENTRY,
    LetterKind.NEW_ENTRY: {**_ENTRY, "on_page": 1},
    LetterKind.NOT_DELIVERED: {
        "recipient": "ann@example.net",
        "why": "there is no such mailbox",
        "delivery_status": "5.1.1",
        "server_said": "550 5.1.1 no such user",
        "written": _MOMENT,
        "ours": 1,
        "pauses": 1,
        "nowhere": 1,
    },
    LetterKind.COMMAND_ANSWER: {
        "ordered": 1,
        "understood": "/level 2",
        "faults": "/prioriti 1: no such command",
        "commands": "/note\n/close",
        "kept_as": "it has no words",
    },
    LetterKind.CASE_STATUS: {"recent": "Ann: It burns.", "clocks": "Nothing is owed.", "people": "ann@example.net"},
    LetterKind.HELD_MAIL: {
        "writer": "mallory@example.org",
        "authenticated": "unknown",
        "subject_said": "Printer",
        "words": "It burns.",
        "why": "the writer does not take part",
        "inbound": 7,
    },
    LetterKind.ACCOUNT_ASKED: {
        "telephone_given": "+1 555 0101",
        "preferred": "telephone",
        "by": "bob@example.net",
        "approve_link": "https://support.example.com/account/approve/token",
    },
    LetterKind.ACCOUNT_ESCALATED: {"account": "Example Ltd", "by": "eve@example.com", "reason": "Outage."},
}
_NEVER_EMPTY = frozenset(
    {"language", "number", "ref", "subject", "opened", "priority", "contact", "status", "level", "was", "door"}
    | {"since", "closes", "starts", "ends", "due", "about", "inbound", "marker", "support_address", "written"}
)


def trials(kind: LetterKind) -> tuple[Values, Values]:
    """The values that the letter's templates are tried with: full, and spare."""
    if kind in OPERATOR_LETTERS:
        common = _SIGN_IN if kind is LetterKind.SIGN_IN else _OPERATOR
    elif kind in CASELESS_LETTERS:
        common = _CASELESS
    else:
        common = _DESK if kind in INTERNAL_LETTERS else _CUSTOMER
    full = {**common, **OF_ONE_LETTER.get(kind, {})}
    spare = {name: value if name in _NEVER_EMPTY else _empty(value) for name, value in full.items()}
    return full, spare


def _empty(value: object) -> object:
    return 0 if isinstance(value, int) else ""
