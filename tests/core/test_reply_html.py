"""Quoted words in html, by the marks of the programs that made it."""

from __future__ import annotations

import pytest

from mailgate.mail.reply import new_words
from mailgate.mail.text import html_to_text

CASES = {
    "gmail inline": (
        (
            '<div dir="ltr"><div class="gmail_quote"><div class="gmail_attr">On Mon, Jan 9, 2017 at 11:59 AM'
            ' Ann &lt;<a href="mailto:ann@example.com">ann@example.com</a>&gt; wrote:<br></div><blockquote c'
            'lass="gmail_quote"><div>Is it on?</div></blockquote><div>Yes it is.</div><blockquote class="gma'
            'il_quote"><div>Blue?</div></blockquote><div>No.</div></div></div>'
        ),
        "Yes it is. No.",
    ),
    "gmail": (
        (
            '<div dir="ltr">Works again.<div><br></div><div>Bob</div></div><br><div class="gmail_quote"><div'
            ' dir="ltr" class="gmail_attr">On Mon, Jan 9, 2017 at 11:59 AM Ann &lt;<a href="mailto:ann@examp'
            'le.com">ann@example.com</a>&gt; wrote:<br></div><blockquote class="gmail_quote" style="x"><div>'
            "old</div></blockquote></div>"
        ),
        "Works again. Bob",
    ),
    "gmail fwd": (
        (
            '<div dir="ltr">FYI<br><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">----------'
            " Forwarded message ---------<br>From: <b>Ann</b> &lt;ann@example.com&gt;<br>Date: Mon<br>Subjec"
            "t: x<br>To: b<br></div><br>body</div></div>"
        ),
        "FYI ---------- Forwarded message --------- From: Ann <ann@example.com> Date: Mon Subject: x To: b body",
    ),
    "owa": (
        (
            '<div>Works again</div><div id="Signature"><p>Regards, Bob</p></div><div id="appendonsend"></div'
            '><hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg" dir="ltr"><font><b>Von:</b>'
            " Ann<br><b>Gesendet:</b> Montag<br></font></div><div>old words</div>"
        ),
        "Works again Regards, Bob",
    ),
    "outlook": (
        (
            '<div class="WordSection1"><p class="MsoNormal">Works again</p><p class="MsoNormal">Bob</p><div>'
            '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="Mso'
            'Normal"><b>Från:</b> Ann &lt;ann@example.com&gt;<br><b>Skickat:</b> den 9 januari<br><b>Till:</'
            'b> Bob<br><b>Ämne:</b> x</p></div></div><p class="MsoNormal">old</p></div>'
        ),
        "Works again Bob",
    ),
    "apple": (
        (
            '<html><body>Works again<br><div><br><blockquote type="cite"><div>On 9 Jan 2017, at 11:59, Ann &'
            "lt;ann@example.com&gt; wrote:</div><br><div>old</div></blockquote></div></body></html>"
        ),
        "Works again",
    ),
    "apple2": (
        (
            '<html><body dir="auto">Works again<br><br><div id="AppleMailSignature">Sent from my iPhone</div'
            "><div><br>On 9 Jan 2017, at 11:59, Ann &lt;ann@example.com&gt; wrote:<br><br></div><blockquote "
            'type="cite"><div>old</div></blockquote></body></html>'
        ),
        "Works again",
    ),
    "tb": (
        (
            '<html><body><p>Works again</p><div class="moz-cite-prefix">Am 09.01.2017 um 11:59 schrieb Ann:<'
            'br></div><blockquote type="cite" cite="mid:x"><p>old</p></blockquote><p>And blue too.</p><pre c'
            'lass="moz-signature">-- \nBob</pre></body></html>'
        ),
        "Works again And blue too.",
    ),
    "yahoo": (
        (
            '<div class="ydp1yahoo-style-wrap"><div>Works again</div><div><br></div></div><div id="yahoo_quo'
            'ted_123" class="yahoo_quoted"><div><div>On Monday, January 9, 2017, Ann &lt;ann@example.com&gt;'
            " wrote:</div><div>old</div></div></div>"
        ),
        "Works again",
    ),
    "proton": (
        (
            '<div>Works again</div><div class="protonmail_quote">------- Original Message -------<br>On Mond'
            'ay, Ann wrote:<br><blockquote class="protonmail_quote" type="cite">old</blockquote></div>'
        ),
        "Works again",
    ),
    "zimbra": (
        (
            '<div>Works again</div><div><br></div><hr id="zwchr" data-marker="__DIVIDER__"><div data-marker='
            '"__HEADERS__"><b>From: </b>Ann<br></div><div data-marker="__QUOTED_TEXT__">old</div>'
        ),
        "Works again",
    ),
    "notes": (
        (
            "<p>Works again</p><br><font size=2 color=#5f5f5f>From: </font><font>Ann &lt;ann@example.com&gt;"
            "</font><br><font>To: </font>Bob<br><font>Date: </font>01/09/2017 11:59<br><font>Subject: </font"
            ">x<br><hr noshade><br>old"
        ),
        "Works again",
    ),
    "plain bq": (
        "<p>Look:</p><blockquote>A poem</blockquote><p>Nice?</p>",
        "Look: A poem Nice?",
    ),
    "hotmail": (
        (
            '<div>Works again<br><hr id="stopSpelling">Date: Mon<br>From: ann@example.com<br>To: b<br>Subjec'
            "t: x<br><br>old</div>"
        ),
        "Works again",
    ),
    "gmx": (
        (
            '<div>Works again</div><div name="quote" style="margin:10px"><div><b>Gesendet:</b> Montag<br><b>'
            'Von:</b> Ann</div><div name="quoted-content">old</div></div>'
        ),
        "Works again",
    ),
    "outlookfwd only": (
        (
            '<div id="divRplyFwdMsg"><b>From:</b> Ann &lt;ann@example.com&gt;<br><b>Sent:</b> x<br><b>To:</b'
            "> Bob<br><b>Subject:</b> y</div><div>forwarded words</div>"
        ),
        "From: Ann <ann@example.com> Sent: x To: Bob Subject: y forwarded words",
    ),
}


