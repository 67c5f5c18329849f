"""What makes a mail the same mail through every door: its Message-ID and its content without the transport's marks.

Asked before a door says 250, so it is one cheap pass and reads no MIME.
"""

from __future__ import annotations

import hashlib

from mailgate.mail.headers import PREFIX, Header, first_line, read_header
from mailgate.mail.ids import message_id
from mailgate.mail.message import Octets

_BLOCK = 256 * 1024

# Fields that a mail gains or changes on its way, so that two copies of one mail differ in them.
_TRANSPORT = frozenset(
    {
        "received",  # one a hop (RFC 5321 §4.4)
        "x-received",  # Google's own hops
        "return-path",  # written at final delivery
        "delivered-to",  # Postfix and qmail, a copy each
        "x-delivered-to",  # Fastmail and others
        "x-original-to",  # Postfix, before aliases
        "envelope-to",  # Exim
        "x-envelope-to",
        "x-envelope-from",
        "delivery-date",  # Exim
        "x-forwarded-to",  # Gmail's forwarding
        "x-forwarded-for",
        "x-forwarded-encrypted",
        "x-gm-message-state",  # Gmail, another each time
        "x-google-smtp-source",
        "x-google-dkim-signature",
        "authentication-results",  # each border writes its own (RFC 8601)
        "x-authentication-results",
        "dkim-signature",  # a forwarder may add one
        "domainkey-signature",
        "dkim-filter",
        "received-spf",  # RFC 7208 §9.1
        "x-virus-scanned",
        "status",  # mbox and IMAP servers' own bookkeeping
        "x-status",
        "x-uid",
        "x-uidl",
        "x-keywords",
        "x-imap",
        "x-imapbase",
        "lines",
        "content-length",  # mbox again (Solaris)
        "x-mozilla-status",
        "x-mozilla-status2",
        "x-mozilla-keys",
        "x-evolution-source",
        "x-spam",
        "x-rspamd-queue-id",
        "x-rspamd-server",
        "x-rspamd-action",
        "x-spamd-result",
        "x-spamd-bar",
        "x-quarantine-id",
        "x-originalarrivaltime",  # Exchange, at each store
        "x-ms-has-attach",
        "x-ms-tnef-correlator",
    }
)
_TRANSPORT_PREFIXES = (
    "arc-",  # one set a forwarder (RFC 8617)
    "x-spam-",  # SpamAssassin
    "x-rspam",
    "x-virus-",  # amavis, clamav-milter
    "x-amavis-",
    "x-mailscanner-",
    "x-barracuda-",
    "x-ironport-",
    "x-proofpoint-",
    "x-mimecast-",
    "x-mailgate-",  # our own doors
    "x-ms-exchange-",  # Exchange and Microsoft 365: organisation, cross-tenant, antispam, a set a hop
    "x-microsoft-antispam",
    "x-forefront-",
    "x-eop",
    "x-getmail-",
    "x-fetchmail-",
)


def message_id_of(data: Octets, header: Header | None = None) -> str | None:
    """The mail's Message-ID with its brackets, as `parse` gives it; None where it has none."""
    return message_id((header or header_of(data)).first("message-id"))


def identity_of(mailbox: str, data: Octets, header: Header | None = None) -> str:
    """A hex digest: the same for one mail in one mailbox through any door, another for any other content.

    Line ends (CRLF, LF), folding, and empty lines at the end make no difference; transport fields are left out.
    """
    header = header or header_of(data)
    digest = hashlib.sha256()
    for piece in (mailbox.encode(), (message_id(header.first("message-id")) or "").encode("utf_8", "replace")):
        digest.update(b"%d:%b" % (len(piece), piece))
    if not header.whole:
        # A header over its caps is not read apart: the whole mail counts as it came.
        _update(digest, data, 0)
        return digest.hexdigest()
    kept = (one for one in header.fields if one.name not in _TRANSPORT and not one.name.startswith(_TRANSPORT_PREFIXES))
    digest.update(b"".join(b"\n%b:%b" % (one.name.encode("ascii"), b" ".join(one.value.split())) for one in kept))
    digest.update(b"\n\n")
    _update(digest, data, header.body)
    return digest.hexdigest()


def header_of(data: Octets) -> Header:
    """Its header section, for who asks more than one thing of it."""
    prefix = data[:PREFIX]
    return read_header(prefix, first_line(prefix), len(prefix))


def _update(digest: hashlib._Hash, data: Octets, start: int) -> None:
    """The rest of the mail, every CR left out, in blocks so that a big mail is not copied whole."""
    end = _end(data, start)
    for at in range(start, end, _BLOCK):
        digest.update(data[at : min(at + _BLOCK, end)].replace(b"\r", b""))


def _end(data: Octets, start: int) -> int:
    """Where the content ends: white space after it does not count."""
    end = len(data)
    while end > start:
        block = data[max(start, end - _BLOCK) : end]
        kept = len(block.rstrip(b" \t\r\n"))
        if kept:
            return end - len(block) + kept
        end -= len(block)
    return start
