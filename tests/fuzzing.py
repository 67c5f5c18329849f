"""Breaks mails by chance, from a seed, and says which law of `mail/` the reading of one breaks."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable
from dataclasses import fields, replace
from random import Random

from fixture_mail import raw_mail
from mailgate.mail.as_json import as_json
from mailgate.mail.body import TEXT_CAP
from mailgate.mail.clean import clean_html
from mailgate.mail.message import Mail, Ours, both
from mailgate.mail.parse import parse
from mailgate.mail.text import html_to_text
from mailgate.mail.unread import unread_mail
from mailgate.reading import read_mail

LONGEST = 10.0  # seconds of processor time, as the gate allows
# What a broken mail is made of: line ends, delimiters, heads of words and tags, marks, names of charsets.
TOKENS = (
    b"\r", b"\n", b"\r\n", b"\n\n", b"\0", b"\x1b$B", b"\x1b(B", b'"', b"\\", b"(", b")", b"<", b">", b",", b";", b":",
    b"@", b"=", b"=?", b"?=", b"=?utf-8?Q?", b"=?utf-8?B?", b"=?x?b?", b"''", b"*0*=", b"--", b"%", b"%FF", b"\xff\xfe",
    b"\xef\xbb\xbf", b"\xed\xa0\xbd", b"\xc3", b"\xfc", b"&", b"&#x0;", b"<!--", b"-->", b"<blockquote>", b"</div>",
    b"<div>", b"<table>", b"<td>", b"<style>", b"<![if", b"> ", b">", b"On ", b" wrote:", b"From: ", b"-- \n", b"Am ",
    b"-----Original Message-----\n", b"Begin forwarded message:\n", b"begin 644 a\n", b"=\n", b"\xe2\x80\xae", b"\t",
    b"Content-Type: multipart/mixed; boundary=x\n\n", b"Content-Type: message/rfc822\n\n", b"Final-Recipient: rfc822;",
    b"Content-Transfer-Encoding: base64\n", b"\n--x\n", b"\n--x--\n", b" ", b"http://", b"[", b"]", b"{", b"|", b"_",
)  # fmt: skip
CHARSETS = (
    b"utf-8", b"iso-2022-jp", b"utf-7", b"utf-16", b"gb2312", b"hz-gb-2312", b"euc-kr", b"big5", b"shift_jis", b"x",
    b"iso-8859-1", b"koi8-r", b"utf-32", b"iso-2022-kr", b"cp037", b"",
)  # fmt: skip
ENCODINGS = (b"base64", b"quoted-printable", b"7bit", b"x-uuencode", b"")
_CHARSET = re.compile(rb"""(?<=charset=)["']?[A-Za-z0-9_-]+["']?""", re.IGNORECASE)
_ENCODING = re.compile(rb"(?<=transfer-encoding: )[A-Za-z0-9-]+", re.IGNORECASE)

Change = Callable[[Random, bytes], bytes]


def _flip(chance: Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(chance.randint(1, 12)):
        if out:
            out[chance.randrange(len(out))] = chance.randrange(256)
    return bytes(out)


def _insert(chance: Random, data: bytes) -> bytes:
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(data))
        data = data[:at] + chance.choice(TOKENS) + data[at + chance.choice((0, 0, 1, 8)) :]
    return data


def _giant(chance: Random, data: bytes) -> bytes:
    """One token many times, where any token may stand; the more often the shorter it is."""
    token = chance.choice(TOKENS) + (chance.choice(TOKENS) if chance.random() < 0.5 else b"")
    at = chance.randint(0, len(data))
    return data[:at] + token * (chance.choice((1_000, 20_000, 200_000)) // len(token)) + data[at:]


def _shuffle(chance: Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    start = chance.randrange(len(lines))
    some = lines[start : start + chance.randint(2, 40)]
    chance.shuffle(some)
    return b"\n".join([*lines[:start], *some, *lines[start + len(some) :]])


def _repeat(chance: Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    start = chance.randrange(len(lines))
    some = lines[start : start + chance.randint(1, 8)]
    return b"\n".join([*lines[:start], *(some * chance.choice((2, 30, 2_000))), *lines[start:]])[:1_000_000]


def _cut(chance: Random, data: bytes) -> bytes:
    return data[: chance.randint(0, len(data))] if chance.random() < 0.7 else data[chance.randint(0, len(data)) :]


def _charset(chance: Random, data: bytes) -> bytes:
    return _CHARSET.sub(lambda _: chance.choice(CHARSETS), data)


def _encoding(chance: Random, data: bytes) -> bytes:
    return _ENCODING.sub(lambda _: chance.choice(ENCODINGS), data)


def _nest(chance: Random, data: bytes) -> bytes:
    """The mail attached to itself, or in parts within parts, with one boundary or with others."""
    for number in range(chance.choice((1, 2, 25))):
        mark = chance.choice((b"x", b"x%d" % number))
        kind = chance.choice((b"mixed", b"alternative", b"related", b"report", b"digest", b"signed"))
        inner = chance.choice((b"Content-Type: message/rfc822\n\n", b"\n", b""))
        head, _, _ = data.partition(b"\n\n")
        data = b"From: a@example.com\nContent-Type: multipart/%b; boundary=%b\n\n--%b\n%b%b\n--%b--\n" % (
            kind, mark, mark, inner, data, mark,
        ) + (head if chance.random() < 0.2 else b"")  # fmt: skip
        if len(data) > 500_000:
            break
    return data


def _header(chance: Random, data: bytes) -> bytes:
    """More fields, or longer ones, before those that are there."""
    name = chance.choice((b"Subject", b"From", b"To", b"Content-Type", b"References", b"X", b"Date", b"Received"))
    value = b"".join(chance.choice(TOKENS) + b"ab" for _ in range(chance.choice((3, 50, 3_000))))
    field = name + b": " + (value if chance.random() < 0.5 else value.replace(b"\n", b"\n "))
    return (field + b"\r\n") * chance.choice((1, 1, 5, 1_500)) + data if len(value) < 1_000 else field + b"\r\n" + data


def _word(chance: Random, data: bytes) -> bytes:
    value = base64.b64encode(chance.randbytes(chance.randint(1, 60)))
    charset = chance.choice(CHARSETS)
    word = b"=?%b?B?%b?=" % (charset, value) if chance.random() < 0.5 else b"=?%b?Q?=%b?=" % (charset, value)
    return data.replace(b"Subject: ", b"Subject: " + word * chance.choice((1, 2, 100)), 1)


CHANGES: tuple[Change, ...] = (
    _flip, _flip, _insert, _insert, _insert, _giant, _shuffle, _repeat, _cut, _charset, _encoding, _nest, _header,
    _word,
)  # fmt: skip


def broken(chance: Random, mails: list[bytes]) -> tuple[int, bytes]:
    """The number of the mail that was broken, and what became of it."""
    number = chance.randrange(len(mails))
    data = mails[number]
    for _ in range(chance.choice((1, 1, 2, 4))):
        data = chance.choice(CHANGES)(chance, data)
    if chance.random() < 0.1:  # two mails in one
        data = data[: len(data) // 2] + chance.choice(mails)
    return number, data


def find(data: bytes) -> str:
    """Which law the reading of these bytes breaks: an exception, a mail left unread, a cap, the time; "" for none."""
    start = time.process_time()
    try:
        wrong = _read(data)
    except Exception as trouble:  # noqa: BLE001 - whatever it is, it is what we look for
        wrong = f"{type(trouble).__name__}: {trouble}"
    took = time.process_time() - start
    return wrong or (f"took {took:.1f} s" if took > LONGEST else "")


def _read(data: bytes) -> str:
    """All that the reader's child does of it, as a customer's and as an engineer's, and what the pages make of it."""
    raw = raw_mail(data)
    mail = parse(raw)
    wrong = _amiss(mail, data)
    if mail.identity and not wrong:
        key = frozenset({mail.identity.key})
        for one in both(read_mail(raw, Ours(key, key, key, (("support", "support@example.test"),)))):
            wrong = wrong or _amiss(replace(one, goes_out=None, passes_on=None), data)
    clean_html(mail.html)
    html_to_text(mail.text)
    unread_mail(raw, "killed")
    return wrong


def _amiss(mail: Mail, data: bytes) -> str:
    if mail.unread:
        return f"unread: {mail.unread}"
    if max(len(mail.text), len(mail.html), len(mail.reply_text)) > TEXT_CAP:
        return "over the cap of a text"
    if len(mail.subject.splitlines()) > 1:
        return "a subject of two lines"
    if len(mail.references) > 100 or len(mail.to) > 1_000 or len(mail.attachments) > 600:
        return "over the cap of a list"
    for one in mail.attachments:
        if not 0 <= one.start <= one.end <= len(data) or one.size < 0 or set(one.name) & set("/\\\r\n\0\u202e"):
            return f"an attachment out of its bounds: {one}"
    for part in fields(mail):
        value = getattr(mail, part.name)
        if isinstance(value, str):
            if "\0" in value:
                return f"a NUL in {part.name}"
            value.encode()  # a lone surrogate raises
    json.dumps(as_json(mail, "x"), ensure_ascii=False).encode()
    return ""
