"""What of an engineer's mail a customer may see: his words, as he wrote them, and nothing of who or where he is."""

from __future__ import annotations

import html as entities
import re
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fixture_mail import data_of, read, read_bytes
from mailgate.mail.going_out import going_out
from mailgate.mail.message import Address, Attachment, GoingOut, Mail
from mailgate.mail.text import html_to_text
from mailgate.mail.transfer import undo

EVE = frozenset({"eve.engineer@desk.test"})
OURS = Address("Support", "support@example.com")
TOKEN = "7k2m9qv4x8b1n5c3z6d0"
MARKER = f"[r:{TOKEN}]"
CLIENTS = {
    "outlook": (
        "Hello Ann,\n\nplease replace the fuse. This is the one:\n\nIt is in the manual.\n\n1. Switch it off."
        "\n2. Replace the fuse.\n\nEve"
    ),
    "owa": "Hello Ann,\n\nthe fuse is here. Call Eve if it stays dark.",
    "gmail": (
        "Hello Ann,\n\nplease replace the fuse, and write to me at support@example.com when it is done.\n\nYours, Eve"
    ),
    "apple": (
        "Hello Ann,\n\nthe log that you sent ends at noon. Here is what I see:\n\n• the fuse is out\n• the lamp is dark"
    ),
    "thunderbird": "The /fuse/ is out. Replace it.\n\nThen switch it on.",
    "mobile": "Replace the fuse – it is out. Ask support@example.com if it stays dark.",
    "ruled_signature": "Replace the fuse.\n\nIt is out.",
}
FORMATTED = ("outlook", "owa", "gmail", "apple", "thunderbird")


def sent(client: str) -> GoingOut:
    mail = read(f"engineer_{client}")
    return going_out(mail, data_of(f"engineer_{client}"), mail.reply_text, EVE, OURS)


def of_words(words: str, private: frozenset[str] = EVE) -> str:
    return going_out(read("plain"), b"", words, private, OURS).text


def of_html(html: str, words: str | None = None) -> str | None:
    data = b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html.encode()
    mail = read_bytes(data)
    return going_out(mail, data, mail.reply_text if words is None else words, EVE, OURS).html


def seen_through(text: str) -> str:
    """As a reader would have it who undoes whatever programs undo."""
    for unseen in "\u00ad\u200b\u2060":
        text = text.replace(unseen, "")
    text = re.sub(r"%(?:25)*([0-7][0-9a-fA-F])", lambda one: chr(int(one[1], 16)), text)
    return entities.unescape(text).casefold()


@pytest.mark.parametrize("client", CLIENTS)
def test_the_customer_reads_the_new_words_of_every_mail_program_without_quote_and_signature(client: str) -> None:
    assert sent(client).text == CLIENTS[client]


@pytest.mark.parametrize("client", FORMATTED)
def test_html_says_what_the_text_says_and_keeps_how_it_looks(client: str) -> None:
    html = sent(client).html
    assert html is not None
    shown = re.sub(r"^(?:\d\.|[*•]) ", "", html_to_text(html), flags=re.MULTILINE)
    wanted = re.sub(r"^(?:\d\.|[*•]) |/", "", CLIENTS[client], flags=re.MULTILINE)
    assert shown.split() == wanted.split()
    assert re.search(r"<(?:b|i|ul|a href)\b", html)


@pytest.mark.parametrize("client", CLIENTS)
def test_nothing_tells_who_or_where_the_engineer_is(client: str) -> None:
    mail, data, out = read(f"engineer_{client}"), data_of(f"engineer_{client}"), sent(client)
    files = [undo(data[file.start : file.end], file.encoding)[0] for file in out.attachments]
    names = " ".join(f"{file.name} {file.content_id}" for file in out.attachments)
    everything = f"{out.text} {out.html} {names} {files}".lower()
    for secret in ("eve.engineer", "desk.test", "laptop", TOKEN, "5550100", "write above", "01dc4b8e"):
        assert secret not in everything
    assert "burns" not in everything, "what the customer wrote was quoted by our notice"
    assert "mso" not in everything
    assert "class=" not in everything
    assert mail.reply_text


def test_a_picture_among_the_words_goes_inline_and_the_signatures_logo_does_not_go() -> None:
    out = sent("outlook")
    assert [(file.name, file.inline, file.content_id) for file in out.attachments] == [
        ("image001.png", True, "image1@example.com"),
        ("fuse for support@example.com.pdf", False, ""),
    ]
    assert 'src="cid:image1@example.com"' in (out.html or "")
    assert [one.name for one in out.kept_back] == ["image002.png", "winmail.dat"]


def test_a_file_that_holds_the_address_a_card_a_key_and_our_own_letter_are_kept_back_and_named() -> None:
    assert [file.name for file in sent("apple").attachments] == ["lamp.log"]
    assert [(one.name, one.why[:8]) for one in sent("apple").kept_back] == [("session.log", "it holds")]
    thunderbird = sent("thunderbird")
    assert thunderbird.attachments == ()
    assert [one.name for one in thunderbird.kept_back] == ["eve.vcf", "OpenPGP_0x1234.asc", "Case 2611000001.eml"]


