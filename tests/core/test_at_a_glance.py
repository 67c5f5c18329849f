"""What is read at a glance is what a longer look says: of lists, dates, types, authors, encodings, ordinary lines."""

from __future__ import annotations

import binascii
import pickle
import re

import mailparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from fixture_mail import FOLDER, read_bytes
from mailgate.mail import additions, quote_marks
from mailgate.mail.addresses import address
from mailgate.mail.at_a_glance import plain_date, plain_list
from mailgate.mail.doubled import undoubled
from mailgate.mail.identity import _REGULAR, _fields_of_library
from mailgate.mail.ordinary import _folded, ordinary
from mailgate.mail.params import read_params
from mailgate.mail.transfer import undo
from mailgate.pickled import dumped, loaded

NAMES = ("Ann Example", "A. B. Example", '"Example, Ann"', '"Ann"', "O'Neil", "=?utf-8?q?Ann?=", '"a@b"', "(x)", "")
SPECS = (
    "ann@example.com",
    "a.b+c@EXAMPLE.com",
    "'a'@x.test",
    "a..b@example.com",
    ".a@x.test",
    "a@x",
    "a@-x.test.",
    "a",
)
ITEM = some.builds(
    lambda name, spec, form: form.format(name=name, spec=spec),
    some.sampled_from(NAMES),
    some.sampled_from(SPECS),
    some.sampled_from(
        ("{name} <{spec}>", "{name}<{spec}>", "{spec}", "{spec} ({name})", "<{spec}>", "{name}  <{spec}>")
    ),
)
LISTS = some.lists(ITEM, min_size=1, max_size=4).flatmap(
    lambda items: some.sampled_from((", ", ",", " , ", ";", ",,")).map(lambda comma: comma.join(items))
)


@settings(max_examples=300)
@given(LISTS)
def test_a_plain_list_is_what_mail_parser_reads(value: str) -> None:
    plain = plain_list(value.strip().encode())
    if plain is not None:
        pairs = mailparser.parse_from_bytes(f"To: {value.strip()}\r\n\r\n".encode()).to
        assert plain == tuple(one for name, spec in pairs if (one := address(name, spec)))


def test_what_most_programs_write_is_plain() -> None:
    assert [one.name for one in plain_list(b'"Ann" <ann@x.test>, Bob B. <b@x.test>, c@x.test') or ()] == [
        "Ann",
        "Bob B.",
        "",
    ]
    assert plain_list(b"=?utf-8?q?Ann?= <ann@x.test>") is None


DATES = some.builds(
    "{}{} {} {} {}:{}:{}{}{}{}".format,
    some.sampled_from(("Mon, ", "Tue, ", "", "tue, ", "Mon,")),
    some.sampled_from(("1", "31", "30", "05", "32", "0")),
    some.sampled_from(("Jan", "Feb", "Dec", "dec", "Foo")),
    some.sampled_from(("2024", "1999", "1900", "1899", "24", "9999")),
    some.sampled_from(("00", "23", "24", "7")),
    some.sampled_from(("00", "59", "60")),
    some.sampled_from(("00", "59", "60")),
    some.sampled_from((" ", "")),
    some.sampled_from(("+0000", "-0000", "+0530", "-1259", "+9959", "GMT", "+0060")),
    some.sampled_from(("", " (UTC)", " (a (b))", " x")),
)


@settings(max_examples=300)
@given(DATES)
def test_a_plain_date_is_what_mail_parser_reads(value: str) -> None:
    if (plain := plain_date(value.encode())) is not None:
        assert plain == mailparser.parse_from_bytes(f"Date: {value}\r\n\r\n".encode()).date


PARAMS = (
    "charset=utf-8",
    'Charset="UTF-8"',
    "format=flowed",
    'boundary="=_a?=b"',
    'boundary="-- a=b:c"',
    "name=a.txt",
    "name=a=b.txt",
    "filename='a.txt'",
    'name="=?utf-8?q?a?="',
    'name="a%20b.txt"',
    'name="a b.txt"',
    "charset=x, y=z",
    'x=""',
    "x='y'",
    "charset*=a''b",
    "x",
    "x=a y=b",
)


@given(
    some.sampled_from(("text/plain", "TEXT/Html", "attachment", "multipart/mixed", "a=b", "")),
    some.lists(some.sampled_from(PARAMS), max_size=4),
    some.sampled_from((";", "; ", " ; ")),
)
def test_a_plain_type_is_what_the_slow_reading_says(kind: str, params: list[str], semicolon: str) -> None:
    value = semicolon.join((kind, *params)).encode()
    assert read_params(value) == read_params(value + b" ")  # which is not plain


LINES = (
    "From: Ann <ann@x.test>",
    "from:eve@x.test",
    "From : eve@x.test",
    "X-From: b",
    "Subject: x",
    "To: a,",
    " From: c",
    "\tfolded",
    " ",
    "From eve@x.test Mon",
    "Broken line",
    "X:",
    "From:",
    "X: a\rFrom: eve@x.test",
    "X: \x00",
    "X: ä",
)


