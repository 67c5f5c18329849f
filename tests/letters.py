"""A case, a policy, a mailbox and a letter as most tests of the outbox need them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from mailgate.cases.case import Case, Letter, LetterKind, Status
from mailgate.cases.course import Course
from mailgate.mail.message import Address
from mailgate.policy.policy import Contact, Policy
from mailgate.settings import Mailbox

SHIPPED = Path(__file__).parent.parent / "templates"
OPENED = datetime(2026, 11, 21, 21, 37, tzinfo=UTC)
TOKEN = "7k2m9qv4x8b1n5c3z6d0"

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
    message_id=f"<r{TOKEN}.2611000001@example.com>",
    in_reply_to="<parent@example.net>",
    references=("<first@example.net>", "<parent@example.net>"),
)
