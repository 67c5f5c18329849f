"""The mails that customers, and the machines on their side, write in a scenario."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from mailgate.simulate.record import Sent
from mailgate.simulate.scenario import BounceStep, MailStep

_REPORT = """\
--=_report
Content-Type: text/plain

Your message could not be delivered: {why}

--=_report
Content-Type: message/delivery-status

Reporting-MTA: dns; {domain}

Final-Recipient: rfc822; {to}
Action: failed
Status: {status}
Diagnostic-Code: smtp; {why}

--=_report
Content-Type: text/rfc822-headers

{head}

--=_report--
"""


def written(step: MailStep, to: str, answered: Sent | None, name: str, now: datetime) -> bytes:
    """The mail of that step. `name` makes its Message-ID; `answered` is the letter that it answers."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = step.sender, to
    subject = step.subject or (f"Re: {answered.subject}" if answered else "")
    mail["Subject"], mail["Date"] = subject, format_datetime(now)
    mail["Message-ID"] = f"<{name}@{domain_of(step.sender)}>"
    if answered is not None:
        letter = answered.letter
        ids = (str(letter["References"] or ""), str(letter["Message-ID"]))
        mail["In-Reply-To"], mail["References"] = ids[1], " ".join(" ".join(ids).split())
    if step.auto:
        mail["Auto-Submitted"] = step.auto
    mail.set_content(step.body)
    return mail.as_bytes()


def answer_address(letter: Sent) -> str:
    """Where a letter is to be answered to."""
    return parseaddr(str(letter.letter["Reply-To"] or letter.letter["From"]))[1]


def bounced(step: BounceStep, letter: Sent, name: str, now: datetime) -> bytes:
    """What the mail server of the letter's recipient answers (RFC 3464)."""
    report = EmailMessage(policy=SMTP)
    report["From"], report["To"] = f"Mail Delivery System <mailer-daemon@{domain_of(letter.to)}>", letter.envelope_from
    report["Subject"], report["Date"] = "Undelivered Mail Returned to Sender", format_datetime(now)
    report["Message-ID"] = f"<{name}@{domain_of(letter.to)}>"
    report["Auto-Submitted"] = "auto-replied"
    report["Content-Type"] = 'multipart/report; report-type=delivery-status; boundary="=_report"'
    status = next((word for word in step.why.split() if word.count(".") == 2), "5.0.0")
    body = _REPORT.format(
        why=step.why,
        status=status,
        to=letter.to,
        domain=domain_of(letter.to),
        head="\n".join(f"{field}: {letter.letter[field]}" for field in ("From", "To", "Message-ID")),
    )
    return report.as_bytes().rstrip(b"\r\n") + b"\r\n\r\n" + body.replace("\n", "\r\n").encode()


def domain_of(address: str) -> str:
    return parseaddr(address)[1].rpartition("@")[2] or "customer.test"