@pytest.mark.parametrize(("html", "own"), CASES.values(), ids=CASES.keys())
def test_what_a_program_marks_as_quoted_goes_and_the_rest_stays(html: str, own: str) -> None:
    assert " ".join(new_words(html_to_text(html), html).reply.split()) == own


def test_where_text_and_html_agree_the_lines_of_the_text_are_kept() -> None:
    text = "Works   again\n\nOn 9 Jan 2017, Ann <ann@example.com> wrote:\n> old\n"
    html = '<div>Works again</div><blockquote type="cite">old</blockquote>'
    assert new_words(text, html).reply == "Works   again"


def test_marks_in_the_html_find_a_quote_that_the_text_does_not_show() -> None:
    text = "Works again\n\nold words of a mail\nthat nothing marks\nin the plain text at all\n"
    html = '<p>Works again</p><div class="protonmail_quote">old words of a mail that nothing marks</div>'
    words = new_words(text, html)
    assert words.reply == "Works again"
    assert words.elided.startswith("old words")


def test_what_only_the_html_marks_is_taken_from_a_plain_text_that_says_the_same() -> None:
    own = "It works again since this morning, and the scanner too.\nThanks a lot for the help!\n\nBob"
    text = f"{own}\n\nBob Example\n+49 555 0100\n"
    html = (
        "<p>It works again since this morning, and the scanner too.<br>Thanks a lot for the help!</p><p>Bob</p>"
        '<div class="front-signature"><p>Bob Example</p><p>+49 555 0100</p></div>'
    )
    words = new_words(text, html)
    assert words.reply == own
    assert words.elided == "Bob Example\n+49 555 0100"


def test_words_below_a_quote_within_a_quote_are_no_new_ones() -> None:
    html = (
        '<p>It works</p><div class="yahoo_quoted"><div>On 4 May 2026 Ann wrote:</div><div>old<blockquote>older'
        "</blockquote>and old again</div></div>"
    )
    assert new_words(html_to_text(html), html).reply == "It works"


def test_an_answer_below_an_unmarked_blockquote_is_found() -> None:
    html = "<p>04.05.2026, 10:00, Ann &lt;ann@example.com&gt;:</p><blockquote><p>old</p></blockquote><p>It works</p>"
    assert new_words(html_to_text(html), html).reply == "It works"


def test_what_is_set_aside_of_a_plain_text_that_is_broken_otherwise_holds_no_new_words() -> None:
    text = "It works again since\nthis morning.\n\nold words of a mail\nthat nothing marks\nin the plain text at all\n"
    old = "old words of a mail that nothing marks in the plain text at all"
    html = f'<p>It works again since this morning.</p><div class="reply-quote">{old}</div>'
    assert new_words(text, html).elided.split() == text.split()[6:]


def test_html_nested_past_bearing_is_left_to_the_lines() -> None:
    assert new_words("Works again", "<div>" * 5000 + '<div class="gmail_quote">x').reply == "Works again"
