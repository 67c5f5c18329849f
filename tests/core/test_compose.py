"""Messages put together by hand: what stands in them is what any other program reads out of them."""

from __future__ import annotations

import email
import email.header
import email.policy
import email.utils
import quopri
from email.message import Message

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailgate.outbox import fields
from mailgate.outbox.clean import one_line, person_name
from mailgate.outbox.compose import compose

ANY_TEXT = st.text(st.characters(), max_size=300)  # controls, bidi, lone surrogates and all


def parsed(field: str) -> Message:
    return email.message_from_bytes(field.encode() + b"\r\n\r\n")


def decoded(value: str) -> str:
    return str(email.header.make_header(email.header.decode_header(value.replace("\r\n", ""))))


def subject_of(text: str) -> str:
    return fields.folded("Subject", ["#2611000001:", *fields.words(one_line(text, 255)), "ref:_00D1._5001:ref"])


@given(ANY_TEXT)
@example("a =?utf-8?q?b?= c")
@example("日本" * 60)
@example("x" * 300)
@example("one\r\nBcc: victim@example.com\r\n\r\nbody")
@example("\u2028Bcc: x\x0bBcc: y\x85Bcc: z")
def test_a_subject_of_any_text_reads_back_as_the_same_words_and_as_one_field(text: str) -> None:
    field = subject_of(text)
    assert field.isascii()
    message = parsed(field)
    assert message.keys() == ["Subject"]
    expected = ["#2611000001:", *one_line(text, 255).split(), "ref:_00D1._5001:ref"]
    assert decoded(message["Subject"]).split() == expected


@given(ANY_TEXT)
@example("日本語 " * 40)
def test_a_subject_is_folded_at_78_and_its_encoded_words_end_at_75(text: str) -> None:
    for line in subject_of(text).split("\r\n"):
        assert len(line) <= 78
        assert all(len(word) <= 75 for word in line.split() if word.startswith("=?"))


@given(ANY_TEXT)
@example("日本語 " * 40)
def test_number_and_ref_stand_plain_and_unbroken(text: str) -> None:
    field = subject_of(text)
    assert field.startswith("Subject: #2611000001:")
    assert field.endswith(" ref:_00D1._5001:ref")


def test_a_plain_subject_is_not_encoded() -> None:
    assert subject_of("Printer on fire") == "Subject: #2611000001: Printer on fire ref:_00D1._5001:ref"


def test_only_the_words_that_need_it_are_encoded() -> None:
    assert fields.words("Printer Düsseldorfer Allee") == ["Printer", "=?utf-8?q?D=C3=BCsseldorfer?=", "Allee"]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200))
def test_each_encoded_word_decodes_by_itself(text: str) -> None:
    assert "".join(decoded(word) for word in fields.encoded_words(text)) == text


@given(ANY_TEXT)
@example('Ann "the" \\ Miller')
@example("Müller, Ann")
def test_a_display_name_of_any_text_leaves_the_address_alone(name: str) -> None:
    field = fields.address_field("To", one_line(name), "ann@example.net")
    assert field.isascii()
    message = parsed(field)
    assert message.keys() == ["To"]
    ((display, address),) = email.utils.getaddresses([message["To"].replace("\r\n", "")])
    assert address == "ann@example.net"
    assert decoded(display).split() == one_line(name).split()


@given(ANY_TEXT, ANY_TEXT)
@example("a\r\nBcc: x", "example.net")
@example("ann", "example.net>\r\nBcc: <x@example.org")
def test_an_address_of_any_text_is_one_field_or_left_out(local: str, domain: str) -> None:
    field = fields.address_field("To", "", f"{local}@{domain}")
    assert email.message_from_string(field + "\r\n\r\n").keys() == ["To"]
    assert all(len(line) < 998 for line in field.split("\r\n"))


