"""Mails whose structure was broken by the programs that made them: what can still be told of it, is."""

from __future__ import annotations

import base64
import binascii
import quopri

import pytest

from fixture_mail import read_bytes
from mailgate.mail.as_json import as_json
from mailgate.mail.message import Mail
from mailgate.mail.opened import octets_of
from mailgate.mail.transfer import decoded_size, undo, undo_lines
from parts import file, html, multi, text

HEAD = b"From: a@example.com\nSubject: x\nMIME-Version: 1.0\n"
PARTS = multi("mixed", text("words"), file("application/pdf", "a.pdf"), boundary=b'"b=b"')
FIELD, _, BODY = PARTS.replace(b'--"b=b"', b"--b=b").partition(b"\n\n")
PNG = "image/png"


def encoded(field: bytes, body: bytes, encoding: str) -> bytes:
    octets = base64.encodebytes(body) if encoding == "base64" else quopri.encodestring(body)
    return field + b"\nContent-Transfer-Encoding: " + encoding.encode() + b"\n\n" + octets


def listed(mail: Mail) -> list[str]:
    return [one["name"] for one in as_json(mail, "x")["attachments"]]


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
@pytest.mark.parametrize("within", [False, True], ids=["the mail", "a part"])
def test_parts_that_were_encoded_as_a_whole_are_found(encoding: str, within: bool) -> None:
    held = encoded(FIELD, BODY, encoding)
    data = HEAD + (multi("mixed", held) if within else held)
    mail = read_bytes(data)
    assert mail.text.strip() == "words"
    assert [one.name for one in mail.attachments] == ["a.pdf"]
    assert octets_of(mail.attachments[0], data) == b"data"


def test_parts_encoded_in_parts_encoded_end_somewhere() -> None:
    body = b"--b=b\nContent-Type: text/plain\n\nwords\n--b=b--\n"
    for _ in range(8):
        body = b"--b=b\n" + encoded(FIELD, body, "base64") + b"\n--b=b--\n"
    assert read_bytes(HEAD + FIELD + b"\n\n" + body).text.startswith("--b=b")


@pytest.mark.parametrize("field", [b"", b"Content-Type: text/plain; boundary=gone\n"], ids=["lost", "text/plain"])
def test_parts_without_a_type_that_says_so_are_found(field: bytes) -> None:
    mail = read_bytes(HEAD + field + b"\n" + BODY)
    assert (mail.text.strip(), listed(mail)) == ("words", ["a.pdf"])
    assert "parts without a Content-Type that says so" in mail.defects


@pytest.mark.parametrize(
    "body",
    [b"My words.\n" + BODY, BODY.replace(b"--b=b--", b"--b=b"), b"--\nContent-Type: is what my program shows\n"],
    ids=["words before", "never closed", "a signature"],
)
def test_what_only_looks_like_parts_stays_words(body: bytes) -> None:
    assert "Content-Type:" in read_bytes(HEAD + b"\n" + body).text


def test_a_delimiter_is_found_once_where_the_bytes_begin_with_it() -> None:
    mail = read_bytes(HEAD + encoded(FIELD, BODY[BODY.index(b"--") :], "base64"))
    assert listed(mail) == ["a.pdf"]


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (multi("mixed", text("words"), file(PNG, "", "")), [""]),
        (multi("mixed", text("words"), file(PNG, "", "inline")), [""]),
        (multi("mixed", html("words"), file(PNG, "", "inline")), [""]),
        (file(PNG, "", ""), [""]),
        (multi("related", html('<img src="cid:a">'), file(PNG, "", "inline", "Content-ID: <a>\n")), []),
        (multi("mixed", text("words"), file(PNG, "", "inline", "Content-ID: <a>\n")), []),
        (multi("mixed", html('<img src="a.png">'), file(PNG, "", "", "Content-Location: a.png\n")), []),
        (multi("related", html("words"), file(PNG, "", "")), []),
    ],
)
def test_a_picture_without_a_name_is_a_file_unless_something_ties_it_to_the_words(
    data: bytes, names: list[str]
) -> None:
    assert listed(read_bytes(HEAD + data)) == names


@pytest.mark.parametrize("label", ["(a comment) base64", "base64 (a comment)", "(7bit) Base64;"])
def test_an_encoding_is_read_beside_a_comment(label: str) -> None:
    field = f"Content-Type: text/plain\nContent-Transfer-Encoding: {label}\n\n".encode()
    assert read_bytes(HEAD + field + base64.b64encode(b"words")).text.strip() == "words"


@pytest.mark.parametrize("lead", [b"\0", b"\0" * 4096, b"\0\0\xef\xbb\xbf\n"])
def test_a_header_behind_nuls_is_found(lead: bytes) -> None:
    mail = read_bytes(lead + HEAD + b"\nwords")
    assert mail.shown_from is not None
    assert (mail.shown_from.address, mail.text.strip()) == ("a@example.com", "words")


def test_the_size_of_a_big_uuencoded_file_is_told_without_decoding_it() -> None:
    lines = b"".join(binascii.b2a_uu(b"\xa5" * 45) for _ in range(3000))
    data = b"words\nbegin 644 a.bin\n" + lines + binascii.b2a_uu(b"end") + b"`\n\nend\nmore\n"
    start, end = data.index(b"begin"), len(data) - 5
    assert decoded_size(data, start, end, "x-uuencode") == len(undo(data[start:end], "x-uuencode")[0]) == 3000 * 45 + 3


def test_one_foreign_byte_does_not_spoil_the_line_of_utf8_it_stands_in() -> None:
    data = HEAD + b"Content-Type: text/plain; charset=utf-8\n\nna\xc3\xafve caf\xe9 there\n"
    assert read_bytes(data).text.strip() == "naïve caf\ufffd there"


LONG = b"".join(b"%d words of a long text\r\n" % number for number in range(20_000))
CODED = base64.encodebytes(LONG)
FLAT = base64.b64encode(LONG)


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_long_base64_decodes_piece_by_piece_to_what_it_holds(ending: bytes) -> None:
    data = b"x" + CODED.replace(b"\n", ending)
    assert bytes(undo_lines(data, 1, len(data)) or b"") == LONG
    assert bytes(undo_lines(data, 1, 100_001) or b"") == undo(data[1:100_001], "base64")[0]


@pytest.mark.parametrize(
    "data",
    [
        b"words\n" + CODED,
        CODED[:90] + b"\n" + CODED[90:],
        CODED.replace(b"\n", b"=\n", 1),
        CODED[2:],
        b"\n".join(FLAT[at : at + 74] for at in range(0, len(FLAT), 74)),
        CODED[:50_000] + b"a footer\n" + CODED[50_000:],
        b"",
    ],
)
def test_what_is_no_base64_in_lines_of_one_length_is_not_decoded_so(data: bytes) -> None:
    assert undo_lines(data, 0, len(data)) is None


def test_a_long_html_in_base64_is_read_without_its_pictures() -> None:
    picture = b'<img src="data:image/png;base64,' + base64.b64encode(b"\x99" * 3_000_000) + b'">'
    field = b"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
    mail = read_bytes(HEAD + field + base64.encodebytes("<p>Größe</p>".encode() + picture + b"<p>end</p>"))
    assert mail.text.split() == ["Größe", "end"]
