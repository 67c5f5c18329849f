"""Where a command stands in a mail that it is none: every place but the top of what its writer newly wrote."""

from __future__ import annotations

import pytest

from fixture_mail import FOLDER, read, read_bytes
from mailgate.cases.commands import Command, Speaker, Word, read_commands

PLACES = sorted(path.stem for path in FOLDER.glob("command_*.eml") if not path.stem.startswith("command_at_top"))
NO_WORDS = {
    *("command_in_attachment_alone", "command_in_forward_attached", "command_in_quote_alone"),
    *("command_in_forward_html", "command_in_forward_inline", "command_in_forward_outlook"),
    *("command_in_quote_outlook", "command_in_signature_alone"),
}


@pytest.mark.parametrize("who", Speaker)
@pytest.mark.parametrize("name", PLACES)
def test_a_command_at_any_other_place_is_none(name: str, who: Speaker) -> None:
    mail = read(name)
    found = read_commands(mail.reply_text, who)
    assert (found.said, found.faults) == ((), ())
    assert found.rest.startswith(("The printer works", "See the file")) or name in NO_WORDS


def test_commands_at_the_top_are_followed_in_plain_text_and_in_html() -> None:
    plain = read_commands(read("command_at_top").reply_text, Speaker.ENGINEER)
    assert plain.said == (Command(Word.CLOSE), Command(Word.PRIORITY, 2))
    html = read_commands(read("command_at_top_html").reply_text, Speaker.ENGINEER)
    assert html.said == (Command(Word.CLOSE), Command(Word.CC, "bob@example.com"))
    assert plain.rest == html.rest == "The printer works again."


def test_a_command_below_a_quote_is_the_writers() -> None:
    body = "On Mon, 2 Nov 2026, Bob <bob@example.com> wrote:\n> It burns.\n\n/close\n"
    mail = read_bytes(b"From: ann@example.com\nSubject: x\n\n" + body.encode())
    assert read_commands(mail.reply_text, Speaker.ENGINEER).said == (Command(Word.CLOSE),)


@pytest.mark.parametrize("plain", ["/close\n\nIt works.", "*/close*\n\nIt works."])
def test_both_renderings_may_say_it(plain: str) -> None:
    quote = '<div class="gmail_quote">On Monday Bob wrote:<blockquote>x</blockquote></div>'
    html = f"<p><b>/close</b></p><p>It works.</p>{quote}"
    parts = f"--b\nContent-Type: text/plain\n\n{plain}\n--b\nContent-Type: text/html\n\n{html}\n--b--\n"
    head = "From: ann@example.com\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n"
    mail = read_bytes((head + parts).encode())
    assert read_commands(mail.reply_text, Speaker.ENGINEER).said == (Command(Word.CLOSE),)
