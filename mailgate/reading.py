"""Reads a mail as `parse` does; of an engineer's also the customer's mail that he passes on, and what of his own words
may go out to a customer. It runs in the reader's child (`reader.py`): html is looked into nowhere else."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from mailgate.cases.commands import Speaker, read_commands
from mailgate.mail.forward import Forwarded, forwarded
from mailgate.mail.going_out import going_out
from mailgate.mail.message import Authentication, Mail, Octets, Ours, PassedOn, RawMail
from mailgate.mail.parse import parse
from mailgate.mail.pictures import with_digests


def read_mail(raw: RawMail, ours: Ours) -> Mail:
    """The mail. Whether an engineer really wrote it is not known here: it costs a forger's mail a second look at most.
    Never raises for what the octets are."""
    mail = parse(raw)
    if mail.attachments:
        mail = replace(mail, attachments=with_digests(mail.attachments, raw.data))
    if mail.identity is None or mail.identity.key not in ours.engineers:
        return mail
    found = forwarded(mail, raw.data, ours.everybody)
    words = read_commands(mail.reply_text, Speaker.ENGINEER).rest
    return replace(
        mail,
        passes_on=_passed_on(mail, found, raw.data) if found else None,
        goes_out=going_out(mail, raw.data, words, ours.private, ours.address_of(mail.envelope.mailbox)),
    )


def _passed_on(outer: Mail, found: Forwarded, data: Octets) -> PassedOn:
    envelope = replace(outer.envelope, sender=None, authentication=Authentication.UNKNOWN, proof=None)
    inner = Mail(
        envelope=envelope,
        message_id=found.message_id,
        identity=found.author,
        shown_from=found.author,
        to=found.to,
        cc=found.cc,
        subject=found.subject,
        date=found.sent,
        in_reply_to=found.in_reply_to,
        references=found.references,
        fields=found.fields,
        text="\n\n".join(filter(None, (found.text, found.elided))),
        reply_text=found.text,
        elided=found.elided,
        html=found.html,
        attachments=with_digests(found.attachments, data),
        automatic=found.automatic,
    )
    return PassedOn(
        inner, found.comment, found.how, found.above, None if found.message_id else _likely_id(outer, found)
    )


def _likely_id(outer: Mail, found: Forwarded) -> str | None:
    """Gmail and Outlook write the Message-ID of what they forward into In-Reply-To. Where there is none, what its
    author wrote in that minute gets one of our own making, so that it is known when it is forwarded once more."""
    if found.how == "inline" and len(outer.in_reply_to) == 1:
        return outer.in_reply_to[0]
    if found.sent is None:
        return None
    words = "".join(filter(str.isalnum, found.subject + found.text)).casefold()
    said = f"{found.author.key}\n{found.sent:%Y%m%d%H%M}\n{words}"
    return f"<{hashlib.sha256(said.encode('utf-8', 'replace')).hexdigest()[:32]}@forwarded.invalid>"