@settings(max_examples=500)
@given(some.lists(some.sampled_from(LINES), max_size=6), some.sampled_from(("\n", "\r\n")), some.booleans())
def test_of_a_regular_header_the_library_sees_the_same_author(lines: list[str], end: str, blank: bool) -> None:
    section = "".join(f"{line}{end}" for line in lines).encode() + (end.encode() if blank else b"")
    regular = _REGULAR.fullmatch(section)
    theirs = _fields_of_library(section, utf8=False)
    if regular is not None and len(theirs) == 1 and regular[1] is not None:
        assert theirs == [regular[1].decode()]
    if regular is not None:
        assert len(theirs) == len(re.findall(rb"(?i)(?:^|[\r\n])from[ \t]*:", section))


QUOTED = some.lists(
    some.sampled_from(("=", "\r", "\n", "=\r\n", "=\n", " ", "=3D", "=C3=BC", "3", "D", "a", "\t")), max_size=12
)


@settings(max_examples=500)
@given(QUOTED.map("".join))
def test_quoted_printable_is_undone_alike_however_its_lines_end(text: str) -> None:
    body = text.encode()
    soft = re.sub(rb"=(?:[ \t]*+(?:\r++\n?|\n)|\Z)", b"", body)
    assert undo(body, "quoted-printable")[0] == binascii.a2b_qp(re.sub(rb"=(?![0-9A-Fa-f]{2})", b"=3D", soft))


MARKS = (
    "Sent from my iPhone",
    "Please excuse my brevity",
    "Reply Message",
    "Original Message",
    "Von meinem iPad gesendet",
    "Envoyé de mon iPhone",
    "Enviado desde mi iPhone",
    "Forwarded message",
    "Begin forwarded message",
    "To",
    "On Tue, 14 May 2024 at 10:00 Ann wrote",
    "This email was sent from my phone",
    "Get Outlook for iOS",
    "Gesendet von Outlook",
    "Please #abc excuse my brevity",
    "İLETİLEN MESAJ",
    "İletilen mesaj",
)


@settings(max_examples=500)
@given(
    some.sampled_from(MARKS),
    some.sampled_from(("", " ", "      ", " " * 30)),
    some.sampled_from(("", " please", " #1 now", " and much more that goes on")),
    some.sampled_from(
        (str, str.upper, str.lower, lambda line: line.replace(" ", "  "), lambda line: line.replace(" ", "\t"))
    ),
)
def test_no_line_that_is_a_mark_is_ordinary(mark: str, before: str, after: str, change: object) -> None:
    assert callable(change)
    line = before + change(mark) + after
    if ordinary([line])[0]:
        assert not quote_marks.marker(line)
        assert not additions.sent_by(line)
        assert quote_marks.intro_before([line], "t", 0, quoted=True) is None


def test_words_that_only_begin_like_a_mark_are_ordinary() -> None:
    assert ordinary(["please send the invoice", "reply to me soon", "> quoted", "it works"]) == [
        True,
        True,
        False,
        True,
    ]


@given(some.text(some.characters(max_codepoint=0x17F)))
def test_small_letters_are_those_of_casefold(text: str) -> None:
    assert _folded(text)[0] == text.casefold()


@given(some.text(alphabet="Müller€“ ÃÂ", min_size=1, max_size=20))
def test_a_text_encoded_twice_is_known_by_its_octets(text: str) -> None:
    try:
        twice = (text * 4).encode().decode("cp1252")
    except UnicodeDecodeError:
        return
    meant = undoubled(twice)
    assert meant in ("", text * 4)
    assert (
        meant
        or not any(sign.isalpha() and sign > "\x7f" for sign in text)
        or "Ã" in text
        or "Â" in text
        or "€" in text
        or "“" in text
    )


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.eml"))[::9], ids=lambda file: file.stem)
def test_a_mail_goes_to_another_process_and_back_as_it_is(file: object) -> None:
    mail = read_bytes((FOLDER / str(file)).read_bytes())
    assert loaded(dumped(mail)) == mail


def test_nothing_comes_back_but_what_mails_are_made_of() -> None:
    with pytest.raises(pickle.UnpicklingError):
        loaded(pickle.dumps(print))


@pytest.mark.parametrize("before", [0, 1, *range(65_480, 65_545), 131_072])
@pytest.mark.parametrize("opening", ["", "-", "--c", "-\n"])
def test_a_delimiter_is_found_wherever_the_last_dash_stood(opening: str, before: int) -> None:
    attached = opening + "A" * before
    mail = read_bytes(
        'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: application/x-a; name=a\n\n'
        f"{attached}\n--b\nContent-Type: application/x-a; name=b\n\nB\n--b--\n".encode()
    )
    assert [(one.name, one.size) for one in mail.attachments] == [("a", len(attached)), ("b", 1)]
