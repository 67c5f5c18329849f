"""A message written on the page becomes a mail, taken in as any is: by a door, "page", and durable before it says so.

So the laws of mail hold for it: it is counted, checked, walked, replayed and explained. Its writer is whose link it is.
"""

from __future__ import annotations

import hashlib
import re
from base64 import encodebytes
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from mailgate import figures
from mailgate.cases.may import may
from mailgate.cases.ruling import Action
from mailgate.house import House
from mailgate.intake.accept import accept_now
from mailgate.intake.room import MIB, Room
from mailgate.intake.spool import IN_MEMORY, Spool
from mailgate.mail.message import Authentication, Envelope
from mailgate.mail.names import safe_name
from mailgate.outbox import fields
from mailgate.outbox.clean import SUBJECT_CAP, one_line, person_name
from mailgate.web.customer.guest import Guest
from mailgate.web.forms import Form, FormFault, Upload

DOOR = "page"
MOST_WORDS = 100_000
_TOO_LONG = "That is too long: at most 100,000 characters. Add it as a file."
# Of a mail, written in base64; the guard lets 35 MiB pass.
_MOST = 64 * MIB
_PIECE = 57 * 1024  # whole lines of base64
# A browser says what a file is; parts that hold parts are nobody's files.
_TYPE = re.compile(r"(?!multipart/|message/)[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")


def received(house: House, guest: Guest, form: Form) -> int:
    """Stores the message; gives its inbox id. FormFault where there is nothing, or too much, in it."""
    words = form.fields.get("words", "").replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if not words.strip() and not form.files:
        raise FormFault("words", "Write what you want to tell us, or add a file.")
    if len(words) > MOST_WORDS:
        raise FormFault("words", _TOO_LONG)
    now = house.clock.now()
    box = house.mailbox(guest.case.mailbox)
    sender = guest.case.contact.address if guest.case.contact and guest.case.contact.key == guest.key else guest.key
    # What his link alone would not let him order by a button, he does not order by a line in a message.
    proved = may(guest.actor, Action.COMMAND, guest.case, guest.policy).allowed
    found = Authentication.PASS if proved else Authentication.UNKNOWN
    envelope = Envelope(box.name, sender, (box.address,), DOOR, now, authentication=found)
    spool = Spool(Room(IN_MEMORY), Room(_MOST))
    try:
        for octets in mail_of(house, guest, sender, words, form, now):
            spool.add(octets)
        receipt = accept_now(house.store, spool.take(), (envelope,))[0]
    finally:
        spool.clear()
    if not receipt.duplicate:
        figures.count("mails_stored", door=DOOR)
    return receipt.inbound_id


def mail_of(house: House, guest: Guest, sender: str, words: str, form: Form, now: datetime) -> Iterator[bytes]:
    """The message as a mail (RFC 5322), piece by piece: its files may be big. The same form sent twice is one mail: its
    `once` makes the Message-ID."""
    case, box = guest.case, house.mailbox(guest.case.mailbox)
    if fields.addr_spec(sender) is None:
        raise FormFault("words", "Your address cannot be written from here. Please write to us by mail.")
    name = person_name(case.contact.name) if case.contact and case.contact.key == guest.key else ""
    once = hashlib.sha256(f"{guest.token}\n{form.text('once')}".encode()).hexdigest()[:40]
    subject = fields.words(one_line(case.subject, SUBJECT_CAP))
    head = (
        f"Date: {format_datetime(now)}",
        fields.address_field("From", name, sender),
        fields.address_field("To", "", box.address),
        fields.folded("Subject", [f"Re: #{case.number}:", *subject, case.ref]),
        f"Message-ID: <page.{once}@{house.domain(case.mailbox)}>",
        "MIME-Version: 1.0",
    )
    yield "".join(f"{line}\r\n" for line in head).encode()
    said = EmailMessage(SMTP)
    said.set_content(words + "\n", charset="utf-8", cte="base64")
    if not form.files:
        yield _part(said)
        return
    # What is written in base64 holds no "_": no file can have the line in it.
    line = f"=_{once}"
    yield f'Content-Type: multipart/mixed; boundary="{line}"\r\n\r\n--{line}\r\n'.encode() + _part(said)
    for file in form.files:
        yield f"\r\n--{line}\r\n".encode() + _head_of(file)
        for octets in file.pieces(_PIECE):
            yield _in_base64(octets)
    yield f"\r\n--{line}--\r\n".encode()


def _part(part: EmailMessage) -> bytes:
    """The mail that holds it says in which version of MIME it is written."""
    del part["MIME-Version"]
    return part.as_bytes()


def _head_of(file: Upload) -> bytes:
    kind = file.type if _TYPE.fullmatch(file.type) else "application/octet-stream"
    main, _, sub = kind.partition("/")
    part = EmailMessage(SMTP)
    part.set_content(b"", maintype=main, subtype=sub, disposition="attachment", filename=safe_name(file.name) or "file")
    return _part(part)


def _in_base64(octets: bytes) -> bytes:
    return encodebytes(octets).replace(b"\n", b"\r\n")
