"""html as words, and html that is safe to show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.mail.clean import clean_html
from mailgate.mail.text import MAX_DEPTH, depth, html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hello <b>Ann</b></p><p>Bye</p>", "Hello Ann\n\nBye"),
        ("one<br>two", "one\ntwo"),
        ("<ul><li>one<li>two</ul>", "* one\n* two"),
        ("<table><tr><td>1<td>2<tr><td>3<td>4</table>", "1 2\n3 4"),
        ("<style>p{}</style><script>x()</script><title>t</title>words", "words"),
        ("a&nbsp;&nbsp;&nbsp;b &lt;c&gt;", "a b <c>"),
        ("<a href='https://example.com/x'>click</a>", "click"),
        ("", ""),
        ("<div></div>", ""),
        ("no tags", "no tags"),
        ("<?xml version='1.0' encoding='utf-8'?><p>words</p>", "words"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("Well done <img src='https://example.com/e.png' alt='👍🏽'>!", "Well done 👍🏽!"),
        ("<p>See <img src=x alt='Logo of us'> it</p>", "See it"),
        ("<ol><li>one</ol>answer<ol start=2><li>two<li>three</ol>", "1. one\nanswer\n2. two\n3. three"),
        ("<ul><li>one<ul><li>in it</ul><li>two</ul>", "* one\n+ in it\n* two"),
        ("<dl><dt>Fuse<dd>is out<dt>Lamp<dd>is dark</dl>", "Fuse\nis out\nLamp\nis dark"),
        ("<center>middle</center><fieldset>field</fieldset>", "middle\nfield"),
        (
            "<table><tr><td><p>left<p>column</td><td>right<br>column</td></tr></table><p>below",
            "left\n\ncolumn\n\nright\ncolumn\n\nbelow",
        ),
        ("<table><tr><th>Item<th>Price<tr><td>Fuse<td>2 €</table>", "Item Price\nFuse 2 €"),
        ("<table><tr><td><table><tr><td>a<td>b</table></td></tr></table>", "a b"),
        ("<!--[if mso]><p>Outlook only</p><![endif]--><![if !mso]>all<![endif]>", "all"),
        ("<p class=MsoNormal>a<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p>b", "a\n\nb"),
        ("a<br><br><br><br>b", "a\n\nb"),
        ("2 < 3 and 5 <6", "2 < 3 and 5 <6"),
        ("<b>bold<i>both</b>slanted</i>", "boldbothslanted"),
        ("<p dir=rtl>שלום <span>Ann</span></p>", "שלום Ann"),
        ("&#1;a&#8;b&#127;", "ab"),
    ],
)
def test_html_becomes_what_a_person_would_see(html: str, text: str) -> None:
    assert html_to_text(html) == text


def test_html_nested_past_bearing_keeps_its_words() -> None:
    assert html_to_text("<div>" * 50_000 + "deep" + "</div>" * 50_000) == "deep"
    assert html_to_text("<div>" * 600 + "deep<br>words") == "deep\nwords"


def test_lists_of_unclosed_tags_are_no_nesting() -> None:
    assert depth("<p>x" * 1000) == 0
    assert depth("<div></b>" * 1000) == 1000


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "<img src='https://tracker.example.com/x.png'>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<p style='background:url(https://tracker.example.com/x)'>x</p>",
        "<p style='position:fixed;top:0'>x</p>",
        "<link rel=stylesheet href='https://tracker.example.com/x.css'>",
        "<style>@import url(https://tracker.example.com/x.css)</style>",
        "<iframe src='https://tracker.example.com'></iframe>",
        "<form action='https://tracker.example.com'><input name=x></form>",
        "<p onload=alert(1) onclick='alert(1)'>x</p>",
        "<svg onload=alert(1)></svg>",
        "<table background='https://tracker.example.com/x.png'><tr><td>x</table>",
        "<video poster='https://tracker.example.com/x.png'></video>",
        "<a href='cid:part1'>x</a>",
        "<img src='data:image/svg+xml;base64,PHN2Zz4='>",
    ],
)
def test_nothing_runs_loads_or_hides(evil: str) -> None:
    clean = clean_html(evil)
    for word in ("script", "tracker", "onerror", "onload", "position", "iframe", "form", "cid:", "data:", "alert"):
        assert word not in clean


def test_words_links_and_pictures_of_the_mail_itself_stay() -> None:
    html = '<p>Hello <a href="https://example.com/x">here</a> <img src="cid:logo" alt="Logo"></p>'
    clean = clean_html(html)
    assert 'href="https://example.com/x"' in clean
    assert 'rel="noopener noreferrer nofollow"' in clean
    assert '<img src="cid:logo" alt="Logo">' in clean


@pytest.mark.parametrize("html", ["<div>" * (MAX_DEPTH + 1) + "words", "x" * (1 << 20) + "<b>y", "&" * 200_000])
def test_html_past_bearing_is_shown_as_plain_words(html: str) -> None:
    assert clean_html(html).startswith("<pre>")


TAGS = st.sampled_from(
    ["<div>", "</div>", "<p>", "<br", ">", "<", "&", "&#0;", "<!--", "-->", "<td>", "<script>", "x", "\x00"]
)


@given(st.lists(TAGS | st.text(max_size=5), max_size=60).map("".join))
def test_no_html_makes_either_raise(html: str) -> None:
    html_to_text(html)
    clean = clean_html(html)
    assert "<script" not in clean.lower()


def test_code_in_pre_keeps_its_indents() -> None:
    html = "<p>See:</p><pre>if x:\n    do()\n\tor <b>not</b>\n   \n  end</pre><p>\n   so</p>"
    assert html_to_text(html).splitlines() == ["See:", "", "if x:", "    do()", "        or not", "", "  end", "", "so"]
