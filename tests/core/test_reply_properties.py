"""What holds for the new words of any text: nothing raises, nothing is invented, nothing is lost, time is linear."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailgate.mail import html_marks, quote_words, sent_words
from mailgate.mail import quote_marks as marks
from mailgate.mail.additions import sent_by
from mailgate.mail.automatic import automatic
from mailgate.mail.forward_words import FORWARDS
from mailgate.mail.notes_heads import lotus_block
from mailgate.mail.ordinary import ordinary
from mailgate.mail.reply import new_words
from mailgate.mail.report import read_report
from mailgate.mail.report_words import ReportPart

LINES = st.sampled_from(
    (
        *(
            "",
            "> quoted",
            ">> more",
            "Hello",
            "Regards, Bob",
            "-- ",
            "--",
            "____",
            "wrote:",
            "Ann wrote:",
            "写道：",
            ">:",
        ),
        *("On 9 Jan 2017, at 11:59, Ann <ann@example.com> wrote:", "Am 9.1.2017 schrieb Ann:", "To", "cc", "Subject"),
        *("From: Ann <ann@example.com>", "Sent: Monday", "To: Bob", "Subject: x", "发件人: Ann", "\u2028", "\u202eabc"),
        *("-----Original Message-----", "---------- Forwarded message ---------", "Sent from my iPhone"),
        "This e-mail is confidential, for the intended recipient only",
        *(
            "[EXTERNAL] Do not click links",
            "| |",
            "```",
            ">>> run()",
            ">>> Ann 05/04/26 10:00 AM >>>",
            "| quoted",
            "  indented",
        ),
        *(
            "Reply above this line",
            "Saatja: Ann <ann@example.com>",
            "Saadetud: 4. mai 2026 10:00",
            "Teema: x",
            "ann@example.com",
        ),
    )
)
TEXTS = st.lists(LINES | st.text(max_size=30), max_size=30).map("\n".join)


@given(TEXTS)
def test_every_line_is_either_kept_or_set_aside_and_none_is_made_up(text: str) -> None:
    words = new_words(text)
    given_lines = sorted(line.rstrip() for line in text.splitlines() if line.strip())
    parted = sorted(line for line in f"{words.reply}\n{words.elided}".splitlines() if line.strip())
    assert [line.strip() for line in parted] == [line.strip() for line in given_lines]


@given(TEXTS)
def test_new_words_stand_in_the_order_in_which_they_were_written(text: str) -> None:
    rest = iter(line.strip() for line in text.splitlines())
    assert all(line.strip() in rest for line in new_words(text).reply.splitlines() if line.strip())


@given(TEXTS)
@example("写道：\n> quoted")
def test_a_text_that_opens_with_a_persons_words_never_comes_back_empty(text: str) -> None:
    assert new_words(f"Thank you, it works now.\n{text}").reply.startswith("Thank you, it works now.")


@given(TEXTS)
def test_new_words_have_no_others_within_them(text: str) -> None:
    once = new_words(text).reply
    again = new_words(f"Thank you, it works now.\n\n{once}").reply
    assert new_words(again).reply == again


@given(
    TEXTS,
    st.text(max_size=200) | TEXTS.map(lambda text: f'<div class="gmail_quote"><blockquote>{text}</blockquote></div>'),
)
def test_html_of_any_kind_never_makes_it_raise(text: str, html: str) -> None:
    new_words(text, html)


def _plain_spellings(pattern: str) -> set[str]:
    return set(pattern.replace("\\", "").split("|"))


VERBS = sorted(_plain_spellings(f"{quote_words.VERBS}|{quote_words.VERBS_UNSPACED}"))
PHRASES = (
    *sorted({*quote_words.ORIGINALS, *FORWARDS, *quote_words.LABELS, *sent_words.SENT_WITHIN}),
    *(f"{name}:" for name in sorted(quote_words.LABELS)),
    *(one for one in sent_words.SENT_BY if one.replace(" ", "").isalpha()),
    *("Sent from my iPhone", "von meinem iPhone gesendet", "iPhone'umdan gönderildi", "私のiPhoneから送信"),
    *("나의 iPhone에서 보냄", "iPhone에서 보낸 메일", "从我的 iPhone 发送", "iOS için Outlook'u edinin"),
)


def _is_special(line: str) -> bool:
    return bool(
        marks.marker(line)
        or marks.label(line)
        or sent_by(line)
        or marks.intro_before([line], marks.TEXT, 0, quoted=True) is not None
        or lotus_block([line, "cc", "Subject"], 0) is not None
        or marks.classes([line], [False]) != marks.TEXT
    )


@pytest.mark.parametrize("edge", ["", "*", "\xa0", '"', "\u200e", "\u3000", "--", ">"])
def test_no_line_that_a_program_may_have_made_passes_as_ordinary(edge: str) -> None:
    lines = [
        before + case(phrase) + after
        for phrase in (*VERBS, *PHRASES)
        for before in sorted({"", edge, f"On 3 May 2017 Ann{edge}", f"On 3 May 2017 Ann {edge}"})
        for after in ("", edge, ":", "：", " x", " iPhone")
        for case in (str, str.title)
    ]
    special = [line for line in lines if _is_special(line)]
    assert len(special) > len(lines) // 20
    assert [line for line in special if ordinary([line])[0]] == []


@given(TEXTS)
def test_the_glance_at_ordinary_lines_changes_no_class_of_a_line(text: str) -> None:
    lines = text.splitlines()
    assert marks.classes(lines, ordinary(lines)) == marks.classes(lines, [False] * len(lines))


def test_ordinary_words_are_known_at_a_glance() -> None:
    assert all(ordinary(["Thanks, it works again.", "Could you look at the printer", "Größe und Straße stimmen nicht"]))


@pytest.mark.parametrize("pattern", sent_words.SENT_BY)
def test_what_programs_add_opens_with_four_characters_that_stand_for_themselves(pattern: str) -> None:
    assert not set(pattern[:4]) & set(".?*+([{|\\")
    assert pattern[4:5] not in set("?*{")


@pytest.mark.parametrize(
    "mark",
    [
        *(f'<div class="x_{name}">old</div>' for name in sorted(html_marks.CLASSES)),
        *(f"<div id={name}>old</div>" for name in (*sorted(html_marks.IDS), *html_marks.CONTAINER_IDS)),
        *('<div name = "quote">old</div>', "<DIV NAME='messageReplySection'>old</DIV>"),
        *('<blockquote type="cite">old</blockquote>', '<blockquote cite="mid:1">old</blockquote>'),
        '<div data-marker="__QUOTED_TEXT__">old</div>',
        '<div style="border:none; border-top : solid #E1E1E1 1pt"><p>From: Ann</p></div>',
    ],
)
def test_every_mark_that_the_reader_of_html_knows_makes_it_look(mark: str) -> None:
    assert new_words("", f"<p>New words</p>{mark}").reply == "New words"


HEAVY = [
    *(
        "a\n",
        "\n",
        "On ",
        "On 3 \n",
        "> ",
        "> a\n",
        "wrote:\n",
        "a@",
        "1",
        "-- \n",
        "-",
        "___\n",
        "写道",
        " ",
        "\r",
        ":\n",
        "1:1:",
    ),
    *("<", "\u2028", "From: a@b\n", "From: a\nTo: b\n", "Sent from my ", "This e-mail and \n\n", "x " * 149 + ":\n"),
    *("x" * 60 + "@" + "y" * 200 + ":\n", "On 3 May x " * 26 + "\n", "On 9 Jan 2017, Ann <a@example.com> wrote:\n"),
]


@pytest.mark.parametrize("piece", HEAVY)
def test_only_so_many_lines_and_letters_are_ever_looked_at(piece: str) -> None:
    lines = (piece * ((1 << 20) // len(piece))).splitlines()
    looked_at = lines[: marks.bearing(lines)]
    assert len(looked_at) <= marks.LINES
    assert sum(map(len, looked_at[:-1])) <= marks.CHARACTERS


@pytest.mark.parametrize("piece", HEAVY)
def test_a_megabyte_of_anything_is_parted_in_good_time(piece: str) -> None:
    text = piece * ((1 << 20) // len(piece))
    begun = time.process_time()
    new_words(text)
    assert time.process_time() - begun < 2  # takes 0.03 to 0.15 s; quadratic patterns take minutes


@pytest.mark.parametrize("piece", HEAVY)
def test_a_megabyte_in_a_report_is_read_in_good_time(piece: str) -> None:
    text = piece * ((1 << 20) // len(piece))
    fields = (("from", "MAILER-DAEMON@example.com"), ("content-type", "multipart/report"), ("precedence", text[:9000]))
    part = ReportPart("message/delivery-status", b"", text[:65536].encode())
    begun = time.process_time()
    report = read_report(f"Subject: x\n\n{text}".encode(), [part], fields, text[:4000], text)
    automatic(fields, None, text[:4000], text[:4000], text, report, text[:4000])
    assert time.process_time() - begun < 4


@given(TEXTS, st.text(max_size=80), st.binary(max_size=200))
def test_no_report_makes_the_reader_raise(text: str, subject: str, body: bytes) -> None:
    fields = (("from", "MAILER-DAEMON@example.com"), ("return-path", "<>"))
    for kind in ("message/delivery-status", "message/disposition-notification", "message/rfc822"):
        read_report(text.encode("utf-8", "replace") + body, [ReportPart(kind, b"", body)], fields, subject, text)


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "<blockquote>",
            '<blockquote type="cite">x</blockquote>y',
            "<p>On 4 May 2026 Ann wrote:</p><blockquote>x</blockquote>",
        ),
        *('<div class="gmail_quote">', '<p class="quote" id=quote name=reply>', '<div class="gmail_signature">x</div>'),
    ],
)
def test_a_megabyte_of_any_html_is_parted_in_good_time(piece: str) -> None:
    html = piece * ((1 << 20) // len(piece))
    begun = time.process_time()
    new_words("The printer prints.", html)
    assert time.process_time() - begun < 2  # takes 0.03 to 0.2 s


@pytest.mark.parametrize(
    "line",
    [
        *(
            "To reply, write above this line.",
            "Please reply above this line",
            "Bitte antworten Sie oberhalb dieser Zeile",
        ),
        *("Répondez au-dessus de cette ligne", "Por favor, responda encima de esta línea", "Antwoord boven deze regel"),
        *(
            "##- Please type your reply above this line -##",
            "Svara ovanför den här raden",
            "Odpovězte nad tímto řádkem",
        ),
    ],
)
def test_below_the_line_above_which_to_write_nothing_is_new(line: str) -> None:
    assert new_words(f"It works.\n\n{line}\nDoes it work?").reply == "It works."
