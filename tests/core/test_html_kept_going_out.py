"""An engineer's html goes out as he made it, wherever it says what his text says."""

from __future__ import annotations

import pytest

from fixture_mail import read_bytes
from mailgate.mail.going_out import going_out
from mailgate.mail.message import Address
from mailgate.mail.text import html_to_text


def of_html(html: str, words: str | None = None) -> str | None:
    data = b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html.encode()
    mail = read_bytes(data)
    words = mail.reply_text if words is None else words
    return going_out(mail, data, words, frozenset({"eve@desk.test"}), Address("", "support@example.com")).html


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<div>Hello <b>Ann</b>,</div><div>1. Pull it.</div><div>2. Wait.</div>", "Hello Ann,\n1. Pull it.\n2. Wait."),
        ("<p>Do <b>this</b>:</p><p>- pull it<br>- wait</p>", "Do this:\n\n- pull it\n- wait"),
        ("<p>1.&nbsp; <b>Pull</b> it.</p><ol><li>Wait.</li></ol>", "1.  Pull it.\n\n1. Wait."),
        (
            "<p>Do <b>this</b>:</p><p><span style='mso-list:Ignore'>1.<span>&nbsp;&nbsp; </span></span>Pull it.</p>",
            "Do this:\n\n1.   Pull it.",
        ),
    ],
)
def test_the_html_of_numbered_lines_goes_out_whoever_numbered_them(html: str, words: str) -> None:
    out = of_html(html, words)
    assert out is not None
    assert "<b>" in out


def test_a_space_that_stands_in_an_element_of_its_own_still_parts_two_words() -> None:
    out = of_html('<p><b>Pull</b><span class="Apple-converted-space">&nbsp;</span><i>it</i></p>')
    assert out is not None
    assert "Pull it" in html_to_text(out)
