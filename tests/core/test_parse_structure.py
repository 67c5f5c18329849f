"""Which part of a mail is words, which is a file, and where both lie."""

from __future__ import annotations

import base64

import pytest

from fixture_mail import data_of, read, read_bytes
from mailgate.mail.skeleton import DEPTH_CAP, PARTS_CAP, walk
from mailgate.mail.transfer import undo


def test_line_ends_make_no_difference() -> None:
    for name in ("plain_lf_only", "plain_cr_only", "plain_crcrlf"):
        assert read(name).text == read("plain").text == "Hello,\n\nthe printer says error 17.\n\nRegards, Ann"
        assert read(name).subject == "The printer is broken"


def test_of_two_renderings_the_plain_one_is_the_text_and_the_html_is_kept() -> None:
    mail = read("alternative")
    assert mail.text == "Hello plain."
    assert "<b>html</b>" in mail.html
    assert mail.attachments == ()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("alternative_empty_plain", "Only the html says it."),
        ("alternative_stub_plain", "The delivery of your order 4711 is late."),
        ("html_only", "Příliš žluťoučký kůň"),
        ("several_text_parts", "Before the file.\nAfter the file."),
        ("named_text_is_all_there_is", "The words are in a named part."),
        ("signed_smime", "Signed words."),
        ("signed_smime_opaque", "The signed words: the lamp is dark."),
        ("winmail_dat", "The lamp is dark since Monday.\nGrüße, Ann"),
        ("calendar_invitation_alone", "Printer review\nStart: 2026-11-02 10:00 (Europe/Berlin)"),
        ("apple_text_picture_text", "This is the lamp:\n\n\n\n\nAnd this is the fuse:\n\n\n\n\nAnn"),
        ("uuencoded_file", "The log is below.\n\n\nAnn"),
        ("message_without_a_name", "Please see the attached mail."),
        ("html_in_columns", "Fuses\n\nWe have them\nin two sizes.\n\nLamps\n\nThey are\nnot dark.\n\nAnn 👍"),
        ("calendar_invitation", "Please join the review."),
        ("boundary_missing", "Found all the same."),
        ("boundary_never_comes", "Just words, no parts."),
        ("boundary_unclosed", "The mail was cut here."),
        ("boundary_is_a_prefix", "Inner words."),
        ("no_empty_line", "the body begins at once\nand goes on"),
    ],
)
def test_the_words_are_those_a_person_would_see(name: str, words: str) -> None:
    assert read(name).text.startswith(words)


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("related_in_mixed_in_alternative", [("logo.png", "image/png"), ("offer.pdf", "application/pdf")]),
        ("several_text_parts", [("offer.pdf", "application/pdf")]),
        ("attached_message", [("inner.eml", "message/rfc822")]),
        ("nameless_inline_pdf", [("", "application/pdf")]),
        ("named_text_is_all_there_is", [("body.txt", "text/plain")]),
        ("calendar_invitation", [("", "text/calendar")]),
        ("signed_smime", [("smime.p7s", "application/pkcs7-signature")]),
        ("signed_smime_opaque", [("smime.p7m", "application/pkcs7-mime"), ("lamp.pdf", "application/pdf")]),
        ("winmail_dat", [("Lampe für Büro.pdf", "application/pdf"), ("log.csv", "application/octet-stream")]),
        ("apple_text_picture_text", [("IMG_0001.jpg", "image/jpeg"), ("IMG_0002.jpg", "image/jpeg")]),
        ("uuencoded_file", [("test.txt", "application/octet-stream")]),
        ("message_without_a_name", [("", "message/rfc822")]),
        ("boundary_missing", [("kept.pdf", "application/pdf")]),
        ("boundary_is_a_prefix", [("outer.pdf", "application/pdf")]),
        ("plain", []),
    ],
)
def test_the_files_are_those_a_person_would_see(name: str, files: list[tuple[str, str]]) -> None:
    assert [(one.name, one.type) for one in read(name).attachments] == files


def test_an_attached_message_is_one_file_and_its_words_are_not_the_senders() -> None:
    mail = read("attached_message")
    assert mail.text == "Please see the attached mail."
    assert "Bob" not in mail.text + mail.reply_text + mail.elided
    assert mail.subject == "Fwd as attachment"
    inner = mail.attachments[0]
    held = data_of("attached_message")[inner.start : inner.end]
    assert held.startswith(b"From: Bob")
    assert held.endswith(b"--i--")
    assert inner.size == len(held)


def test_an_attachment_is_a_range_of_the_raw_mail() -> None:
    one = read("several_text_parts").attachments[0]
    content, _ = undo(data_of("several_text_parts")[one.start : one.end], one.encoding)
    assert content.startswith(b"%PDF-1.4")
    assert one.size == len(content)


def test_a_picture_within_the_html_is_inline_and_a_file_beside_it_is_not() -> None:
    logo, offer = read("related_in_mixed_in_alternative").attachments
    assert logo.inline
    assert logo.content_id == "pic@example.com"
    assert not offer.inline


def test_sizes_of_big_bodies_are_told_without_decoding_them() -> None:
    content = bytes(range(256)) * 1_000 + b"end"
    for line in (b"\n", b"\r\n"):
        encoded = base64.encodebytes(content).replace(b"\n", line)
        odd = encoded[:500] + b" " + encoded[500:]  # lines of one length no more: counted
        for body in (encoded, odd):
            data = b"Content-Type: application/x\nContent-Transfer-Encoding: base64\n\n" + body
            assert [one.size for one in read_bytes(data).attachments] == [len(content)]


