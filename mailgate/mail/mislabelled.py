"""Words whose Content-Transfer-Encoding is not what the header says: some gateways lose the field or write another."""

from __future__ import annotations

import re

from mailgate.mail.transfer import undo

_SAMPLE = 256 * 1024  # bytes that decide
_NO_ESCAPE = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*+\r*+(?:\n|\Z))")
_SOFT = re.compile(rb"=[ \t]*+\r*+\n")
_HIGH = re.compile(rb"=[89A-Fa-f][0-9A-Fa-f]")
_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{60,76}\r*+\n)*+[A-Za-z0-9+/]{2,76}={0,2}\s*+\Z")
_SHORTEST = 60  # letters of base64: a word or a number may look like it
_ESCAPES = 6  # without a soft line break: a mail may speak of "=C3=BC"
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def undo_words(body: bytes, encoding: str) -> tuple[bytes, str]:
    """Like `undo`, for a text that people read: where the label is surely wrong, by what it is."""
    truth = _truth(body, encoding)
    data, trouble = undo(body, truth)
    return data, trouble if truth == encoding else f"labelled {encoding or 'not encoded'!r}, but it is {truth}"


def _truth(body: bytes, encoding: str) -> str:
    """The encoding as it is labelled, unless the text can be nothing but another."""
    if encoding == "x-uuencode" or not body[:_SAMPLE].isascii():
        return encoding
    if encoding != "base64" and _is_base64(body):
        return "base64"
    if encoding != "quoted-printable" and _is_quoted_printable(body[:_SAMPLE]):
        return "quoted-printable"
    return encoding


def _is_quoted_printable(body: bytes) -> bool:
    """Every "=" an escape, some of them of UTF-8, and lines that were broken for it."""
    found = _HIGH.findall(body)
    if not found or _NO_ESCAPE.search(body) or (len(found) < _ESCAPES and not _SOFT.search(body)):
        return False
    try:
        undo(body.rpartition(b"\n")[0] if len(body) == _SAMPLE else body, "quoted-printable")[0].decode("utf_8")
    except UnicodeDecodeError:
        return False
    return True


def _is_base64(body: bytes) -> bool:
    """Nothing but lines of it, and a text with words comes of it."""
    stripped = body.strip()
    if len(stripped) < _SHORTEST or not _BASE64.match(stripped):
        return False
    words = undo(stripped, "base64")[0]
    try:
        words.decode("utf_8")
    except UnicodeDecodeError:
        return False
    return not _CONTROL.search(words) and words.count(b" ") * 20 > len(words)
