"""How mail programs and broken generators build mails: each gives the words and files that a person would see."""

from __future__ import annotations

import pytest

from fixture_mail import read_bytes
from mailgate.mail.opened import octets_of
from parts import file, html, multi, text

CALENDAR = (
    b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nDTSTART:19700101T000000\r\nEND:VTIMEZONE\r\n"
    b"BEGIN:VEVENT\r\nSUMMARY;LANGUAGE=en:Printer review\r\nDTSTART;TZID=Europe/Berlin:20261102T100000\r\n"
    b"DTEND:20261102T110000Z\r\nLOCATION:Room 5\\, Berlin\r\nDESCRIPTION:Bring the\r\n  printer.\\nThanks\r\n"
    b"BEGIN:VALARM\r\nDESCRIPTION:Reminder\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
INVITED = """Printer review
Start: 2026-11-02 10:00 (Europe/Berlin)
End: 2026-11-02 11:00 UTC
Place: Room 5, Berlin
Bring the printer.
Thanks"""


INVITATION = b"Content-Type: text/calendar; method=REQUEST; charset=utf-8\n\n" + CALENDAR
LETTER = b"Content-Type: message/rfc822\n\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe/x?=\nFrom: z@example.com\n\nnot mine\n"
IMAGE = "image/png"

MAILS: dict[str, tuple[bytes, str, list[str]]] = {
    "apple_text_pictures_text": (
        multi(
            "mixed",
            text("Before"),
            file(IMAGE, "1.png", "inline"),
            text("Between"),
            file(IMAGE, "2.png"),
            text("After"),
        ),
        "Before\nBetween\nAfter",
        ["1.png", "2.png"],
    ),
    "apple_html_file_html": (
        multi(
            "alternative",
            text("Before and after"),
            multi(
                "mixed", html("Before"), file("application/pdf", "a.pdf", "inline"), html("and after"), boundary=b"c"
            ),
        ),
        "Before and after",
        ["a.pdf"],
    ),
    "html_file_html_without_plain": (
        multi("mixed", html("Before"), file("application/pdf", "a.pdf", "inline"), html("and after")),
        "Before\nand after",
        ["a.pdf"],
    ),
    "footer_of_a_list": (
        multi("mixed", multi("alternative", text("plain"), html("plain"), boundary=b"c"), text("____\nThe list")),
        "plain\n____\nThe list",
        [],
    ),
    "footer_below_a_signed_mail": (
        multi(
            "mixed",
            multi("signed", text("signed"), file("application/pgp-signature", "signature.asc"), boundary=b"c"),
            text("____\nThe list"),
        ),
        "signed\n____\nThe list",
        ["signature.asc"],
    ),
    "text_with_a_name": (
        multi("mixed", text("words"), text("log line", more='Content-Disposition: inline; filename="log.txt"\n')),
        "words",
        ["log.txt"],
    ),
    "text_with_an_empty_name": (
        multi("mixed", text("words", more='Content-Disposition: inline; filename=""\n')),
        "words",
        [],
    ),
    "table_without_a_name": (multi("mixed", text("words"), text("a,b", "csv")), "words", [""]),
    "html_with_a_name_alone": (
        b"Content-Type: text/html; name=body.html\nContent-Disposition: inline; filename=body.html\n\n<p>words</p>",
        "words",
        [],
    ),
    "html_as_an_attachment_alone": (
        b"Content-Type: text/html\nContent-Disposition: attachment; filename=report.html\n\n<p>words</p>",
        "",
        ["report.html"],
    ),
    "text_called_an_attachment_that_is_all": (
        b"Content-Type: text/plain\nContent-Disposition: attachment\n\nwords",
        "words",
        [],
    ),
    "text_of_a_kind_unknown": (b"Content-Type: text/x-whatever\n\nwords", "words", []),
    "text_kind_turned_round": (b"Content-Type: plain/text\n\nwords", "words", []),
    "html_without_a_semicolon": (b"Content-Type: text/html charset=utf-8\n\n<p>words</p>", "words", []),
    "invitation_alone": (INVITATION, INVITED, [""]),
    "invitation_beside_nothing": (multi("alternative", text(" "), INVITATION), INVITED, [""]),
    "invitation_with_words": (multi("alternative", text("Please join."), INVITATION), "Please join.", [""]),
    "invitation_on_a_day": (
        b"Content-Type: text/calendar\n\nBEGIN:VEVENT\nSUMMARY:Party\nDTSTART;VALUE=DATE:20261224\nEND:VEVENT\n",
        "Party\nStart: 2026-12-24",
        [""],
    ),
    "file_of_a_macintosh": (
        multi(
            "mixed",
            text("words"),
            multi(
                "appledouble",
                file("application/applefile", "R.doc"),
                file("application/msword", "R.doc"),
                boundary=b"c",
            ),
        ),
        "words",
        ["R.doc"],
    ),
    "digest": (
        multi("digest", b"\nFrom: x@example.com\nSubject: one\n\nbody one", b"\nSubject: two\n\nbody two"),
        "",
        ["", ""],
    ),
    "digest_of_mailman": (
        multi("mixed", text("Topics"), multi("digest", b"\nSubject: one\n\nnot mine", boundary=b"c"), text("End")),
        "Topics\nEnd",
        [""],
    ),
    "one_part_of_a_mail_cut_into_pieces": (
        b"Content-Type: message/partial; id=x; number=1; total=2\n\nSubject: whole\n\nfirst half",
        "",
        [""],
    ),
    "body_that_lies_elsewhere": (
        multi(
            "mixed",
            text("words"),
            b'Content-Type: message/external-body; access-type=URL; URL="http://example.com/x"\n\n'
            b"Content-Type: image/png\n\n",
        ),
        "words",
        [""],
    ),
    "parallel": (multi("parallel", text("one"), text("two")), "one\ntwo", []),
    "multipart_unknown": (multi("x-strange", text("one"), file("application/pdf", "a.pdf")), "one", ["a.pdf"]),
    "voice_message": (multi("voice-message", text("words"), file("audio/wav", "a.wav", "inline")), "words", ["a.wav"]),
    "form": (
        multi(
            "form-data",
            b'Content-Disposition: form-data; name="message"\n\nwords',
            b'Content-Disposition: form-data; name="f"; filename="a.txt"\nContent-Type: text/plain\n\nfile',
        ),
        "words",
        ["a.txt"],
    ),
    "boundary_is_another": (
        multi("mixed", text("words"), file("application/pdf", "a.pdf")).replace(b"\n--bb", b"\n--xyz"),
        "words",
        ["a.pdf"],
    ),
    "boundary_with_spaces_behind": (
        b'Content-Type: multipart/mixed; boundary="abc "\n\n--abc  \nContent-Type: text/plain\n\nwords\n--abc--  \n',
        "words",
        [],
    ),
    "boundary_in_other_quotes": (
        b"Content-Type: multipart/mixed; boundary='abc'\n\n--abc\nContent-Type: text/plain\n\nwords\n--abc--\n",
        "words",
        [],
    ),
    "nested_and_never_closed": (
        multi(
            "mixed",
            multi("alternative", text("plain"), html("plain"), boundary=b"c").replace(b"--c--", b""),
            file("application/pdf", "a.pdf"),
        ),
        "plain",
        ["a.pdf"],
    ),
    "multipart_of_nothing": (b"Content-Type: multipart/mixed; boundary=b\n\n--b--\n", "", []),
    "multipart_of_a_preamble": (b"Content-Type: multipart/mixed; boundary=b\n\nwords\n--b--\nend\n", "words", []),
    "multipart_said_to_be_base64": (
        b"Content-Transfer-Encoding: base64\n" + multi("mixed", text("words")),
        "words",
        [],
    ),
    "message_without_a_name": (multi("mixed", text("see"), LETTER), "see", [""]),
    "message_in_base64": (
        multi("mixed", text("see"), file("message/rfc822", data=b"Subject: inner\n\nnot mine")),
        "see",
        [""],
    ),
    "message_as_mere_octets": (
        multi("mixed", text("see"), file("application/octet-stream", "mail.eml", data=b"Subject: inner\n\nnot mine")),
        "see",
        ["mail.eml"],
    ),
    "message_that_is_all": (LETTER, "", [""]),
    "message_shown_inline": (
        multi("mixed", LETTER.replace(b"\n\n", b"\nContent-Disposition: inline\n\n", 1)),
        "",
        [""],
    ),
    "for_other_readers": (
        multi("alternative", text("plain"), text("<b>", "x-amp-html"), text("<b>", "watch-html"), html("plain")),
        "plain",
        [],
    ),
    "plain_says_to_look_elsewhere": (
        multi(
            "alternative", text("Sie sehen nichts? https://example.com/v"), html("Ihre Lieferung verspätet sich. " * 9)
        ),
        ("Ihre Lieferung verspätet sich. " * 9).strip(),
        [],
    ),
    "plain_is_short_and_true": (
        multi("alternative", text("谢谢"), html("谢谢<br>" + "旧的话。" * 90)),
        "谢谢",
        [],
    ),
    "alternative_with_a_file": (
        multi("alternative", text("plain"), html("plain"), file("application/pdf", "a.pdf")),
        "plain",
        ["a.pdf"],
    ),
    "rich_text_alone": (multi("mixed", text("{\\rtf1 The words}", "rtf")), "The words", [""]),
    "files_without_names": (
        multi("mixed", text("words"), file("application/pdf", "", "inline"), file("application/octet-stream", "", "")),
        "words",
        ["", ""],
    ),
    "type_said_twice": (b"Content-Type: text/plain\n" + multi("mixed", text("words")), "words", []),
    "part_without_a_header": (multi("mixed", b"words").replace(b"--bb\n", b"--bb\n\n"), "words", []),
    "rich_text_of_old": (text("<bold>Hi</bold> <param>red</param><<Ann>", "enriched"), "Hi <Ann>", []),
    "picture_alone": (file(IMAGE, "scan.png"), "", ["scan.png"]),
    "nothing_but_a_header": (b"", "", []),
}


@pytest.mark.parametrize("name", MAILS)
def test_words_and_files_are_those_that_a_person_would_see(name: str) -> None:
    data, words, names = MAILS[name]
    mail = read_bytes(b"From: a@example.com\nSubject: x\nMIME-Version: 1.0\n" + (data or b"\n"))
    assert [line for line in mail.text.splitlines() if line] == words.splitlines()
    assert [one.name for one in mail.attachments] == names


@pytest.mark.parametrize(
    ("letter", "title"),
    [
        (LETTER, "Grüße-x.eml"),
        (file("message/rfc822", data=b"Subject: ../../a: b\n\nx"), "..-..-a: b.eml"),
        (b"Content-Type: message/rfc822\n\nFrom: z@example.com\n\nx\n", "message.eml"),
        (LETTER.replace(b"\n\n", b"\nContent-Disposition: attachment; filename=a.eml\n\n", 1), ""),
    ],
)
def test_an_attached_message_without_a_name_is_called_by_its_subject(letter: bytes, title: str) -> None:
    (one,) = read_bytes(multi("mixed", text("see"), letter)).attachments
    assert one.title == title
    assert one.called == (title or "a.eml")


@pytest.mark.parametrize(
    ("source", "part", "inline"),
    [
        ("cid:Pic%40x", file(IMAGE, "a.png", more="Content-ID: <pic@x>\n"), True),
        ("cid:pic@x", file(IMAGE, "a.png", "attachment", more="Content-ID: <pic@x>\n"), True),
        ("logo.png", file(IMAGE, "logo.png"), True),
        ("http://example.com/l.png", file(IMAGE, "l.png", more="Content-Location: http://example.com/l.png\n"), True),
        ("cid:other", file(IMAGE, "a.png"), False),
        ("cid:other", file("application/pdf", "a.pdf", "inline", more="Content-ID: <pdf@x>\n"), False),
    ],
)
def test_what_the_html_shows_is_inline_and_nothing_else(source: str, part: bytes, inline: bool) -> None:
    mail = read_bytes(multi("related", text(f"<p>See <img src='{source}'></p>", "html"), part))
    assert [one.inline for one in mail.attachments] == [inline]


UUENCODED = b"begin 644 test.txt\n#0V%T\n`\nend\n"


def test_a_file_written_into_the_words_is_a_file() -> None:
    data = b"Subject: x\n\nSee the file.\n\n" + UUENCODED + b"\nBye\n"
    mail = read_bytes(data)
    assert mail.text.split() == ["See", "the", "file.", "Bye"]
    assert [(one.name, one.size) for one in mail.attachments] == [("test.txt", 3)]
    assert octets_of(mail.attachments[0], data) == b"Cat"


@pytest.mark.parametrize("words", ["begin 644 times\nthe end\n", "begin 644 a\nNOT ITS LENGTH\nend\n"])
def test_words_that_only_begin_like_a_file_stay_words(words: str) -> None:
    mail = read_bytes(b"Subject: x\n\n" + words.encode())
    assert mail.text == words.strip()
    assert mail.attachments == ()
