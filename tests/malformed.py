"""Malformed mail by the hundred: a seeded generator, so that a failure has a name and comes again.

First the classics (each cost some parser seconds, memory or its life), then damaged copies of ordinary mails.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from random import Random

_HEAD = b"From: Ann <ann@example.com>\r\nTo: support@example.com\r\nMessage-ID: <%d@example.com>\r\n"
_MIME = b"MIME-Version: 1.0\r\n"
_WORDS = b"Please help with my printer.\r\n"


def malformed(n: int = 200, seed: int = 20261101) -> Iterator[tuple[str, bytes]]:
    """`n` pairs of (name, raw mail), the same for the same seed. Names are unique."""
    random = Random(seed)
    classics = _classics()
    for number in range(n):
        if number < len(classics):
            name, data = classics[number]
        else:
            name, data = _damaged(random, number)
        yield f"{number:03d}-{name}", data


def _mail(number: int, *lines: bytes, body: bytes = _WORDS) -> bytes:
    return _HEAD % number + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


def _multipart(number: int, *parts: bytes, boundary: bytes = b"bb", closed: bool = True) -> bytes:
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return _mail(
        number,
        b"Subject: parts",
        b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="' + boundary + b'"',
        body=body + (b"--" + boundary + b"--\r\n" if closed else b""),
    )


def _text(charset: bytes, body: bytes) -> bytes:
    return _mail(1, b"Subject: charset", _MIME + b"Content-Type: text/plain; charset=" + charset, body=body)


def _deep(levels: int) -> bytes:
    head = _mail(2, b"Subject: deep", _MIME + b"Content-Type: multipart/mixed; boundary=b0", body=b"")
    inner = b"".join(
        b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (level, level + 1) for level in range(levels)
    )
    return head + inner + b"--b%d\r\nContent-Type: text/plain\r\n\r\n" % levels + _WORDS


def _deep_messages(levels: int) -> bytes:
    return b"Content-Type: message/rfc822\r\n\r\n" * levels + b"Subject: inside\r\n\r\n" + _WORDS


def _classics() -> list[tuple[str, bytes]]:
    eight = bytes(range(0x80, 0x100))
    quotes = b'"' * 20_000
    semicolons = b'Content-Type: text/plain; a="' + b";" * 100_000 + b'"'
    semicolon_part = b'Content-Type: text/plain; a="' + b";" * 10_000 + b'"\r\n\r\n' + _WORDS
    huge_word = b"=?utf-8?b?" + base64.b64encode("é".encode() * 70_000) + b"?="
    many_words = b" ".join(b"=?utf-8?q?w%d?=" % number for number in range(10_000))
    folded = b"Subject: " + b"\r\n ".join([b"x"] * 30_000)
    return [
        ("nothing at all", b""),
        ("one NUL", b"\x00"),
        ("line ends alone", b"\r\n" * 5_000),
        ("CRs alone", b"\r" * 300_000),
        ("LFs alone", b"\n" * 300_000),
        ("one endless line", b"a" * 1_000_000),
        ("colons alone", b":" * 200_000),
        ("no header", _WORDS * 20),
        ("header alone, no empty line", b"From: ann@example.com\r\nSubject: no end"),
        ("no empty line before the body", b"From: ann@example.com\r\nSubject: x\r\n" + _WORDS * 3),
        ("empty fields", b"From:\r\nTo:\r\nSubject:\r\nDate:\r\nContent-Type:\r\nMessage-ID:\r\n\r\n" + _WORDS),
        ("charset x-unknown", _text(b"x-unknown", b"Gr\xfc\xdfe")),
        ("charset undefined", _text(b"undefined", b"Gr\xfc\xdfe")),
        ("charset punycode", _text(b"punycode", b"a-" + b"b" * 100_000)),
        ("charset unicode_escape", _text(b"unicode_escape", b"\\ud800\\x00")),
        ("charset idna", _text(b"idna", b"xn--" + b"a" * 50_000)),
        ("charset base64_codec", _text(b"base64_codec", b"AAAA")),
        ("charset with a NUL", _text(b"utf\x00-8", b"Gr\xfc\xdfe")),
        ("charset of 8 KB", _text(b"u" * 8_000, b"Gr\xfc\xdfe")),
        ("charset utf-16 of odd length", _text(b"utf-16", b"\xff\xfea\x00b")),
        ("charset utf-7, broken", _text(b"utf-7", b"+AGEAYg +2AA- +////")),
        ("charset gb2312, every byte", _text(b"gb2312", eight * 20)),
        ("charset iso-2022-jp, cut", _text(b"iso-2022-jp", b"\x1b$B$3$s$K")),
        ("charset utf-8, every byte", _text(b"utf-8", eight * 200)),
        ("no charset, every byte", _mail(3, b"Subject: x", body=bytes(range(256)) * 100)),
        (
            "raw 8-bit everywhere in the header",
            b"From: " + eight + b"\r\nSubject: " + eight + b"\r\n" + eight + b": x\r\n\r\nx",
        ),
        ("NULs in the header", _mail(4, b"Subject: a\x00b\x00c", b"X\x00Y: z")),
        ("NULs in the body", _mail(5, b"Subject: x", body=b"a\x00b" * 1_000)),
        ("bare CR in the subject", _mail(6, b"Subject: hello\rX-Auth: engineer\rFrom: ceo@example.com")),
        ("bare LF in the subject", _mail(7, b"Subject: hello\nX-Auth: engineer")),
        ("bare CR before the body", _mail(8, b"Subject: hello\r\rBcc: x@example.com")),
        ("encoded CRLF in the subject", _mail(9, b"Subject: =?utf-8?q?hello=0D=0AX-Auth:_engineer?=")),
        ("two From", _mail(10, b"From: Eve <eve@example.test>", b"Subject: who")),
        ("From an address for a name", b"From: ceo@example.com <eve@example.test>\r\n\r\nx"),
        ("From of 100 KB quotes", b"From: " + b'"' * 100_000 + b" <a@example.com>\r\n\r\nx"),
        ("From of 10,000 comments", b"From: " + b"(" * 10_000 + b" a@example.com\r\n\r\nx"),
        ("From of 5,000 angles", b"From: " + b"<" * 5_000 + b"a@example.com" + b">" * 5_000 + b"\r\n\r\nx"),
        ("To of 20 KB quotes", _mail(11, b"To: " + quotes)),
        ("To of 20 KB backslashes", _mail(12, b'To: "' + b"\\" * 20_000)),
        ("To of 16 KB @", _mail(13, b"To: " + b"@" * 16_000)),
        ("To of 16 KB commas", _mail(14, b"To: " + b"," * 16_000)),
        ("To of 16 KB groups", _mail(15, b"To: " + b"g:" * 8_000)),
        ("To of 16 KB encoded words", _mail(16, b"To: " + b"=?utf-8?q?a?= " * 1_100)),
        ("subject of 196 KB, one encoded word", _mail(17, b"Subject: " + huge_word)),
        ("subject of 15 KB, one encoded word", _mail(18, b"Subject: " + huge_word[:15_000] + b"?=")),
        ("subject of 10,000 encoded words", _mail(19, b"Subject: " + many_words)),
        ("subject folded 30,000 times", _mail(20, folded)),
        ("subject of 16 KB =?", _mail(21, b"Subject: " + b"=?" * 8_000)),
        ("subject of word heads", _mail(22, b"Subject: " + b"=?a?q?" * 2_500)),
        ("subject of white space", _mail(23, b"Subject: " + b" " * 120_000 + b"x")),
        ("encoded word that never ends", _mail(24, b"Subject: =?utf-8?b?5pel5pys")),
        ("encoded word cut inside a character", _mail(25, b"Subject: =?utf-8?b?5pel5g==?= =?utf-8?b?nKw=?=")),
        ("header of 1 MB, one field", b"X-Big: " + b"y" * 1_000_000 + b"\r\nSubject: late\r\n\r\nx"),
        ("header of 1 MB, many fields", b"".join(b"X-%d: y\r\n" % i for i in range(80_000)) + b"\r\nx"),
        ("100,000 continuation lines", b"Subject: a\r\n" + b" b\r\n" * 100_000 + b"\r\nx"),
        ("Content-Type of 100 KB semicolons", _mail(26, b"Subject: ;;", semicolons)),
        ("Content-Type of 8 KB semicolons", _mail(27, b"Subject: ;;", semicolons[:8_000] + b'"')),
        ("fifty parts of 10 KB semicolons", _multipart(28, *[semicolon_part] * 50)),
        ("Content-Disposition of 100 KB", _mail(29, b'Content-Disposition: attachment; filename="' + b"\\" * 100_000)),
        ("10,000 parameters", _mail(30, b"Content-Type: text/plain" + b"".join(b"; p%d=x" % i for i in range(10_000)))),
        (
            "RFC 2231 sections by the thousand",
            _mail(31, b"Content-Type: a/b" + b"".join(b"; n*%d*=x" % i for i in range(900))),
        ),
        ("RFC 2231 section of a huge number", _mail(32, b"Content-Type: a/b; name*99999999999999=x; name*0*=x''%ff")),
        ("no boundary", _mail(33, _MIME + b"Content-Type: multipart/mixed", body=b"--x\r\n\r\n" + _WORDS)),
        (
            "empty boundary",
            _mail(34, _MIME + b'Content-Type: multipart/mixed; boundary=""', body=b"--\r\n\r\n" + _WORDS),
        ),
        ("boundary that never comes", _mail(35, _MIME + b"Content-Type: multipart/mixed; boundary=gone")),
        ("boundary that is not closed", _multipart(36, b"\r\n" + _WORDS, closed=False)),
        ("boundary of 60 KB", _multipart(37, b"\r\n" + _WORDS, boundary=b"b" * 60_000)),
        ("boundary of wild signs", _multipart(38, b"\r\n" + _WORDS, boundary=b".*+?(){}[]^$|")),
        (
            "the same boundary inside",
            _multipart(39, b"Content-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\r\n\r\nx\r\n--bb--"),
        ),
        ("100,000 lines like a boundary", _multipart(40, b"\r\n" + b"--bbx\r\n" * 100_000)),
        ("a million dashes", _multipart(41, b"\r\n" + b"-" * 1_000_000)),
        ("depth 1,000", _deep(1_000)),
        ("depth 30", _deep(30)),
        ("10,000 parts", _multipart(42, *[b"\r\nx"] * 10_000)),
        ("10,000 empty parts", _multipart(43, *[b""] * 10_000)),
        ("depth 500 of attached messages", _deep_messages(500)),
        ("base64, cut", _mail(44, _MIME + b"Content-Transfer-Encoding: base64", body=b"SGVsbG8gd29ybG")),
        ("base64, one character", _mail(45, _MIME + b"Content-Transfer-Encoding: base64", body=b"S")),
        ("base64, padding alone", _mail(46, _MIME + b"Content-Transfer-Encoding: base64", body=b"=" * 100_000)),
        ("base64 that is prose", _mail(47, _MIME + b"Content-Transfer-Encoding: base64", body=_WORDS * 50)),
        (
            "quoted-printable of =",
            _mail(48, _MIME + b"Content-Transfer-Encoding: quoted-printable", body=b"=" * 500_000),
        ),
        (
            "quoted-printable, bad",
            _mail(49, _MIME + b"Content-Transfer-Encoding: quoted-printable", body=b"a=ZZ=\r\n=4="),
        ),
        ("uuencode, cut", _mail(50, b"Content-Transfer-Encoding: x-uuencode", body=b"begin 644 a.txt\r\nM1234")),
        ("encoding unheard of", _mail(51, b"Content-Transfer-Encoding: " + b"z" * 10_000)),
        ("html nested 20,000 deep", _html(b"<div>" * 20_000 + b"x")),
        ("html never closed", _html(b"<a href='" + b"x" * 300_000)),
        ("html of <", _html(b"<" * 300_000)),
        ("html of entities", _html(b"&#x110000;&#0;&#xD800;" * 5_000)),
        ("flowed, every line soft", _mail(52, b"Content-Type: text/plain; format=flowed", body=b"x \r\n" * 100_000)),
        ("quotes 10,000 deep", _mail(53, b"Subject: q", body=b">" * 10_000 + b" x\r\n")),
        ("On, On, On", _mail(54, b"Subject: on", body=b"On " * 20_000)),
        ("References of 100 KB", _mail(55, b"References: " + b"<a@b> " * 2_500, b"In-Reply-To: " + b"<" * 10_000)),
        ("Date from nowhere", _mail(56, b"Date: Fri, 99 Foo 99999999999999999999 99:99:99 +9999999")),
        ("Message-ID of 16 KB", b"Message-ID: <" + b"x" * 16_000 + b">\r\n\r\nx"),
        (
            "report of nothing",
            _mail(
                57,
                b"Content-Type: multipart/report; boundary=bb",
                body=b"--bb\r\nContent-Type: message/delivery-status\r\n\r\n\r\n--bb--",
            ),
        ),
        ("names with paths", _named(b"../../../etc/passwd\x00.txt")),
        ("names reversed", _named("\u202egpj.exe".encode())),
        ("binary", bytes(Random(7).randbytes(200_000))),
    ]


def _html(body: bytes) -> bytes:
    return _mail(58, b"Subject: html", _MIME + b"Content-Type: text/html; charset=utf-8", body=body)


def _named(name: bytes) -> bytes:
    return _multipart(59, b'Content-Disposition: attachment; filename="' + name + b'"\r\n\r\nx')


def _damaged(random: Random, number: int) -> tuple[str, bytes]:
    """An ordinary mail, damaged in one to four ways."""
    data = random.choice(_ordinary(number))
    names: list[str] = []
    for _ in range(random.randint(1, 4)):
        name, change = random.choice(_DAMAGES)
        names.append(name)
        data = change(random, data)
    return " and ".join(names), data


def _ordinary(number: int) -> list[bytes]:
    picture = base64.encodebytes(bytes(range(256)) * 8)
    return [
        _mail(number, b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=", _MIME + b"Content-Type: text/plain; charset=utf-8"),
        _multipart(
            number,
            b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
            b"Gr=C3=BC=C3=9Fe",
            b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>Hello <b>there</b></p>",
            b"Content-Type: image/png; name*=utf-8''b%C3%AFld.png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + picture,
        ),
        _multipart(
            number,
            b"Content-Type: multipart/alternative; boundary=cc\r\n\r\n"
            b"--cc\r\n\r\nx\r\n--cc\r\nContent-Type: text/html\r\n\r\ny\r\n--cc--",
            b"Content-Type: message/rfc822\r\n\r\nFrom: bob@example.com\r\nSubject: inner\r\n\r\ninner words",
        ),
    ]


def _cut(random: Random, data: bytes) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _flip(random: Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(min(20, len(changed))):
        changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def _insert(random: Random, data: bytes) -> bytes:
    at = random.randrange(len(data) + 1)
    piece = random.choice(
        [b"\x00", b"\r", b"\n", b"\r\n\r\n", b"=?", b"?=", b'"', b"--bb\r\n", b"\xff\xfe", b"\x1b$B", b";" * 500]
    )
    return data[:at] + piece + data[at:]


def _repeat(random: Random, data: bytes) -> bytes:
    if not data:
        return data
    start = random.randrange(len(data))
    end = min(len(data), start + random.randrange(1, 200))
    return data[:end] + data[start:end] * random.randrange(1, 50) + data[end:]


def _drop(random: Random, data: bytes) -> bytes:
    lines = data.split(b"\r\n")
    del lines[random.randrange(len(lines))]
    return b"\r\n".join(lines)


def _bare(random: Random, data: bytes) -> bytes:
    return data.replace(b"\r\n", random.choice([b"\r", b"\n", b"\r\r\n", b"\n\r"]))


_DAMAGES: list[tuple[str, Callable[[Random, bytes], bytes]]] = [
    ("cut", _cut),
    ("bytes flipped", _flip),
    ("something inserted", _insert),
    ("a piece repeated", _repeat),
    ("a line lost", _drop),
    ("other line ends", _bare),
]
