"""What mail servers answer where a letter of ours does not arrive: reports as RFC 3464 has them."""

from __future__ import annotations

from typing import Any

_REPORT = """\
From: Mail Delivery System <MAILER-DAEMON@mx.customer.test>
To: {to}
Subject: {subject}
Date: Tue, 17 Nov 2026 12:00:00 +0000
Message-ID: <{name}@mx.customer.test>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_r"

--=_r
Content-Type: text/plain

This is the mail system at host mx.customer.test.

--=_r
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.customer.test

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--=_r
Content-Type: text/rfc822-headers

Message-ID: {original}
Subject: x

--=_r--
"""


def report(
    letter: dict[str, Any],
    status: str = "5.1.1",
    *,
    recipient: str | None = None,
    said: str = "550 5.1.1 no such user",
    action: str = "failed",
    original: str | None = None,
    name: str = "",
) -> bytes:
    """A report on that letter (a row of `outbox show`), or on one that it is made to seem."""
    return (
        _REPORT.format(
            to=letter["envelope_from"],
            subject="Undelivered Mail Returned to Sender",
            name=name or f"{letter['id']}.{status}.{action}",
            recipient=letter["to"] if recipient is None else recipient,
            action=action,
            status=status,
            said=said,
            original=letter["message_id"] if original is None else original,
        )
        .replace("\n", "\r\n")
        .encode()
    )
