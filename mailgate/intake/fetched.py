"""The envelope of a mail that was fetched: nobody said MAIL or RCPT, so what its delivery wrote into it must do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from mailgate.mail.headers import first_line, read_header
from mailgate.mail.message import Envelope
from mailgate.settings import Mailbox

# Where a delivery writes the address that a mail came to, the surest first; then where its writer did.
_ADDRESSED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "to", "cc")
_ADDRESS = re.compile(rb"[^\s<>,;:\"()\[\]@]+@[A-Za-z0-9._-]+")
_MOST = 20


def envelope_of(
    raw: bytes,
    mailbox: Mailbox,
    owner: Callable[[str], Mailbox | None],
    door: str,
    now: datetime,
    marks: tuple[str, ...] = (),
) -> Envelope:
    """All of it is for `mailbox`; its recipients are the addresses in it that are that mailbox's, plus-parts included.

    The sender is None: who checks a return path in the header must know that it stood there.
    """
    mine = dict.fromkeys(address for address in _addresses(raw) if owner(address) == mailbox)
    return Envelope(mailbox.name, None, tuple(mine)[:_MOST] or (mailbox.address,), door, now, marks=marks)


def _addresses(raw: bytes) -> Iterator[str]:
    header = read_header(raw, first_line(raw), len(raw))
    for name in _ADDRESSED:
        for value in header.all(name):
            for found in _ADDRESS.findall(value):
                yield found.decode("utf-8", "replace")
