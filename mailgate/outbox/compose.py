"""Puts a message together by hand: finished header fields, a text and its html, as bytes with CRLF line ends.

By hand because `email.message` costs ten times as much and folds refs in the middle. It writes fields that others
made (`fields.py`) and refuses any that could become two.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from hashlib import sha256

_FIELD = re.compile(r"[!-9;-~]+: [^\r\n]*(?:\r\n [^\r\n]*[^\s][^\r\n]*)*")
_LINE_END = re.compile(r"\r\n|\r|\n")
_NOT_7BIT = re.compile(r"[^\t\r\n -~]|[^\r\n]{998}")  # RFC 5322 §2.1.1: 998, of which the last is left unused


def compose(fields: Sequence[str], text: str, html: str) -> bytes:
    """The whole message. `fields` are whole and folded, without MIME ones; a field that is none is a ValueError."""
    for field in fields:
        if not _FIELD.fullmatch(field):
            raise ValueError(f"not a header field: {field[:40]!r}")
    # Made from the bodies themselves, so that no body can hold it, and the same letter always has the same bytes.
    boundary = "=_" + sha256(f"{fields}\0{text}\0{html}".encode()).hexdigest()[:32]
    return "\r\n".join(
        (
            *fields,
            "MIME-Version: 1.0",
            f'Content-Type: multipart/alternative; boundary="{boundary}"',
            "",
            f"--{boundary}",
            _leaf("plain", text),
            f"--{boundary}",
            _leaf("html", html),
            f"--{boundary}--",
            "",
        )
    ).encode()


def _leaf(subtype: str, text: str) -> str:
    """One part in the leanest encoding that it can travel in; ends without CRLF."""
    body = _LINE_END.sub("\r\n", text.strip("\r\n")) + "\r\n"
    encoding = "7bit"
    if _NOT_7BIT.search(body):
        data = body.encode()
        if 2 * sum(byte > 0x7E for byte in data) < len(data) // 3:  # above the tilde: not ASCII
            encoding, body = "quoted-printable", binascii.b2a_qp(data, istext=True).decode()
        else:
            encoding, body = "base64", base64.encodebytes(data).decode().replace("\n", "\r\n")
    return f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}'