@pytest.mark.parametrize(
    ("address", "spec"),
    [
        ("ann@example.net", "ann@example.net"),
        ("ann@[192.0.2.1]", "ann@[192.0.2.1]"),
        ("ann miller@example.net", '"ann miller"@example.net'),
        ('"ann miller"@example.net', '"ann miller"@example.net'),
        ('a"b@example.net', '"a\\"b"@example.net'),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("änn@bücher.example", "änn@bücher.example"),
        ("ann@faß.example", "ann@faß.example"),  # two standards, two domains: not for us to choose
        ("ann", None),
        ("@example.net", None),
        ("ann@", None),
        ("ann@exam ple.net", None),
        ("ann\n@example.net", None),
        ("ann@example.net\n", None),
        ("a" * 300 + "@example.net", None),
    ],
)
def test_an_address_is_made_safe_or_refused(address: str, spec: str | None) -> None:
    assert fields.addr_spec(address) == spec


def test_references_keep_the_first_and_the_last_twenty_and_end_with_the_parent() -> None:
    thread = [f"<{place}@example.net>" for place in range(50)]
    kept = fields.references("<parent@example.net>", thread)
    assert kept == [thread[0], *thread[-19:], "<parent@example.net>"]


def test_references_hold_no_doubles_and_nothing_that_is_no_message_id() -> None:
    known = ("<a@x>", "<p@x>", "<a@x>", "no id", "<b@x>\r\nBcc: y", "<" + "c" * 300 + "@x>", "<ä@x>")
    assert fields.references("<p@x>", known) == ["<a@x>", "<p@x>"]


@pytest.mark.parametrize("field", ["S: a\r\nBcc: b", "S: a\nb", "S: a\rb", "no field", "S: a\r\n \r\n b"])
def test_what_could_become_two_fields_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match="not a header field"):
        compose([field], "text", "html")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("plain words", "7bit"),
        ("naïve words, mostly of ASCII letters", "quoted-printable"),
        ("日本語のメールです", "base64"),
        ("x" * 2000, "quoted-printable"),
        ("a\x00b", "quoted-printable"),
    ],
)
def test_each_part_travels_in_the_leanest_encoding(text: str, encoding: str) -> None:
    message = email.message_from_bytes(compose(["X: y"], text, "<p>"), policy=email.policy.default)
    part = message.get_body(("plain",))
    assert part is not None
    assert part["Content-Transfer-Encoding"] == encoding
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode().rstrip() == text


BODY = st.text(st.characters(exclude_categories=["Cs"]), max_size=2000)


@given(BODY, BODY)
@example(".\r\n.\n..", "From x\r--=_")
@example("trailing \t\n", "é trailing \t\r\n.\r\né" * 50)
def test_any_text_and_html_come_back_and_every_line_is_short_and_ends_in_crlf(text: str, html: str) -> None:
    data = compose(["X: y"], text, html)
    assert data.isascii()
    assert b"\r" not in data.replace(b"\r\n", b"")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(map(len, data.split(b"\r\n"))) <= 998
    message = email.message_from_bytes(data)
    assert message.get_content_type() == "multipart/alternative"
    parts = message.get_payload()
    assert isinstance(parts, list)
    for part, words in zip(parts, (text, html), strict=True):
        assert isinstance(part, Message)
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        unix = words.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
        assert payload.decode().replace("\r\n", "\n").strip("\n") == unix


def test_quoted_printable_agrees_with_another_decoder() -> None:
    data = compose(["X: y"], "é" + " ordinary words" * 40 + " \n.\nend = é", "<p>")
    body = data.split(b"quoted-printable\r\n\r\n")[1].split(b"\r\n--=_")[0]
    assert quopri.decodestring(body).decode().rstrip() == "é" + " ordinary words" * 40 + " \r\n.\r\nend = é"


@pytest.mark.parametrize(
    ("name", "greeting"),
    [
        ("Ann Miller", "Ann Miller"),
        (' "Ann"  Miller ', 'Ann" Miller'),
        ("Dr. Ann Müller", "Dr. Ann Müller"),
        ("J. R. Smith", "J. R. Smith"),
        ("山田 太郎", "山田 太郎"),
        ("Ann\r\nMiller", "Ann Miller"),
        ("Ann\u202eMiller", "AnnMiller"),
        ("x" * 100, "x" * 63 + "…"),
        ("ann@example.net", ""),
        ("You won https://evil.example/x", ""),
        ("WWW evil", ""),
        ("Go to evil.example now", ""),
        ("evil。example", ""),
        ("", ""),
    ],
)
def test_a_name_is_greeted_only_where_it_is_a_name(name: str, greeting: str) -> None:
    assert person_name(name) == greeting
