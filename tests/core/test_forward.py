"""Customers' mail that an engineer forwards to us: whose it is, what it says, and when it is none."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from fixture_mail import FOLDER, data_of, read, read_bytes
from mailgate.mail.forward import Forwarded, forwarded
from mailgate.mail.message import Address
from mailgate.mail.opened import octets_of
from mailgate.mail.transfer import undo
from wrappers import mail_of, part

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
    # Nor of the marks by which a program, ours too, would take all of it for a quote.
    assert not re.search("blockquote|gmail_quote|moz-forward|yahoo_quoted", found.html)


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


def test_files_of_an_attached_mail_in_base64_can_be_cut_out_of_it() -> None:
    letter = (
        b"From: ann@example.org\nSubject: Lamp\n"
        + mail_of(
            b"Content-Type: text/plain\n\nIt is dark.\n", part("application/pdf", b"%PDF-1.4 x", "lamp.pdf")
        ).partition(b"wrapped\n")[2]
    )
    data = mail_of(part("message/rfc822", letter, "mail.eml")).replace(b"Subject: wrapped", b"Subject: Fwd: Lamp", 1)
    found = forwarded(read_bytes(data), data, OURS)
    assert found is not None
    (file,) = found.attachments
    assert octets_of(file, data) == b"%PDF-1.4 x"


@pytest.mark.parametrize("name", [name for name in EVERY if name.startswith("forward_not_")])
def test_replies_evidence_and_heads_without_an_address_are_no_forwards(name: str) -> None:
    assert forwarded(read(name), data_of(name), OURS) is None


def test_of_a_forward_of_a_forward_the_first_author_from_outside_is_the_customer() -> None:
    found = _of("forward_by_a_colleague_en")
    assert found.to == (Address("Carol Colleague", "carol@example.com"),)
    assert [one.address for one in found.cc] == ["dan@example.org", "eve@example.net"]
    assert "Your contract is enclosed" in found.elided
