"""A Mail becomes the JSON object of `mailgate parse` (DESIGN, "The command line"). Plain values only."""

from __future__ import annotations

from typing import Any

from mailgate.mail.message import AutomaticKind, Mail


def as_json(mail: Mail, file: str) -> dict[str, Any]:
    """`from` is one plain address or ""; `is_auto` a machine's mail that is no bounce; times ISO 8601 in UTC."""
    kind = mail.automatic.kind if mail.automatic else None
    bounced = kind is AutomaticKind.BOUNCE
    recipients = mail.report.recipients if mail.report and bounced else ()
    return {
        "file": file,
        "subject": mail.subject,
        "from": mail.shown_from.address if mail.shown_from else "",
        "to": [one.address for one in mail.to],
        "cc": [one.address for one in mail.cc],
        "date": mail.date.isoformat() if mail.date else None,
        "message_id": mail.message_id,
        "text": mail.text,
        "reply_text": mail.reply_text,
        "html": mail.html,
        "attachments": [{"name": one.name, "type": one.type, "size": one.size} for one in mail.attachments],
        "is_bounce": bounced,
        "bounce_recipients": [one.address for one in recipients],
        "is_auto": kind is not None and not bounced,
        "defects": [*mail.defects, *([f"unread: {mail.unread}"] if mail.unread else [])],
    }
