"""winmail.dat: what a person without Outlook could not read is read for him."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture_mail import read_bytes
from mailgate.mail.opened import octets_of
from mailgate.mail.rtf import decompressed, rtf_words
from mailgate.mail.tnef import read_tnef
from mailgate.mail.wrapped import OPENED_CAP
from wrappers import (
    File,
    attribute,
    binary_property,
    mail_of,
    number_property,
    part,
    text_property,
    tnef,
    uncompressed_rtf,
)

WORDS = b"Content-Type: text/plain\n\nPlease see the files.\n"
FILES = (File(b"%PDF-1.4 offer", "Angebot für März.pdf", kind="application/pdf"), File(b"a,b\n1,2\n", "list.csv"))

RTF = rb"{\rtf1\ansi\ansicpg1252 Hello\par B\'e4r}"


def _winmail(data: bytes) -> bytes:
    return part("application/ms-tnef", data, "winmail.dat")


def test_the_files_of_winmail_dat_are_the_files_of_the_mail() -> None:
    data = mail_of(WORDS, _winmail(tnef(*FILES)))
    mail = read_bytes(data)
    assert mail.text == "Please see the files."
    assert [(one.name, one.type) for one in mail.attachments] == [
        ("Angebot für März.pdf", "application/pdf"),
        ("list.csv", "application/octet-stream"),
    ]
    assert [octets_of(one, data) for one in mail.attachments] == [file.data for file in FILES]
    assert [one.size for one in mail.attachments] == [len(file.data) for file in FILES]


def test_a_file_in_winmail_dat_is_a_range_and_no_copy() -> None:
    data = mail_of(WORDS, _winmail(tnef(*FILES)))
    for one in read_bytes(data).attachments:
        assert data[one.start : one.end].strip().startswith(b"eJ8+I")  # the wrapper, as it came
        assert len(one.inner) == 1


@pytest.mark.parametrize("kind", ["application/octet-stream", "application/vnd.ms-tnef"])
def test_winmail_dat_is_known_by_its_name_too(kind: str) -> None:
    mail = read_bytes(mail_of(WORDS, part(kind, tnef(*FILES), "winmail.dat")))
    assert [one.name for one in mail.attachments] == ["Angebot für März.pdf", "list.csv"]


def test_a_wrapper_without_files_or_that_is_none_stays_as_it_came() -> None:
    for data in (tnef(), b"no tnef at all", b""):
        mail = read_bytes(mail_of(WORDS, _winmail(data)))
        assert [one.name for one in mail.attachments] == ["winmail.dat"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (tnef(body=b"Gr\xfc\xdfe, the plain body\r\nof Outlook"), "Grüße, the plain body\nof Outlook"),
        (tnef(body="Привет".encode("cp1251"), codepage=1251), "Привет"),
        (tnef(of_message=(text_property(0x1000, "Unicode ✓"),)), "Unicode ✓"),
        (tnef(of_message=(binary_property(0x1013, b"<p>of <b>html</b></p>"),)), "of html"),
        (
            tnef(of_message=(number_property(0x3FDE, 65001), binary_property(0x1013, "<p>žluť</p>".encode()))),
            "žluť",
        ),
        (
            tnef(
                of_message=(binary_property(0x1009, uncompressed_rtf(rb"{\rtf1\ansi\ansicpg1252 Hello\par B\'e4r}")),)
            ),
            "Hello\nBär",
        ),
    ],
)
def test_its_words_are_read_where_the_mail_has_no_others(data: bytes, words: str) -> None:
    assert read_bytes(mail_of(_winmail(data))).text == words
    assert read_bytes(mail_of(WORDS, _winmail(data))).text == "Please see the files."


def test_a_picture_that_its_html_shows_is_inline() -> None:
    html = binary_property(0x1013, b"<p>See <img src='cid:pic@x'></p>")
    mail = read_bytes(
        mail_of(_winmail(tnef(File(b"PNG", "pic.png", kind="image/png", content_id="pic@x"), of_message=(html,))))
    )
    assert [one.inline for one in mail.attachments] == [True]


def test_a_message_within_it_is_one_file_and_its_words_are_not_the_senders() -> None:
    inner = tnef(body=b"Not the sender's words")
    data = mail_of(WORDS, _winmail(tnef(File(inner, "An older mail", embedded=True))))
    (one,) = read_bytes(data).attachments
    assert (one.name, one.type) == ("An older mail.tnef", "application/ms-tnef")
    assert octets_of(one, data) == inner
    assert "Not the" not in read_bytes(data).text


def test_only_a_small_wrapper_is_opened() -> None:
    big = tnef(File(bytes(OPENED_CAP * 3 // 4), "big.bin"))
    assert [one.name for one in read_bytes(mail_of(WORDS, _winmail(big))).attachments] == ["winmail.dat"]


def test_names_in_it_are_made_safe() -> None:
    mail = read_bytes(mail_of(WORDS, _winmail(tnef(File(b"x", "..\\..\\evil\u202egpj.exe")))))
    assert [one.name for one in mail.attachments] == ["evilgpj.exe"]


def test_what_was_cut_gives_what_is_left() -> None:
    whole = tnef(*FILES)
    cut = whole[: whole.index(b"a,b") + 3]
    assert [one.start < one.end for one in read_tnef(cut).files] == [True, True]  # type: ignore[union-attr]


def test_counts_and_lengths_that_lie_cost_nothing() -> None:
    liars = (
        attribute(1, 0x00069003, b"\xff\xff\xff\xff" * 1000),
        attribute(2, 0x00069005, b"\xff\xff\xff\xff\x1f\x10\x07\x37\xff\xff\xff\xff" * 1000),
        b"\x01\x03\x90\x06\x00\xff\xff\xff\xff" + b"x" * 100,
        attribute(2, 0x00069002, b"") * 20_000,
    )
    for lie in liars:
        found = read_tnef(tnef() + lie)
        assert found is not None
        assert len(found.files) <= 500


@given(st.binary(max_size=200), st.integers(0, 400))
def test_damaged_wrappers_never_raise(noise: bytes, at: int) -> None:
    whole = tnef(*FILES, of_message=(text_property(0x1000, "words"), binary_property(0x1009, COMPRESSED)))
    damaged = whole[:at] + noise + whole[at + len(noise) :]
    found = read_tnef(damaged)
    for file in found.files if found else ():
        assert 0 <= file.start < file.end <= len(damaged)


# MS-OXRTFCP §3.1 and §3.2: the specification's own examples.
COMPRESSED = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)


def test_compressed_rtf_is_undone_as_its_specification_shows() -> None:
    assert decompressed(COMPRESSED) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert decompressed(bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")) == (
        b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"
    )


def test_compressed_rtf_ends_at_its_mark_whatever_size_it_claims() -> None:
    liar = COMPRESSED[:4] + b"\xff\xff\0\0" + COMPRESSED[8:] + b"\0and more"
    assert decompressed(liar) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


@given(st.binary(max_size=300))
def test_rtf_of_any_octets_never_raises(noise: bytes) -> None:
    decompressed(b"\xff\xff\xff\x7f\xff\xff\xff\x7fLZFu\0\0\0\0" + noise)
    rtf_words(b"{\\rtf1" + noise)
    rtf_words(noise)


@pytest.mark.parametrize(
    ("rtf", "plain", "html"),
    [
        (rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}{\*\generator x;}one\par two}", "one\ntwo", ""),
        (rb"{\rtf1\ansi\ansicpg1251 \'cf\'f0\'e8}", "При", ""),
        (rb"{\rtf1\ansi{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204 B;}}\f1 \'cf\'f0\f0\'e9}", "Прé", ""),
        (rb"{\rtf1 it\u8217?s \uc0\u10003 {\uc2\u9731 xx}!}", "it’s ✓☃!", ""),
        (rb"{\rtf1 \u-10179?\u-8704?}", "😀", ""),
        (rb"{\rtf1\fromhtml1{\*\htmltag64 <p>}a \htmlrtf no\htmlrtf0 & b{\*\htmltag </p>}}", "", "<p>a &amp; b</p>"),
        (rb"{\rtf1 a\{b\}\\c\~d}", "a{b}\\c\xa0d", ""),
        (b"no rtf", "", ""),
    ],
)  # fmt: skip
def test_rtf_becomes_words_or_the_html_it_was_made_of(rtf: bytes, plain: str, html: str) -> None:
    assert rtf_words(rtf) == (plain, html)


def test_rtf_nested_past_bearing_ends_there() -> None:
    assert rtf_words(b"{\\rtf1 words " + b"{" * 100_000)[0].startswith("words")


def test_a_mail_of_rtf_alone_is_read() -> None:
    mail = read_bytes(b"Content-Type: text/rtf\n\n{\\rtf1\\ansi The words\\par are rich}\n")
    assert mail.text == "The words\nare rich"
