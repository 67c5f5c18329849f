"""A Mail of the header alone, for a mail whose reading raised or had to be killed. Loads no library: the daemon, which
reads no mail itself, has need of it."""

from __future__ import annotations

from mailgate.mail.addresses import read_addresses
from mailgate.mail.encoded import raw_text, read_value
from mailgate.mail.guess import guess, is_utf8, read_as
from mailgate.mail.headers import PREFIX, Header, first_line, read_header
from mailgate.mail.ids import message_id, message_ids
from mailgate.mail.message import Address, Mail, RawMail
from mailgate.mail.names import one_line

_ODD_FIELDS = 20
_SAMPLE = 4096  # bytes


def unread_mail(raw: RawMail, why: str) -> Mail:
    """What the header says, and why there is no more. Never raises."""
    try:
        data = raw.data[:PREFIX]
        header = read_header(data, first_line(data), len(data))
        return Mail(
            envelope=raw.envelope,
            message_id=message_id(header.first("message-id")),
            shown_from=shown_from(header, read_addresses(raw_text(header.first("from"))), ()),
            subject=subject_of(header, ""),
            in_reply_to=message_ids(header.first("in-reply-to")),
            references=message_ids(header.first("references")),
            fields=plain_fields(header),
            defects=header.defects,
            unread=why or "unreadable",
        )
    except Exception as trouble:  # noqa: BLE001 - this is the last net
        return Mail(envelope=raw.envelope, unread=f"{why}; {type(trouble).__name__}")


def subject_of(header: Header, hint: str) -> str:
    """The first of them that says anything."""
    return next((said for value in header.all("subject") if (said := one_line(read_value(value, hint)))), "")


def shown_from(header: Header, author: tuple[Address, ...], reply_to: tuple[Address, ...]) -> Address | None:
    """Whoever may be displayed as the writer: From, else Reply-To, else Return-Path. Never authority."""
    return next(iter(author or reply_to or read_addresses(raw_text(header.first("return-path")))), None)


def plain_fields(header: Header) -> tuple[tuple[str, str], ...]:
    """Where many are raw 8-bit, one guess stands for all: each takes milliseconds."""
    odd = [field.value for field in header.fields if not is_utf8(field.value)]
    if len(odd) <= _ODD_FIELDS:
        return tuple((field.name, raw_text(field.value)) for field in header.fields)
    codec = guess(b"\n".join(odd)[:_SAMPLE])[1]
    return tuple(
        (field.name, read_as("utf_8" if is_utf8(field.value) else codec, field.value).replace("\0", ""))
        for field in header.fields
    )
