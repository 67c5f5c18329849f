"""Writes mails part by part: what stands in tests of structure beside what they are about."""

from __future__ import annotations

import base64

CLOSE = b"--\nwhat stands behind the end\n"


def multi(kind: str, *parts: bytes, boundary: bytes = b"bb") -> bytes:
    head = f"Content-Type: multipart/{kind}; boundary=".encode() + boundary
    lead = b"\n\nThis is a multi-part message in MIME format.\n"
    return head + lead + b"".join(b"--" + boundary + b"\n" + one + b"\n" for one in parts) + b"--" + boundary + CLOSE


def text(words: str, kind: str = "plain", more: str = "") -> bytes:
    return f"Content-Type: text/{kind}; charset=utf-8\n{more}\n{words}".encode()


def file(kind: str, name: str = "", disposition: str = "attachment", more: str = "", data: bytes = b"data") -> bytes:
    named = f'; filename="{name}"' if name else ""
    placed = f"Content-Disposition: {disposition}{named}\n" if disposition else ""
    head = f"Content-Type: {kind}\nContent-Transfer-Encoding: base64\n{placed}{more}\n"
    return head.encode() + base64.encodebytes(data)


def html(words: str) -> bytes:
    return text(f"<html><body><p>{words}</p></body></html>", "html")