def test_an_attached_mail_that_holds_the_address_in_base64_is_kept_back() -> None:
    inner = b"From: ann@example.net\r\nContent-Transfer-Encoding: base64\r\n\r\nZXZlLmVuZ2luZWVyQGRlc2sudGVzdA==\r\n"
    other = inner.replace(b"ZXZlLmVuZ2luZWVyQGRlc2sudGVzdA==", b"dGhlIGZ1c2U=")
    mail = read("plain")
    for data, goes in ((inner, False), (other, True)):
        held = replace(mail, attachments=(Attachment("a.eml", "message/rfc822", len(data), 0, len(data)),))
        assert bool(going_out(held, data, "words", EVE, OURS).attachments) is goes


@pytest.mark.parametrize(
    "written",
    [
        "eve.engineer@desk.test",
        "Eve.Engineer@DESK.test",
        "<mailto:eve.engineer@desk.test>",
        "eve&#46;engineer&commat;desk.test",
        "eve.engineer%40desk.test",
        "eve.engineer%2540desk.test",
        "eve.eng\u00adineer@desk.test",
        "eve.engineer＠desk.test",
    ],
)
def test_however_the_address_is_written_ours_stands_there(written: str) -> None:
    told = of_words(f"Write to {written}.")
    assert told in {"Write to support@example.com.", "Write to <mailto:support@example.com>."}


def test_an_address_between_tags_and_in_a_link_becomes_ours() -> None:
    html = of_html(
        '<p>Write to eve.<b>engineer@</b>desk<i>.test</i> or <a href="mailto:EVE.Engineer%40desk.test">me</a>'
    )
    assert html is not None
    assert html_to_text(html) == "Write to support@example.com or me"
    assert 'href="mailto:support@example.com"' in html


def test_our_own_address_is_not_taken_for_one_that_is_a_part_of_it() -> None:
    private = frozenset({"port@example.com", "support@example.co"})
    assert of_words("support@example.com, port@example.com", private) == "support@example.com, support@example.com"


@pytest.mark.parametrize(
    ("words", "goes"),
    [
        ("one\n-- \nEve", "one"),
        ("one\n\nSent from my iPhone", "one"),
        ("eins\n\nVon meinem iPhone gesendet", "eins"),
        ("one\n---\nEve\n+49 30 5550100", "one"),
        ("one\n___\nEve, eve.engineer@desk.test", "one"),
        ("one\n---\nand two", "one\n---\nand two"),
        ("one\n---\ntwo\n---\nTel. 5550100", "one\n---\ntwo"),
        ("one\n---\n" + "line\n" * 30 + "eve.engineer@desk.test", "one\n---\n" + "line\n" * 30 + "support@example.com"),
        (f"one\n{MARKER}\ntwo", "one\ntwo"),
        (f"one\nx [r:{TOKEN[:9]}\n> {TOKEN[9:]}] y\ntwo", None),
        (f"one\nx [r:{TOKEN[:9]}\n {TOKEN[9:].upper()}] y\ntwo", "one\ntwo"),
        ("one\n#### Write above this line ####\ntwo", "one\ntwo"),
        ("", ""),
    ],
)
def test_signatures_and_marks_go_by_these_rules(words: str, goes: str | None) -> None:
    told = of_words(words)
    assert goes is None or told == goes
    assert TOKEN not in told


@pytest.mark.parametrize(
    ("html", "why"),
    [
        ("<p>The fuse.</p><p>For us: the customer is late.</p><p>Replace it.</p>", "words stand between them"),
        ("<p>The fuse. For us: late.</p><p>Replace it.</p>", "a line is only begun with them"),
        ("<p>The fuse.</p><p>Replace it. For us: late.</p>", "a line goes on after them"),
        ("<p>For us: late. The fuse.</p><p>Replace it.</p>", "a line goes on before them"),
        ("<p>Something else</p>", "they do not stand there"),
        ("<div>" * 300 + "The fuse.<p>Replace it.", "past all bearing"),
    ],
)
def test_html_that_cannot_be_cut_as_surely_as_the_text_stays_behind(html: str, why: str) -> None:
    assert of_html(html, "The fuse.\n\nReplace it.") is None, why


def test_commands_above_the_words_leave_the_html_too() -> None:
    html = of_html(
        "<div>/resolve</div><div>/level 2</div><div>The <b>fuse</b>.</div><div>Replace it.</div>",
        "The fuse.\nReplace it.",
    )
    assert html is not None
    assert html_to_text(html) == "The fuse.\nReplace it."
    assert html == "<div><div>The <b>fuse</b>.</div><div>Replace it.</div></div>", "no empty lines where they stood"


