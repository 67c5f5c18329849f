"""What an engineer wrote, as the customer's mail system gets it: without a trace of who and where he is."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage, Message
from pathlib import Path
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fixture_mail import FOLDER, data_of, read
from letters import CASE, LETTER, MAILBOX, PATH, POLICY, SHIPPED
from mailgate.cases.case import Case, Letter, Written
from mailgate.cases.letter_kinds import LetterKind
from mailgate.mail.going_out import going_out
from mailgate.mail.message import Address
from mailgate.mail.params import read_params
from mailgate.mail.transfer import undo
from mailgate.outbox.carried import Carried, Enclosed, carried
from mailgate.outbox.clean import one_line
from mailgate.outbox.compose import compose
from mailgate.outbox.render import Renderer

NOW = datetime(2026, 11, 21, 21, 37, 2, tzinfo=UTC)
RENDERER = Renderer([SHIPPED])
OURS = Address("Support", "support@example.com")
TOKEN = "z" * 20
REPLY = replace(LETTER, kind=LetterKind.REPLY, token=TOKEN, message_id=f"<r{TOKEN}.2611000001@example.com>")
PLAIN = Carried("The fuse is out.\n\n  if burning:\n      replace it", None, (), "Eve")
CLIENTS = sorted(file.stem.removeprefix("engineer_") for file in FOLDER.glob("engineer_*.eml"))


def write(what: Carried = PLAIN, letter: Letter = REPLY, case: Case = CASE) -> Written:
    return RENDERER.reply(letter, case, POLICY, MAILBOX, what, "", NOW)


def relayed(client: str) -> Written:
    mail, data = read(f"engineer_{client}"), data_of(f"engineer_{client}")
    out = going_out(mail, data, mail.reply_text, frozenset({"eve.engineer@desk.test"}), OURS)
    return write(carried(out, data, "Eve"))


def opened(written: Written) -> EmailMessage:
    return email.message_from_bytes(written.message, policy=email.policy.default)


def words(written: Written, form: str = "plain") -> str:
    part = opened(written).get_body((form,))
    assert part is not None
    return cast("str", part.get_content()).replace("\r\n", "\n")


def tree(message: Message) -> object:
    parts = message.get_payload()
    kind = message.get_content_type().removeprefix("multipart/")
    return (kind, [tree(cast("Message", part)) for part in parts]) if message.is_multipart() else kind


def content(part: Message) -> bytes:
    return cast("bytes", part.get_payload(decode=True))


@pytest.mark.parametrize("client", CLIENTS)
def test_byte_by_byte_nothing_tells_who_wrote_from_where_or_under_which_token(client: str) -> None:
    written = relayed(client)
    parts = [content(part) for part in opened(written).walk() if not part.is_multipart()]
    heads = [str(part.items()).encode() for part in opened(written).walk()]
    for octets in (written.message, *parts, *heads):
        plain = undo(octets, "quoted-printable")[0].lower()
        for secret in ("eve.engineer", "desk.test", "laptop", "corp", "10.1.2.3", "7k2m9qv4x8b1n5c3z6d0"):
            assert secret.encode() not in plain
        for program in (b"x-mailer", b"user-agent", b"originating", b"received:", b"outlook", b"mozilla", b"iphone"):
            assert program not in plain.replace(b"safelinks.protection.outlook.com", b"")
        for signed in (b"5550100", b"desk ltd", b"engineer", b"write above", b"burns"):
            assert signed not in plain
    assert "fuse" in words(written)
    assert "fuse" in words(written, "html")


def test_the_header_is_a_persons_and_the_desks() -> None:
    head = write().message.split(b"\r\n\r\n")[0].decode().split("\r\n")
    assert head[:-1] == [
        "Date: Sat, 21 Nov 2026 21:37:02 +0000",
        'From: "Eve (Example Support)" <support@example.com>',
        'To: "Ann Miller" <ann@example.net>',
        "Subject: #2611000001: Printer on fire ref:_00D7F47PR0._5007FY8VVC00000X:ref",
        f"Message-ID: <r{TOKEN}.2611000001@example.com>",
        f"Reply-To: support+r{TOKEN}@example.com",
        "In-Reply-To: <parent@example.net>",
        "References: <first@example.net> <parent@example.net>",
        "MIME-Version: 1.0",
    ]
    assert write().envelope_from == f"support+b{PATH}@example.com"


def test_the_letter_says_the_words_who_wrote_them_and_which_case_it_is() -> None:
    assert words(write()) == (
        "The fuse is out.\n\n  if burning:\n      replace it\n\nEve\nExample Support\n+1 555 0100\n\n"
        "Case 2611000001: Printer on fire\nref:_00D7F47PR0._5007FY8VVC00000X:ref\n"
        "The reference leads your answer to the case: never remove or alter it.\n"
    )
    html = words(write(), "html")
    assert "The fuse is out.<br><br>  if burning:<br>      replace it</p>" in html
    assert "<bdi>Eve</bdi><br>Example Support" in html
    assert CASE.ref in html


@pytest.mark.parametrize(
    ("name", "sender"),
    [
        ("", "Example Support"),
        ("eve@desk.test", "Example Support"),
        ('Eve "E" <x>', 'Eve "E" <x (Example Support)'),
        ("Zoë", "Zoë (Example Support)"),
        ("Eve\r\nBcc: x", "Eve Bcc: x (Example Support)"),
    ],
)
def test_the_engineer_speaks_in_his_public_name_or_the_desk_does(name: str, sender: str) -> None:
    (address,) = opened(write(replace(PLAIN, engineer_name=name)))["From"].addresses
    assert (address.display_name, address.addr_spec) == (sender, "support@example.com")


CY = "Çy <cy@example.org>"


def test_to_and_cc_show_who_else_reads() -> None:
    ann, bob, cy = REPLY.to, Address("Bob", "bob@example.net"), Address("Çy", "cy@example.org")
    of_ann = opened(write(letter=replace(REPLY, shown_to=(ann, bob), shown_cc=(cy,))))
    assert (of_ann["To"], of_ann["Cc"]) == (
        "Ann Miller <ann@example.net>, Bob <bob@example.net>",
        CY,
    )
    of_cy = opened(write(letter=replace(REPLY, to=cy, shown_to=(ann, bob), shown_cc=(cy,))))
    assert (of_cy["To"], of_cy["Cc"]) == (of_ann["To"], of_ann["Cc"])
    alone = opened(write(letter=replace(REPLY, shown_to=(bob,), shown_cc=(ann,), to=cy)))
    assert (alone["To"], alone["Cc"]) == (f"{CY}, Bob <bob@example.net>", "Ann Miller <ann@example.net>")
    other = opened(write(letter=replace(REPLY, shown_cc=(ann, bob))))
    assert (other["To"], other["Cc"]) == ("Ann Miller <ann@example.net>", "Bob <bob@example.net>")


def test_many_readers_with_any_names_are_one_field_each() -> None:
    people = tuple(Address(f"Bob, the {n}th é\r\nBcc: x", f"bob{n}@example.net") for n in range(30))
    message = opened(write(letter=replace(REPLY, shown_to=(REPLY.to, *people, Address("", "no address")))))
    assert [one.addr_spec for one in message["To"].addresses] == [REPLY.to.address, *(one.address for one in people)]
    assert message["Bcc"] is None


def test_html_is_the_engineers_own_and_everything_else_is_escaped() -> None:
    what = replace(PLAIN, html="<p>The <b>fuse</b></p>", engineer_name="<i>Eve</i>")
    html = words(write(what, case=replace(CASE, subject="<u>x</u>")), "html")
    assert "<p>The <b>fuse</b></p>" in html
    assert "<i>" not in html
    assert "<u>" not in html
    assert "&lt;script&gt;" in words(write(replace(PLAIN, text="<script>{{ ref }}")), "html")
    assert "{{ ref }}" in words(write(replace(PLAIN, text="<script>{{ ref }}")))


def test_a_template_of_the_operators_stands_in_front_of_ours(tmp_path: Path) -> None:
    folder = tmp_path / "letters/en"
    folder.mkdir(parents=True)
    (folder / "reply.txt.j2").write_text("{{ engineer }}: {{ words }}", encoding="utf-8")
    written = Renderer([tmp_path, SHIPPED]).reply(REPLY, CASE, POLICY, MAILBOX, PLAIN, "", NOW)
    assert words(written).startswith("Eve: The fuse is out.")


def test_a_reply_is_written_as_one_alone_and_without_the_senders_words_where_it_is_neutral() -> None:
    with pytest.raises(ValueError, match=r"Renderer\.reply"):
        RENDERER.render(REPLY, CASE, POLICY, MAILBOX, "", NOW)
    written = write(letter=replace(REPLY, neutral=True))
    assert b"Printer" not in written.message
    assert b"Ann Miller" not in written.message


PICTURE = Enclosed("lamp.png", "image/png", b"\x89PNG\x00\r\n\n", "image1@example.com", inline=True)
LOG = Enclosed("lamp.log", "text/plain", b"one\ntwo\r\nthree\rno end \xff", "")


def test_pictures_stand_beside_the_html_and_files_behind_it() -> None:
    assert tree(opened(relayed("outlook"))) == (
        "mixed",
        [("related", [("alternative", ["text/plain", "text/html"]), "image/png"]), "application/pdf"],
    )
    html = replace(PLAIN, html='<img src="cid:image1@example.com">')
    assert tree(opened(write(replace(html, attachments=(PICTURE,))))) == (
        "related",
        [("alternative", ["text/plain", "text/html"]), "image/png"],
    )
    assert tree(opened(write(replace(PLAIN, attachments=(LOG,))))) == (
        "mixed",
        [("alternative", ["text/plain", "text/html"]), "text/plain"],
    )
    picture = next(part for part in opened(relayed("outlook")).walk() if part.get_content_type() == "image/png")
    assert picture["Content-ID"] == "<image1@example.com>"
    assert picture.get_content_disposition() == "inline"
    assert 'src="cid:image1@example.com"' in words(relayed("outlook"), "html")


@pytest.mark.parametrize("size", [0, 1, 56, 57, 58, 5000])
def test_every_file_arrives_with_its_very_octets_in_short_lines(size: int) -> None:
    files = (replace(LOG, data=LOG.data + b"\n" * size), replace(PICTURE, data=bytes(size), inline=False))
    data = write(replace(PLAIN, attachments=files)).message
    sent = [content(part) for part in email.message_from_bytes(data).walk() if part.get_filename()]
    assert sent == [file.data for file in files]
    assert max(map(len, data.split(b"\r\n"))) <= 998
    assert data.isascii()
    assert b"\n" not in data.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    ("kind", "data", "travels_as"),
    [
        ("message/rfc822", b"Subject: x\r\n\r\nwords\r\n", "message/rfc822"),
        ("message/rfc822", b"Subject: \xc3\xa9\r\n\r\nwords\r\n", "application/octet-stream"),
        ("message/rfc822", b"Subject: x\n\nwords\n", "application/octet-stream"),
        ("multipart/mixed", b"--x", "application/octet-stream"),
        ("text/plain\r\nBcc: x", b"x", "application/octet-stream"),
        ("", b"x", "application/octet-stream"),
    ],
)
def test_a_message_goes_unencoded_or_as_a_plain_file_and_so_does_what_has_no_type(
    kind: str, data: bytes, travels_as: str
) -> None:
    file = Enclosed("a.eml", kind, data)
    message = email.message_from_bytes(write(replace(PLAIN, attachments=(file,))).message)
    part = cast("list[Message]", message.get_payload())[1]
    assert part.get_content_type() == travels_as
    assert part["Bcc"] is None
    if travels_as == kind:
        assert part["Content-Transfer-Encoding"] == "7bit"
        assert cast("list[Message]", part.get_payload())[0]["Subject"] == "x"
    else:
        assert content(part) == data


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=120))
@example('a"b\\c.pdf')
@example("報告書" * 40)
@example("x" * 240)
@example("a\r\nBcc: x")
def test_a_file_name_of_any_text_reads_back_and_makes_no_other_field(name: str) -> None:
    data = compose(["X: y"], "text", "html", [Enclosed(name, "image/png", b"x")])
    part = cast("list[Message]", email.message_from_bytes(data).get_payload())[1]
    assert part.keys() == ["Content-Type", "Content-Transfer-Encoding", "Content-Disposition"]
    head = data.partition(b"image/png")[2].partition(b"\r\n\r\n")[0]
    assert all(len(line) <= 78 for line in head.split(b"\r\n"))
    shown = read_params(part["Content-Disposition"].replace("\r\n", "").encode()).params.get("filename", "")
    assert shown == one_line(name)
