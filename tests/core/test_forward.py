"""Customers' mail that an engineer forwards to us: whose it is, what it says, and when it is none."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture_mail import FOLDER, data_of, raw_mail, read, read_bytes
from mailgate.mail.forward import Forwarded, forwarded
from mailgate.mail.message import Address
from mailgate.mail.parse import parse
from mailgate.mail.transfer import undo

OURS = frozenset({"bob@example.com", "carol@example.com", "support@example.test"})
SENT = datetime(2026, 11, 2, 9, 14, tzinfo=UTC)
EVERY = sorted(path.stem for path in FOLDER.glob("forward_*.eml"))
FORWARDS = [name for name in EVERY if not name.startswith("forward_not_")]
INLINE = [name for name in FORWARDS if not name.startswith("forward_attached_")]
# An American or a British second of November: the head does not tell.
DATE_IN_DOUBT = "forward_samsung_en"
WORDS = {
    "en": ("Printer on fire", "The printer on the second floor is on fire."),
    "de": ("Drucker brennt", "Der Drucker im zweiten Stock brennt."),
    "fr": ("Imprimante en feu", "L'imprimante du deuxième étage brûle."),
    "es": ("Impresora en llamas", "La impresora del segundo piso está ardiendo."),
    "it": ("Stampante in fiamme", "La stampante al secondo piano va a fuoco."),
    "nl": ("Printer in brand", "De printer op de tweede verdieping staat in brand."),
    "pt": ("Impressora em chamas", "A impressora do segundo andar está pegando fogo."),
    "pl": ("Drukarka płonie", "Drukarka na drugim piętrze się pali."),
    "sv": ("Skrivaren brinner", "Skrivaren på andra våningen brinner."),
    "da": ("Printeren brænder", "Printeren på anden sal brænder."),
    "no": ("Skriveren brenner", "Skriveren i andre etasje brenner."),
    "fi": ("Tulostin palaa", "Toisen kerroksen tulostin palaa."),
    "cs": ("Tiskárna hoří", "Tiskárna ve druhém patře hoří."),
    "tr": ("Yazıcı yanıyor", "İkinci kattaki yazıcı yanıyor."),
    "hu": ("Ég a nyomtató", "Ég a nyomtató a második emeleten."),
    "ja": ("プリンターが燃えています", "二階のプリンターが燃えています。"),
    "ko": ("프린터에 불이 났습니다", "이층 프린터에 불이 났습니다."),
    "zh": ("打印机着火了", "二楼的打印机着火了。"),
    "ru": ("Принтер горит", "Принтер на втором этаже горит."),
}


def _of(name: str) -> Forwarded:
    found = forwarded(read(name), data_of(name), OURS)
    assert found is not None
    return found


def _mail(subject: str, text: str, fields: str = "") -> Forwarded | None:
    head = f"From: bob@example.com\r\nTo: support@example.test\r\nSubject: {subject}\r\n{fields}"
    kind = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    data = f"{head}Date: Mon, 2 Nov 2026 10:30:00 +0100\r\n{kind}{text}".encode()
    return forwarded(read_bytes(data), data, OURS)


HEAD = "From: Ann Example <ann@example.org>\nSent: Monday, November 2, 2026 10:14 AM\nTo: Bob\nSubject: Fire\n\n"


@pytest.mark.parametrize("name", FORWARDS)
def test_a_forward_of_any_program_and_language_names_its_author_and_subject(name: str) -> None:
    found = _of(name)
    assert (found.author.address, found.author.name) in (
        ("ann@example.org", "Ann Example"),
        ("ann@example.org", "Example, Ann"),
    )
    assert found.subject == WORDS[name[-2:]][0]


@pytest.mark.parametrize("name", FORWARDS)
def test_a_forward_holds_the_customers_words_from_their_first(name: str) -> None:
    assert _of(name).text.splitlines()[0] == WORDS[name[-2:]][1]


@pytest.mark.parametrize("name", FORWARDS)
def test_what_the_engineer_wrote_is_apart_and_in_nothing_of_the_customers(name: str) -> None:
    found = _of(name)
    assert found.comment.splitlines()[0] == "/assign me"
    for theirs in (found.text, found.elided, found.html):
        assert "assign" not in theirs
        assert "They did not pay" not in theirs
        assert "private line" not in theirs


@pytest.mark.parametrize("name", FORWARDS)
def test_a_forward_tells_when_the_customer_wrote(name: str) -> None:
    sent = _of(name).sent
    assert sent is None if name == DATE_IN_DOUBT else sent is not None and sent.replace(second=0) == SENT


@pytest.mark.parametrize("name", [name for name in INLINE if read(name).html])
def test_an_inline_forward_with_html_keeps_the_html_of_the_customers_mail_alone(name: str) -> None:
    found = _of(name)
    assert WORDS[name[-2:]][1] in found.html.replace("&#39;", "'")
    assert "ann@example.org" not in found.html  # of the head nothing is left


@pytest.mark.parametrize("name", [name for name in INLINE if read(name).html])
def test_a_forward_in_html_alone_says_the_same(name: str) -> None:
    mail = read(name)
    head = f"From: bob@example.com\r\nDate: {mail.field('date')}\r\nSubject: {mail.field('subject')}\r\n"
    data = f"{head}Content-Type: text/html; charset=utf-8\r\n\r\n{mail.html}".encode()
    found, known = forwarded(read_bytes(data), data, OURS), _of(name)
    assert found is not None
    assert found.text.split() == known.text.split()
    assert (found.author, found.subject, found.sent, found.comment) == (
        known.author,
        known.subject,
        known.sent,
        known.comment,
    )


def test_the_attachments_of_an_inline_forward_are_the_customers() -> None:
    (file,) = _of("forward_gmail_en").attachments
    assert file.name == "log.pdf"


@pytest.mark.parametrize(
    "name",
    ["forward_attached_thunderbird_en", "forward_attached_without_prefix_en", "forward_attached_by_a_colleague_en"],
)
def test_attachments_of_an_attached_mail_can_be_cut_out_of_the_outer_one(name: str) -> None:
    (file,) = _of(name).attachments
    cut = undo(data_of(name)[file.start : file.end], file.encoding)[0]
    assert cut.startswith(b"%PDF-1.4")
    assert cut.endswith(b"%%EOF\n")
    assert len(cut) == file.size


def test_an_attached_mail_keeps_its_ids_its_people_and_its_quotes() -> None:
    found = _of("forward_attached_thunderbird_en")
    assert found.how == "attached"
    assert found.message_id == "<original@example.org>"
    assert found.in_reply_to == ("<earlier@example.com>",)
    assert found.references == ("<first@example.org>", "<earlier@example.com>")
    assert found.cc == (Address("Dan Example", "dan@example.org"),)
    assert "Is it warm?" in found.elided
    assert "Is it warm?" not in found.text


def test_an_attached_mail_in_base64_is_read_but_gives_no_ranges() -> None:
    assert _of("forward_attached_base64_en").attachments == ()


@pytest.mark.parametrize("name", [name for name in EVERY if name.startswith("forward_not_")])
def test_replies_evidence_and_heads_without_an_address_are_no_forwards(name: str) -> None:
    assert forwarded(read(name), data_of(name), OURS) is None


def test_of_a_forward_of_a_forward_the_first_author_from_outside_is_the_customer() -> None:
    found = _of("forward_by_a_colleague_en")
    assert found.to == (Address("Carol Colleague", "carol@example.com"),)
    assert [one.address for one in found.cc] == ["dan@example.org", "eve@example.net"]
    assert "Your contract is enclosed" in found.elided


def test_a_forward_of_our_own_mail_alone_is_nobodys() -> None:
    own = HEAD.replace("ann@example.org", "Carol@Example.com")
    assert _mail("FW: Fire", f"-----Original Message-----\n{own}It burns.") is None


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
    found = _mail("WG: Fire", f"Look.\n\n{above}{HEAD}It burns.")
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
