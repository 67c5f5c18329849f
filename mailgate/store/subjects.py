"""The subject of a finished letter, for lists."""

from __future__ import annotations

import re
from email.header import decode_header, make_header

_SUBJECT = re.compile(rb"^Subject:([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)", re.MULTILINE | re.IGNORECASE)


def subject_of(message: bytes) -> str:
    """The subject as its recipient will see it: lists show what is sent, not what was meant."""
    match = _SUBJECT.search(message.partition(b"\r\n\r\n")[0])
    if not match:
        return ""
    line = " ".join(match[1].decode("utf-8", "replace").split())
    return str(make_header(decode_header(line))) if "=?" in line else line