def test_words_behind_the_end_of_the_html_are_read() -> None:
    data = b"Content-Type: text/html\n\n<html><body><p>words</p></body></html>\n_____\nScanned by nobody\n"
    assert read_bytes(data).text.startswith("words")
    assert "Scanned by nobody" in read_bytes(data).text


def test_pieces_behind_a_closing_boundary_are_shown() -> None:
    data = b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--x--\n--x\n\ntwo\n--x--\n"
    assert read_bytes(data).text == "one\ntwo"


def test_a_multipart_of_the_same_boundary_inside_loses_no_words() -> None:
    outer = b"Content-Type: multipart/mixed; boundary=x\n\n"
    inner = b"--x\nContent-Type: multipart/alternative; boundary=x\n\n--x\n\none\n--x--\n"
    assert read_bytes(outer + inner + b"--x\n\ntwo\n--x--\n").text == "one\ntwo"


def test_plain_and_html_side_by_side_are_told_once_where_they_say_the_same() -> None:
    words = b"The printer on the second floor does not work since Monday morning"
    head = b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\n"
    same = head + words + b"\n--x\nContent-Type: text/html\n\n<p>" + words + b"</p>\n--x--\n"
    other = head + words + b"\n--x\nContent-Type: text/html\n\n<p>Something else altogether.</p>\n--x--\n"
    assert read_bytes(same).text == words.decode()
    assert read_bytes(other).text == words.decode() + "\nSomething else altogether."


def test_forms_are_parts_only_as_deep_and_as_many_as_the_caps_allow() -> None:
    deep = b"Content-Type: multipart/mixed; boundary=b0\n\n" + b"".join(
        b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (level, level + 1) for level in range(100)
    )
    many = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 2_000
    assert "over a cap: parts nested deeper than 20" in walk(deep).defects
    assert "over a cap: more than 500 parts" in walk(many).defects
    assert len(walk(many).root.leaves()) <= PARTS_CAP
    depth, part = 0, walk(deep).root
    while part.parts:
        depth, part = depth + 1, part.parts[0]
    assert depth == DEPTH_CAP


def test_lines_that_only_begin_like_a_boundary_are_looked_at_up_to_a_cap() -> None:
    data = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nwords\n" + b"--bx\n" * 30_000
    assert "over a cap: more than 20,000 lines that begin like a boundary" in walk(data).defects
    assert read_bytes(data).text.startswith("words")


def test_a_part_without_header_may_begin_like_one() -> None:
    data = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nSubject: these are words\nTo: be read\n--b--\n"
    assert read_bytes(data).text == "Subject: these are words\nTo: be read"


def test_a_text_that_is_an_attachment_is_none_of_the_words() -> None:
    head = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nwords\n"
    data = head + b"--b\nContent-Disposition: attachment\n\nlog\n--b--\n"
    assert read_bytes(data).text == "words"
    assert [one.type for one in read_bytes(data).attachments] == ["text/plain"]


def test_a_long_content_type_costs_no_time_and_keeps_its_type() -> None:
    data = b'Subject: x\nContent-Type: text/html; a="' + b";" * 100_000 + b'"; charset=utf-8\n\n<p>words</p>\n'
    mail = read_bytes(data)
    assert mail.text == "words"
    assert any("Content-Type" in defect or "content-type" in defect for defect in mail.defects)


def test_text_over_the_cap_is_cut_and_says_so() -> None:
    mail = read_bytes(b"Subject: long\n\n" + b"0123456789abcde\n" * 100_000)
    assert len(mail.text) == 1024 * 1024
    assert "over a cap: text longer than 1 MB" in mail.defects


def test_pictures_written_into_the_html_do_not_crowd_out_its_words() -> None:
    picture = b"<img src='data:image/png;base64," + b"QUJD" * 500_000 + b"'>"
    mail = read_bytes(b"Content-Type: text/html\n\n<p>before</p>" + picture + b"<p>after</p>")
    assert "before" in mail.text
    assert "after" in mail.text


def test_flowed_paragraphs_are_joined_and_quotes_and_signature_are_not() -> None:
    assert read("flowed").text == (
        "This paragraph was typed in one go and was wrapped by the program.\n\n"
        "> A quoted paragraph.\nMine again.\n-- \nAnn"
    )


def test_a_soft_break_does_not_reach_into_another_quote_or_the_signature() -> None:
    head = b"Content-Type: text/plain; format=flowed\n\n"
    assert read_bytes(head + b"> quoted \nmine \n>> deeper\n").text == "> quoted \nmine \n>> deeper"
    assert read_bytes(head + b"the end \n-- \nAnn\n").text == "the end \n-- \nAnn"
    assert read_bytes(head.replace(b"flowed", b"flowed; delsp=yes") + "日本 \n語\n".encode()).text == "日本語"


@pytest.mark.parametrize(
    ("name", "words", "defect"),
    [
        ("quoted_printable_bad_escapes", "100=% sure =ZZ, Grüße, soft break", ""),
        ("base64_with_footer", "Hello from the list, says Ann.\n____", "base64 that is not base64"),
        ("base64_truncated", "These words were cut off short at the ", "base64 that ends too soon"),
    ],
)
def test_broken_encodings_give_what_can_be_had(name: str, words: str, defect: str) -> None:
    mail = read(name)
    assert mail.text.startswith(words)
    assert defect in ("", *mail.defects)
    assert bool(mail.defects) == bool(defect)
