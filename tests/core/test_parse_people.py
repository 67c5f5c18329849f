"""Who wrote, to whom, in which thread: what is shown, and what authority may rest on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from fixture_mail import read, read_bytes
from mailgate.mail.addresses import read_addresses
from mailgate.mail.headers import read_header
from mailgate.mail.identity import strict_author
from mailgate.mail.ids import message_id, message_ids
from mailgate.mail.message import Address


def author(section: bytes) -> str | None:
    found = strict_author(read_header(section, 0, len(section)), section)
    return found.address if found else None


@pytest.mark.parametrize(
    ("name", "shown", "identity"),
    [
        ("plain", "ann@example.com", "ann@example.com"),
        ("from_encoded_name", "juergen@example.com", "juergen@example.com"),
        ("from_raw_8bit", "juergen@example.com", "juergen@example.com"),
        ("from_quoted_address_for_a_name", "eve@example.test", "eve@example.test"),
        ("from_address_for_a_name", "eve@example.test", None),
        ("from_two_authors", "ann@example.com", None),
        ("two_from_fields", "ann@example.com", None),
        ("from_missing", "ann@example.com", None),
        ("bare_cr_second_from", "ann@example.com", None),
        ("from_group", "ann@customer.test", None),
        ("from_encoded_local_part", "=?utf-8?q?ann?=@customer.test", None),
        ("from_encoded_address_for_a_name", "eve@evil.test", "eve@evil.test"),
        ("from_encoded_crlf_in_name", "eve@evil.test", "eve@evil.test"),
        ("from_bidi_in_name", "eve@evil.test", None),
        ("from_nul_in_name", "ann@customer.test", None),
        ("from_nul_in_address", "ann@customer.test.evil.test", None),
        ("from_folded_second_address", "ann@customer.test", None),
        ("from_in_a_comment", "eve@evil.test", "eve@evil.test"),
        ("from_route", "ann@customer.test", None),
        ("from_homograph", "ann@custоmer.test", None),
        ("from_differs_from_sender_and_reply_to", "eve@evil.test", "eve@evil.test"),
        ("bare_cr_in_subject", "ann@example.com", "ann@example.com"),
    ],
)
def test_the_shown_writer_may_be_guessed_and_the_author_never(name: str, shown: str, identity: str | None) -> None:
    mail = read(name)
    assert mail.shown_from is not None
    assert mail.shown_from.address == shown
    assert (mail.identity.address if mail.identity else None) == identity


def test_an_encoded_address_alone_is_shown_and_nobodys() -> None:
    assert read("from_encoded_address").identity is None
    assert read("from_encoded_address").shown_from == Address("", "ann@customer.test")


@pytest.mark.parametrize("name", ["from_encoded_crlf_in_name", "from_bidi_in_name", "subject_bidi_and_nul"])
def test_no_name_or_subject_can_break_out_of_its_line_or_turn_it_round(name: str) -> None:
    mail = read(name)
    assert mail.shown_from is not None
    shown = mail.shown_from.name + mail.subject + (mail.identity.name if mail.identity else "")
    assert not set("\r\n\0\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069").intersection(shown)


@pytest.mark.parametrize(
    "value",
    [
        "ann@example.com",
        "<ann@example.com>",
        "Ann <ann@example.com>",
        '"Ann, the first" <ann@example.com>',
        "ann@example.com (Ann)",
        "Ann (at work) <ann@example.com>",
        "=?utf-8?q?Ann=2C_Eve_=3Ceve=40example=2Etest=3E?= <ann@example.com>",
        "ann@example.com <ann@example.com>",
        "Ann\r\n <ann@example.com>",
    ],
)
def test_one_plain_address_is_an_author(value: str) -> None:
    assert author(b"From: " + value.encode() + b"\r\nTo: x@example.test\r\n\r\n") == "ann@example.com"


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("jörg@example.com", "jörg@example.com"),
        ("Jörg <jörg@example.com>", "jörg@example.com"),
        ("=?utf-8?q?J=C3=B6rg?= <Jörg.müller@Example.com>", "Jörg.müller@example.com"),
        ("<用户@example.com>", "用户@example.com"),
        ("<अजय@example.com>", "अजय@example.com"),
        ("почта@example.com (Почта)", "почта@example.com"),
        ("ann@Bücher.TEST", "ann@xn--bcher-kva.test"),
        ("Ann <ann@xn--bcher-kva.test>", "ann@xn--bcher-kva.test"),
        ("jörg@почта.test", "jörg@xn--80a1acny.test"),
        ("ann@日本カメラ.test", "ann@xn--lckxfya7635czlb.test"),
        ('"ann eve"@example.com', '"ann eve"@example.com'),
        ('Ann <"ann eve"@example.com>', '"ann eve"@example.com'),
        ('"Ann, Eve" <"ann..eve"@example.com>', '"ann..eve"@example.com'),
        ('"ann"@example.com', "ann@example.com"),
        ('<"ann.eve"@example.com>', "ann.eve@example.com"),
    ],
)
def test_an_address_of_rfc_6531_or_with_quotes_is_an_author_where_it_can_be_read_in_one_way(
    value: str, address: str
) -> None:
    assert author(b"From: " + value.encode() + b"\r\nTo: x@example.test\r\n\r\n") == address


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Ann",
        "ann@example.com, eve@example.test",
        "<ann@example.com> <eve@example.test>",
        "boss@example.com <eve@example.test>",
        "ann@example.com>, <eve@example.test",
        '"Ann <ann@example.com>',
        "Ann (<ann@example.com>",
        "team: ann@example.com;",
        "<@relay.example.test:ann@example.com>",
        '"ann@eve"@example.com',
        '"ann\\"eve"@example.com',
        '"ann eve"@example.com, eve@example.test',
        '"ann eve"@example.com <eve@example.test>',
        '<"ann eve"@example.com',
        '"Ann" "ann eve"@example.com',
        "stra\u00dfe@example.com",
        "\u212aate@example.com",
        "jo\u0308rg@example.com",
        "ann\u202e@example.com",
        "ann\u00a0eve@example.com",
        "\uff41nn@example.com",
        "ann@[192.0.2.1]",
        "ann@exa mple.com",
        "ann@example.com\x00eve",
        "ann@@example.com",
        "ann..eve@example.com",
        "ann@exa\u0308mple.com",
        "ann@stra\u00dfe.test",
        "ann@\u0131\u015f\u0131k.test",
        "ann@\u2139nfo.test",
        "ann@c\u043estomer.test",
        "ann@b\u00fc\u200dcher.test",
        "ann@b\u00fccher\u3002test",
        "ann@b\u00fccher..test",
        "ann@-b\u00fccher.test",
        "ann@example.com eve@example.test",
        "ann\\@example.com",
        '"Ann" ann@example.com',
        "ann@example.com\u2028",
        "\xa0ann@example.com",
        "ann@example.com\x0b",
        "ann@example.com\rFrom: eve@example.test",
    ],
)
def test_any_doubt_makes_the_author_nobody(value: str) -> None:
    assert author(b"From: " + value.encode() + b"\r\nTo: x@example.test\r\n\r\n") is None


@pytest.mark.parametrize(
    "second", [b"From: e@x.test", b"FROM : e@x.test", b"from:ann@example.com", b"\x0bFrom: e@x.test"]
)
def test_two_from_fields_make_the_author_nobody(second: bytes) -> None:
    for end in (b"\r\n", b"\n", b"\r"):
        assert author(b"From: ann@example.com" + end + second + b"\r\n\r\n") is None


def test_two_readers_must_agree() -> None:
    ours = read_header(b"From: ann@example.com\r\n\r\n", 0, 25)
    assert strict_author(ours, b"From: ann@example.com\r\n\r\n") is not None
    assert strict_author(ours, b"From: eve@example.test\r\n\r\n") is None


def test_a_from_that_begins_a_continuation_line_is_no_field() -> None:
    signature = b"DKIM-Signature: v=1; h=Date:\r\n\tFrom:To:Subject;\r\n From: b=abc\r\n"
    assert author(signature + b"From: ann@example.com\r\n\r\n") == "ann@example.com"


def test_a_header_over_its_caps_has_no_author() -> None:
    assert author(b"From: ann@example.com\r\n" + b"X: y\r\n" * 1_001 + b"\r\n") is None


@settings(deadline=None)
@given(some.binary(max_size=120))
def test_an_author_is_one_the_field_holds(value: bytes) -> None:
    found = author(b"From: " + value + b"\r\n\r\n")
    assert found is None or found.encode() in value.lower() or found.encode().lower() in value.lower()


def test_names_are_decoded_and_lists_are_whole() -> None:
    mail = read("from_encoded_name")
    assert mail.shown_from == Address("Müller, Jürgen", "juergen@example.com")
    assert mail.to == (Address("", "support@example.test"), Address("Desk, The", "desk@example.test"))
    assert mail.cc == ()
    assert read("from_raw_8bit").shown_from == Address("Jürgen Müller", "juergen@example.com")


def test_recipients_of_repeated_fields_are_joined() -> None:
    mail = read_bytes(b"From: a@example.com\nTo: b@example.com\nTo: c@example.com\n\nx")
    assert [one.address for one in mail.to] == ["b@example.com", "c@example.com"]


@pytest.mark.parametrize(
    ("value", "addresses"),
    [
        ("a@example.com, B <b@EXAMPLE.com>", ["a@example.com", "b@example.com"]),
        ("a@example.com; b@example.com", ["a@example.com", "b@example.com"]),
        ('"unclosed <a@example.com>, b@example.com', ["a@example.com", "b@example.com"]),
        ("undisclosed-recipients:;", []),
        ("no address at all", []),
        ("<<a@example.com>>", ["a@example.com"]),
        ("mailto:a@example.com", ["a@example.com"]),
        ("", []),
        ('"' * 5_000, []),
    ],
)
def test_broken_lists_give_the_addresses_in_them(value: str, addresses: list[str]) -> None:
    assert [one.address for one in read_addresses(value)] == addresses


def test_thread_ids_are_found_in_odd_fields() -> None:
    mail = read("references_odd")
    assert mail.in_reply_to == ("<two@example.com>",)
    assert mail.references == ("<one@example.com>", "<two@example.com>", "<three@example.com>")


def test_of_many_references_the_last_hundred_count() -> None:
    ids = message_ids(b" ".join(b"<%d@example.com>" % number for number in range(500)))
    assert len(ids) == 100
    assert ids[-1] == "<499@example.com>"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"<a@b>", "<a@b>"),
        (b" a@b ", "<a@b>"),
        (b"<a b@c>", "<ab@c>"),
        (b"<a@b> (comment)", "<a@b>"),
        (b"<no-at-sign>", "<no-at-sign>"),
        (b"", None),
        (b"<>", None),
        (b"<" + b"x" * 5_000 + b">", None),
    ],
)
def test_a_message_id_has_brackets_and_no_white_space(value: bytes, found: str | None) -> None:
    assert message_id(value) == found


@pytest.mark.parametrize(
    ("value", "date"),
    [
        (b"Mon, 2 Nov 2026 09:30:00 +0100", datetime(2026, 11, 2, 8, 30, tzinfo=UTC)),
        (b"2 Nov 26 09:30 EST", datetime(2026, 11, 2, 14, 30, tzinfo=UTC)),
        (b"Mon, 2 Nov 2026 09:30:00", datetime(2026, 11, 2, 9, 30, tzinfo=UTC)),
        (b"Mon, 2 Nov 2026 09:30:00 -0000", datetime(2026, 11, 2, 9, 30, tzinfo=UTC)),
        (b"yesterday", None),
        (b"Mon, 32 Nov 2026 09:30:00 +0100", None),
        (b"Mon, 2 Nov 99999999999 09:30:00 +0100", None),
        (b"", None),
    ],
)
def test_dates_are_aware_utc_or_none(value: bytes, date: datetime | None) -> None:
    assert read_bytes(b"From: a@example.com\nDate: " + value + b"\n\nx").date == date


def test_fields_are_unfolded_and_not_decoded() -> None:
    data = b"From: a@example.com\r\nX-Folded: one\r\n\ttwo\r\n  three\r\nSubject: =?utf-8?q?a?=\r\n\r\nx"
    assert read_bytes(data).fields == (
        ("from", "a@example.com"),
        ("x-folded", "one two three"),
        ("subject", "=?utf-8?q?a?="),
    )
    assert read_bytes(data).field("X-FOLDED") == "one two three"


@settings(deadline=None)
@given(some.lists(some.text("abcdefghij", min_size=1, max_size=8), min_size=2, max_size=30), some.data())
def test_a_field_folded_anywhere_reads_the_same(words: list[str], data: some.DataObject) -> None:
    folded = words[0]
    for word in words[1:]:
        folded += data.draw(some.sampled_from([" ", "\r\n ", "\r\n\t", "\n ", " \r\n \t "])) + word
    assert read_bytes(b"From: a@example.com\r\nSubject: " + folded.encode() + b"\r\n\r\nx").subject == " ".join(words)
