"""A Mail becomes the JSON object of `mailgate parse` (DESIGN, "The command line"). Plain values only."""

from __future__ import annotations

import re
from typing import Any

from mailgate.mail.message import Attachment, AutomaticKind, Mail

# The parts a delivery report is made of (RFC 6522): what they say stands in `is_bounce` and `bounce_recipients`.
_REPORT_PARTS = frozenset(
    {
        "message/delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
        "message/global-delivery-status",
        "message/rfc822",
        "message/rfc822-headers",
        "text/rfc822-headers",
    }
)
_LOCAL_CAP = 200  # characters of a From
_LOCAL = re.compile(r"[ ]{0,9}+(?:[^<>@]*<([\w.+-]{1,64})>|([\w.+-]{1,64}))[ ]*(?:\([^()@]*\)[ ]*)?")


def as_json(mail: Mail, file: str) -> dict[str, Any]:
    """`from` is one plain address (of a machine's own user its name) or ""; `is_auto` a machine's mail, no bounce,
    no list's; times ISO 8601 in UTC."""
    kind = mail.automatic.kind if mail.automatic else None
    bounced = kind is AutomaticKind.BOUNCE
    recipients = mail.report.recipients if mail.report and bounced else ()
    return {
        "file": file,
        "subject": mail.subject,
        "from": mail.shown_from.address if mail.shown_from else _local_user(mail),
        "to": [one.address for one in mail.to],
        "cc": [one.address for one in mail.cc],
        "date": mail.date.isoformat() if mail.date else None,
        "message_id": mail.message_id,
        "text": mail.text,
        "reply_text": mail.reply_text,
        "html": mail.html,
        "attachments": [
            {"name": one.name, "type": one.type, "size": one.size} for one in mail.attachments if _is_file(mail, one)
        ],
        "is_bounce": bounced,
        "bounce_recipients": [one.address for one in recipients],
        "is_auto": kind in {AutomaticKind.AUTO_REPLY, AutomaticKind.AUTO_GENERATED},  # people write on lists
        "defects": [
            *mail.defects,
            *([f"unread: {mail.unread}"] if mail.unread else []),
            *([mail.protection] if mail.is_encrypted else []),
        ],
    }


def _local_user(mail: Mail) -> str:
    """The "root" of "From: root (Cron Daemon)", to which nobody outside that machine can answer."""
    said = next((value for name, value in mail.fields if name == "from"), "")
    found = _LOCAL.fullmatch(said[:_LOCAL_CAP])
    return (found[1] or found[2]) if found else ""


def _is_file(mail: Mail, attachment: Attachment) -> bool:
    """What has a name is. Without one, a report's own parts are not, nor a picture that stands between the words."""
    if attachment.name:
        return True
    if mail.report is not None and attachment.type in _REPORT_PARTS:
        return False
    return not attachment.inline
