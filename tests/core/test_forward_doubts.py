"""Where a forward is told from a reply, whose mail it is in doubt, and what holds for any text and octets."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture_mail import FOLDER, data_of, raw_mail, read, read_bytes
from mailgate.mail.forward import Forwarded, forwarded
from mailgate.mail.parse import parse

OURS = frozenset({"bob@example.com", "carol@example.com", "support@example.test"})
FORWARDS = sorted(path.stem for path in FOLDER.glob("forward_*.eml"))
PLAIN = "Content-Type: text/plain; charset=utf-8\r\n\r\n"


def _mail(
    subject: str, text: str, fields: str = "", kind: str = PLAIN, ours: frozenset[str] = OURS
) -> Forwarded | None:
    head = f"From: bob@example.com\r\nTo: support@example.test\r\nSubject: {subject}\r\n{fields}"
    data = f"{head}Date: Mon, 2 Nov 2026 10:30:00 +0100\r\nMIME-Version: 1.0\r\n{kind}{text}".encode()
    return forwarded(read_bytes(data), data, ours)


def _mixed(subject: str, *parts: str, fields: str = "", kind: str = "multipart/mixed") -> Forwarded | None:
    body = "".join(f"--m\r\n{part}\r\n" for part in parts)
    return _mail(subject, f"{body}--m--\r\n", fields, f"Content-Type: {kind}; boundary=m\r\n\r\n")


HEAD = "From: Ann Example <ann@example.org>\nSent: Monday, November 2, 2026 10:14 AM\nTo: Bob\nSubject: Fire\n\n"


def test_a_forward_of_our_own_mail_alone_is_nobodys() -> None:
    own = HEAD.replace("ann@example.org", "Carol@Example.com")
    assert _mail("FW: Fire", f"-----Original Message-----\n{own}It burns.") is None


def test_the_engineer_himself_is_no_customer_even_if_nobody_says_that_he_is_ours() -> None:
    own = HEAD.replace("ann@example.org", "bob@example.com")
    text = f"---------- Forwarded message ---------\n{own}It burns."
    assert _mail("FW: Fire", text, ours=frozenset()) is None
    assert _mail("FW: Fire", text.replace("bob@", "carol@"), ours=frozenset()) is not None


def test_two_from_lines_name_nobody() -> None:
    head = HEAD.replace("Sent:", "From: Eve <eve@example.net>\nSent:")
    assert _mail("Fwd: Fire", f"---------- Forwarded message ---------\n{head}It burns.") is None


def test_a_forward_behind_quote_marks_ends_with_them() -> None:
    quoted = "".join(f"> {line}\n" for line in f"Begin forwarded message:\n\n{HEAD}It burns.".splitlines())
    found = _mail("Fwd: Fire", f"/assign me\n\n{quoted}\nBob, my private line is 12345\n")
    assert found is not None
    assert found.text == "It burns."
    assert found.comment == "/assign me\n\nBob, my private line is 12345"
    assert _mail("Fire", quoted) is None  # so a reply would quote it


def test_html_in_which_the_engineer_goes_on_below_is_left_out() -> None:
    mail = read("forward_apple_mail_en")
    long = "It burns and burns. " * 50  # so that a line more makes no difference
    html = mail.html.replace("The printer", f"{long}The printer").replace("</body>", "<p>My private line is 12345</p>")
    text = mail.text.replace("The printer", f"{long}The printer")
    parts = (f"{PLAIN}{text}\n\nMy private line is 12345", f"Content-Type: text/html\r\n\r\n{html}")
    found = _mixed("Fwd: Fire", *parts, kind="multipart/alternative")
    assert found is not None
    assert "private" not in found.text
    assert found.html == ""


def test_html_in_which_the_heads_last_line_stands_twice_is_left_out() -> None:
    mail = read("forward_outlook_web_en")
    comment = "They did not pay for Subject: Printer on fire, nor for anything else."
    long = "It burns and burns. " * 50
    text = mail.text.replace("/assign me", comment).replace("The printer", f"{long}The printer")
    html = mail.html.replace("/assign me", comment).replace("The printer", f"{long}The printer")
    found = _mixed("Fwd: x", f"{PLAIN}{text}", f"Content-Type: text/html\r\n\r\n{html}", kind="multipart/alternative")
    assert found is not None
    assert found.comment == comment
    assert "anything else" not in f"{found.text}{found.html}"


LETTER = "Content-Type: message/rfc822\r\n\r\nFrom: ann@example.org\r\nSubject: Fire\r\nMessage-ID: <a@example.org>\r\n"


def test_an_attached_mail_speaks_for_itself_only_where_nothing_else_does() -> None:
    letter = f"{LETTER}\r\nIt burns."
    picture = "Content-Type: image/png; name=a.png\r\n\r\nPNG"
    note = f"{PLAIN}/assign me"
    assert _mixed("Fire", note, letter) is not None
    assert _mixed("Fire", note, letter, letter) is None
    assert _mixed("Fire", note, letter, picture) is None
    assert _mixed("Fwd: Fire", note, letter, picture) is not None
    assert _mixed("Fire", note, letter, fields="In-Reply-To: <notice@example.test>\r\n") is None
    assert _mixed("Fire", note, letter, fields="In-Reply-To: <a@example.org>\r\n") is not None
    assert _mixed("Fire", note, letter, kind="multipart/digest") is None


def test_an_attached_bounce_is_nobodys_mail() -> None:
    bounce = LETTER.replace("ann@", "MAILER-DAEMON@").replace("Fire", "Undelivered Mail Returned to Sender")
    text = "Your message could not be delivered.\r\n\r\n<eve@example.net>: 550 5.1.1 User unknown"
    assert _mixed("Fwd: Fire", f"{PLAIN}Look.", f"{bounce}\r\n{text}") is None


def test_what_is_attached_below_a_head_that_cannot_be_read_is_not_taken_for_the_forward() -> None:
    text = "---------- Forwarded message ---------\nA line of nobody's.\n\nIt burns."
    assert _mixed("Fwd: Fire", f"{PLAIN}{text}", f"{LETTER}\r\nAnother.") is None


def test_a_customers_own_forward_stays_whole_within_his_mail() -> None:
    inner = "---------- Forwarded message ---------\nFrom: Eve <eve@example.net>\nSubject: Hot\nTo: Ann\n\nSo hot."
    found = _mail("Fwd: Fire", f"---------- Forwarded message ---------\n{HEAD}See below.\n\n{inner}\n")
    assert found is not None
    assert found.author.address == "ann@example.org"
    assert "So hot." in found.text


@pytest.mark.parametrize(
    "subject", ["Fire", "[Fwd: Fire]", "[EXT] Fwd: Fire", "Fire (fwd)", "转发：Fire", "Fwd: Re: Fire"]
)
def test_a_mark_of_forwards_is_one_under_any_subject_but_a_replys(subject: str) -> None:
    text = f"---------- Forwarded message ---------\n{HEAD}It burns."
    found = _mail(subject, text)
    assert found is not None
    assert found.text == "It burns."
    assert _mail(f"Re: {subject}", text) is None


@pytest.mark.parametrize("above", ["", "-----Original Message-----\n", "________________________________\n"])
def test_a_head_alone_is_a_forward_only_under_a_subject_that_says_so(above: str) -> None:
    assert _mail("Fire", f"Look.\n\n{above}{HEAD}It burns.") is None
    assert _mail("RE: Fire", f"Look.\n\n{above}{HEAD}It burns.") is None
    assert _mail("[EXT] RE: Fire", f"Look.\n\n{above}{HEAD}It burns.") is None
    for subject in ("WG: Fire", "[EXT] FW: Fire", "Fire (fwd)"):
        found = _mail(subject, f"Look.\n\n{above}{HEAD}It burns.")
        assert found is not None
        assert found.comment == "Look."


def test_the_prefix_of_danish_forwards_and_finnish_replies_is_read_with_the_labels_below_it() -> None:
    finnish = "Lähettäjä: Ann <ann@example.org>\nLähetetty: 2.11.2026 10.14\nVastaanottaja: Bob\nAihe: Palaa\n\nPalaa."
    danish = "Fra: Ann <ann@example.org>\nSendt: 2. november 2026 10:14\nTil: Bob\nEmne: Brand\n\nDet brænder."
    assert _mail("VS: x", finnish) is None
    assert _mail("VS: x", danish) is not None


def test_thunderbird_says_in_a_field_what_it_forwards() -> None:
    field = "X-Forwarded-Message-Id: <original@example.org>\r\n"
    found = _mail("Fire", f"-------- Original Message --------\n{HEAD}It burns.", field)
    assert found is not None
    assert found.message_id == "<original@example.org>"


@pytest.mark.parametrize(
    "who",
    [
        "Ann",
        "Ann <ann@example.org>, Eve <eve@example.net>",
        "eve@example.net <ann@example.org>",
        "Ann on behalf of Eve <eve@example.net>",
        "Ann im Auftrag von Eve <eve@example.net>",
        "Ann <ann@exa\u0430mple.org>",
        "Ann <ann@localhost>",
        "Ann <ann@example.org> @eve",
        "/o=Example/ou=Users/cn=Ann",
    ],
)
def test_an_author_in_any_doubt_is_nobody(who: str) -> None:
    head = HEAD.replace("Ann Example <ann@example.org>", who)
    assert _mail("Fwd: Fire", f"---------- Forwarded message ---------\n{head}It burns.") is None


@pytest.mark.parametrize(
    "who",
    [
        "ann@example.org",
        "'ann@example.org'",
        "<ann@example.org>",
        "Ann [mailto:ann@example.org]",
        "Ann <ann@example.org<mailto:ann@example.org>>",
        "ann@example.org <ann@example.org>",
        "Ann\n<ann@example.org>",
        "Example, Ann (Sales) <Ann@EXAMPLE.org>",
        "\u202aAnn\u202c <ann@example.org>",
    ],
)
def test_one_address_is_read_however_a_program_writes_it(who: str) -> None:
    head = HEAD.replace("Ann Example <ann@example.org>", who)
    found = _mail("Fwd: Fire", f"---------- Forwarded message ---------\n{head}It burns.")
    assert found is not None
    assert found.author.key == "ann@example.org"
    assert "\u202a" not in found.author.name


def test_a_subject_is_one_clean_line() -> None:
    head = HEAD.replace("Subject: Fire", "Subject: Fi\u202ere\x00 now")
    found = _mail("Fwd: x", f"---------- Forwarded message ---------\n{head}It burns.")
    assert found is not None
    assert found.subject.split() == ["Fire", "now"]


def test_a_mark_whose_head_cannot_be_read_hides_all_below_it() -> None:
    deeper = f"---------- Forwarded message ---------\n{HEAD}It burns."
    assert _mail("Fwd: Fire", f"---------- Forwarded message ---------\nA line of nobody's.\n\n{deeper}") is None


def test_a_date_behind_the_forwards_own_is_none() -> None:
    head = HEAD.replace("November 2, 2026", "December 24, 2026")
    found = _mail("Fwd: Fire", f"---------- Forwarded message ---------\n{head}It burns.")
    assert found is not None
    assert found.sent is None


@pytest.mark.parametrize(
    "field", ["Auto-Submitted: auto-generated\r\n", "Precedence: bulk\r\nList-Id: <l.example>\r\n"]
)
def test_what_a_machine_forwards_nobody_vouches_for(field: str) -> None:
    assert _mail("Fwd: Fire", f"---------- Forwarded message ---------\n{HEAD}It burns.", field) is None


LINES = st.sampled_from(
    (
        *("", "It burns.", "> quoted", ">> more", "____", "-- ", "/close", "    indented"),
        *("---------- Forwarded message ---------", "-----Original Message-----", "> Begin forwarded message:"),
        *("From: Ann <ann@example.org>", "> From: Carol <carol@example.com>", "Von: ", "Sent: 31.13.2026 99:99"),
        *("Subject: x", "To: a@b.example, c", "On 2 Nov 2026, Ann <ann@example.org> wrote:", "发件人: \u202e<a@b.cn>"),
        *("----- End of forwarded message -----", "Date: 2026-11-02 10:14 +9999", "From: " + "@" * 50),
    )
)
TEXTS = st.lists(LINES | st.text(max_size=30), max_size=30).map("\n".join)


@given(TEXTS, st.sampled_from(("Fwd: x", "Re: x", "x", "VS: x")))
def test_no_text_makes_it_raise_or_take_one_of_ours_for_the_customer(text: str, subject: str) -> None:
    found = _mail(subject, text.replace("\x00", ""))
    assert found is None or (found.author.key not in OURS and "\n" not in found.subject)


@given(st.sampled_from(FORWARDS), st.integers(0, 4000), st.binary(max_size=6))
def test_no_octets_make_it_raise(name: str, at: int, junk: bytes) -> None:
    whole = data_of(name)
    data = whole[:at] + junk + whole[at + len(junk) :]
    found = forwarded(parse(raw_mail(data)), data, OURS)
    if found is not None:
        assert all(0 <= file.start <= file.end <= len(data) for file in found.attachments)


@pytest.mark.parametrize(
    "line",
    [
        "It burns.\n",
        "From: Ann <ann@example.org>\n",
        "> From: Carol <carol@example.com>\nSubject: x\nTo: y\n\n",
        ">" * 50 + " Begin forwarded message:\n",
        "-----Original Message-----\n" + HEAD.replace("ann@example.org", "bob@example.com"),
        "From: " + "a@b." * 400 + "\n",
    ],
)
def test_ten_megabytes_of_any_text_take_little_time(line: str) -> None:
    text = f"---------- Forwarded message ---------\n{HEAD}" + line * (10_000_000 // len(line))
    data = f"From: bob@example.com\r\nSubject: Fwd: x\r\n\r\n{text}".encode()
    mail = parse(raw_mail(data))
    begun = time.process_time()
    forwarded(mail, data, OURS)
    assert time.process_time() - begun < 5