@pytest.mark.parametrize(
    "evil",
    [
        '<img src="https://track.desk.test/x.png" width=1>',
        '<img src="cid:unknown">',
        "<script>alert(1)</script>",
        "<!-- eve.engineer@desk.test -->",
        "<![if !mso]><![endif]>",
        "<style>p {display:none}</style>",
        '<a href="javascript:alert(1)">.</a>',
        '<a href="file://laptop/share">.</a>',
        '<span style="font-size:0">.</span>',
        '<form action="https://track.desk.test">.</form>',
        '<p title="eve" id="laptop" class="MsoNormal" data-x="eve">.</p>',
    ],
)
def test_what_loads_hides_or_tells_is_no_part_of_it(evil: str) -> None:
    html = of_html(f"<p>The fuse.</p>{evil}<p>Replace it.</p>", "The fuse.\n\nReplace it.")
    assert html is not None
    for word in ("desk", "track", "cid", "script", "style", "eve", "laptop", "file:", "mso", "if", "class", "font"):
        assert word not in html.lower()


def test_without_html_a_picture_goes_as_a_file_and_one_that_only_uncut_html_shows_does_not() -> None:
    picture = Attachment("lamp.png", "image/png", 3, 0, 3, content_id="lamp@laptop", inline=True)
    mail = replace(read("plain"), attachments=(picture,))
    out = going_out(mail, b"png", "See [cid:lamp@laptop].", EVE, OURS)
    assert (out.text, out.attachments) == ("See [lamp.png].", (replace(picture, inline=False, content_id=""),))
    uncut = replace(mail, html='<p>Other words<img src="cid:lamp@laptop">')
    assert going_out(uncut, b"png", "See it.", EVE, OURS).attachments == ()
    assert going_out(uncut, b"png", "See [cid:lamp@laptop].", EVE, OURS).attachments == out.attachments


LOCAL = st.text("abE.-+", min_size=1, max_size=6)
DOMAIN = st.sampled_from(["desk.test", "DESK.test", "corp.desk.test", "example.com", "a.test"])
ADDRESS = st.builds(lambda local, domain: f"{local}@{domain}", LOCAL, DOMAIN)
PIECE = st.one_of(
    st.sampled_from(
        ["[r:", "]", TOKEN, TOKEN.upper(), MARKER, " ", "\n", "\n-- \n", "\n---\n", "&#64;", "%40", "\u00ad"]
    ),
    st.sampled_from(
        ["@", "desk.test", "support@example.com", "<b>", "</b>", "&", "<p>", "words", "mailto:", "\r", "é"]
    ),
    ADDRESS,
    st.text(max_size=4),
)


def hidden_in(text: str, private: frozenset[str]) -> bool:
    seen = seen_through(text).replace(OURS.address, "\n")
    return any(one.casefold() in seen for one in private if one.casefold() not in OURS.address)


@given(st.lists(PIECE, max_size=30).map("".join), st.frozensets(ADDRESS, max_size=4))
@example(f"support{MARKER}@example.com a[r:{TOKEN}]@desk.test", frozenset({"a@desk.test"}))
@settings(max_examples=150)
def test_no_text_brings_a_private_address_or_a_token_out(text: str, private: frozenset[str]) -> None:
    mail = replace(read("plain"), html=text, attachments=(Attachment(text, "image/png", 0, 0, 0),))
    out = going_out(mail, b"", text, private, OURS)
    for told in (
        out.text,
        out.html or "",
        re.sub(r"<[^>]*>", "", out.html or ""),
        *(one.name for one in out.attachments),
    ):
        assert not hidden_in(told, private)
        assert not re.search(rf"\[r:\s*{TOKEN}\s*\]", told.lower())


@given(st.binary(max_size=400), st.text(max_size=200))
@settings(max_examples=80)
def test_no_mail_makes_it_raise(data: bytes, words: str) -> None:
    mail: Mail = read_bytes(b"Content-Type: text/html\r\n\r\n" + data)
    going_out(mail, data, words, EVE, OURS)


def test_a_token_goes_wherever_it_is_written() -> None:
    assert of_words(f"Write to support+r{TOKEN}@example.com.") == "Write to support@example.com."
    assert of_words(f"Message-ID: <r{TOKEN.upper()}.2611000001@example.com>") == "Message-ID: <.2611000001@example.com>"
    mail = replace(read("plain"), attachments=(Attachment(f"{MARKER} lamp.png", "image/png", 0, 0, 0),))
    assert going_out(mail, b"", "words", EVE, OURS).attachments[0].name == "lamp.png"
    html = of_html(f'<p>See <a href="mailto:support+r{TOKEN}@example.com">us</a>.</p>', "See us.")
    assert html is not None
    assert TOKEN not in html


def test_a_name_is_clean_and_holds_no_address() -> None:
    name = "../eve.engineer@desk.test\u202egpj.exe"
    mail = replace(read("plain"), attachments=(Attachment(name, "image/png", 0, 0, 0),))
    assert going_out(mail, b"", "words", EVE, OURS).attachments[0].name == "support@example.comgpj.exe"
