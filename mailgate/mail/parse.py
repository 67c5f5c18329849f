"""RawMail becomes Mail: the one place where the readings of `mail/` are put together. Alone imports mailparser.

Fields that are not read at a glance come from mail-parser, reading a reduced copy (the few fields wanted, no bodies, no
Content-Type), and from our own reading where it stumbles: it raises on some hostile mail, gives the first of two, drops
raw 8-bit. Structure and words are our own (`skeleton.py`, `body.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any

import mailparser

from mailgate.mail.addresses import ADDRESSES_CAP, address, is_ordinary, read_addresses
from mailgate.mail.at_a_glance import plain_date, plain_list
from mailgate.mail.automatic import automatic
from mailgate.mail.body import read_body
from mailgate.mail.encoded import raw_text
from mailgate.mail.headers import Header
from mailgate.mail.identity import strict_author
from mailgate.mail.ids import message_id, message_ids
from mailgate.mail.message import Address, Envelope, Mail, RawMail
from mailgate.mail.reply import new_words
from mailgate.mail.report import read_report
from mailgate.mail.report_words import ReportPart
from mailgate.mail.skeleton import Part, Skeleton, walk
from mailgate.mail.text import html_to_text
from mailgate.mail.transfer import undo
from mailgate.mail.unread import plain_fields, shown_from, subject_of, unread_mail

_REPORT_PARTS_CAP = 50
_REPORT_BODY_CAP = 64 * 1024
_REPORTED = ("text/", "message/", "multipart/", "application/octet-stream")
_TELLING = ("message/disposition-notification", "message/feedback-report", "message/delivery-status")
_LISTS = ("from", "reply-to", "to", "cc")


class _Fields(mailparser.MailParser):  # type: ignore[misc]  # it has no types
    """mail-parser's reading of header fields alone: it would go on to look for bodies and attachments."""

    def parse(self) -> _Fields:
        self._reset()
        return self


def parse(raw: RawMail) -> Mail:
    """What a person would read in it. Never raises, for any bytes; what cannot be read comes back as `unread`."""
    try:
        return _read(raw)
    except Exception as trouble:  # noqa: BLE001 - one mail that breaks the reader must not stop the gate
        return unread_mail(raw, f"{type(trouble).__name__}: {trouble}"[:300])


def _read(raw: RawMail) -> Mail:
    skeleton = walk(raw.data[:])
    header, root = skeleton.header, skeleton.root
    fields = plain_fields(header)
    lists, date, stumbled = _people_and_date(header, root.charset)
    subject = subject_of(header, root.charset)
    shown = shown_from(header, lists["from"], lists["reply-to"])
    body = read_body(skeleton, html_to_text)
    words = new_words(body.text, body.html)
    reply_text = body.text if words.reply == body.text else words.reply  # one text, and not two in any process
    report = read_report(skeleton.data, _report_parts(skeleton), _with_path(fields, raw.envelope), subject, body.text)
    from_address = shown.address if shown else ""
    return Mail(
        envelope=raw.envelope,
        message_id=message_id(header.first("message-id")),
        identity=strict_author(header, skeleton.data[root.header_start : root.start]),
        shown_from=shown,
        reply_to=lists["reply-to"],
        to=lists["to"],
        cc=lists["cc"],
        subject=subject,
        date=date,
        in_reply_to=message_ids(header.first("in-reply-to")),
        references=message_ids(header.first("references")),
        fields=fields,
        text=body.text,
        reply_text=reply_text,
        elided=words.elided,
        html=body.html,
        attachments=body.attachments,
        automatic=automatic(fields, raw.envelope.sender, from_address, subject, body.text, report, _said_type(root)),
        report=report,
        defects=tuple(dict.fromkeys((*skeleton.defects, *body.defects, *stumbled))),
        protection=body.protection,
    )


def _people_and_date(
    header: Header, hint: str
) -> tuple[dict[str, tuple[Address, ...]], datetime | None, tuple[str, ...]]:
    """Address lists, date and defects. What is no plain form: mail-parser's where it has an answer, else our own."""
    joined = {name: _joined(header, name) for name in _LISTS}
    lists = {name: plain_list(value) for name, value in joined.items()}
    said = header.first("date")
    date = plain_date(said)
    # The fields wanted, one of each: everything else costs time (FACTS: half of it) and only adds ways to fail.
    asked = {name: value for name, value in joined.items() if lists[name] is None}
    if date is None and said:
        asked["date"] = said
    theirs, stumbled = _fields_of_mailparser(asked) if asked else ({}, ())
    if date is None:
        date = theirs.get("date")
    return (
        {name: _list(theirs.get(name), joined[name], hint) if one is None else one for name, one in lists.items()},
        date if isinstance(date, datetime) else _date(said),
        stumbled,
    )


def _fields_of_mailparser(asked: dict[str, bytes]) -> tuple[dict[str, Any], tuple[str, ...]]:
    copy = b"".join(name.encode("ascii") + b": " + value + b"\r\n" for name, value in asked.items() if value)
    try:
        read = _Fields(message_from_bytes(copy + b"\r\n"))
        return {name: getattr(read, name.replace("-", "_")) for name in asked}, ()
    except Exception as trouble:  # noqa: BLE001 - ValueError, TypeError, UnicodeError and its own kinds, on hostile mail
        return {}, (f"mail-parser stumbled: {type(trouble).__name__}",)


def _joined(header: Header, name: str) -> bytes:
    """The writer stands in one From, the first; recipients may stand in several fields."""
    values = header.all(name)
    return b", ".join(values) if name in ("to", "cc") else values[0] if values else b""


def _list(theirs: Any, value: bytes, hint: str) -> tuple[Address, ...]:
    pairs = theirs if isinstance(theirs, list) and _is_utf8(value) else []
    text = raw_text(value, hint)
    own = () if pairs and is_ordinary(text) else read_addresses(text)
    return own or tuple(one for name, spec in pairs[:ADDRESSES_CAP] if (one := address(str(name), str(spec))))


def _is_utf8(value: bytes) -> bool:
    """Of other raw 8-bit mail-parser makes escapes (`J\\udcfcrgen`), or nothing."""
    try:
        value.decode("utf_8")
    except UnicodeDecodeError:
        return False
    return True


def _date(value: bytes) -> datetime | None:
    """Forms that mail-parser refuses (no zone, a comment gone wrong) and the standard library still reads."""
    try:
        date = parsedate_to_datetime(raw_text(value))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    try:
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None


def _with_path(fields: tuple[tuple[str, str], ...], envelope: Envelope) -> tuple[tuple[str, str], ...]:
    """The fields with the return path that the door knows, which another host would have written above them."""
    return fields if envelope.sender is None else (("return-path", f"<{envelope.sender}>"), *fields)


def _said_type(root: Part) -> str:
    """The media type of the mail; where a gateway made a report "mixed", that of the part which makes it one."""
    told = [one.type for one in root.parts if one.type in _TELLING and one.disposition != "attachment"]
    return told[0] if told and root.type.startswith("multipart/") else root.type


def _report_parts(skeleton: Skeleton) -> Iterator[ReportPart]:
    """What a delivery report could be made of; pictures and documents are not. Of most mails nobody asks for them."""
    parts = (part for part in skeleton.root.leaves() if part.type.startswith(_REPORTED))
    for part in islice(parts, _REPORT_PARTS_CAP):
        yield ReportPart(
            content_type=part.type,
            header=skeleton.data[part.header_start : part.start],
            body=undo(skeleton.data[part.start : min(part.end, part.start + _REPORT_BODY_CAP)], part.encoding)[0],
        )
