"""Puts a message together by hand: finished header fields, a text, its html and files, as bytes with CRLF line ends.

By hand because `email.message` costs ten times as much and folds refs in the middle. It writes fields that others
made (`fields.py`) and refuses any that could become two.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from hashlib import sha256

from mailgate.outbox import fields as wire
from mailgate.outbox.carried import Enclosed
from mailgate.outbox.clean import one_line

_FIELD = re.compile(r"[!-9;-~]+: [^\r\n]*(?:\r\n [^\r\n]*[^\s][^\r\n]*)*")
_LINE_END = re.compile(r"\r\n|\r|\n")
_7BIT = b"\t\r\n" + bytes(range(0x20, 0x7F))
_ASCII = bytes(range(0x7F))  # up to the tilde
_LONGEST_LINE = 997  # RFC 5322 §2.1.1: 998, of which the last is left unused
_NOT_7BIT_OCTETS = re.compile(rb"[^\t\r\n -~]|[^\r\n]{998}|\r(?!\n)|(?<!\r)\n")
_TYPE = re.compile(r"(?!multipart/)[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}")
_ANY_TYPE = "application/octet-stream"


def compose(fields: Sequence[str], text: str, html: str, files: Iterable[Enclosed] = ()) -> bytes:
    """The whole message. `fields` are whole and folded, without MIME ones; a field that is none is a ValueError.

    mixed( related( alternative(text, html), pictures that the html shows ), other files ), each only where needed.
    """
    for field in fields:
        if not _FIELD.fullmatch(field):
            raise ValueError(f"not a header field: {field[:40]!r}")
    whole = _multipart("alternative", [_leaf("plain", text).encode(), _leaf("html", html).encode()])
    shown: list[bytes] = []
    others: list[bytes] = []
    for file in files:
        (shown if file.inline and file.content_id else others).append(_file(file))
    if shown:
        whole = _multipart('related; type="multipart/alternative"', [whole, *shown])
    if others:
        whole = _multipart("mixed", [whole, *others])
    return "\r\n".join((*fields, "MIME-Version: 1.0", "")).encode() + whole


def _multipart(subtype: str, parts: Sequence[bytes]) -> bytes:
    # Made from the parts themselves, so that none can hold it, and the same letter always has the same bytes.
    digest = sha256(subtype.encode())
    for part in parts:
        digest.update(b"%d:%b" % (len(part), part))
    boundary = f"=_{digest.hexdigest()[:32]}"
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'.encode()
    pieces = [piece for part in parts for piece in (f"--{boundary}\r\n".encode(), part, b"\r\n")]
    return b"".join([head, *pieces, f"--{boundary}--\r\n".encode()])


def _leaf(subtype: str, text: str) -> str:
    """One part in the leanest encoding that it can travel in; ends without CRLF."""
    text = text.strip("\r\n")
    body = (_LINE_END.sub("\r\n", text) if "\r" in text else text.replace("\n", "\r\n")) + "\r\n"
    data, encoding = body.encode(), "7bit"
    if data.translate(None, _7BIT) or max(map(len, body.split("\r\n"))) > _LONGEST_LINE:
        if 2 * len(data.translate(None, _ASCII)) < len(data) // 3:
            encoding, body = "quoted-printable", binascii.b2a_qp(data, istext=True).decode()
        else:
            encoding, body = "base64", base64.encodebytes(data).decode().replace("\n", "\r\n")
    return f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}'


def _file(file: Enclosed) -> bytes:
    """One file with its very octets, texts too: base64 alone keeps line ends as they are."""
    kind = file.type if _TYPE.fullmatch(file.type) else _ANY_TYPE
    body, encoding = base64.encodebytes(file.data).replace(b"\n", b"\r\n"), "base64"
    if kind.startswith("message/"):
        # RFC 2046 §5.2.1: a message within a message is never encoded. One that needs it travels as a plain file.
        if _NOT_7BIT_OCTETS.search(file.data):
            kind = _ANY_TYPE
        else:
            body, encoding = file.data, "7bit"
    name = one_line(file.name)
    disposition = "inline" if file.inline else "attachment"
    head = [
        _valued("Content-Type", kind, "name", name),
        f"Content-Transfer-Encoding: {encoding}",
        _valued("Content-Disposition", disposition, "filename", name),
    ]
    if file.content_id and wire.is_message_id(f"<{file.content_id}>"):
        head.append(f"Content-ID: <{file.content_id}>")
    return "\r\n".join([*head, "", ""]).encode() + body


def _valued(field: str, value: str, parameter: str, text: str) -> str:
    sections = wire.parameter(parameter, text) if text else []
    return ";\r\n ".join([f"{field}: {value}", *sections])
