"""Small cases, mails, letters and decisions for the tests of the store."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from mailgate.cases.case import Case, Decision, Entry, EntryKind, Letter, Outcome, Status, Written
from mailgate.cases.course import Course
from mailgate.cases.letter_kinds import LetterKind
from mailgate.cases.ref import Names
from mailgate.mail.message import Address, Authentication, Envelope, Mail, RawMail
from mailgate.store.keep import Arrival, keep, mint, receive
from moments import NOON

ANN = Address("Ann Lee", "Ann@customer.test")


def arrival(
    name: str, *, mailbox: str = "support", message_id: str | None = None, data: bytes = b"", at: datetime = NOON
) -> Arrival:
    """A mail whose identity follows from its name."""
    envelope = Envelope(
        mailbox, "ann@customer.test", ("support@example.com",), "test", at, "192.0.2.1", "mx.customer.test"
    )
    identity = hashlib.sha256(f"{mailbox} {name}".encode()).hexdigest()
    return Arrival(RawMail(data or f"Subject: {name}\r\n\r\n{name}\r\n".encode(), envelope), message_id, identity)


def new_case(names: Names, *, mailbox: str = "support", subject: str = "Printer on fire", at: datetime = NOON) -> Case:
    return Case(
        number=names.number,
        org=names.org,
        key=names.key,
        subject=subject,
        status=Status.NEW,
        priority=3,
        mailbox=mailbox,
        policy="default",
        contact=ANN,
        participants=(ANN.key,),
        opened_at=at,
        updated_at=at,
        course=Course(at, at),
    )


def letter(case: Case, names: Names, *, to: Address = ANN, occasion: str = "1") -> Written:
    key = f"{case.number}/confirmation/{occasion}/{to.key}"
    name = names.letter(key, case.number)
    message = f"To: {to.address}\r\nSubject: #{case.number}: {case.subject}\r\n {case.ref}\r\n\r\nHello\r\n".encode()
    return Written(
        Letter(LetterKind.CONFIRMATION, to, key, name.token, name.path, name.message_id),
        message,
        f"support+b{name.path}@example.com",
    )


def opening(case: Case, *, text: str = "It burns.", thread_ids: Sequence[str] = ()) -> Decision:
    return Decision(
        Outcome.FILED,
        "opened",
        case,
        opened=True,
        entries=(Entry(case.opened_at, EntryKind.MAIL, ANN.address, text, authentication=Authentication.PASS),),
        thread_ids=tuple(thread_ids),
    )


def open_case(
    connection: Connection, name: str = "1", *, mailbox: str = "support", now: datetime = NOON
) -> tuple[Case, Written, int]:
    """Receives the mail `<name@customer.test>` and keeps a case with it and with a confirmation."""
    message_id = f"<{name}@customer.test>"
    (receipt,) = receive(connection, [arrival(name, mailbox=mailbox, message_id=message_id, at=now)])
    names = mint(connection, now, "example.com", new_case=True)
    case = new_case(names, mailbox=mailbox, at=now)
    written = letter(case, names)
    decision = opening(case, thread_ids=[message_id])
    keep(connection, receipt.inbound_id, decision, [written], {"checks": []}, now, author=ANN.key, subject=case.subject)
    return case, written, receipt.inbound_id


def read_mail(message_id: str | None, *, by: Address | None = ANN, mailbox: str = "support") -> Mail:
    envelope = arrival("x", mailbox=mailbox).raw.envelope
    return Mail(envelope, message_id=message_id, identity=by, shown_from=by)
