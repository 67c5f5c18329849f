"""Letters as the customer's mail system gets them, header by header, and what never gets into one."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from letters import CASE, CUSTOMER_LETTERS, LETTER, MAILBOX, PATH, POLICY, SHIPPED, TOKEN, of_kind
from mailgate.cases.case import Case, Letter, Written
from mailgate.cases.letter_kinds import LetterKind
from mailgate.errors import ConfigError
from mailgate.mail.message import Address
from mailgate.outbox.render import Renderer
from mailgate.policy.policy import Contact, Policy, Priority, Texts
from mailgate.settings import Mailbox

NOW = datetime(2026, 11, 21, 21, 37, 2, tzinfo=UTC)
RENDERER = Renderer([SHIPPED])


def write(
    letter: Letter = LETTER,
    case: Case = CASE,
    policy: Policy = POLICY,
    mailbox: Mailbox = MAILBOX,
    link: str = "",
) -> Written:
    return RENDERER.render(letter, case, policy, mailbox, link, NOW)


def opened(written: Written) -> EmailMessage:
    return email.message_from_bytes(written.message, policy=email.policy.default)


def words(written: Written, form: str = "plain") -> str:
    part = opened(written).get_body((form,))
    assert part is not None
    return cast("str", part.get_content()).replace("\r\n", "\n")


def test_the_header_is_exactly_this() -> None:
    head = write().message.split(b"\r\n\r\n")[0].decode().split("\r\n")
    assert head[:-1] == [
        "Date: Sat, 21 Nov 2026 21:37:02 +0000",
        'From: "Example Support" <support@example.com>',
        'To: "Ann Miller" <ann@example.net>',
        "Subject: #2611000001: Printer on fire ref:_00D7F47PR0._5007FY8VVC00000X:ref",
        f"Message-ID: <r{TOKEN}.2611000001@example.com>",
        f"Reply-To: support+r{TOKEN}@example.com",
        "In-Reply-To: <parent@example.net>",
        "References: <first@example.net> <parent@example.net>",
        "Auto-Submitted: auto-replied",
        "X-Auto-Response-Suppress: All",
        "Precedence: bulk",
        "MIME-Version: 1.0",
    ]
    assert head[-1].startswith('Content-Type: multipart/alternative; boundary="')


def test_the_confirmation_says_what_the_policy_promises() -> None:
    assert words(write(link="https://support.example.com/case/2611000001")) == (
        "Hello Ann Miller,\n\n"
        "A case has been created successfully. An engineer will contact you shortly.\n"
        "If you want immediate attention, we are reachable on +1 555 0100.\n"
        "To change the priority of the case, visit https://support.example.com/case/2611000001\n\n"
        "Case Details\n\n"
        "Case Number: 2611000001\n"
        "Open Date/Time: 2026-11-21 16:37 EST (America/New_York)\n"
        "Subject: Printer on fire\n"
        "Priority: 3 (Medium): Service is limited little or not at all.\n\n"
        "To add to this case, answer this mail. The reference\n"
        "ref:_00D7F47PR0._5007FY8VVC00000X:ref\n"
        "leads your answer to the case: never remove or alter it.\n\n"
        "Example Support\n"
    )


def test_without_telephone_page_and_name_their_sentences_are_left_out() -> None:
    letter = replace(LETTER, to=Address("", "ann@example.net"))
    text = words(write(letter, policy=replace(POLICY, contact=Contact("Support"))))
    assert text.startswith("Hello,")
    assert "reachable" not in text
    assert "visit" not in text


@pytest.mark.parametrize("kind", CUSTOMER_LETTERS)
@pytest.mark.parametrize("form", ["plain", "html"])
def test_both_forms_of_every_letter_carry_number_subject_ref_and_signature(kind: LetterKind, form: str) -> None:
    said = words(write(of_kind(kind)), form)
    # Whoever has a link can have a code mailed: that letter tells the number, and nothing that was written on the case.
    subject = () if kind is LetterKind.PAGE_CODE else ("Printer on fire",)
    for word in ("2611000001", *subject, CASE.ref, "Example Support", "Ann Miller"):
        assert word in said


def test_a_time_is_told_on_the_summer_clock_in_summer() -> None:
    case = replace(CASE, opened_at=datetime(2026, 7, 1, 12, 0, tzinfo=UTC))
    assert "Open Date/Time: 2026-07-01 08:00 EDT (America/New_York)" in words(write(case=case))
    assert "Open Date/Time: 2026-07-01 12:00 UTC\n" in words(write(case=case, policy=replace(POLICY, zone="UTC")))


@pytest.mark.parametrize("kind", CUSTOMER_LETTERS)
def test_a_long_word_is_broken_rather_than_making_the_page_scroll(kind: LetterKind) -> None:
    html = words(write(of_kind(kind), replace(CASE, subject="x" * 300)), "html")
    body = html.partition("<body")[2].partition(">")[0]
    assert "overflow-wrap: anywhere" in body
    assert "word-break: break-word" in body, "for mail programs that do not know the other"
    assert html.count("<td") == 2 * html.count('<td style="white-space: nowrap;'), "or labels become columns of letters"


def test_html_is_escaped() -> None:
    said = words(write(case=replace(CASE, subject="<script>alert('&')</script>")), "html")
    assert "<script>" not in said
    assert "&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;" in said


def test_a_priority_that_the_policy_no_longer_names_is_told_by_its_number() -> None:
    policy = replace(POLICY, priorities=(Priority(1, "Critical"),))
    assert "Priority: 3\n" in words(write(policy=policy))


def test_a_mailbox_without_subaddresses_gets_answers_and_bounces_itself() -> None:
    written = write(mailbox=replace(MAILBOX, subaddress=False))
    assert written.envelope_from == "support@example.com"
    assert opened(written)["Reply-To"] is None


def test_bounces_come_home_to_an_address_of_the_letter_alone() -> None:
    assert write().envelope_from == f"support+b{PATH}@example.com"


def test_an_answer_to_a_mail_without_message_id_names_no_parent() -> None:
    message = opened(write(replace(LETTER, in_reply_to=None, references=())))
    assert message["In-Reply-To"] is None
    assert message["References"] is None


SENDERS_WORDS = st.text(st.characters(exclude_characters="\r\n "), min_size=12, max_size=80)


@given(SENDERS_WORDS, SENDERS_WORDS)
def test_a_neutral_letter_carries_no_word_of_the_sender(subject: str, name: str) -> None:
    letter = replace(LETTER, neutral=True, to=Address(name, "ann@example.net"))
    written = write(letter, replace(CASE, subject=subject))
    plain = write(replace(letter, to=Address("", "ann@example.net")), replace(CASE, subject="Printer on fire"))
    assert written.message == plain.message
    assert b"Your request" in written.message
    assert b"Printer" not in written.message
    assert opened(written)["To"] == "ann@example.net"


def test_the_policy_chooses_the_subject_of_neutral_letters() -> None:
    policy = replace(POLICY, texts=Texts(neutral_subject="Ihre Anfrage"))
    assert "#2611000001: Ihre Anfrage ref:" in opened(write(replace(LETTER, neutral=True), policy=policy))["Subject"]


ANY_TEXT = st.text(st.characters(), max_size=300)
HEAD = [
    "Date",
    "From",
    "To",
    "Subject",
    "Message-ID",
    "Reply-To",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Precedence",
    "MIME-Version",
    "Content-Type",
]


@given(subject=ANY_TEXT, name=ANY_TEXT, reference=ANY_TEXT)
@example(subject="x\r\nBcc: v@example.org\r\n\r\n<p>", name='"\r\nCc: v@example.org', reference="<a@b>\r\nBcc: <c@d>")
@example(subject="\u2028\x85\x0bBcc: y", name="\u2029Bcc: y", reference="<a@b> <c@d>")
def test_no_words_of_a_sender_make_another_header(subject: str, name: str, reference: str) -> None:
    letter = replace(LETTER, to=Address(name, "ann@example.net"), references=(reference, "<parent@example.net>"))
    written = write(letter, replace(CASE, subject=subject))
    message = email.message_from_bytes(written.message)
    assert message.keys() == HEAD
    assert written.message.isascii()
    assert max(map(len, written.message.split(b"\r\n"))) <= 998
    assert b"\n" not in written.message.replace(b"\r\n", b"")
    assert b"\r" not in written.message.replace(b"\r\n", b"")


def test_a_token_that_is_none_is_refused_rather_than_written() -> None:
    with pytest.raises(ValueError, match="letters and digits"):
        write(replace(LETTER, token="a@b>"))
    with pytest.raises(ValueError, match="Message-ID"):
        write(replace(LETTER, message_id="<a@b>\r\nBcc: x"))


def folder_with(tmp_path: Path, name: str, source: str) -> Path:
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source, encoding="utf-8")
    return tmp_path


def test_one_file_of_the_operator_stands_in_front_of_ours(tmp_path: Path) -> None:
    folder_with(tmp_path, "letters/en/confirmation.txt.j2", "We have {{ number }}.")
    written = Renderer([tmp_path, SHIPPED]).render(LETTER, CASE, POLICY, MAILBOX, "", NOW)
    assert words(written).strip() == "We have 2611000001."
    assert "created successfully" in words(written, "html")


def test_a_letter_may_extend_the_shipped_one_of_its_own_name(tmp_path: Path) -> None:
    for form, source in (("txt", "Dear {{ name }}!\n"), ("html", "<p>Dear {{ name }}!</p>\n")):
        folder_with(
            tmp_path,
            f"letters/en/confirmation.{form}.j2",
            f'{{% extends "shipped/letters/en/confirmation.{form}.j2" %}}{{% block opening %}}{source}{{% endblock %}}',
        )
    letter = replace(LETTER, to=Address("Ann <b>", "ann@example.net"))
    written = Renderer([tmp_path, SHIPPED]).render(letter, CASE, POLICY, MAILBOX, "", NOW)
    assert "Dear Ann <b!" in words(written)
    assert "<p>Dear Ann &lt;b!</p>" in words(written, "html")
    assert "Case Number: 2611000001" in words(written)


@pytest.mark.parametrize(
    ("source", "line", "why"),
    [
        ("Hello\n{% if %}", 2, "Expected an expression"),
        ("Hello\n\n{{ nubmer }}", 3, "'nubmer' is undefined"),
        ("{{ name }}\n{% if not link %}\n{{ nubmer }}{% endif %}", 3, "'nubmer' is undefined"),
        ("Hello\n{{ 1 / 0 }}", 2, "division by zero"),
        ("\n{{ ''.__class__.__mro__ }}", 2, "unsafe"),
        ("{% include 'nowhere.j2' %}", 1, "nowhere.j2"),
    ],
)
def test_a_broken_template_is_refused_by_file_and_line(tmp_path: Path, source: str, line: int, why: str) -> None:
    folder = folder_with(tmp_path, "letters/en/confirmation.txt.j2", source)
    with pytest.raises(ConfigError, match=why) as raised:
        Renderer([folder, SHIPPED])
    assert raised.value.file == tmp_path / "letters/en/confirmation.txt.j2"
    assert raised.value.line == line


EXTENDS = '{% extends "shipped/letters/en/confirmation.txt.j2" %}\n'


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("letters/en/confirmaton.txt.j2", "letters/en/confirmation.txt.j2"),
        ("letters/en/confirmation.txt", "letters/en/confirmation.txt.j2"),
        ("letters/en/reply-received.html.j2", "letters/en/reply_received.html.j2"),
        ("confirmation.txt.j2", "letters/en/confirmation.txt.j2"),
    ],
)
def test_a_file_that_no_letter_uses_is_refused_with_the_nearest_name(tmp_path: Path, name: str, meant: str) -> None:
    folder = folder_with(tmp_path, name, "Hello")
    with pytest.raises(ConfigError) as raised:
        Renderer([folder, SHIPPED])
    assert raised.value.file == folder / name
    assert raised.value.why == f'nothing uses this file; did you mean "{meant}"?'


@pytest.mark.parametrize("name", ["README.md", ".gitignore", ".git/config", "letters/en/confirmation.txt.j2~"])
def test_what_means_to_be_no_template_may_lie_beside_them(tmp_path: Path, name: str) -> None:
    Renderer([folder_with(tmp_path, name, "Hello"), SHIPPED])


def test_what_a_letter_includes_or_extends_is_used(tmp_path: Path) -> None:
    folder_with(tmp_path, "parts/foot.txt", "Yours")
    folder_with(
        tmp_path, "parts/base.j2", EXTENDS + '{% block signature %}{% include "parts/foot.txt" %}{% endblock %}'
    )
    folder_with(
        tmp_path, "letters/en/confirmation.txt.j2", '{% extends "parts/base.j2" %}{% include "no" ignore missing %}'
    )
    assert words(Renderer([tmp_path, SHIPPED]).render(LETTER, CASE, POLICY, MAILBOX, "", NOW)).endswith("Yours\n")
    folder_with(tmp_path, "letters/en/confirmation.txt.j2", '{% include ["parts/" ~ "foot.txt"] %}')
    Renderer([tmp_path, SHIPPED])


def test_a_block_that_the_extended_letter_has_not_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    source = (
        EXTENDS
        + "{% block signature %}{% block mine %}I{% endblock %}{% endblock %}\n{% block openning %}Hi{% endblock %}"
    )
    folder = folder_with(tmp_path, "letters/en/confirmation.txt.j2", source)
    with pytest.raises(ConfigError) as raised:
        Renderer([folder, SHIPPED])
    assert (raised.value.file, raised.value.line) == (folder / "letters/en/confirmation.txt.j2", 3)
    wanted = 'there is no block "openning" in shipped/letters/en/confirmation.txt.j2; did you mean "opening"?'
    assert raised.value.why == wanted
    folder_with(tmp_path, "letters/en/confirmation.txt.j2", source.replace("openning", "opening"))
    Renderer([folder, SHIPPED])


def test_a_misspelt_block_in_what_stands_between_is_found_too(tmp_path: Path) -> None:
    folder_with(tmp_path, "base.txt.j2", EXTENDS + "{% if name %}{% block sign %}I{% endblock %}{% endif %}")
    folder_with(
        tmp_path, "letters/en/confirmation.txt.j2", '{% extends "base.txt.j2" %}{% block opening %}A{% endblock %}'
    )
    with pytest.raises(ConfigError, match='no block "sign"') as raised:
        Renderer([tmp_path, SHIPPED])
    assert raised.value.file == tmp_path / "base.txt.j2"


def test_a_template_that_is_not_utf_8_is_refused_by_its_file(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "letters/en/confirmation.txt.j2", "")
    (folder / "letters/en/confirmation.txt.j2").write_bytes(b"Gr\xfc\xdfe")
    with pytest.raises(ConfigError) as raised:
        Renderer([folder, SHIPPED])
    assert raised.value.file == folder / "letters/en/confirmation.txt.j2"


def test_a_language_of_half_the_letters_is_refused(tmp_path: Path) -> None:
    folder_with(tmp_path, "letters/fr/confirmation.txt.j2", "Bonjour {{ name }}")
    with pytest.raises(ConfigError, match=r"letters/fr/.*no template"):
        Renderer([tmp_path, SHIPPED])


def test_a_renderer_keeps_the_words_it_was_made_with(tmp_path: Path) -> None:
    """A reload makes another one, or none where the new words are broken (`app.py`)."""
    folder_with(tmp_path, "letters/en/confirmation.txt.j2", "first")
    renderer = Renderer([tmp_path, SHIPPED])
    folder_with(tmp_path, "letters/en/confirmation.txt.j2", "{{ second")
    assert words(renderer.render(LETTER, CASE, POLICY, MAILBOX, "", NOW)).strip() == "first"
    with pytest.raises(ConfigError):
        Renderer([tmp_path, SHIPPED])
