"""Reads the words of a letter that we wrote ourselves (`outbox/compose.py`) out of its bytes: utf-8, text and html."""

from __future__ import annotations

import html as entities
import re
from datetime import datetime
from typing import Final

from mailgate.mail.addresses import read_addresses
from mailgate.mail.already_said import Sent
from mailgate.mail.transfer import undo

_MOST: Final = 100_000  # characters of a rendering
# As `compose.py` writes it: what shows the words stands first of all parts, and in it the text before the html.
_SHOWN = re.compile(rb'\nContent-Type: multipart/alternative; boundary="([^"\r\n]+)"\r\n\r\n')
_LEAF = re.compile(
    rb'\r\nContent-Type: text/(plain|html); charset="utf-8"\r\nContent-Transfer-Encoding: ([a-z0-9-]+)\r\n\r\n'
)
_FROM = re.compile(rb"^From: ([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)", re.MULTILINE)
_NOT_SHOWN = re.compile(r"<(style|title|head)\b[^>]*>.*?</\1>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


def sent_of(message: bytes, at: datetime) -> Sent:
    """The letter as its readers have it; `at` is when it was written. Of its html the words alone, whatever a mail
    program makes of the rest."""
    shown = _SHOWN.search(message)
    if shown is None:
        return Sent((), at=at)
    texts = []
    for part in message[shown.end() :].split(b"--" + shown[1])[1:]:
        if leaf := _LEAF.match(part):
            body = undo(part[leaf.end() :].removesuffix(b"\r\n"), leaf[2].decode())[0]
            text = body.decode("utf_8", "replace")[:_MOST]
            texts.append(entities.unescape(_TAG.sub(" ", _NOT_SHOWN.sub(" ", text))) if leaf[1] == b"html" else text)
    sender = _FROM.search(message, 0, shown.start())
    senders = read_addresses(sender[1].replace(b"\r\n", b"").decode("utf_8", "replace")) if sender else ()
    names = tuple(name for one in senders for name in (one.name, one.address) if name)
    return Sent(tuple(texts), names, at)
