"""Reads the words of a letter that we wrote ourselves (`outbox/compose.py`) out of its bytes: utf-8, text and html."""

from __future__ import annotations

import html as entities
import re
from datetime import datetime
from typing import Final

from mailgate.mail.addresses import read_addresses
from mailgate.mail.already_said import Sent
from mailgate.mail.skeleton import walk
from mailgate.mail.transfer import undo

_MOST: Final = 100_000  # characters of a rendering
_NOT_SHOWN = re.compile(r"<(style|title|head)\b[^>]*>.*?</\1>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


def sent_of(message: bytes, at: datetime) -> Sent:
    """The letter as its readers have it; `at` is when it was written. Of its html the words alone, whatever a mail
    program makes of the rest."""
    skeleton = walk(message)
    texts = []
    for part in skeleton.root.leaves():
        if part.type not in ("text/plain", "text/html") or part.name:
            continue
        text = undo(skeleton.data[part.start : part.end], part.encoding)[0].decode("utf_8", "replace")[:_MOST]
        texts.append(entities.unescape(_TAG.sub(" ", _NOT_SHOWN.sub(" ", text))) if part.type == "text/html" else text)
    senders = read_addresses(skeleton.header.first("from").decode("utf_8", "replace"))
    names = tuple(name for one in senders for name in (one.name, one.address) if name)
    return Sent(tuple(texts), names, at)
